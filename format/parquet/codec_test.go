package parquet

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	meta "github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"
)

// codecs compress, one for each form that readers meet.
var codecs = []struct {
	name  string
	codec meta.CompressionCodec
	pack  func(src []byte) []byte
}{
	{"snappy", meta.Snappy, by(&parquet.Snappy)},
	{"gzip", meta.Gzip, by(&parquet.Gzip)},
	{"gzip members", meta.Gzip, func(src []byte) []byte {
		half := by(&parquet.Gzip)
		return append(half(src[:len(src)/2]), half(src[len(src)/2:])...)
	}},
	{"brotli", meta.Brotli, by(&parquet.Brotli)},
	{"zstd", meta.Zstd, by(&parquet.Zstd)},
	{"zstd without a size", meta.Zstd, func(src []byte) []byte {
		var b bytes.Buffer
		w, err := zstd.NewWriter(&b, zstd.WithEncoderConcurrency(1))
		if err != nil {
			panic(err)
		}
		for _, half := range [][]byte{src[:len(src)/2], src[len(src)/2:]} {
			if _, err := w.Write(half); err != nil {
				panic(err)
			}
			if err := w.Flush(); err != nil {
				panic(err)
			}
		}
		if err := w.Close(); err != nil {
			panic(err)
		}
		return b.Bytes()
	}},
	{"lz4 raw", meta.Lz4Raw, lz4Block},
	{"lz4 block", meta.Lz4, lz4Block},
	{"lz4 frame", meta.Lz4, func(src []byte) []byte {
		var b bytes.Buffer
		w := lz4.NewWriter(&b)
		if _, err := w.Write(src); err != nil {
			panic(err)
		}
		if err := w.Close(); err != nil {
			panic(err)
		}
		return b.Bytes()
	}},
	{"lz4 hadoop", meta.Lz4, func(src []byte) []byte { return hadoop(src, len(src), len(src)) }},
	{"lz4 hadoop blocks", meta.Lz4, func(src []byte) []byte { return hadoop(src, 1_000, 1_000) }},
	{"lz4 hadoop parts", meta.Lz4, func(src []byte) []byte { return hadoop(src, 1_000, 300) }},
}

func by(c compress.Codec) func(src []byte) []byte {
	return func(src []byte) []byte {
		b, err := c.Encode(nil, src)
		if err != nil {
			panic(err)
		}
		return bytes.Clone(b)
	}
}

func lz4Block(src []byte) []byte {
	b := make([]byte, lz4.CompressBlockBound(len(src)))
	n, err := lz4.CompressBlock(src, b, nil)
	if err != nil {
		panic(err)
	}
	return b[:n]
}

// hadoop writes blocks of so many bytes in parts of so many.
func hadoop(src []byte, block, part int) (b []byte) {
	for len(src) > 0 {
		n := min(block, len(src))
		b = binary.BigEndian.AppendUint32(b, uint32(n))
		for rest := src[:n]; len(rest) > 0; {
			m := min(part, len(rest))
			packed := lz4Block(rest[:m])
			b = append(binary.BigEndian.AppendUint32(b, uint32(len(packed))), packed...)
			rest = rest[m:]
		}
		src = src[n:]
	}
	return b
}

// sample is n bytes that compress.
func sample(n int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	var b []byte
	for len(b) < n {
		b = fmt.Append(b, "line ", rng.IntN(50), " of text\n")
	}
	return b[:n]
}

func TestDecompress(t *testing.T) {
	for _, c := range codecs {
		for _, n := range []int{1, 100, 5_000, 300_000} {
			want := sample(n)
			packed := c.pack(want)
			for _, dst := range [][]byte{nil, make([]byte, 10), make([]byte, n+10)} {
				got, err := decompress(c.codec, dst, packed, n)
				if err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s, %d bytes: %d bytes, %v", c.name, n, len(got), err)
				}
			}
			for _, size := range []int{n - 1, n + 1, 2 * n, 1 << 30} { // what the header might state
				if size == 0 {
					continue
				}
				if got, err := decompress(c.codec, nil, packed, size); err == nil {
					t.Errorf("%s, %d bytes as %d: no error, %d bytes", c.name, n, size, len(got))
				}
			}
			if _, err := decompress(c.codec, nil, packed[:len(packed)-1], n); err == nil && c.codec != meta.Lz4 {
				t.Errorf("%s, %d bytes: no error where a byte is missing", c.name, n)
			}
		}
		// More than 64 times is allocated as it comes.
		zeros := make([]byte, 4<<20)
		if got, err := decompress(c.codec, nil, c.pack(zeros), len(zeros)); err != nil || !bytes.Equal(got, zeros) {
			t.Errorf("%s, zeros: %d bytes, %v", c.name, len(got), err)
		}
		if got, err := decompress(c.codec, nil, nil, 0); err != nil || len(got) > 0 {
			t.Errorf("%s, nothing: %d bytes, %v", c.name, len(got), err)
		}
	}
	for _, codec := range []meta.CompressionCodec{meta.LZO, -1, 99} {
		if _, err := decompress(codec, nil, []byte("x"), 1); err == nil {
			t.Errorf("the codec %s: no error", codec)
		}
	}
}

// TestDecompressLies decompresses sizes that the bytes do not bear out: memory is
// taken for what is there.
func TestDecompressLies(t *testing.T) {
	for _, c := range codecs {
		packed := c.pack(sample(2_000))
		allocated := allocatedBy(func() {
			for range 10 {
				if _, err := decompress(c.codec, nil, packed, 1<<31-1); err == nil {
					t.Errorf("%s: no error", c.name)
				}
			}
		})
		if allocated > 64<<20 {
			t.Errorf("%s: %d bytes were allocated for 2 GiB that are not there", c.name, allocated)
		}
	}
}

func FuzzDecompress(f *testing.F) {
	for _, c := range codecs {
		f.Add(int32(c.codec), c.pack(sample(500)), 500)
	}
	f.Add(int32(meta.Gzip), append(by(&parquet.Gzip)(nil), 0), 1)
	f.Add(int32(meta.Snappy), snappy.Encode(nil, nil), 3)
	f.Fuzz(func(t *testing.T, codec int32, data []byte, size int) {
		if size < 0 || size > 1<<31-1 || len(data) > 1<<16 {
			return
		}
		got, err := decompress(meta.CompressionCodec(codec), nil, data, size)
		if err == nil && len(got) != size {
			t.Fatalf("%d bytes of %d", len(got), size)
		}
	})
}

package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	meta "github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"
)

// errSize is a page that does not decompress to the size it states.
var errSize = errors.New("the page does not decompress to the size that its header states")

// trustRatio is how far a page may expand by its header's word alone; memory for
// more comes as the data do.
const (
	trustRatio = 64
	trustBytes = 64 << 10
)

// trusted is how many bytes of a page are allocated before any is decompressed.
func trusted(stored, size int) int { return min(size, trustRatio*stored+trustBytes) }

// decompress decodes a page of that many bytes into dst, which grows where it is
// too small.
func decompress(codec meta.CompressionCodec, dst, src []byte, size int) ([]byte, error) {
	if size == 0 {
		return dst[:0], nil
	}
	switch codec {
	case meta.Snappy:
		return unsnappy(dst, src, size)
	case meta.Gzip:
		return stream(&gzips, dst, src, size)
	case meta.Brotli:
		return stream(&brotlis, dst, src, size)
	case meta.Zstd:
		return unzstd(dst, src, size)
	case meta.Lz4Raw:
		return unlz4(dst, src, size)
	case meta.Lz4:
		return unlz4Legacy(dst, src, size)
	}
	return dst, fmt.Errorf("the codec %s is not supported", codec)
}

// sized makes dst a slice of n bytes.
func sized(dst []byte, n int) []byte {
	if cap(dst) < n {
		return make([]byte, n)
	}
	return dst[:n]
}

func unsnappy(dst, src []byte, size int) ([]byte, error) {
	const ratio = 22 // 64 bytes for three
	if n, err := snappy.DecodedLen(src); err != nil || n != size || n > ratio*len(src) {
		return dst, errors.Join(errSize, err)
	}
	return snappy.Decode(sized(dst, size), src)
}

// resettable is a decoder of a stream that can be used again.
type resettable interface {
	io.Reader
	Reset(io.Reader) error
}

var (
	gzips   = sync.Pool{New: func() any { return resettable(new(gzip.Reader)) }}
	brotlis = sync.Pool{New: func() any { return resettable(brotli.NewReader(nil)) }}
)

func stream(pool *sync.Pool, dst, src []byte, size int) ([]byte, error) {
	r := pool.Get().(resettable)
	defer pool.Put(r)
	if err := r.Reset(bytes.NewReader(src)); err != nil {
		return dst, err
	}
	for dst = sized(dst, trusted(len(src), size))[:0]; len(dst) < size; {
		if len(dst) == cap(dst) {
			dst = slices.Grow(dst, min(len(dst), size-len(dst)))
		}
		n, err := r.Read(dst[len(dst):min(cap(dst), size)])
		dst = dst[:len(dst)+n]
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return dst, err
		}
	}
	var more [1]byte
	if n, err := io.ReadFull(r, more[:]); len(dst) < size || n > 0 {
		return dst, errSize
	} else if !errors.Is(err, io.EOF) {
		return dst, err
	}
	return dst, nil
}

var zstds = sync.Pool{New: func() any {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecodeAllCapLimit(true))
	if err != nil {
		panic(err) // of the options
	}
	return d
}}

func unzstd(dst, src []byte, size int) ([]byte, error) {
	d := zstds.Get().(*zstd.Decoder)
	defer zstds.Put(d)
	for n := trusted(len(src), size); ; n = min(8*n, size) {
		dst = sized(dst, n)
		out, err := d.DecodeAll(src, dst[:0:n])
		switch {
		case err != nil && n < size:
			continue // no room is one of several errors
		case err != nil:
			return dst, err
		case len(out) != size:
			return dst, errSize
		}
		return out, nil
	}
}

func unlz4(dst, src []byte, size int) ([]byte, error) {
	if trusted(len(src), size) < size && lz4Len(src) != size {
		return dst, errSize
	}
	dst = sized(dst, size)
	n, err := lz4.UncompressBlock(src, dst)
	if err == nil && n != size {
		err = errSize
	}
	return dst, err
}

// lz4Len is the size of a block of LZ4 when it is decompressed, -1 if the block is
// damaged.
func lz4Len(src []byte) int {
	size := 0
	length := func(n int) int { // 15 goes on in the next bytes, 255 in the one behind
		if n < 15 {
			return n
		}
		for len(src) > 0 {
			b := src[0]
			src, n = src[1:], n+int(b)
			if b < 255 {
				return n
			}
		}
		return n
	}
	for len(src) > 0 {
		token := int(src[0])
		src = src[1:]
		literals := length(token >> 4)
		if literals > len(src) {
			return -1
		}
		src, size = src[literals:], size+literals
		if len(src) == 0 {
			return size // the last sequence has no match
		}
		if len(src) < 2 {
			return -1
		}
		src = src[2:] // the offset
		size += length(token&15) + 4
	}
	return -1
}

// unlz4Legacy decodes what the codec LZ4 means, which the format leaves open: the
// blocks of Hadoop (parquet-mr, and pyarrow since 2.0), frames or a bare block
// (parquet-cpp up to 1.5 and since).
func unlz4Legacy(dst, src []byte, size int) ([]byte, error) {
	const frame = "\x04\x22\x4d\x18"
	if bytes.HasPrefix(src, []byte(frame)) {
		out, err := stream(&lz4s, dst, src, size)
		if err == nil {
			return out, nil
		}
		if out, err := unlz4Hadoop(dst, src, size); err == nil {
			return out, nil
		}
		return out, err // no block begins like a frame
	}
	if out, err := unlz4Hadoop(dst, src, size); err == nil {
		return out, nil
	}
	return unlz4(dst, src, size)
}

// lz4Frames makes a reader of frames resettable.
type lz4Frames struct{ *lz4.Reader }

func (r lz4Frames) Reset(src io.Reader) error {
	r.Reader.Reset(src)
	return nil
}

var lz4s = sync.Pool{New: func() any { return resettable(lz4Frames{lz4.NewReader(nil)}) }}

// unlz4Hadoop decodes the blocks of Hadoop.
func unlz4Hadoop(dst, src []byte, size int) ([]byte, error) {
	parts, ok := hadoopParts(src, size)
	if !ok {
		return dst, errSize
	}
	dst = sized(dst, size)
	at := 0
	for _, part := range parts {
		n, err := lz4.UncompressBlock(part, dst[at:])
		if err != nil {
			return dst, err
		}
		at += n
	}
	if at != size {
		return dst, errSize
	}
	return dst, nil
}

// hadoopParts splits what Hadoop wrote: the size of a block, then its parts, each
// a length and a block of LZ4. ok says that they decompress to that size.
func hadoopParts(src []byte, size int) (parts [][]byte, ok bool) {
	for len(src) >= 4 {
		rest := int(binary.BigEndian.Uint32(src))
		src = src[4:]
		if size -= rest; size < 0 {
			return nil, false
		}
		for rest > 0 {
			if len(src) < 4 {
				return nil, false
			}
			n := int(binary.BigEndian.Uint32(src))
			if src = src[4:]; n > len(src) {
				return nil, false
			}
			plain := lz4Len(src[:n])
			if plain <= 0 || plain > rest {
				return nil, false
			}
			parts, src, rest = append(parts, src[:n]), src[n:], rest-plain
		}
	}
	return parts, size == 0 && len(src) == 0
}

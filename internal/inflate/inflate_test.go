package inflate

import (
	"bytes"
	stdflate "compress/flate"
	stdgzip "compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// pack compresses with compress/gzip at the given level.
func pack(t testing.TB, level int, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := stdgzip.NewWriterLevel(&b, level)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// samples are contents of different nature: each kind of block, short and
// long matches, every distance size.
func samples() map[string][]byte {
	rnd := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 200_000)
	for i := range noise {
		noise[i] = byte(rnd.Uint32())
	}
	skewed := make([]byte, 300_000) // long codes: frequencies fall as powers of two
	for i := range skewed {
		v := 0
		for v < 200 && rnd.Uint32()&1 == 1 {
			v++
		}
		skewed[i] = byte(v)
	}
	var words strings.Builder
	for range 40_000 {
		words.WriteString([]string{"<div class=", "crawl ", "the ", "\n", "of text, ", "日本語"}[rnd.IntN(6)])
		words.WriteByte('a' + byte(rnd.IntN(26)))
	}
	far := append(append(bytes.Clone(noise[:32_760]), noise[:300]...), noise[:32_768]...)
	return map[string][]byte{
		"empty": nil, "one": []byte("x"), "zeros": make([]byte, 100_000),
		"pairs": bytes.Repeat([]byte("ab"), 5000), "seven": bytes.Repeat([]byte("abcdefg"), 5000),
		"eight": bytes.Repeat([]byte("abcdefgh"), 5000), "noise": noise, "skewed": skewed,
		"words": []byte(words.String()), "far": far,
	}
}

func TestMember(t *testing.T) {
	var d Decoder
	for name, data := range samples() {
		for _, level := range []int{stdgzip.HuffmanOnly, 0, 1, 6, 9} {
			src := pack(t, level, data)
			tail := append(bytes.Clone(src), "tail"...)
			for _, in := range [][]byte{src, tail} {
				out, n, err := d.Member([]byte("head"), in, len(data))
				if err != nil || n != len(src) || string(out) != "head"+string(data) {
					t.Fatalf("%s level %d: %d bytes, consumed %d of %d, %v", name, level, len(out), n, len(src), err)
				}
			}
			if len(data) > 0 {
				out, _, err := d.Member(nil, src, len(data)-1)
				if !errors.Is(err, ErrTooLarge) || !bytes.Equal(out, data[:len(data)-1]) {
					t.Fatalf("%s level %d: limit one below: %d bytes, %v", name, level, len(out), err)
				}
			}
		}
	}
}

func TestTruncated(t *testing.T) {
	var d Decoder
	for name, data := range samples() {
		src := pack(t, 6, data)
		step := 1 + len(src)/400
		for n := 0; n < len(src); n += step {
			out, _, err := d.Member(nil, src[:n], len(data))
			if !errors.Is(err, ErrTruncated) {
				t.Fatalf("%s cut at %d of %d: %v", name, n, len(src), err)
			}
			if !bytes.HasPrefix(data, out) {
				t.Fatalf("%s cut at %d: wrong partial output", name, n)
			}
		}
	}
}

// same compares with compress/gzip: equal verdict, and equal content if valid.
func same(t testing.TB, d *Decoder, src []byte) {
	t.Helper()
	const most = 1 << 20
	r := bytes.NewReader(src)
	var want []byte
	zr, stdErr := stdgzip.NewReader(r)
	if stdErr == nil {
		zr.Multistream(false)
		want, stdErr = io.ReadAll(io.LimitReader(zr, most+1))
	}
	got, n, err := d.Member(nil, src, most)
	if len(want) > most {
		if !errors.Is(err, ErrTooLarge) {
			t.Fatalf("over the limit: %v", err)
		}
		return
	}
	if len(src) > 3 && src[3]&0xe0 != 0 && err != nil {
		return // compress/gzip ignores reserved flags; RFC 1952 says to refuse
	}
	if (err == nil) != (stdErr == nil) {
		if stdErr == nil && errors.Is(err, ErrTooLarge) {
			return
		}
		t.Fatalf("got %v, compress/gzip says %v", err, stdErr)
	}
	if err == nil && (!bytes.Equal(got, want) || n != len(src)-r.Len()) {
		t.Fatalf("content or size differ: %d and %d bytes, consumed %d and %d", len(got), len(want), n, len(src)-r.Len())
	}
}

func TestFlippedBits(t *testing.T) {
	var d Decoder
	rnd := rand.New(rand.NewPCG(3, 4))
	for _, data := range samples() {
		for _, level := range []int{0, 6} {
			src := pack(t, level, data[:min(len(data), 20_000)])
			for range 300 {
				bad := bytes.Clone(src)
				for range 1 + rnd.IntN(3) {
					// Mostly in the first bytes, where the code tables are.
					i := rnd.IntN(min(len(bad), 10+rnd.IntN(len(bad))))
					bad[i] ^= 1 << rnd.IntN(8)
				}
				same(t, &d, bad)
			}
		}
	}
}

func TestHeaders(t *testing.T) {
	var d Decoder
	var b bytes.Buffer
	w := stdgzip.NewWriter(&b)
	w.Name, w.Comment, w.Extra = "page.html", "a comment", []byte{1, 2, 3, 4}
	w.Write([]byte("hello"))
	w.Close()
	for n := range b.Len() {
		if _, _, err := d.Member(nil, b.Bytes()[:n], 10); !errors.Is(err, ErrTruncated) {
			t.Fatalf("cut at %d: %v", n, err)
		}
	}
	if out, _, err := d.Member(nil, b.Bytes(), 10); string(out) != "hello" || err != nil {
		t.Fatalf("%q, %v", out, err)
	}
	bad := bytes.Clone(b.Bytes())
	bad[len(bad)-1]++
	if _, n, err := d.Member(nil, bad, 10); !errors.Is(err, ErrChecksum) || n != len(bad) {
		t.Fatalf("wrong size: %d, %v", n, err)
	}
	bad[3] |= 0x80
	var corrupt *CorruptError
	if _, _, err := d.Member(nil, bad, 10); !errors.As(err, &corrupt) || corrupt.Offset != 3 {
		t.Fatalf("reserved flag: %v", err)
	}
}

func TestZlibAndRaw(t *testing.T) {
	var d Decoder
	for name, data := range samples() {
		var z, raw bytes.Buffer
		zw := zlib.NewWriter(&z)
		zw.Write(data)
		zw.Close()
		fw, _ := stdflate.NewWriter(&raw, 6)
		fw.Write(data)
		fw.Close()
		if out, n, err := d.Zlib(nil, z.Bytes(), 1<<20); err != nil || n != z.Len() || !bytes.Equal(out, data) {
			t.Errorf("%s zlib: %v", name, err)
		}
		if out, n, err := d.Raw(nil, raw.Bytes(), 1<<20); err != nil || n != raw.Len() || !bytes.Equal(out, data) {
			t.Errorf("%s raw: %v", name, err)
		}
	}
}

func FuzzMember(f *testing.F) {
	for _, data := range samples() {
		f.Add(pack(f, 6, data[:min(len(data), 3000)]))
		f.Add(pack(f, stdgzip.HuffmanOnly, data[:min(len(data), 500)]))
	}
	var d Decoder
	f.Fuzz(func(t *testing.T, src []byte) { same(t, &d, src) })
}

// FuzzRaw reaches the block decoders without a checksum in the way.
func FuzzRaw(f *testing.F) {
	for _, data := range samples() {
		src := pack(f, 6, data[:min(len(data), 3000)])
		f.Add(src[10 : len(src)-8])
	}
	var d Decoder
	f.Fuzz(func(t *testing.T, src []byte) {
		const most = 1 << 20
		r := bytes.NewReader(src)
		want, stdErr := io.ReadAll(io.LimitReader(stdflate.NewReader(r), most+1))
		got, n, err := d.Raw(nil, src, most)
		if len(want) > most || errors.Is(err, ErrTooLarge) {
			return
		}
		if (err == nil) != (stdErr == nil) {
			t.Fatalf("got %v, compress/flate says %v", err, stdErr)
		}
		if err == nil && (!bytes.Equal(got, want) || n != len(src)-r.Len()) {
			t.Fatalf("content or size differ")
		}
	})
}

func corpus(b *testing.B) []byte {
	data, err := os.ReadFile("../../../shared/data/web.warc.gz")
	if err != nil {
		b.Skip("shared test data not present: ", err)
	}
	return data
}

func BenchmarkMember(b *testing.B) {
	data := corpus(b)
	var d Decoder
	var buf []byte
	for b.Loop() {
		total := 0
		for src := data; len(src) > 0; {
			out, n, err := d.Member(buf[:0], src, 1<<30)
			if err != nil {
				b.Fatal(err)
			}
			total += len(out)
			buf, src = out, src[n:]
		}
		b.SetBytes(int64(total))
	}
}

func BenchmarkKlauspost(b *testing.B) {
	data := corpus(b)
	buf := make([]byte, 1<<16)
	for b.Loop() {
		r, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			b.Fatal(err)
		}
		total := 0
		for {
			n, err := r.Read(buf)
			total += n
			if err == io.EOF {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		b.SetBytes(int64(total))
	}
}

package warc

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// losses reads a stream and lists its records and errors, these with the bytes that
// are lost and ! if the rest is; those of a wrong checksum have a question mark.
func losses(t *testing.T, in io.Reader) string {
	t.Helper()
	r := NewReader(in, Options{})
	var got []string
	for {
		rec, err := r.Next()
		var re *RecordError
		switch {
		case err == io.EOF:
			return strings.Join(got, " ")
		case errors.As(err, &re):
			s := fmt.Sprintf("(%s %d", cause(re.Err), re.Bytes)
			if re.Rest {
				s += "!"
			}
			got = append(got, s+")")
		case err != nil:
			t.Fatal(err)
		default:
			name := rec.TargetURI[strings.LastIndexByte(rec.TargetURI, '/')+1:]
			if rec.BadChecksum {
				name += "?"
			}
			got = append(got, name)
		}
	}
}

// TestReaderLoss: after one odd member, or stretch, the search goes on at the next, and
// what is lost is told.
func TestReaderLoss(t *testing.T) {
	p := pages(3)
	plain, all := strings.Join(p, ""), gz(p...)
	size := func(i int) int { return len(gz(p[i])) }
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	flip := func(b []byte, at int) []byte { b = bytes.Clone(b); b[at] ^= 0x55; return b }
	zeros := gz(strings.Repeat("\x00", 80<<20))
	header := gz("WARC/1.0\r\nWARC-Type: response\r\nX: " + strings.Repeat("a", 100<<20) + "\r\n\r\n" + p[0])
	junk := gz("no record")
	magics := bytes.Repeat(gzipMagic, 10_000)
	names := bytes.Repeat([]byte("\x1f\x8b\x08\x08"), 200_000)
	zmagics := bytes.Repeat(zstdMagic, 10_000)
	f := func(name string, data []byte, want string, args ...any) {
		t.Helper()
		start := time.Now()
		if got, want := losses(t, bytes.NewReader(data)), fmt.Sprintf(want, args...); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		if d := time.Since(start); d > 60*time.Second {
			t.Errorf("%s took %v", name, d)
		}
	}
	f("a member of zeros", join(gz(p[0]), zeros, gz(p[1:]...)), "0 (none %d) 1 2", len(zeros))
	f("it comes first", join(zeros, gz(p...)), "(none %d) 0 1 2", len(zeros))
	f("it comes last", join(gz(p...), zeros), "0 1 2 (none %d)", len(zeros))
	f("two of them", join(zeros, gz(p[0]), zeros, gz(p[1])), "(none %d) 0 (none %d) 1", len(zeros), len(zeros))
	f("a header of 100 MB", join(gz(p[0]), header, gz(p[1:]...)), "0 (header %d) 1 2", len(header))
	f("a frame of zeros", join(zst(p[0]), zst(strings.Repeat("\x00", 80<<20)), zst(p[1:]...)), "0 (none %d) 1 2", len(zst(strings.Repeat("\x00", 80<<20))))
	f("a header of 100 MB, zstd", join(zst(p[0]), zst("WARC/1.0\r\nX: "+strings.Repeat("a", 100<<20)), zst(p[1:]...)), "0 (header %d) 1 2",
		len(zst("WARC/1.0\r\nX: "+strings.Repeat("a", 100<<20))))
	f("members of no record", join(gz(p[0]), junk, junk, gz(p[1:]...)), "0 (none %d) (none %d) 1 2", len(junk), len(junk))
	f("false magics", join(gz(p[0]), magics, gz(p[1:]...)), "0 (damage %d) 1 2", len(magics))
	f("false magics first", join(magics, gz(p...)), "(damage %d) 0 1 2", len(magics))
	f("a false magic, then others", join([]byte("x"), names, gz(p...)), "(none %d) 0 1 2", len(names)+1)
	f("false magics with names", join(gz(p[0]), names, gz(p[1:]...)), "0 (damage %d) 1 2", len(names))
	f("false magics, zstd", join(zst(p[0]), zmagics, zst(p[1:]...)), "0 (damage %d) 1 2", len(zmagics))
	f("junk of 100 MB between members", join(gz(p[0]), make([]byte, 1), bytes.Repeat([]byte("junk"), 25<<20), gz(p[1:]...)), "0 (none %d) 1 2", 100<<20)
	f("junk of 1 MB first", join(bytes.Repeat([]byte("junk"), 1<<18), all), "(none %d) 0 1 2", 1<<20)
	f("junk of 1 MB first, zstd", join(bytes.Repeat([]byte("junk"), 1<<18), zst(p...)), "(none %d) 0 1 2", 1<<20)
	f("junk of 1 MB first, plain", join(bytes.Repeat([]byte("junk"), 1<<18), []byte("\n"+plain)), "(none %d) 0 1 2", 1<<20+1)
	f("junk of 100 MB between, plain", join([]byte(p[0]), bytes.Repeat([]byte("junk"), 25<<20), []byte("\n"+p[1])), "0 (none %d) 1", 100<<20+1)
	f("junk last, plain", []byte(plain+"junk"), "0 1 2 (none 4)")
	f("junk last", append(bytes.Clone(all), "junk"...), "0 1 2 (none 4)")
	f("junk last, zstd", append(zst(p...), "junk"...), "0 1 2 (none 4)")
	f("a damaged member last", flip(all, size(0)+size(1)+40), "0 1 (damage %d)", size(2))
	f("a damaged member alone", flip(gz(p[0]), 40), "(damage %d!)", size(0))
	f("no archive", []byte("<html>no archive"), "(none 16)")
	f("a checksum", flip(all, size(0)-6), "0? 1 2")
	f("a damaged member", flip(all, size(0)+40), "0 (damage %d) 2", size(1))
	f("cut in a member", all[:len(all)-40], "0 1 (cut %d!)", size(2)-40)
	f("cut in a plain record", []byte(plain[:len(plain)-40]), "0 1 (cut %d!)", len(p[2])-40)
	f("one member cut", gz(plain)[:len(gz(plain))-20], "0 1 (cut 0!)")
	// The members before the damage stand, in a file packed whole too.
	noise := func(n int) string { // does not compress
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "%x", i*i*7919)
		}
		return b.String()
	}
	large := raw("WARC-Type: response\r\nWARC-Target-URI: http://a/L\r\n", len(noise(20_000)), noise(20_000))
	one := gz(p[0] + large + p[1] + large + p[2])
	at := len(one) * 3 / 4
	for _, d := range [][]byte{join(one[:at], one[at+1000:]), join(one[:at], bytes.Repeat([]byte("\x00"), 1000), one[at:])} {
		if got := losses(t, bytes.NewReader(d)); !strings.HasPrefix(strings.ReplaceAll(got, "?", ""), "0 L 1 ") || !strings.Contains(got, "(damage ") && !strings.Contains(got, "?") {
			t.Errorf("one member damaged behind its half: %s", got)
		}
	}
	f("one member, its checksum", flip(one, len(one)-6), "0? L? 1? L? 2?")
	f("one member between two, its checksum", join(gz(p[0]), flip(one, len(one)-6), gz(p[1])), "0 0? L? 1? L? 2? 1")
	// Members cut without regard to records: the next whole one is looked into.
	stream := p[0] + large + p[1] + large + p[2]
	var blocks []string
	for i := 0; i < len(stream); i += 10_000 {
		blocks = append(blocks, stream[i:min(i+10_000, len(stream))])
	}
	packed := gz(blocks...)
	at = len(gz(blocks[:len(blocks)/4]...))
	if got := losses(t, bytes.NewReader(flip(flip(packed, at+300), at+301))); !strings.HasPrefix(got, "0 (damage ") || !strings.HasSuffix(got, ") 1 L 2") {
		t.Errorf("a damaged block: %s", got)
	}
}

// TestReaderTrailer: a gzip member without its last bytes loses nothing behind it, and
// itself only what is missing of its data.
func TestReaderTrailer(t *testing.T) {
	p := pages(4)
	var m [4][]byte
	for i := range m {
		m[i] = gz(p[i])
	}
	f := func(name string, data []byte, want string) {
		t.Helper()
		for _, in := range []io.Reader{bytes.NewReader(data), iotest.OneByteReader(bytes.NewReader(data))} {
			if got := losses(t, in); got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
	}
	short := func(b []byte, n int) []byte { return b[:len(b)-n] }
	for n := 1; n <= 40; n++ {
		got := losses(t, bytes.NewReader(slices.Concat(m[0], short(m[1], n), m[2], m[3])))
		want := fmt.Sprintf("0 (damage %d) 2 3", len(m[1])-n)
		if n <= trailerSize || strings.Contains(got, "1?") { // of its data only line breaks are missing
			want = "0 1? 2 3"
		}
		if got != want {
			t.Errorf("%d bytes missing: %s, want %s", n, got, want)
		}
		if got := losses(t, bytes.NewReader(slices.Concat(short(m[0], n), short(m[1], n), short(m[2], n), m[3]))); !strings.HasSuffix(got, " 3") || n <= trailerSize && got != "0? 1? 2? 3" {
			t.Errorf("%d bytes missing of three: %s", n, got)
		}
	}
	f("no trailers", slices.Concat(short(m[0], 8), short(m[1], 8), short(m[2], 8), short(m[3], 8)), "0? 1? 2? 3?")
	f("the last has none", slices.Concat(m[0], short(m[1], 8)), fmt.Sprintf("0 1 (cut %d!)", 0))
	f("no trailers, two records each", slices.Concat(short(gz(p[0]+p[1]), 8), gz(p[2]+p[3])), "0? 1? 2 3")
	f("another trailer", slices.Concat(m[0], short(m[1], 8), []byte("12345678"), m[2]), "0 1? 2")
	f("another size", slices.Concat(m[0], short(m[1], 2), []byte("xy"), m[2]), "0 1? 2")
	f("no trailer before padding", slices.Concat(short(m[0], 8), make([]byte, 512), m[1]), "0? 1")
	f("no trailer before junk", slices.Concat(short(m[0], 8), []byte("some junk behind"), m[1]), "0? (none 8) 1")
	f("no trailer of a member without record", slices.Concat(m[0], short(gz("no record"), 8), m[1]), fmt.Sprintf("0 (damage %d) 1", len(gz("no record"))-8))
	// Stored data takes bytes of the next member as its own.
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.NoCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, p[1]); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for n := 9; n <= 60; n += 3 {
		f("stored, cut", slices.Concat(m[0], short(b.Bytes(), n), m[2], m[3]), map[bool]string{true: "0 1? 2 3", false: fmt.Sprintf("0 (damage %d) 2 3", b.Len()-n)}[n <= trailerSize+len("\r\n\r\n")+5]) // 5: the empty last block
	}
}

// TestReaderTrailerWork: members that are all damaged, and full of what looks like the
// start of others, take no more than a few passes.
func TestReaderTrailerWork(t *testing.T) {
	names := bytes.Repeat([]byte("\x1f\x8b\x08\x08"), 50_000)
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.NoCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(names); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	one := b.Bytes()
	one[len(one)-1] ^= 1
	start := time.Now()
	got := losses(t, bytes.NewReader(slices.Concat(gz(page(0)), bytes.Repeat(one, 10), gz(page(1)))))
	if !strings.HasPrefix(got, "0 ") || !strings.HasSuffix(got, " 1") {
		t.Error(got)
	}
	if d := time.Since(start); d > 60*time.Second {
		t.Errorf("took %v", d)
	}
}

package warc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

// losses reads a stream and lists its records and errors, these with the bytes that
// are lost and ! if the rest is.
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
			got = append(got, rec.TargetURI[strings.LastIndexByte(rec.TargetURI, '/')+1:])
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
		if d := time.Since(start); d > 20*time.Second {
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
	f("a checksum", flip(all, size(0)-6), "(damage %d) 1 2", size(0))
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
		if got := losses(t, bytes.NewReader(d)); !strings.HasPrefix(got, "0 L 1 ") || !strings.Contains(got, "(damage ") {
			t.Errorf("one member damaged behind its half: %s", got)
		}
	}
	f("one member, its checksum", flip(one, len(one)-6), "0 L 1 L 2 (damage 0)")
	f("one member between two, its checksum", join(gz(p[0]), flip(one, len(one)-6), gz(p[1])), "0 0 L 1 L 2 (damage 0) 1")
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

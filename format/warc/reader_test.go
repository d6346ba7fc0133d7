package warc

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func TestReaderForms(t *testing.T) {
	p := pages(4)
	all := strings.Join(p, "")
	f := func(name string, data []byte, want string) {
		t.Helper()
		for chunk, in := range map[string]io.Reader{"whole": bytes.NewReader(data),
			"bytes": iotest.OneByteReader(bytes.NewReader(data)), "eof": iotest.DataErrReader(bytes.NewReader(data))} {
			if got := readStream(t, in, Options{}); got != want {
				t.Errorf("%s (%s): %s, want %s", name, chunk, got, want)
			}
		}
	}
	f("empty", nil, "")
	f("plain", []byte(all), "0 1 2 3")
	f("gzip, a member each", gz(p...), "0 1 2 3")
	f("gzip, one member", gz(all), "0 1 2 3")
	f("gzip, two by two", gz(p[0]+p[1], p[2]+p[3]), "0 1 2 3")
	f("gzip, cut anywhere", gz(all[:100], all[100:150], all[150:1500], all[1500:]), "0 1 2 3")
	f("gzip, cut in the version line", gz(all[:3], all[3:]), "0 1 2 3")
	f("gzip, padded", append(gz(p...), make([]byte, 512)...), "0 1 2 3")
	f("zstd, a frame each", zst(p...), "0 1 2 3")
	f("zstd, one frame", zst(all), "0 1 2 3")
	f("zstd, cut anywhere", zst(all[:100], all[100:1500], all[1500:]), "0 1 2 3")
	f("zstd, skippable frame first", append([]byte("\x50\x2a\x4d\x18\x03\x00\x00\x00abc"), zst(p...)...), "0 1 2 3")
	f("LF only", []byte("WARC/1.0\nWARC-Type: response\nWARC-Target-URI: http://a/7\nContent-Length: 18\n\nHTTP/1.0 200 OK\n\nX\n\n"+p[1]), "7 1")
	f("no blank lines between", []byte(strings.ReplaceAll(p[0]+p[1], "</html>\r\n\r\n", "</html>")), "0 1")
	f("many blank lines between", []byte(p[0]+strings.Repeat("\r\n", 5000)+p[1]), "0 1")
}

func TestReaderDamage(t *testing.T) {
	p := pages(5)
	long := raw("WARC-Type: response\r\nWARC-Target-URI: http://a/L\r\n", 5000, "HTTP/1.1 200 OK\r\n\r\nshort")
	short := raw("WARC-Type: response\r\nWARC-Target-URI: http://a/S\r\n", 25, "HTTP/1.1 200 OK\r\n\r\nlonger than said")
	noLength := "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://a/N\r\n\r\nbody\r\n\r\n"
	flip := func(b []byte, at int) []byte { b = bytes.Clone(b); b[at] ^= 0x55; return b }
	all := gz(p...)
	one := gz(strings.Join(p, ""))
	second := len(gz(p[0]))
	plain := strings.Join(p, "")
	f := func(name string, data []byte, want string) {
		t.Helper()
		if got := readStream(t, bytes.NewReader(data), Options{}); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	f("gzip cut in the last member", all[:len(all)-40], "0 1 2 3 (cut)")
	f("gzip cut in the last trailer", all[:len(all)-3], "0 1 2 3 4 (cut)")
	f("gzip cut, next file behind", append(bytes.Clone(all[:second-50]), all[second:]...), "(damage) 1 2 3 4")
	f("one member cut", one[:len(one)-30], "0 1 2 3 (cut)")
	f("plain cut", []byte(plain[:len(plain)-20]), "0 1 2 3 (cut)")
	f("plain cut in a header", []byte(plain[:len(plain)-len(p[4])+30]), "0 1 2 3 (cut)")
	f("plain cut in a version line", []byte(plain[:len(plain)-len(p[4])+4]), "0 1 2 3 (cut)")
	f("zstd cut", zst(p...)[:len(zst(p...))-20], "0 1 2 3 (cut)")
	f("checksum", flip(all, second-6), "0? 1 2 3 4")
	f("damaged header", flip(all, second), "0 (none) 2 3 4")
	f("garbage between members", append(append(gz(p[0]), "some junk"...), gz(p[1:]...)...), "0 (none) 1 2 3 4")
	f("garbage first", append([]byte("some junk"), all...), "(none) 0 1 2 3 4")
	f("plain garbage first", []byte("some junk\r\n"+plain), "(none) 0 1 2 3 4")
	f("plain garbage between", []byte(p[0]+"junk\r\njunk\r\n"+p[1]), "0 (none) 1")
	f("length too long, plain", []byte(p[0]+long+p[1]+p[2]+p[3]+strings.Repeat(p[4], 10)), "0 L~ 1 2 3"+strings.Repeat(" 4", 10))
	f("length too long, plain, near the end", []byte(p[0]+long+p[1]), "0 L~ 1")
	f("length too long, gzip", gz(p[0], long, p[1]), "0 L~ 1")
	f("length too long, zstd", zst(p[0], long, p[1]), "0 L~ 1")
	f("length too long, last", gz(p[0], long), "0 L~")
	f("length too short, plain", []byte(p[0]+short+p[1]), "0 S~ 1")
	f("length too short, gzip", gz(p[0], short, p[1]), "0 S~ 1")
	f("length too short, one member", gz(p[0]+short+p[1]), "0 S~ 1")
	f("no length", gz(p[0], noLength, p[1]), "0 N~ 1")
	f("no length, plain", []byte(p[0]+noLength+p[1]), "0 N~ 1")
	f("negative length", []byte(raw("", -5, "")+p[1]), "(length) 1")
	f("length beyond int64", []byte("WARC/1.0\r\nContent-Length: 99999999999999999999\r\n\r\nx\r\n\r\n"+p[1]), "(length) 1")
	f("dictionary wanted", []byte("\x28\xb5\x2f\xfd\x21\x05\x0a\x29\x00\x00abcdefghijkl"), "[dict]")
}

func TestReaderGarbage(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for _, prefix := range []string{"", "\x1f\x8b\x08", "\x28\xb5\x2f\xfd\x04\x58", "WARC/1.0\r\n", "\x5d\x2a\x4d\x18"} {
		b := make([]byte, 300_000)
		for i := range b {
			b[i] = byte(rnd.Uint32())
		}
		got := readStream(t, strings.NewReader(prefix+string(b)), Options{})
		if !strings.HasPrefix(got, "(") || strings.Count(got, "(") > 3 {
			t.Errorf("garbage behind %q: %s", prefix, got)
		}
	}
}

// repeated gives n times the byte c without holding them.
type repeated struct {
	c byte
	n int64
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.n == 0 {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), r.n)]
	for i := range p {
		p[i] = r.c
	}
	r.n -= int64(len(p))
	return len(p), nil
}

func TestReaderLimits(t *testing.T) {
	p := pages(2)
	// One header line of 200 MB, then a good record.
	in := io.MultiReader(strings.NewReader(p[0]+"WARC/1.0\r\nX: "), &repeated{'a', 200 << 20}, strings.NewReader("\r\n\r\n"+p[1]))
	if got := readStream(t, in, Options{}); got != "0 (header) 1" {
		t.Errorf("200 MB header line: %s", got)
	}
	in = io.MultiReader(strings.NewReader(p[0]+"WARC/1.0\r\nX: "), &repeated{'a', 20 << 20}, strings.NewReader("\r\n\r\n"+p[1]))
	if got := readStream(t, in, Options{}); got != "0 (header) 1" {
		t.Errorf("20 MB header line: %s", got)
	}
	// A large record is passed over without being held, at the boundary exactly.
	block := "HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("x", 1000)
	exact := raw("WARC-Target-URI: http://a/E\r\n", len(block), block)
	f := func(limit int64, data []byte, want string) {
		t.Helper()
		if got := readStream(t, bytes.NewReader(data), Options{MaxRecordBytes: limit}); got != want {
			t.Errorf("limit %d: %s, want %s", limit, got, want)
		}
	}
	for _, data := range [][]byte{[]byte(exact + p[0]), gz(exact, p[0]), gz(exact + p[0]), zst(exact, p[0])} {
		f(int64(len(block)), data, "E 0")
		f(int64(len(block))-1, data, "(large) 0")
	}
	// A claim of 60 MiB in a short file must not cost 60 MiB.
	r := NewReader(strings.NewReader(raw("", 60<<20, "x")), Options{})
	if _, err := r.Next(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
	if len(r.in.buf) > 2<<20 {
		t.Errorf("buffer of %d bytes for a claim", len(r.in.buf))
	}
}

// TestReaderLargeMember covers members that are streamed: over 16 MiB.
func TestReaderLargeMember(t *testing.T) {
	p := pages(3)
	big := "HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("0123456789abcdef", 20<<20/16)
	record := raw("WARC-Target-URI: http://a/B\r\n", len(big), big)
	for name, pack := range map[string]func(...string) []byte{"gzip": gz, "zstd": zst} {
		f := func(what string, data []byte, opts Options, want string) {
			t.Helper()
			if got := readStream(t, bytes.NewReader(data), opts); got != want {
				t.Errorf("%s %s: %s, want %s", name, what, got, want)
			}
		}
		data := pack(p[0], record, p[1])
		f("member each", data, Options{}, "0 B 1")
		f("bomb", data, Options{MaxRecordBytes: 1 << 20}, "0 (large) 1")
		f("one for all", pack(p[0]+record+p[1]+p[2]), Options{}, "0 B 1 2")
		whole := pack(p[0] + record + p[1] + p[2])
		f("one for all, cut", whole[:len(whole)-15], Options{}, map[string]string{"gzip": "0 B 1 (cut)", "zstd": "0 (cut)"}[name])
	}
	bad := gz(p[0], record, p[1])
	bad[len(gz(p[0], record))-6] ^= 1
	if got := readStream(t, bytes.NewReader(bad), Options{}); got != "0 B (damage) 1" {
		t.Errorf("checksum of a large member: %s", got)
	}
}

func TestReaderIOError(t *testing.T) {
	p := pages(3)
	broken := errors.New("disk on fire")
	for _, data := range [][]byte{[]byte(p[0] + p[1][:100]), gz(p[0], p[1])[:len(gz(p[0]))+100], zst(p[0], p[1])[:len(zst(p[0]))+100]} {
		r := NewReader(io.MultiReader(bytes.NewReader(data), iotest.ErrReader(broken)), Options{})
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := r.Next(); err != broken {
				t.Errorf("got %v", err)
			}
		}
	}
}

func TestReaderFields(t *testing.T) {
	in := "WARC/1.1\r\nwarc-type: Response\r\nWARC-Target-URI:  < http://a.example/x > \r\nWARC-Record-ID: <urn:uuid:1>\r\n" +
		"WARC-Date: 2024-05-22T12:30:00.123456Z\r\nX-Folded: one\r\n  two\r\nno colon here\r\n: empty\r\nWARC-Identified-Payload-Type: text/html\r\nContent-Length: 2\r\n\r\nhi\r\n\r\n"
	r := NewReader(strings.NewReader(in), Options{})
	rec, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	if rec.Version != "1.1" || rec.Type != TypeResponse || rec.TargetURI != "http://a.example/x" || rec.ID != "urn:uuid:1" ||
		rec.Date.Nanosecond() != 123456000 || rec.Header.Get("x-folded") != "one two" || len(rec.Header) != 7 ||
		first(rec.PayloadType()) != "text/html" || string(rec.Block) != "hi" || rec.Length != int64(len(in)) {
		t.Errorf("%+v", rec)
	}
	if _, err := rec.HTTP(); !errors.Is(err, ErrNotHTTP) {
		t.Error(err)
	}
}

func TestReaderPlaces(t *testing.T) {
	p := pages(3)
	f := func(data []byte, decoded bool) {
		t.Helper()
		r := NewReader(bytes.NewReader(data), Options{})
		end := int64(0)
		for i := range p {
			rec, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			if rec.Number != int64(i) || rec.Offset != end || rec.Decoded != decoded {
				t.Errorf("record %d: %d at %d, want %d; decoded %v", i, rec.Number, rec.Offset, end, rec.Decoded)
			}
			end += rec.Length
			if !decoded { // a range request must give the record
				one, err := NewReader(bytes.NewReader(data[rec.Offset:end]), Options{}).Next()
				if err != nil || one.ID != rec.ID {
					t.Errorf("record %d by its range: %v", i, err)
				}
			}
		}
	}
	f([]byte(strings.Join(p, "")), false)
	f(gz(p...), false)
	f(zst(p...), false)
	f(gz(strings.Join(p, "")), true)
	f(zst(strings.Join(p, "")), true)
}

func TestReaderDates(t *testing.T) {
	for in, want := range map[string]string{
		"2024-05-22T12:30:00Z":        "2024-05-22T12:30:00Z",
		"2024-05-22T12:30:00.5Z":      "2024-05-22T12:30:00.5Z",
		"2024-05-22T14:30:00+02:00":   "2024-05-22T12:30:00Z",
		"2024-05-22T12:30:00":         "2024-05-22T12:30:00Z",
		"2024-05-22T12:30Z":           "2024-05-22T12:30:00Z",
		"2024-05-22":                  "2024-05-22T00:00:00Z",
		"2024-05":                     "2024-05-01T00:00:00Z",
		"2024":                        "2024-01-01T00:00:00Z",
		"20240522123000":              "2024-05-22T12:30:00Z",
		"yesterday":                   "0001-01-01T00:00:00Z",
		"":                            "0001-01-01T00:00:00Z",
		"Wed, 22 May 2024 12:30:00 Z": "0001-01-01T00:00:00Z",
	} {
		if got := date(in).Format(time.RFC3339Nano); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

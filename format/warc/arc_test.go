package warc

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"
)

// arcRecord is a record of an ARC file; fields stand between date and length.
func arcRecord(url, fields, block string) string {
	return fmt.Sprintf("%s 192.0.2.1 20080102030405 %s %d\n%s\n", url, fields, len(block), block)
}

// arcVersion is the record that begins a file.
func arcVersion(n int) string {
	names := "URL IP-address Archive-date Content-type Archive-length"
	fields := "text/plain"
	if n == 2 {
		names = "URL IP-address Archive-date Content-type Result-code Checksum Location Offset Filename Archive-length"
		fields = "text/plain 200 - - 0 a.arc"
	}
	return arcRecord("filedesc://a.arc", fields, fmt.Sprintf("%d 0 Example\n%s\n", n, names))
}

func arcPages(n int) []string {
	out := []string{arcVersion(1)}
	for i := range n {
		out = append(out, arcRecord(fmt.Sprintf("http://example.org/%d", i), "text/html",
			fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>page %d %s", i, strings.Repeat("lorem ipsum ", 20+i))))
	}
	return out
}

func TestARC(t *testing.T) {
	p := arcPages(4)
	all := strings.Join(p, "")
	f := func(name string, data []byte, want string) {
		t.Helper()
		if got := readStream(t, bytes.NewReader(data), Options{}); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		if got := readStream(t, iotest.OneByteReader(bytes.NewReader(data)), Options{}); got != want {
			t.Errorf("%s by bytes: %s, want %s", name, got, want)
		}
	}
	length := func(i, more int) string {
		line, block, _ := strings.Cut(p[i+1], "\n")
		at := strings.LastIndexByte(line, ' ')
		return fmt.Sprintf("%s %d\n%s", line[:at], len(block)-1+more, block)
	}
	flip := func(b []byte, at int) []byte { b = bytes.Clone(b); b[at] ^= 0x55; return b }
	f("plain", []byte(all), "a.arc 0 1 2 3")
	f("no line break at the end", []byte(all[:len(all)-1]), "a.arc 0 1 2 3")
	f("more line breaks", []byte(strings.Join(p, "\n\r\n")), "a.arc 0 1 2 3")
	f("a member each", gz(p...), "a.arc 0 1 2 3")
	f("one member", gz(all), "a.arc 0 1 2 3")
	f("zstd", zst(p...), "a.arc 0 1 2 3")
	f("members cut anywhere", gz(all[:300], all[300:700], all[700:]), "a.arc 0 1 2 3")
	f("no version block", []byte(p[2]+p[3]), "1 2")
	f("no version block, gzip", gz(p[2:]...), "1 2 3")
	f("cut", []byte(all[:len(all)-20]), "a.arc 0 1 2 (cut)")
	f("a member cut", gz(p...)[:len(gz(p...))-20], "a.arc 0 1 2 (cut)")
	f("junk between", []byte(p[0]+"junk\njunk 12\n"+p[1]), "a.arc~ 0")
	f("junk between members", append(append(gz(p[:2]...), "junk"...), gz(p[2:]...)...), "a.arc 0 (none) 1 2 3")
	f("junk first", append([]byte("junk\n"), all...), "(none) a.arc 0 1 2 3")
	f("junk first, gzip", append([]byte("junk\n"), gz(p...)...), "(none) a.arc 0 1 2 3")
	f("a damaged member", flip(gz(p...), len(gz(p[:2]...))+60), "a.arc 0 1? 2 3") // it decodes to its end
	f("too short", []byte(p[0]+length(0, -30)+p[2]), "a.arc 0~ 1")
	f("too long", []byte(p[0]+length(0, 30)+p[2]+p[3]), "a.arc 0~ 1 2")
	f("far too long", []byte(p[0]+length(0, 1<<40)+p[2]+p[3]), "a.arc 0~ 1 2")
	f("too long, a member each", gz(p[0], length(0, 30), p[2]), "a.arc 0~ 1")
	f("version block too short", []byte(strings.Replace(p[0], fmt.Sprintf(" %d\n", len(p[0])-len("filedesc://a.arc 192.0.2.1 20080102030405 text/plain 68\n")-1), " 20\n", 1)+p[1]), "a.arc~ 0")
}

func TestARCFields(t *testing.T) {
	const message = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>x"
	read := func(data string) *Record {
		t.Helper()
		r := NewReader(strings.NewReader(data), Options{})
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
		rec, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		return rec
	}
	f := func(data, uri, recordType, content, version string) {
		t.Helper()
		rec := read(data)
		if rec.TargetURI != uri || rec.Type != recordType || rec.ContentType() != content || rec.Version != version ||
			rec.Date.Format("2006-01-02T15:04:05") != "2008-01-02T03:04:05" || rec.WrongLength || string(rec.Block) != message {
			t.Errorf("%+v", rec)
		}
	}
	f(arcVersion(1)+arcRecord("http://a.example/", "text/html", message), "http://a.example/", TypeResponse, "text/html", "1")
	f(arcVersion(2)+arcRecord("https://a.example/", "text/html 200 4d5e - 17 a.arc", message), "https://a.example/", TypeResponse, "text/html", "2")
	f(arcVersion(1)+arcRecord("http://a.example/a b c", "text/html", message), "http://a.example/a b c", TypeResponse, "text/html", "1")
	f(arcVersion(1)+arcRecord("http://a.example/", "text/html; charset=utf-8", message), "http://a.example/", TypeResponse, "text/html; charset=utf-8", "1")
	f(arcVersion(1)+arcRecord("dns:a.example", "text/dns", message), "dns:a.example", TypeResource, "text/dns", "1")
	rec := read(arcVersion(2) + arcRecord("http://a.example/", "text/html 404 4d5e http://b.example/ 17 a.arc", message))
	for name, want := range map[string]string{"result-code": "404", "Checksum": "4d5e", "Location": "http://b.example/", "Offset": "17", "Filename": "a.arc", "IP-address": "192.0.2.1"} {
		if got := rec.Header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	for _, line := range []string{"", "http://a 192.0.2.1 20080102030405 text/html", "http://a 192.0.2.1 20080102030405 text/html x", "http://a 192.0.2.1 20080102030405 text/html -1",
		"http://a x 20080102030405 text/html 1", "http://a 192.0.2.1 2008 text/html 1", "a 192.0.2.1 20080102030405 text/html 1", "1a: 192.0.2.1 20080102030405 text/html 1",
		"in 2008 we had http: 20080102 text/html 1"} {
		if _, ok := parseARCLine(nil, line); ok || (arc{}).starts([]byte(line+"\n")) {
			t.Errorf("taken for a record: %q", line)
		}
	}
	for _, line := range []string{"http://a - 20080102030405 no-type 0", "ftp://a ::1 20080102 text/html 12", "http://a 0.0.0.0 20080102030405 - 5"} {
		if !(arc{}).starts([]byte(line + "\r\n")) {
			t.Errorf("no record: %q", line)
		}
	}
}

package warc

import (
	"strings"
	"testing"
)

// TestReaderJunk: what stands before a record, with or without a line break, is all that
// is lost; text that only names the format is no record.
func TestReaderJunk(t *testing.T) {
	p := pages(3)
	f := func(name, data, want string) {
		t.Helper()
		if got := readStream(t, strings.NewReader(data), Options{}); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	zeros := strings.Repeat("\x00", 512)
	f("zeros between", p[0]+zeros+p[1]+zeros+p[2]+zeros, "0 1 2")
	f("zeros first", zeros+p[0]+p[1], "0 1")
	f("junk between", p[0]+"junk"+p[1]+"\xff\xfe"+p[2], "0 (none) 1 (none) 2")
	f("junk of 100 KB between", p[0]+strings.Repeat("junk/", 20_000)+p[1], "0 (none) 1")
	f("junk between in a member", string(gz(p[0]+"junk"+p[1])), "0 (none) 1")
	f("a mark at the start", "\xef\xbb\xbf"+p[0]+p[1], "0 1")
	f("a mark in a member", string(gz("\xef\xbb\xbf"+p[0], p[1])), "0 1")
	f("a mark between", p[0]+"\xef\xbb\xbf"+p[1], "0 1")
	f("version 2.0", p[0]+strings.Replace(p[1], "WARC/1.0", "WARC/2.0", 1)+p[2], "0 1 2")
	f("lower case", strings.Replace(p[0], "WARC/1.0", "warc/1.1", 1)+strings.Replace(p[1], "WARC/1.0", "warc/1.0", 1), "0 1")
	f("version 0.18", p[0]+"junk"+strings.Replace(p[1], "WARC/1.0", "WARC/0.18", 1), "0 (none) 1")
	text := "it begins with WARC/1.0 and WARC/1.0\r\nthen WARC-Type: x\r\nand WARC/1.1\r\nX: y\r\n\r\nWARC-Type: z"
	f("text between", p[0]+text+p[1], "0 (none) 1")
	block := "HTTP/1.1 200 OK\r\n\r\n" + text
	f("text of a page, length too short", raw("WARC-Type: response\r\nWARC-Target-URI: http://a/T\r\n", 25, block)+p[1], "T~ 1")
	a := arcPages(3)
	for i := range a[1:] {
		a[i+1] = strings.TrimSuffix(a[i+1], "\n")
	}
	f("ARC without line breaks", strings.Join(a, ""), "a.arc 0 1 2")
}

package warc

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

const html = "<html><body>Ein Beispiel, häufig genug: Beispiel, Beispiel, Beispiel.</body></html>"

// encoders by content coding.
func encoded(t testing.TB, coding, s string) string {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch coding {
	case "gzip", "x-gzip":
		return string(gz(s))
	case "zstd":
		return string(zst(s))
	case "br":
		w := brotli.NewWriter(&b)
		_, err = w.Write([]byte(s))
		w.Close()
	case "deflate":
		w := zlib.NewWriter(&b)
		_, err = w.Write([]byte(s))
		w.Close()
	case "raw":
		w, _ := flate.NewWriter(&b, 6)
		_, err = w.Write([]byte(s))
		w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func chunked(s string, size int) string {
	var b strings.Builder
	for len(s) > 0 {
		n := min(size, len(s))
		fmt.Fprintf(&b, "%X;x=y\r\n%s\r\n", n, s[:n])
		s = s[n:]
	}
	return b.String() + "0\r\nTrailer: t\r\n\r\n"
}

func message(header, body string) *Record {
	return &Record{Block: []byte("HTTP/1.1 200 OK\r\n" + header + "\r\n" + body)}
}

func TestHTTPBody(t *testing.T) {
	f := func(name, header, body, want string, partial bool) {
		t.Helper()
		resp, err := message(header, body).HTTP()
		if err != nil || string(resp.Body) != want || resp.Partial != partial {
			t.Errorf("%s: %q, partial %v, %v", name, resp.Body, resp.Partial, err)
		}
	}
	f("plain", "Content-Length: 99999\r\n", html, html, false)
	f("empty", "", "", "", false)
	f("empty gzip", "Content-Encoding: gzip\r\n", "", "", false)
	for _, c := range []string{"gzip", "x-gzip", "br", "zstd", "deflate"} {
		enc := encoded(t, c, html)
		f(c, "Content-Encoding: "+strings.ToUpper(c)+"\r\n", enc, html, false)
		f(c+" chunked", "Transfer-Encoding: chunked\r\nContent-Encoding: "+c+"\r\n", chunked(enc, 7), html, false)
		f(c+" said, plain stored", "Content-Encoding: "+c+"\r\n", html, html, false)
		f(c+" twice", "Content-Encoding: "+c+", "+c+"\r\n", encoded(t, c, enc), html, false)
	}
	f("raw deflate", "Content-Encoding: deflate\r\n", encoded(t, "raw", html), html, false)
	f("two lines", "Content-Encoding: br\r\nContent-Encoding: gzip\r\n", encoded(t, "gzip", encoded(t, "br", html)), html, false)
	f("two members", "Content-Encoding: gzip\r\n", string(gz("one ", "two")), "one two", false)
	f("renamed by the crawl", "X-Crawler-Content-Encoding: gzip\r\n", html, html, false)
	f("invented", "Content-Encoding: utf-8\r\n", html, html, false)
	f("chunked said, plain stored", "Transfer-Encoding: chunked\r\n", html, html, false)
	f("wrong second chunk", "Transfer-Encoding: chunked\r\n", "4\r\nabcd\r\nzz\r\nefgh\r\n", "4\r\nabcd\r\nzz\r\nefgh\r\n", false)
	f("chunked, LF", "Transfer-Encoding: chunked\r\n", "4\nabcd\n0\n\n", "abcd", false)
	f("chunk cut", "Transfer-Encoding: chunked\r\n", "4\r\nabcd\r\n8\r\nefg", "abcdefg", true)
	f("no last chunk", "Transfer-Encoding: chunked\r\n", "4\r\nabcd\r\n", "abcd", true)
	f("cut in a chunk header", "Transfer-Encoding: chunked\r\n", "4\r\nabcd\r\n1", "abcd", true)
	cut := string(gz(html))
	f("gzip cut", "Content-Encoding: gzip\r\n", cut[:len(cut)-8], html, true)
}

func TestHTTPBodyErrors(t *testing.T) {
	flip := []byte(encoded(t, "gzip", html))
	flip[len(flip)-6] ^= 1
	if resp, err := message("Content-Encoding: gzip\r\n", string(flip)).HTTP(); !errors.Is(err, ErrContentEncoding) || resp == nil || resp.Body != nil {
		t.Errorf("checksum: %v", err)
	}
	if _, err := message("Content-Encoding: gzip,gzip,gzip,gzip,gzip\r\n", "x").HTTP(); !errors.Is(err, ErrContentEncoding) {
		t.Errorf("five codings: %v", err)
	}
	for _, c := range []string{"gzip", "br", "zstd", "deflate"} {
		for limit := len(html) - 1; limit <= len(html); limit++ {
			rec := message("Content-Encoding: "+c+"\r\n", encoded(t, c, html))
			rec.scratch = &scratch{maxBody: limit}
			if _, err := rec.HTTP(); errors.Is(err, ErrBodyTooLarge) != (limit < len(html)) {
				t.Errorf("%s, limit %d of %d: %v", c, limit, len(html), err)
			}
		}
		bomb := message("Content-Encoding: "+c+"\r\n", encoded(t, c, strings.Repeat("\x00", 3<<20)))
		bomb.scratch = &scratch{maxBody: 1 << 20}
		if _, err := bomb.HTTP(); !errors.Is(err, ErrBodyTooLarge) {
			t.Errorf("%s bomb: %v", c, err)
		}
		if n := cap(bomb.scratch.bodies[0]) + cap(bomb.scratch.bodies[1]); n > 4<<20 {
			t.Errorf("%s bomb: buffers of %d bytes", c, n)
		}
	}
	bomb := message("Content-Encoding: gzip\r\n", encoded(t, "gzip", strings.Repeat("\x00", DefaultMaxBodyBytes+1)))
	if _, err := bomb.HTTP(); !errors.Is(err, ErrBodyTooLarge) {
		t.Errorf("default limit: %v", err)
	}
}

func TestHTTPHead(t *testing.T) {
	f := func(block string, status int, reason, media, charset string) {
		t.Helper()
		resp, err := (&Record{Block: []byte(block)}).HTTP()
		if status == 0 {
			if !errors.Is(err, ErrNotHTTP) || resp != nil {
				t.Errorf("%q: %v", block, err)
			}
			return
		}
		if err != nil || resp.Status != status || resp.Reason != reason || resp.MediaType != media || resp.Charset != charset {
			t.Errorf("%q: %+v, %v", block, resp, err)
		}
	}
	f("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=UTF-8\r\n\r\nx", 200, "OK", "text/html", "utf-8")
	f("HTTP/2 404\r\ncontent-type: Text/HTML;;x=y; Charset = \"EUC-JP\" ;\r\n\r\n", 404, "", "text/html", "euc-jp")
	f("HTTP/1.0  301  Moved Permanently\nContent-Type:\n\n", 301, "Moved Permanently", "", "")
	f("HTTP/1.1 200", 200, "", "", "")
	f("HTTP/1.1 2000 OK\r\n\r\n", 0, "", "", "")
	f("HTTP/1.1 abc OK\r\n\r\n", 0, "", "", "")
	f("GET / HTTP/1.1\r\n\r\n", 0, "", "", "")
	f("", 0, "", "", "")
}

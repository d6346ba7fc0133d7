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
	f("chunked, LF", "Transfer-Encoding: chunked\r\n", "4\nabcd\n0\n\n", "abcd", false)
	f("chunk cut", "Transfer-Encoding: chunked\r\n", "4\r\nabcd\r\n8\r\nefg", "abcdefg", true)
	f("no last chunk", "Transfer-Encoding: chunked\r\n", "4\r\nabcd\r\n", "abcd", true)
	f("cut in a chunk header", "Transfer-Encoding: chunked\r\n", "4\r\nabcd\r\n1", "abcd", true)
	cut := string(gz(html))
	f("gzip cut", "Content-Encoding: gzip\r\n", cut[:len(cut)-8], html, true)
}

// TestHTTPDamage: a damaged body keeps what came before the damage, or all where a
// checksum alone is wrong.
func TestHTTPDamage(t *testing.T) {
	f := func(name, header, body, want string, partial, badChecksum bool) {
		t.Helper()
		resp, err := message(header, body).HTTP()
		if err != nil || string(resp.Body) != want || resp.Partial != partial || resp.BadChecksum != badChecksum {
			t.Errorf("%s: %q, partial %v, checksum %v, %v", name, resp.Body, resp.Partial, resp.BadChecksum, err)
		}
	}
	flip := func(s string, at int) string { b := []byte(s); b[(at+len(b))%len(b)] ^= 0x55; return string(b) }
	const te, ce = "Transfer-Encoding: ", "Content-Encoding: "
	zip, zlib := encoded(t, "gzip", html), encoded(t, "deflate", html)
	f("gzip checksum", ce+"gzip\r\n", flip(zip, -5), html, false, true)
	f("gzip size", ce+"gzip\r\n", flip(zip, -2), html, false, true)
	f("checksum of the first member", ce+"gzip\r\n", flip(zip, -5)+zip, html+html, false, true)
	f("adler", ce+"deflate\r\n", flip(zlib, -1), html, false, true)
	f("no adler", ce+"deflate\r\n", zlib[:len(zlib)-4], html, true, false)
	f("junk behind gzip", ce+"gzip\r\n", zip+"junk", html, false, false)
	f("zstd checksum", ce+"zstd\r\n", flip(encoded(t, "zstd", html), -1), html, false, false)

	// Damage in the middle of codings.
	long := strings.Repeat(html, 40)
	for i := range 3000 {
		long += fmt.Sprintf("<p>%x", i*i*7919)
	}
	for _, c := range []string{"gzip", "deflate", "raw", "br", "zstd"} {
		enc, header := encoded(t, c, long), ce+strings.Replace(c, "raw", "deflate", 1)+"\r\n"
		for name, body := range map[string]string{"cut": enc[:len(enc)/2], "overwritten": enc[:len(enc)/2] + strings.Repeat("\xff\x00", len(enc)/4)} {
			resp, err := message(header, body).HTTP()
			if (c == "zstd" || c == "br") && name == "overwritten" && err != nil {
				continue // one block: nothing came before
			}
			if err != nil || !resp.Partial && !resp.BadChecksum || len(resp.Body) < len(html) && c != "zstd" || !strings.HasPrefix(long, string(resp.Body[:min(len(resp.Body), len(long)/4)])) {
				t.Errorf("%s %s: %d of %d bytes, %v", c, name, len(resp.Body), len(long), err)
			}
		}
	}

	// Chunks.
	ch := te + "chunked\r\n"
	f("no size for the second", ch, "4\r\nabcd\r\nzz\r\nefgh\r\n0\r\n\r\n", "abcd", true, false)
	f("no size for the third", ch, "4\r\nabcd\r\n2\r\nef\r\n-1\r\ngh\r\n0\r\n\r\n", "abcdef", true, false)
	f("an empty line for a size", ch, "4\r\nabcd\r\n\r\nefgh\r\n0\r\n\r\n", "abcd", true, false)
	f("size too large", ch, "9\r\nabcd\r\n4\r\nefgh\r\n0\r\n\r\n", "abcdefgh", true, false)
	f("size beyond the body", ch, "4\r\nabcd\r\n4000\r\nefgh\r\n2\r\nij\r\n0\r\n\r\n", "abcdefghij", true, false)
	f("size too small", ch, "4\r\nabcd\r\n2\r\nefgh\r\n2\r\nij\r\n0\r\n\r\n", "abcdefghij", true, false)
	f("first size too small", ch, "2\r\nabcd\r\n2\r\nij\r\n0\r\n\r\n", "abcdij", true, false)
	f("no line breaks behind chunks", ch, "4\r\nabcd4\r\nefgh0\r\n\r\n", "abcdefgh", false, false)
	f("size too small, then nothing", ch, "4\r\nabcd\r\n2\r\nefgh", "abcdef", true, false)
	f("a number in a cut chunk", ch, "4\r\nabcd\r\n40\r\nefgh\nadd\nij", "abcdefgh\nadd\nij", true, false)
	f("no chunks, a number first", ch, "2024\n"+html[:20]+"\nx", html[:20]+"\nx", true, false)
	f("no chunks, a small number first", ch, "12\n<p>a page of some length\n", "12\n<p>a page of some length\n", false, false)
	f("cut before the last chunk, in gzip", ch+ce+"gzip\r\n", "400\r\n"+zip, html, true, false)

	f("sizes as in programs", ch, "0x4\r\nabcd\r\n0X2\r\nef\r\n0\r\n\r\n", "abcdef", false, false)
	f("chunks, not said", "", "4\r\nabcd\r\n2;x=y\r\nef\r\n0\r\n\r\n", "abcdef", false, false)
	f("chunks, not said, of gzip", ce+"gzip\r\n", "a\r\n"+zip[:10]+"\r\n"+fmt.Sprintf("%x\r\n", len(zip)-10)+zip[10:]+"\r\n0\r\n\r\n", html, false, false)
	f("no last chunk, not said", "", "4\r\nabcd\r\n2\r\nef\r\n", "4\r\nabcd\r\n2\r\nef\r\n", false, false)
	f("a size that does not fit, not said", "", "4\r\nabcde\r\n0\r\n\r\n", "4\r\nabcde\r\n0\r\n\r\n", false, false)
	f("numbers in lines", "", "0\r\n\r\n", "0\r\n\r\n", false, false)
	f("gzip in quotes", ce+"\"gzip\"\r\n", zip, html, false, false)
	f("gzip behind line breaks", ce+"gzip\r\n", "\r\n"+zip, html, false, false)
	f("gzip of a page, not said", "Content-Type: text/html\r\n", zip, html, false, false)
	f("gzip of no page", "Content-Type: application/gzip\r\n", zip, zip, false, false)
	for _, block := range []string{"HTTP/1.1 200 OK\rContent-Type: text/html\r\r" + html + "\n\nx", "HTTP/1.1 200 OK\rContent-Type: text/html\r\r" + html} {
		resp, err := (&Record{Block: []byte(block)}).HTTP()
		if err != nil || resp.MediaType != "text/html" || !strings.HasPrefix(string(resp.Body), html) {
			t.Errorf("lines that end with CR: %+v, %v", resp, err)
		}
	}
	page := &Record{Header: Header{{"Content-Type", "text/html; charset=gbk"}}, Block: []byte(zip)}
	if resp, err := page.Payload(); err != nil || string(resp.Body) != html || resp.Charset != "gbk" {
		t.Errorf("gzip as a resource: %+v, %v", resp, err)
	}

	// Transfer codings.
	f("gzip, chunked", te+"gzip, chunked\r\n", chunked(zip, 7), html, false, false)
	f("gzip, chunked, in two lines", te+"gzip\r\n"+te+"Chunked\r\n", chunked(zip, 7), html, false, false)
	f("gzip alone", te+"gzip\r\n", zip, html, false, false)
	f("deflate, chunked", te+"deflate, chunked\r\n", chunked(zlib, 7), html, false, false)
	f("both kinds", te+"gzip, chunked\r\n"+ce+"br\r\n", chunked(encoded(t, "gzip", encoded(t, "br", html)), 9), html, false, false)
	f("both said, once done", te+"gzip, chunked\r\n"+ce+"gzip\r\n", chunked(zip, 7), html, false, false)
	f("said, UTF-16 stored", ce+"br\r\n", "\xff\xfe<\x00p\x00>\x00", "\xff\xfe<\x00p\x00>\x00", false, false)
	f("said, all undone before", te+"gzip, chunked\r\n"+ce+"gzip\r\n", html, html, false, false)
	f("chunks undone before", te+"gzip, chunked\r\n", zip, html, false, false)
	f("chunked twice", te+"chunked, chunked\r\n", chunked("1\r\na\r\n0\r\n\r\n", 90), "1\r\na\r\n0\r\n\r\n", false, false)
	f("with a parameter", ce+"gzip;q=1.0\r\n", zip, html, false, false)
	f("gzip that is zlib", ce+"gzip\r\n", zlib, html, false, false)
	f("deflate that is gzip", ce+"deflate\r\n", zip, html, false, false)
}

// TestHTTPLongHeader: where the body can be found behind a header of any size it is;
// where not, the error names the header.
func TestHTTPLongHeader(t *testing.T) {
	line := "X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"
	for _, n := range []int{maxHeaderLines - 2, maxHeaderLines + 2, maxHeaderBytes / len(line), maxHeaderBytes/len(line) + 1, 300_000} {
		for _, at := range []bool{false, true} {
			header := "Content-Type: text/html; charset=gbk\r\nContent-Encoding: gzip\r\n"
			if at {
				header = strings.Repeat(line, n) + header
			} else {
				header += strings.Repeat(line, n)
			}
			rec := message(header, encoded(t, "gzip", html))
			resp, err := rec.HTTP()
			if err != nil || string(resp.Body) != html || resp.MediaType != "text/html" || resp.Charset != "gbk" || len(resp.Header) > 2*maxHeaderLines {
				t.Errorf("%d lines: %v", n, err)
			}
		}
	}
	rec := &Record{Block: []byte("HTTP/1.1 200 OK\r\n" + strings.Repeat("X: a\r\n", 1_000_000))}
	if resp, err := rec.HTTP(); !errors.Is(err, ErrHeader) || resp == nil || resp.Body != nil {
		t.Errorf("a million lines: %v", err)
	}
	rec = &Record{Block: []byte("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("a", maxHeaderBytes+1))}
	if _, err := rec.HTTP(); !errors.Is(err, ErrHeader) {
		t.Errorf("a long line: %v", err)
	}
	for block, want := range map[string]string{
		"HTTP/1.1 200 OK\r\nX: a\r\n":                           "",
		"HTTP/1.1 200 OK\r\nX: a\r\n<html>\nx":                  "<html>\nx",
		"\r\nHTTP/1.1 200 OK\r\n\r\nx":                          "x",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nx": "x",
	} {
		resp, err := (&Record{Block: []byte(block)}).HTTP()
		if err != nil || resp.Status != 200 || string(resp.Body) != want {
			t.Errorf("%q: %+v, %v", block, resp, err)
		}
	}
}

func TestHTTPBodyErrors(t *testing.T) {
	bad := "\x1f\x8b\x08\xff" + encoded(t, "gzip", html)[4:] // reserved flags
	if resp, err := message("Content-Encoding: gzip\r\n", bad).HTTP(); !errors.Is(err, ErrContentEncoding) || resp == nil || resp.Body != nil {
		t.Errorf("gzip header: %v", err)
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

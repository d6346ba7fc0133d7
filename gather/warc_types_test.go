package gather_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/format/formattest"
)

// read reads one file through the WARC source with its defaults.
func read(t *testing.T, file []byte) *formattest.Feed {
	t.Helper()
	feeds, err := formattest.Source{Open: openWARC}.Read(t, env(), map[string][]byte{"f": file})
	if err != nil {
		t.Fatal(err)
	}
	return feeds[0]
}

// typed is a response with these lines in its record's and in its HTTP header.
func typed(recordLines, httpLines, body string) []byte {
	b := record(page{"https://example.com/", "HTTP/1.1 200 OK\r\n" + httpLines + "\r\n", body})
	return []byte(strings.Replace(string(b), "Content-Length", recordLines+"Content-Length", 1))
}

// TestPayloadTypes: a type that says nothing never loses a page, one that is clear holds.
func TestPayloadTypes(t *testing.T) {
	const (
		html = "<!DOCTYPE html><p>a page"
		part = "<section>a part of a page</section>" // no tag of the standard's list
		png  = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x10"
		ipt  = "WARC-Identified-Payload-Type: "
		ct   = "Content-Type: "
	)
	f := func(recordLines, httpLines, body, want string) {
		t.Helper()
		feed, got := read(t, typed(recordLines, httpLines, body)), "none"
		if len(feed.Documents) == 1 {
			d := feed.Documents[0]
			got = strings.TrimSpace(fmt.Sprint(d.Media, " ", d.Charset))
		}
		if got != want {
			t.Errorf("%q %q %.20q: %s, want %s", recordLines, httpLines, body, got, want)
		}
	}
	for _, value := range []string{"", "x", "*/*", "text/*", "unknown/unknown", "application/unknown", "text/html: x",
		"text/html x=y", "text/html, image/png", "application/octet-stream", "binary/octet-stream", "text/plain"} {
		f("", ct+value+"\r\n", html, "text/html")
		f("", ct+value+"\r\n", png, "none")
		f(ipt+value+"\r\n", "", html, "text/html")
		f(ipt+value+"\r\n", ct+"Text/HTML; charset=utf-8\r\n", part, "text/html utf-8")
		f(ipt+value+"\r\n", ct+"image/png\r\n", html, "none")
		f(ipt+value+"\r\n", ct+"application/json\r\n", html, "none")
	}
	f("", "", html, "text/html")
	f("", "", part, "none")
	f("", ct+"*/*\r\n", part, "none")
	f("", ct+"text/plain\r\n", "<p>x", "none")
	f("", ct+"text/html charset=utf-8\r\n", part, "text/html utf-8")
	f("", ct+"text/html, text/html; charset=utf-8\r\n", part, "text/html utf-8")
	f("", ct+"text/html\r\n"+ct+"text/html; charset=utf-8\r\n", part, "text/html utf-8")
	f("", ct+"text/html; charset=utf-8\r\n", "%PDF-1.4\n", "none")
	f(ipt+"text/html; charset=\"UTF-8\"\r\n", ct+"text/html; charset=gbk\r\n", part, "text/html gbk")
	f(ipt+"text/html; charset=\"UTF-8\"\r\n", ct+"text/html\r\n", part, "text/html utf-8")
	f(ipt+"TEXT/HTML\r\n", ct+"image/png\r\n", html, "text/html")
	f(ipt+"image/png\r\n", ct+"text/html\r\n", html, "none")
}

// TestBlockTypes: a block that is the payload itself is a page where its type, or
// without one its bytes, say so.
func TestBlockTypes(t *testing.T) {
	const html, part = "<!DOCTYPE html><p>a page", "<section>a part of a page</section>"
	f := func(recordType, lines, block, want string) {
		t.Helper()
		b := fmt.Appendf(nil, "WARC/1.0\r\nWARC-Type: %s\r\nWARC-Target-URI: https://example.com/\r\nWARC-Date: 2026-01-02T03:04:05Z\r\n%sContent-Length: %d\r\n\r\n%s\r\n\r\n",
			recordType, lines, len(block), block)
		feed, got := read(t, b), ""
		for reason := range feed.Skipped {
			got = reason
		}
		if len(feed.Documents) == 1 {
			d := feed.Documents[0]
			got = strings.TrimSpace(fmt.Sprint(d.Media, " ", d.Charset))
			if d.URL != "https://example.com/" || d.FetchedAt != "2026-01-02T03:04:05Z" || !strings.HasSuffix(block, string(d.Raw)) {
				t.Errorf("%+v", d)
			}
		}
		if got != want {
			t.Errorf("%s %q %.20q: %s, want %s", recordType, lines, block, got, want)
		}
	}
	const ct, ipt = "Content-Type: ", "WARC-Identified-Payload-Type: "
	const message = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=gbk\r\n\r\n" + part
	f("resource", ct+"text/html\r\n", part, "text/html")
	f("resource", ct+"Text/HTML; charset=\"EUC-KR\"\r\n", part, "text/html euc-kr")
	f("resource", "", html, "text/html")
	f("resource", ct+"*/*\r\n", html, "text/html")
	f("resource", ct+"application/octet-stream\r\n"+ipt+"text/html; charset=utf-8\r\n", part, "text/html utf-8")
	f("resource", ct+"text/plain\r\n", "some text", "media type")
	f("resource", ct+"application/json\r\n", html, "media type")
	f("resource", ct+"image/png\r\n", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "media type")
	f("resource", ct+"text/html\r\n", "", "empty body")
	f("resource", ct+"application/http; msgtype=response\r\n", message, "text/html gbk")
	f("resource", ct+"application/http\r\n", html, "text/html")
	f("conversion", ct+"text/plain\r\n", "some text", "text/plain utf-8")
	f("conversion", ct+"text/plain\r\n", html, "text/plain utf-8")
	f("conversion", ct+"text/plain; charset=gbk\r\n", "text", "text/plain gbk")
	f("conversion", ct+"text/markdown\r\n", "text", "text/plain utf-8")
	f("conversion", "", "some text", "text/plain utf-8")
	f("conversion", "", "", "text/plain utf-8")
	f("conversion", "", html, "text/html")
	f("conversion", ct+"text/html;charset=utf-8\r\n", part, "text/html utf-8")
	f("conversion", ct+"image/png\r\n", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "media type")
	f("response", ct+"application/http; msgtype=response\r\n", message, "text/html gbk")
	f("response", "", message, "text/html gbk")
	f("response", ct+"text/html\r\n", part, "text/html")
	f("response", ct+"application/http\r\n", html, "text/html")
	f("response", ct+"text/dns\r\n", "20260102030405\nexample.com. 300 IN A 192.0.2.1\n", "not HTTP")
	f("response", ct+"application/http\r\n", strings.Replace(message, "200", "404", 1), "HTTP status")
	f("metadata", ct+"text/html\r\n", html, "record type metadata")
	f("request", ct+"application/http\r\n", "GET / HTTP/1.1\r\n\r\n", "record type request")
}

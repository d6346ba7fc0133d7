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

package gather_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
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

// TestPageTypes: a page that the server calls one is one whatever a detector took it for,
// and types that servers give to pages are theirs where the bytes say so.
func TestPageTypes(t *testing.T) {
	const html, ipt, ct = "<!DOCTYPE html><html><p>a page", "WARC-Identified-Payload-Type: ", "Content-Type: "
	const xhtml = "<?xml version=\"1.0\"?>\n<!DOCTYPE html><html xmlns=\"http://www.w3.org/1999/xhtml\"><p>a page"
	media := func(lines, httpLines, body string) string {
		if feed := read(t, typed(lines, httpLines, body)); len(feed.Documents) == 1 {
			return feed.Documents[0].Media
		}
		return "none"
	}
	for _, found := range []string{"text/xml", "application/xml", "text/x-c", "text/x-php", "message/rfc822", "inode/x-empty", "application/x-empty", "text/plain", "application/rss+xml", "application/javascript"} {
		for server, want := range map[string]string{"text/html": "text/html", "application/xhtml+xml": "application/xhtml+xml"} {
			if got := media(ipt+found+"\r\n", ct+server+"; charset=utf-8\r\n", xhtml); got != want && got != "text/html" {
				t.Errorf("%s said, %s found: %s", server, found, got)
			}
		}
		if got := media(ipt+found+"\r\n", ct+"text/html\r\n", "{\"a\": \"data\"}"); got == "text/html" && found != "text/plain" {
			t.Errorf("data said to be HTML, %s found: %s", found, got)
		}
	}
	for _, server := range []string{"httpd/unix-directory", "application/html", "text/x-html", "text/htm", "text/x-server-parsed-html", "application/x-httpd-php", "magnus-internal/parsed-html"} {
		if got := media("", ct+server+"\r\n", html); got != "text/html" {
			t.Errorf("%s: %s", server, got)
		}
		if got := media("", ct+server+"\r\n", "<?php echo 1;"); got != "none" {
			t.Errorf("%s, no page: %s", server, got)
		}
	}
	if got := media(ipt+"image/png\r\n", ct+"text/html\r\n", html); got != "none" {
		t.Errorf("an image: %s", got)
	}
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
	f("resource", ct+"text/x-html\r\n", html, "text/html")
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

// TestFlawedBodies: what is wrong with the body of a page is noted, not the page lost.
func TestFlawedBodies(t *testing.T) {
	const html = "<!DOCTYPE html><p>a page of some length, and of some more"
	zip := string(gzipped(t, []byte(html)))
	f := func(httpLines, body, want, note string) {
		t.Helper()
		feed := read(t, typed("", "Content-Type: text/html\r\n"+httpLines, body))
		if len(feed.Documents) != 1 || string(feed.Documents[0].Raw) != want {
			t.Errorf("%q: %v", httpLines, feed)
		}
		if len(feed.Noted) > 1 || note != "" && feed.Noted[note] != 1 {
			t.Errorf("%q: noted %v, want %s", httpLines, feed.Noted, note)
		}
	}
	f("", html, html, "")
	f("Content-Encoding: gzip\r\n", zip, html, "")
	f("", zip, html, "")
	f("Content-Encoding: \"gzip\"\r\n", "\r\n"+zip, html, "")
	f("Transfer-Encoding: gzip, chunked\r\n", fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(zip), zip), html, "")
	f("Content-Encoding: gzip\r\n", zip[:len(zip)-8]+"12345678", html, "body checksum")
	f("Content-Encoding: gzip\r\n", zip[:len(zip)-8], html, "body truncated")
	f("Transfer-Encoding: chunked\r\n", "f\r\n"+html[:15]+"\r\nzz\r\n"+html[15:]+"\r\n0\r\n\r\n", html[:15], "body truncated")
	f(strings.Repeat("X: a\r\n", 10_000), html, html, "")
	feed := read(t, record(page{"https://example.com/", "HTTP/1.1 200 OK\r\n" + strings.Repeat("X: a\r\n", 10_000), ""}))
	if len(feed.Quarantined) != 1 || !strings.Contains(feed.Quarantined[0].Err.Error(), "header without end") {
		t.Errorf("a header without end: %v", feed)
	}
}

// TestLostRecords: what the reader loses is counted in bytes, and a cut file is told
// from a damaged one.
func TestLostRecords(t *testing.T) {
	list := pages(3)
	a, b, c := gzipped(t, record(list[0])), gzipped(t, record(list[1])), gzipped(t, record(list[2]))
	f := func(name string, file []byte, loss corpus.Loss, bytes int) {
		t.Helper()
		feed := read(t, file)
		if len(feed.Documents) != 2 || len(feed.Quarantined) != 1 {
			t.Errorf("%s: %v", name, feed)
			return
		}
		if e := feed.Quarantined[0]; e.Loss != loss || e.Bytes != int64(bytes) {
			t.Errorf("%s: loss %d of %d bytes, want %d of %d", name, e.Loss, e.Bytes, loss, bytes)
		}
	}
	f("a damaged member", slices.Concat(a, damaged(b), c), corpus.LossRecord, len(b))
	f("a member of no record", slices.Concat(a, gzipped(t, []byte("none")), c), corpus.LossRecord, len(gzipped(t, []byte("none"))))
	f("cut", slices.Concat(a, b, c[:len(c)/2]), corpus.LossRest, len(c)/2)
}

// TestMemberChecksum: pages of a gzip member whose checksum is wrong or cut off are
// read, and noted.
func TestMemberChecksum(t *testing.T) {
	list := pages(3)
	a, b, c := gzipped(t, record(list[0])), gzipped(t, record(list[1])), gzipped(t, record(list[2]))
	for _, n := range []int{1, 4, 8} {
		for name, odd := range map[string][]byte{"cut": b[:len(b)-n], "overwritten": slices.Concat(b[:len(b)-n], []byte("12345678")[:n])} {
			feed := read(t, slices.Concat(a, odd, c))
			if len(feed.Documents) != 3 || len(feed.Quarantined) != 0 || feed.Noted["member checksum"] != 1 {
				t.Errorf("%d bytes %s: %v", n, name, feed)
			}
		}
	}
}

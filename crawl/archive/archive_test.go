package archive_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/crawl/archive"
	"github.com/corpusmill/corpusmill/crawl/wire"
	"github.com/corpusmill/corpusmill/format/warc"
)

var begin = time.Date(2026, 11, 29, 15, 41, 50, 123456789, time.UTC)

func settings() archive.Settings {
	at := begin
	return archive.Settings{Prefix: "test", Info: []warc.Field{{Name: "software", Value: "corpusmill/test"}},
		Now: func() time.Time { at = at.Add(time.Second); return at }}
}

func open(t *testing.T, dir string, s archive.Settings) *archive.Archive {
	t.Helper()
	a, err := archive.Open(dir, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a
}

// page is the i-th page of a site.
func page(t testing.TB, i int, response string) archive.Page {
	t.Helper()
	path := fmt.Sprintf("/page/%d?b=%d&a", i%7, i)
	x, err := wire.Recorded("http://www.Example.org"+path, []byte("GET "+path+" HTTP/1.1\r\nHost: www.example.org\r\n\r\n"), []byte(response))
	if err != nil {
		t.Fatal(err)
	}
	x.Started = begin.Add(time.Duration(i) * 700 * time.Millisecond)
	x.FirstByte, x.Ended = x.Started.Add(20*time.Millisecond), x.Started.Add(90*time.Millisecond)
	x.Remote = netip.MustParseAddrPort("192.0.2.7:80")
	return archive.Page{Exchange: x, Metadata: []warc.Field{{Name: "via", Value: "http://example.org/"}, {Name: "empty", Value: ""}, {Name: "via", Value: "ä"}}}
}

func html(i int) string {
	body := fmt.Sprintf("<p>page %d \xff\xfe", i)
	return fmt.Sprintf("HTTP/1.1 200 Fine\r\nx-B: 1\r\nContent-TYPE: text/html; charset=latin1\r\nX-b:  2\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

func add(t *testing.T, a *archive.Archive, p archive.Page) archive.Location {
	t.Helper()
	loc, err := a.Append(p)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func since(t *testing.T, a *archive.Archive, p archive.Position) []archive.Entry {
	t.Helper()
	var all []archive.Entry
	for e, err := range a.Since(p) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

// same compares what was appended with what is read again.
func same(t *testing.T, e archive.Entry, p archive.Page, loc archive.Location) {
	t.Helper()
	if !reflect.DeepEqual(e.Location, loc) {
		t.Errorf("location %+v, want %+v", e.Location, loc)
	}
	x, y := e.Exchange, p.Exchange
	want := y.Response
	if p.Revisit != nil {
		want = want[:y.HeadLen]
	}
	if !bytes.Equal(x.Request, y.Request) || !bytes.Equal(x.Response, want) {
		t.Errorf("read %q %q, want %q %q", x.Request, x.Response, y.Request, want)
	}
	if x.URL != y.URL || x.Method != y.Method || x.Status != y.Status || x.HeadLen != y.HeadLen || x.Remote != y.Remote || x.Truncated != y.Truncated ||
		x.Protocol != y.Protocol || x.TLS != y.TLS || x.Cipher != y.Cipher || !x.Started.Equal(y.Started) || !x.FirstByte.Equal(y.FirstByte) || !x.Ended.Equal(y.Ended) || !reflect.DeepEqual(x.Header, y.Header) {
		t.Errorf("read %+v, want %+v", x, y)
	}
	if !reflect.DeepEqual(e.Metadata, p.Metadata) || e.PayloadType != p.PayloadType || !reflect.DeepEqual(e.Revisit, p.Revisit) {
		t.Errorf("read %+v, want %+v", e.Page, p)
	}
}

// TestAppend writes pages of all kinds over several files and reads them again.
func TestAppend(t *testing.T) {
	dir := t.TempDir()
	s := settings()
	s.MaxBytes = 6000
	a := open(t, dir, s)
	var pages []archive.Page
	var locs []archive.Location
	for i := range 20 {
		p := page(t, i, html(i))
		switch i % 5 {
		case 1:
			p.Exchange.Truncated, p.Exchange.TLS, p.Exchange.Cipher = wire.TruncatedTime, "tls/1.3", "TLS_AES_128_GCM_SHA256"
			p.PayloadType = "text/html"
		case 2:
			p.Revisit = &archive.Revisit{Profile: archive.ProfileIdentical, ID: locs[0].ID, URI: pages[0].Exchange.URL, Date: locs[0].Date, Digest: locs[0].Digest}
		case 3:
			p = page(t, i, "HTTP/1.0 304 Not Modified\nETag: \"x\"\n\n")
			p.Revisit = &archive.Revisit{Profile: archive.ProfileNotModified, URI: pages[0].Exchange.URL, Date: locs[0].Date}
		case 4:
			p.Metadata, p.Exchange.Remote = nil, netip.AddrPort{}
		}
		loc := add(t, a, p)
		if got := a.Position(); got != loc.End {
			t.Errorf("position %v, want %v", got, loc.End)
		}
		pages, locs = append(pages, p), append(locs, loc)
	}
	check := func(a *archive.Archive) {
		t.Helper()
		for from := -1; from < len(pages); from++ {
			var at archive.Position
			if from >= 0 {
				at = locs[from].End
				if again, err := archive.ParsePosition(at.String()); err != nil || again != at {
					t.Errorf("%v: %v, %v", at, again, err)
				}
			}
			all := since(t, a, at)
			if len(all) != len(pages)-from-1 {
				t.Fatalf("behind page %d are %d pages", from, len(all))
			}
			for i, e := range all {
				same(t, e, pages[from+1+i], locs[from+1+i])
			}
		}
	}
	check(a)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Append(pages[0]); !errors.Is(err, archive.ErrClosed) {
		t.Errorf("append to a closed archive: %v", err)
	}
	a = open(t, dir, s)
	check(a)
	if a.Cut() != 0 {
		t.Errorf("%d bytes cut", a.Cut())
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.warc.gz"))
	if err != nil || len(names) < 3 || filepath.Base(names[0]) != "test-20261129154151-00001.warc.gz" {
		t.Errorf("files %v, %v", names, err)
	}
}

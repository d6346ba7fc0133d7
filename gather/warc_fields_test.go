package gather_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/format/formattest"
	"github.com/corpusmill/corpusmill/format/warc"
	"github.com/corpusmill/corpusmill/gather"
	"github.com/corpusmill/corpusmill/stage"
)

// openCarrying opens the source with the fields that a stage asks for.
func openCarrying(fields ...string) openFunc {
	return func(ctx context.Context, paths []string, env *stage.Env) (stage.Source, error) {
		src, err := gather.OpenWARC(ctx, gather.WARC{Paths: paths}, env)
		if err == nil {
			src.(stage.ResponseSource).Carry(fields)
		}
		return src, err
	}
}

// crawled is an archive of pages as a crawler writes it: a request, the response, and what
// it knew of the fetch, with odd pages that lack some of it.
func crawled(t testing.TB, compression warc.Compression, pages int) []byte {
	var out bytes.Buffer
	w := warc.NewWriter(&out, warc.WriterOptions{Compression: compression})
	write := func(h warc.RecordHeader, block string) {
		if _, _, err := w.WriteRecord(h, []byte(block)); err != nil {
			t.Fatal(err)
		}
	}
	date := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for i := range pages {
		url := fmt.Sprintf("https://a.test/%d", i)
		h, block, err := warc.NewResponse(url, date, 200, "OK", []warc.Field{{Name: "Content-Type", Value: "text/html"}, {Name: "X-Robots-Tag", Value: fmt.Sprintf("max-snippet: %d", i)},
			{Name: "Metadata/Consent", Value: "meta robots: noai"}, {Name: "Server", Value: "x"}}, fmt.Appendf(nil, "<p>page %d %s", i, strings.Repeat("word ", 30*(i%5))))
		if err != nil {
			t.Fatal(err)
		}
		h.ID = fmt.Sprintf("urn:uuid:00000000-0000-0000-0000-%012d", i)
		meta := warc.RecordHeader{Type: warc.TypeMetadata, TargetURI: url, Date: date, ContentType: "application/warc-fields",
			Extra: []warc.Field{{Name: "WARC-Concurrent-To", Value: "<" + h.ID + ">"}}}
		write(warc.RecordHeader{Type: warc.TypeRequest, TargetURI: url, Date: date}, "GET / HTTP/1.1\r\n\r\n")
		write(h, string(block))
		switch i % 4 {
		case 1: // none
		case 2:
			meta.Extra[0].Value = "<urn:uuid:of-another>"
			fallthrough
		default:
			write(meta, fmt.Sprintf("via: https://a.test/\r\nConsent: robots.txt disallow: /%d (*)\r\n", i))
		}
	}
	return out.Bytes()
}

// Fields of the header and of the metadata that follows come with a page, in ranges and of
// damaged files too.
func TestCarriedFields(t *testing.T) {
	open := openCarrying("x-robots-tag", "metadata/consent")
	for name, c := range map[string]warc.Compression{"warc": warc.None, "warc.gz": warc.Gzip} {
		t.Run(name, func(t *testing.T) {
			file := crawled(t, c, 20)
			formattest.RunSource(t, formattest.Source{Open: open, File: file, Damages: 100})
			feeds, err := formattest.Source{Open: open}.Read(t, env(), map[string][]byte{"f": file})
			if err != nil {
				t.Fatal(err)
			}
			for i, d := range feeds[0].Documents {
				want := fmt.Sprintf("x-robots-tag: max-snippet: %d\n", i)
				if i%4 == 0 || i%4 == 3 {
					want += fmt.Sprintf("metadata/consent: robots.txt disallow: /%d (*)\n", i)
				}
				if d.Header != want {
					t.Errorf("page %d has\n%s\nwant\n%s", i, d.Header, want)
				}
			}
			if n := feeds[0].Skipped["record type metadata"]; len(feeds[0].Documents) != 20 || n != 15 {
				t.Errorf("%d pages, %d metadata records", len(feeds[0].Documents), n)
			}
		})
	}
}

// Where nobody asks, documents have no header.
func TestNothingIsCarriedUnasked(t *testing.T) {
	feeds, err := formattest.Source{Open: openWARC}.Read(t, env(), map[string][]byte{"f": crawled(t, warc.Gzip, 4)})
	if err != nil || len(feeds[0].Documents) != 4 {
		t.Fatal(feeds, err)
	}
	for _, d := range feeds[0].Documents {
		if d.Header != "" {
			t.Errorf("%q", d.Header)
		}
	}
}

// A header has a limit: a field that goes beyond it is left out, the next may fit.
func TestCarriedBytes(t *testing.T) {
	const most = 64 << 10
	fit := most - len("x-robots-tag: \n")
	for _, n := range []int{fit, fit + 1} {
		file := archive(t, []page{{"https://a.test/", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Robots-Tag: " + strings.Repeat("x", n) + "\r\nTDM-Reservation: 1\r\n\r\n", "<p>x"}})
		feeds, err := formattest.Source{Open: openCarrying("x-robots-tag", "tdm-reservation")}.Read(t, env(), map[string][]byte{"f": file})
		if err != nil || len(feeds[0].Documents) != 1 {
			t.Fatal(feeds, err)
		}
		got, want := feeds[0].Documents[0].Header, "tdm-reservation: 1\n"
		if n == fit {
			want = "x-robots-tag: " + strings.Repeat("x", n) + "\n"
		}
		if got != want {
			t.Errorf("of %d bytes: %.60q", n, got)
		}
	}
}

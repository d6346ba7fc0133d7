package sitemap

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// read gives what Read yields, one line each.
func read(t testing.TB, data []byte, limits Limits) (lines []string) {
	t.Helper()
	for e, err := range Read(bytes.NewReader(data), limits) {
		var wrong *Error
		switch {
		case errors.As(err, &wrong):
			lines = append(lines, fmt.Sprintf("%d: %v", wrong.Line, wrong.Err))
		case err != nil:
			t.Fatalf("an error of no place: %v", err)
		default:
			kind := "page"
			if e.Index {
				kind = "index"
			}
			at := "-"
			if !e.LastMod.IsZero() {
				at = e.LastMod.Format(time.RFC3339)
			}
			lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %s %v %s", kind, e.Loc, at, e.Priority, e.ChangeFreq)))
		}
	}
	return lines
}

func zipped(data string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(data)) //nolint:errcheck // into memory
	w.Close()             //nolint:errcheck // into memory
	return b.String()
}

const urlset = `<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc> http://a.test/1?x=1&amp;y=2 </loc><lastmod>2026-01-02</lastmod><changefreq>Daily</changefreq><priority>0.8</priority></url>
<url><image:image><image:loc>http://a.test/i.png</image:loc></image:image><loc><![CDATA[http://a.test/2]]></loc><lastmod>2026-01-02T03:04+01:00</lastmod></url>
<url><lastmod>2026</lastmod></url>
<url><loc>http://a.test/3?a=1&b=2</loc><priority>1.1</priority><changefreq>often</changefreq><lastmod>soon</lastmod></url>
</urlset>`

var urlsetLines = []string{
	"page http://a.test/1?x=1&y=2 2026-01-02T00:00:00Z 0.8 daily",
	"page http://a.test/2 2026-01-02T02:04:00Z 0.5",
	"5: an entry without an address",
	"page http://a.test/3?a=1&b=2 - 0.5",
}

func TestRead(t *testing.T) {
	tests := []struct {
		name, data string
		want       []string
	}{
		{"urlset", urlset, urlsetLines},
		{"gzip", zipped(urlset), urlsetLines},
		{"gzip in gzip", zipped(zipped(urlset)), urlsetLines},
		{"a mark", "\xef\xbb\xbf" + urlset, urlsetLines},
		{"blanks before", "\n " + strings.TrimPrefix(urlset, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"), urlsetLines},
		{"index", `<sitemapindex xmlns="x"><sitemap><loc>http://a.test/s.xml.gz</loc><lastmod>2026-05</lastmod></sitemap></sitemapindex>`,
			[]string{"index http://a.test/s.xml.gz 2026-05-01T00:00:00Z 0.5"}},
		{"RSS", `<rss version="2.0"><channel><link>http://a.test/</link><item><title>x</title><link>http://a.test/1</link><guid>http://a.test/g</guid><pubDate>Fri, 02 Jan 2026 03:04:05 GMT</pubDate></item>` +
			`<item><guid>http://a.test/2</guid><pubDate>Fri, 2 Jan 2026 03:04:05 +0100</pubDate></item><item><guid isPermaLink="false">http://a.test/3</guid></item></channel></rss>`,
			[]string{"page http://a.test/1 2026-01-02T03:04:05Z 0.5", "page http://a.test/2 2026-01-02T02:04:05Z 0.5", "1: an entry without an address"}},
		{"RSS 1.0", `<rdf:RDF xmlns:rdf="r" xmlns="p" xmlns:dc="d"><channel/><item rdf:about="x"><link>http://a.test/1</link><dc:date>2026-01-02T03:04:05Z</dc:date></item></rdf:RDF>`,
			[]string{"page http://a.test/1 2026-01-02T03:04:05Z 0.5"}},
		{"Atom", `<feed xmlns="http://www.w3.org/2005/Atom"><link href="http://a.test/"/><entry><link rel="self" href="/s"/><link href="/1"/><link rel="alternate" href="/2"/><published>2025-01-02T03:04:05Z</published><updated>2026-01-02T03:04:05Z</updated></entry>` +
			`<entry><link rel="alternate" href="http://a.test/3"/><published>2025-01-02T03:04:05Z</published></entry></feed>`,
			[]string{"page /1 2026-01-02T03:04:05Z 0.5", "page http://a.test/3 2025-01-02T03:04:05Z 0.5"}},
		{"text", "http://a.test/1\r\n\r\nHTTPS://a.test/2  \nftp://a.test/3\nhttp://a.test/4 x\nhttp://a.test/5",
			[]string{"page http://a.test/1 - 0.5", "page HTTPS://a.test/2 - 0.5", "4: no address of http or https", "5: no address of http or https", "page http://a.test/5 - 0.5"}},
		{"an empty file", "", nil},
		{"HTML", "<!doctype html><html><body>not found", []string{`1: no sitemap, RSS, Atom or list of addresses: its element is "html"`}},
		{"a comment alone", "<!-- x -->", []string{"1: no sitemap, RSS, Atom or list of addresses"}},
		{"prose", strings.Repeat("some words\n", 20), append(func() (list []string) {
			for i := 1; i < 8; i++ {
				list = append(list, fmt.Sprintf("%d: no address of http or https", i))
			}
			return list
		}(), "8: no sitemap, RSS, Atom or list of addresses")},
		{"cut off", "<urlset>\n<url><loc>http://a.test/1</loc></url>\n<url><loc>http://a.test/2</lo", []string{"page http://a.test/1 - 0.5", "3: unexpected EOF"}},
		{"gzip cut off", zipped("http://a.test/1\nhttp://a.test/2\n")[:40], []string{"page http://a.test/1 - 0.5", "page http://a.test/2 - 0.5", "3: unexpected EOF"}},
		{"Latin 1", "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><urlset><url><loc>http://a.test/\xe9</loc></url></urlset>", []string{"page http://a.test/é - 0.5"}},
		{"entities of its own", `<!DOCTYPE x [<!ENTITY a "http://b.test/">]><urlset><url><loc>http://a.test/&a;</loc></url></urlset>`, []string{"page http://a.test/&a; - 0.5"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := read(t, []byte(test.data), Limits{})
			if a, b := strings.Join(got, "\n"), strings.Join(test.want, "\n"); a != b {
				t.Errorf("got\n%s\nwant\n%s", a, b)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	text := "http://a.test/1\nhttp://a.test/2\n"
	xml := "<urlset><url><loc>http://a.test/1</loc></url><url><loc>http://a.test/2</loc></url></urlset>"
	for _, data := range []string{text, xml, zipped(text), zipped(xml)} {
		if got := read(t, []byte(data), Limits{URLs: 2}); len(got) != 2 || strings.Contains(got[1], "limit") {
			t.Errorf("two of two entries: %q", got)
		}
		if got := read(t, []byte(data), Limits{URLs: 1}); len(got) != 2 || !strings.Contains(got[1], ErrTooMany.Error()) {
			t.Errorf("one of two entries: %q", got)
		}
	}
	// The limit on bytes, from both sides, plain and inflated.
	for _, data := range []string{text, xml} {
		n := int64(len(data))
		for _, form := range []string{data, zipped(data)} {
			if int64(len(form)) > n {
				form = data
			}
			if got := read(t, []byte(form), Limits{Bytes: n}); len(got) != 2 {
				t.Errorf("as large as the limit: %q", got)
			}
			got := read(t, []byte(form), Limits{Bytes: n - 1})
			if last := got[len(got)-1]; !strings.Contains(last, ErrTooLarge.Error()) {
				t.Errorf("larger than the limit: %q", got)
			}
		}
	}
	// A bomb is not inflated.
	bomb := zipped("http://a.test/1\n" + strings.Repeat(" ", 1<<20))
	got := read(t, []byte(bomb), Limits{Bytes: 1 << 12})
	if len(got) == 0 || !strings.Contains(got[len(got)-1], ErrTooLarge.Error()) {
		t.Errorf("a bomb: %q", got)
	}
	deep := "<urlset>" + strings.Repeat("<a>", maxDepth)
	if got := read(t, []byte(deep), Limits{}); len(got) != 1 || !strings.Contains(got[0], "within one another") {
		t.Errorf("deep: %q", got)
	}
	if got := read(t, []byte("<urlset>"+strings.Repeat("<a>", maxDepth-1)+strings.Repeat("</a>", maxDepth-1)+"</urlset>"), Limits{}); len(got) != 0 {
		t.Errorf("as deep as may be: %q", got)
	}
	address := func(bytes int) string { return "http://a.test/" + strings.Repeat("x", bytes-len("http://a.test/")) }
	for _, wrap := range []string{"%s\n", "<urlset><url><loc>%s</loc></url></urlset>"} {
		if wrap[0] == '%' {
			wrap = "http://a.test/\n" + wrap
		}
		got := read(t, fmt.Appendf(nil, wrap, address(maxLocBytes+1)), Limits{})
		if last := got[len(got)-1]; !strings.Contains(last, ErrLongLoc.Error()) {
			t.Errorf("a long address: %.80q", got)
		}
		got = read(t, fmt.Appendf(nil, wrap, address(maxLocBytes)), Limits{})
		if last := got[len(got)-1]; !strings.HasPrefix(last, "page "+address(maxLocBytes)) {
			t.Errorf("an address as long as may be: %.80q", got)
		}
	}
}

// Who reads may stop.
func TestStop(t *testing.T) {
	for _, data := range []string{urlset, "http://a.test/1\nhttp://a.test/2\n", "x\ny\nz\n"} {
		n := 0
		for range Read(strings.NewReader(data), Limits{}) {
			n++
			break
		}
		if n != 1 {
			t.Errorf("%d entries behind a break", n)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(urlset))
	f.Add([]byte(zipped(urlset)))
	f.Add([]byte("http://a.test/\nx\n"))
	f.Add([]byte("<feed><entry><link href='x'/></entry></feed>"))
	f.Add([]byte("<rss><channel><item><guid>http://x</guid></item>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		n, ended := 0, false
		for e, err := range Read(bytes.NewReader(data), Limits{URLs: 50, Bytes: 1 << 16}) {
			if ended {
				t.Fatal("something follows what ends the reading")
			}
			n++
			var wrong *Error
			switch {
			case errors.As(err, &wrong):
				if wrong.Line < 1 {
					t.Fatalf("line %d", wrong.Line)
				}
				ended = errors.Is(err, ErrTooMany) || errors.Is(err, ErrTooLarge)
			case err != nil:
				t.Fatal(err)
			case e.Loc == "" || len(e.Loc) > maxLocBytes || e.Priority < 0 || e.Priority > 1:
				t.Fatalf("%+v", e)
			}
		}
		if n > 51 {
			t.Fatalf("%d entries of 50", n)
		}
	})
}

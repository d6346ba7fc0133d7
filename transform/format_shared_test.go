package transform

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/corpusmill/corpusmill/format/warc"
)

// sharedPages are the real pages of the shared data, decoded.
func sharedPages(t testing.TB) (pages, urls []string) {
	t.Helper()
	b, err := os.ReadFile("../../shared/data/web.warc.gz")
	if err != nil {
		t.Skip("no shared data: ", err)
	}
	for rec, err := range warc.Responses(bytes.NewReader(b), warc.Options{}) {
		if err != nil {
			t.Fatal(err)
		}
		resp, err := rec.HTTP()
		if err != nil {
			t.Fatal(err)
		}
		page, _, _ := DecodeHTML(bytes.Clone(resp.Body), resp.Charset)
		pages, urls = append(pages, page), append(urls, rec.TargetURI)
	}
	return pages, urls
}

// plainWords are the runs of letters and digits of a text.
func plainWords(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
}

// htmlText is the text of an HTML document, elements of the block level set apart.
func htmlText(t *testing.T, page string) string {
	t.Helper()
	z := nethtml.NewTokenizer(strings.NewReader(page))
	var b strings.Builder
	for {
		switch z.Next() {
		case nethtml.ErrorToken:
			return b.String()
		case nethtml.TextToken:
			b.WriteString(string(z.Text()))
		case nethtml.StartTagToken, nethtml.EndTagToken, nethtml.SelfClosingTagToken:
			name, _ := z.TagName()
			switch atom.Lookup(name) {
			case atom.Strong, atom.Em, atom.Code, atom.A, atom.Img:
			default:
				b.WriteByte(' ')
			}
		}
	}
}

// Written as Markdown or HTML and read by other parsers, every page has the words
// that its plain text has, in their order.
func TestFormatsKeepTheWords(t *testing.T) {
	pages, urls := sharedPages(t)
	md := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough),
		goldmark.WithRendererOptions(html.WithUnsafe()))
	x := NewExtractor(nil)
	bad := map[string]int{}
	for i, page := range pages {
		if testing.Short() && i%8 > 0 || i%3 > 1 {
			continue
		}
		links := i%2 == 0
		for _, mode := range []Mode{Default, All} {
			text, err := x.Extract(page, Options{Mode: mode})
			if err != nil {
				t.Fatal(err)
			}
			want := plainWords(text.Text)
			asHTML, _ := x.Extract(page, Options{Mode: mode, Format: FormatHTML, Links: links, BaseURL: urls[i]})
			got := plainWords(htmlText(t, asHTML.Text))
			if !slices.Equal(got, want) {
				bad["html"]++
				report(t, urls[i], "html", got, want)
			}
			if asHTML.Kept != text.Kept {
				t.Errorf("%s: HTML keeps %d blocks, text %d", urls[i], asHTML.Kept, text.Kept)
			}
			asMarkdown, _ := x.Extract(page, Options{Mode: mode, Format: FormatMarkdown, Links: links, BaseURL: urls[i]})
			var out bytes.Buffer
			if err := md.Convert([]byte(asMarkdown.Text), &out); err != nil {
				t.Fatal(err)
			}
			got = plainWords(htmlText(t, out.String()))
			if !slices.Equal(got, want) {
				bad["markdown"]++
				report(t, urls[i], "markdown", got, want)
			}
		}
	}
	t.Logf("%d pages; not equal: %v", len(pages), bad)
}

func report(t *testing.T, url, format string, got, want []string) {
	t.Helper()
	k := 0
	for k < len(got) && k < len(want) && got[k] == want[k] {
		k++
	}
	around := func(w []string) []string { return w[max(0, k-4):min(len(w), k+8)] }
	t.Errorf("%s %s: %d words, want %d; at %d\n got %q\nwant %q", url, format, len(got), len(want), k, around(got), around(want))
}

// FuzzFormats looks for text that another parser of Markdown or HTML reads
// otherwise than it is meant.
func FuzzFormats(f *testing.F) {
	for _, c := range renderings {
		f.Add(c.page)
	}
	for _, c := range formulaPages {
		f.Add(c.page)
	}
	f.Add("<ul><ul>c<liEZ<ul><3i@b>") // the address of an autolink
	md := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough), goldmark.WithRendererOptions(html.WithUnsafe()))
	f.Fuzz(func(t *testing.T, page string) {
		page = strings.ToValidUTF8(page, "\uFFFD")
		var x Extractor
		o := Options{Mode: All, MaxNodes: 200, Links: true, BaseURL: "https://a.example/b"}
		text, err := x.Extract(page, o)
		if err != nil {
			t.Fatal(err)
		}
		want := plainWords(text.Text)
		o.Format = FormatHTML
		asHTML, _ := x.Extract(page, o)
		if got := plainWords(htmlText(t, asHTML.Text)); !slices.Equal(got, want) {
			t.Errorf("HTML %q has %q, want %q", asHTML.Text, got, want)
		}
		o.Format = FormatMarkdown
		asMarkdown, _ := x.Extract(page, o)
		if again, _ := x.Extract(page, o); again != asMarkdown {
			t.Error("second extraction differs")
		}
		if strings.ContainsRune(asMarkdown.Text, '$') {
			return // formulas are not for this parser
		}
		var out bytes.Buffer
		if err := md.Convert([]byte(asMarkdown.Text), &out); err != nil {
			t.Fatal(err)
		}
		if got := plainWords(htmlText(t, out.String())); !slices.Equal(got, want) {
			t.Errorf("Markdown %q has %q, want %q", asMarkdown.Text, got, want)
		}
	})
}

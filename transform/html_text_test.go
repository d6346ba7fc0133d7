package transform

import (
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

func open(t *testing.T, change func(*HTMLText)) *HTMLTextStage {
	t.Helper()
	var s HTMLText
	change(&s)
	st, err := OpenHTMLText(t.Context(), s, stage.NewEnv())
	if err != nil {
		t.Fatal(err)
	}
	return st.Fork().(*HTMLTextStage)
}

func TestStageFormats(t *testing.T) {
	const page = `<title>A_B *c*</title><h2>Head</h2><p>See <a href="/x">this</a> <img src=i alt=pic>.`
	for _, c := range []struct {
		name   string
		change func(*HTMLText)
		want   string
	}{
		{"text", func(*HTMLText) {}, "Head\nSee this ."},
		{"markdown", func(h *HTMLText) { h.Format = "markdown" }, "## Head\n\nSee this ."},
		{"markdown with links", func(h *HTMLText) { h.Format, h.Links = "markdown", true }, "## Head\n\nSee [this](https://a.example/x) ."},
		{"markdown with images", func(h *HTMLText) { h.Format, h.Images = "markdown", true }, "## Head\n\nSee this ![pic](https://a.example/b/i)."},
		{"html", func(h *HTMLText) { h.Format = "html" }, "<h2>Head</h2>\n<p>See this .</p>"},
		{"title", func(h *HTMLText) { h.KeepTitle = true }, "A_B *c*\nHead\nSee this ."},
		{"title in markdown", func(h *HTMLText) { h.Format, h.KeepTitle = "markdown", true }, "# A_B \\*c\\*\n\n## Head\n\nSee this ."},
		{"title in html", func(h *HTMLText) { h.Format, h.KeepTitle = "html", true }, "<h1>A_B *c*</h1>\n<h2>Head</h2>\n<p>See this .</p>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			st := open(t, func(h *HTMLText) { h.Mode = "all"; c.change(h) })
			d := &corpus.Document{URL: "https://a.example/b/", Raw: []byte(page), Media: "text/html"}
			pg, v, err := st.ApplyPage(d)
			if err != nil || !v.Kept() {
				t.Fatal(v, err)
			}
			if d.Text != c.want || pg.Title != "A_B *c*" || d.Raw != nil {
				t.Errorf("title %q\n got %q\nwant %q", pg.Title, d.Text, c.want)
			}
		})
	}
}

// What a page says of itself joins the input's own fields, which stay.
func TestStageMetadata(t *testing.T) {
	const page = `<html lang=nl><title>The "mill"</title><meta name=author content="Ann Lee"><a rel=license href="https://creativecommons.org/licenses/by/4.0/">x</a><p>A sentence about it.`
	const said = `"author":"Ann Lee","language":"nl","license":"CC-BY-4.0","license_urls":["https://creativecommons.org/licenses/by/4.0/"],"title":"The \"mill\""}`
	for _, c := range []struct {
		page, own, want string
		metadata        bool
	}{
		{page, "", `{"title":"The \"mill\"","author":"Ann Lee","language":"nl","license":"CC-BY-4.0","license_urls":["https://creativecommons.org/licenses/by/4.0/"]}`, true},
		{page, `{"a":1,"title":"own"}`, `{"a":1,` + strings.Replace(said, `The \"mill\"`, "own", 1), true},
		{page, `{"a":1}`, `{"a":1}`, false},
		{"<p>A sentence.", "", "", true},
		{"<p>A sentence.", `{"a":1}`, `{"a":1}`, true},
	} {
		d := &corpus.Document{Raw: []byte(c.page), Media: "text/html", Extra: []byte(c.own)}
		if _, err := open(t, func(h *HTMLText) { h.Metadata = c.metadata }).Apply(d); err != nil || string(d.Extra) != c.want {
			t.Errorf("%s %v\nwant %s", d.Extra, err, c.want)
		}
	}
}

// What is no page is rejected, whatever it is said to be.
func TestStageOtherData(t *testing.T) {
	png := "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x10"
	for _, c := range []struct{ raw, media, detail string }{
		{png, "text/html", "binary"},
		{png, "", "binary"},
		{png, "text/plain", "binary"},
		{png, "image/png", "image/png"},
		{"%PDF-1.7\n", "text/html", "application/pdf"},
		{"PK\x03\x04\x00\x00", "text/html", "application/zip"},
	} {
		d := &corpus.Document{Raw: []byte(c.raw), Media: c.media}
		v, err := open(t, func(*HTMLText) {}).Apply(d)
		if err != nil || v.Rule != "media_type" || v.Detail != c.detail || d.Raw != nil || d.Text != "" {
			t.Errorf("%q: %v %v, text %q", c.media, v, err, d.Text)
		}
	}
}

func TestStagePlainText(t *testing.T) {
	for format, want := range map[string]string{"text": "a < b", "markdown": "a < b", "html": "<pre>a &lt; b</pre>"} {
		d := &corpus.Document{Raw: []byte(" a < b\n"), Media: "text/plain"}
		if v, err := open(t, func(h *HTMLText) { h.Format = format }).Apply(d); err != nil || !v.Kept() || d.Text != want {
			t.Errorf("%s: %q %v %v", format, d.Text, v, err)
		}
	}
}

func TestStageSettings(t *testing.T) {
	for want, change := range map[string]func(*HTMLText){
		`format: "md": want text, markdown or html`: func(h *HTMLText) { h.Format = "md" },
		"set format: markdown or html":              func(h *HTMLText) { h.Links = true },
		"plain text has none":                       func(h *HTMLText) { h.Images = true },
	} {
		var s HTMLText
		change(&s)
		if _, err := OpenHTMLText(t.Context(), s, stage.NewEnv()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// The switches of comments and tables, in every format.
func TestSwitches(t *testing.T) {
	const table = `<table><caption>Hives by year</caption><tr><th>Year<th>Hives<tr><td>1900<td><p>twelve<p>and more<tr><td>1910<td>` +
		`nine hives that were moved to the other side of the river in the spring of the year before</table>`
	const comments = `<section id="comments"><h3>Comments</h3><ol class="comment-list"><li class="comment"><p>I kept my bees in a barrel and they never minded.</p></li></ol></section>`
	page := strings.Replace(article(english), "</div></article>", table+"</div></article>"+comments, 1)
	for _, format := range []string{"text", "markdown", "html"} {
		for _, c := range []struct {
			name          string
			change        func(*HTMLText)
			with, without []string
		}{
			{"neither", func(*HTMLText) {}, []string{"1900", "twelve", "nine hives"}, []string{"in a barrel"}},
			{"comments", func(h *HTMLText) { h.Comments = true }, []string{"in a barrel", "1900"}, nil},
			{"no tables", func(h *HTMLText) { h.DropTables = true }, nil, []string{"in a barrel", "1900", "twelve", "and more", "nine hives", "Hives by year"}},
			{"all, no tables", func(h *HTMLText) { h.DropTables, h.Mode = true, "all" }, []string{"in a barrel"}, []string{"1900", "twelve", "and more", "Hives by year"}},
		} {
			t.Run(format+" "+c.name, func(t *testing.T) {
				st := open(t, func(h *HTMLText) { h.Format = format; c.change(h) })
				d := &corpus.Document{Raw: []byte(page), Media: "text/html"}
				if v, err := st.Apply(d); err != nil || !v.Kept() {
					t.Fatal(v, err)
				}
				for _, s := range append(c.with, english...) {
					if !strings.Contains(d.Text, s) {
						t.Errorf("lost: %s", s)
					}
				}
				for _, s := range c.without {
					if strings.Contains(d.Text, s) {
						t.Errorf("kept: %s", s)
					}
				}
			})
		}
	}
}

// The confidence is a column where it is asked for, of pages of HTML alone.
func TestStageConfidence(t *testing.T) {
	if n := len(open(t, func(*HTMLText) {}).Columns()); n != 0 {
		t.Errorf("%d columns that nobody asked for", n)
	}
	st := open(t, func(h *HTMLText) { h.Confidence = true })
	if c := st.Columns(); len(c) != 1 || c[0].Name != "confidence" || c[0].Type != corpus.Float {
		t.Fatalf("columns %+v", c)
	}
	values := corpus.NewValues(1)
	record := func(d *corpus.Document) float64 {
		values.Clear()
		if _, err := st.Record(d, values); err != nil {
			t.Fatal(err)
		}
		return values.Get(0)
	}
	got := record(&corpus.Document{Raw: []byte(article(english)), Media: "text/html"})
	want := extract(t, article(english), Options{}).Confidence
	if got != want || got <= 0 || got > 1 {
		t.Errorf("confidence %v, want %v", got, want)
	}
	for name, d := range map[string]*corpus.Document{
		"plain text": {Raw: []byte("words"), Media: "text/plain"},
		"no page":    {Text: "words"},
		"a PDF":      {Raw: []byte("%PDF-1.7 words"), Media: "application/pdf"},
	} {
		if v := record(d); v == v {
			t.Errorf("%s: confidence %v", name, v)
		}
	}
}

// What is kept of a collection: its text, its items, or both.
func TestStageCollection(t *testing.T) {
	if _, err := OpenHTMLText(t.Context(), HTMLText{Collection: "some"}, stage.NewEnv()); err == nil || !strings.Contains(err.Error(), "collection") {
		t.Errorf("an unknown choice: %v", err)
	}
}

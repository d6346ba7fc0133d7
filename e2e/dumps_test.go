package e2e_test

import (
	"fmt"
	"html"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format/formattest"
	"github.com/corpusmill/corpusmill/gather"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/transform"
	"github.com/corpusmill/corpusmill/transform/wikitext"
)

// wikiPages are pages for wiki_text.
func wikiPages() (docs []*corpus.Document) {
	for i, raw := range []string{
		"'''Rome''' ({{lang-la|Roma}}) is a [[city]].<ref>x</ref>\n== Area ==\n* 1,285 [[km]]\n{|\n! a !! b\n|-\n| 1 || 2\n|}\n== References ==\n* x",
		"-{zh-hans:计算机;zh-hant:電腦}- <math>x^2</math>\n<syntaxhighlight lang=\"c\">\nint a;\n</syntaxhighlight>\n[[File:A.jpg|thumb|b]]",
		"{{Infobox}}", "#REDIRECT [[Rome]]",
	} {
		docs = append(docs, &corpus.Document{ID: fmt.Sprintf("wiki:%d", i), Media: wikitext.Media, Raw: []byte(raw)})
	}
	return docs
}

// TestQuestionsAsText takes a question and its answers to text as the recipe does: code
// and what looks like markup stay.
func TestQuestionsAsText(t *testing.T) {
	dir := t.TempDir()
	row := func(attributes, body string) string {
		return "<row " + attributes + ` Body="` + html.EscapeString(body) + "\" />\n"
	}
	writeFile(t, dir+"/Posts.xml", []byte(row(`Id="4" PostTypeId="1" Title="How &lt;to&gt;?"`, "<p>Why</p><pre><code>if a &lt; b {\n\tc()\n}</code></pre>")+
		row(`Id="6" PostTypeId="2" ParentId="4" Score="2"`, "<p>good</p>")+row(`Id="7" PostTypeId="2" ParentId="4" Score="11"`, "<p>best</p>")))
	src, err := gather.OpenStackExchange(t.Context(), gather.StackExchange{Paths: []string{dir + "/*"}}, stage.NewEnv())
	if err != nil {
		t.Fatal(err)
	}
	shards, err := src.Shards(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	feed := &formattest.Feed{Shard: shards[0]}
	if err := src.Read(t.Context(), shards[0], feed); err != nil || len(feed.Documents) != 1 {
		t.Fatal(err, feed)
	}
	extract, err := transform.OpenHTMLText(t.Context(), transform.HTMLText{Mode: "all"}, stage.NewEnv())
	if err != nil {
		t.Fatal(err)
	}
	d := feed.Documents[0]
	if _, err := extract.Apply(d); err != nil {
		t.Fatal(err)
	}
	if want := "How <to>?\nWhy\nif a < b {\n\tc()\n}\nbest\ngood"; d.Text != want {
		t.Errorf("text\n%s\nwant\n%s", d.Text, want)
	}
}

package choose_test

import (
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/transform"
)

// Blocks of symbols are content or ornament, and any sign fills a cell.
func TestSymbols(t *testing.T) {
	for _, c := range []struct{ page, want string }{
		{"<p>a<p>½<p>b", "a\n½\nb"},
		{"<p>a<p>&frac14;<p>b", "a\n¼\nb"},
		{"<p>a<p>★★★☆☆<p>b", "a\n★★★☆☆\nb"},
		{"<p>a<p>∀∃∈<p>b", "a\n∀∃∈\nb"},
		{"<p>a<p>✓", "a\n✓"},
		{"<ol><li>a<li>+<li>−<li>÷<li>b", "a\n+\n−\n÷\nb"},
		{"<div>if x {</div><div>}</div><div>});</div><div>b", "if x {\n}\n});\nb"},
		{"<p>a<p>•<p>b", "a\nb"},
		{"<p>a<p>|<p>—<p>***<p>→<p>©<p>·<p>b", "a\nb"},
		{"<p>a<p>&nbsp;<p>()<p>…<p>b", "a\nb"},
		{"<p>a<button>✓</button><p>b", "a\nb"},
		{"★", ""},

		{"<table><tr><td>a<td>–<td>b", "a | – | b"},
		{"<table><tr><td>a<td>✓<td>✗", "a | ✓ | ✗"},
		{"<table><tr><td>½–½<td>a", "½–½ | a"},
		{"<table><tr><td>a<td>b<tr><td>•<td>★<tr><td>c<td>d", "a | b\n• | ★\nc | d"},
		{"<table><tr><td>a<td><td>b", "a |  | b"},
		{"<table><tr><td>a<td>&nbsp;<td><td>b<td>", "a |  |  | b"},
		{"<table><tr><td>a<td><table><tr><td></table><td>b", "a |  | b"},
		{"<table><tr><td><td>a", "a"},
	} {
		pg, err := transform.NewExtractor(nil).Extract(c.page, transform.Options{Mode: transform.All})
		if err != nil || pg.Text != c.want {
			t.Errorf("%s:\n got %q %v\nwant %q", c.page, pg.Text, err, c.want)
		}
	}
}

// Formats with structure hold the same cells, and symbols go with what is around them.
func TestSymbolsByFormat(t *testing.T) {
	const page = "<p>The miller of the village ground corn for all of the farms around, and he never asked for more than was due.</p>" +
		"<table><tr><th>Mill</th><th>Wind</th><th>Water</th></tr><tr><td>Old</td><td>✓</td><td>–</td></tr></table>"
	for format, want := range map[transform.Format]string{transform.FormatMarkdown: "| Old | ✓ | – |", transform.FormatHTML: "<td>✓</td>"} {
		pg, err := transform.NewExtractor(nil).Extract(page, transform.Options{Format: format, Mode: transform.All})
		if err != nil || !strings.Contains(pg.Text, want) {
			t.Errorf("%v: %q %v, want %q", format, pg.Text, err, want)
		}
	}
	pg, err := transform.NewExtractor(nil).Extract(page, transform.Options{NoTables: true, Mode: transform.All})
	if err != nil || strings.Contains(pg.Text, "✓") {
		t.Errorf("without tables: %q %v", pg.Text, err)
	}
}

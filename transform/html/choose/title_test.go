package choose

import (
	"testing"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/score"
)

// The headline of an article goes down where a text of it stands below.
func TestLowerTitle(t *testing.T) {
	const title = "<title>Ships leave at dawn - The Harbour</title>"
	const text = "<p>Ten ships left the harbour this morning for the south.</p>"
	for _, c := range []struct {
		name, page  string
		kind, score float32
		want        bool
	}{
		{"headline", title + "<div><h1>Ships leave at dawn</h1>" + text + "</div>", titleKind, titleText, true},
		{"no article", title + "<div><h1>Ships leave at dawn</h1>" + text + "</div>", titleKind - 0.01, titleText, false},
		{"sure", title + "<div><h1>Ships leave at dawn</h1>" + text + "</div>", 1, titleSure, false},
		{"no text", title + "<div><h1>Ships leave at dawn</h1>" + text + "</div>", 1, titleText - 0.01, false},
		{"a few words below", title + "<div><h1>Ships leave at dawn</h1><p>This morning</p></div>", 1, titleText, false},
		{"text above", title + "<div>" + text + "<h1>Ships leave at dawn</h1></div>", 1, titleText, false},
		{"no heading", title + "<div><p>Ships leave at dawn</p>" + text + "</div>", 1, titleText, false},
		{"another heading", title + "<div><h1>Harbour news of today</h1>" + text + "</div>", 1, titleText, false},
	} {
		x := scored(t, c.page, c.score)
		x.s.Kinds[score.OnArticle] = c.kind
		x.lowerTitle()
		got := false
		for i := range x.p.Blocks {
			got = got || x.p.Blocks[i].Lowered == dom.ByHeadline
		}
		if got != c.want {
			t.Errorf("%s: lowered %v", c.name, got)
		}
	}
}

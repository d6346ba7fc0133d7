package choose

import (
	"slices"
	"testing"

	"github.com/corpusmill/corpusmill/transform/html/dom"
)

// Links under a heading of other pages go down, text under it and links behind
// its section stay.
func TestRelated(t *testing.T) {
	page := `<h1>Title</h1><p>Text.</p><section><h2>You may also like</h2><ul><li><a href=a>One</a><li><a href=b>Two</a></ul>` +
		`<p>A note without a link.</p></section><ul><li><a href=c>Three</a></ul><div><h2>関連記事</h2><a href=d>Four</a><h2>More</h2><a href=e>Five</a></div>`
	x := scored(t, page, 1)
	x.lowerRelated()
	var down []int
	for i := range x.p.Blocks {
		if x.p.Blocks[i].Score < 1 {
			down = append(down, i)
		}
	}
	if want := []int{2, 3, 4, 7, 8}; !slices.Equal(down, want) {
		t.Errorf("lowered %v, want %v", down, want)
	}
}

// Containers named for other pages go down where there is a text outside of them.
func TestLowerElsewhere(t *testing.T) {
	const item = "<p>Short news of eight words and a few.</p>"
	for _, c := range []struct {
		page  string
		score float32
		want  int // blocks lowered
	}{
		{"<div><div>" + item + "</div><div class=article--recommend><p>one</p><p>two</p></div></div>", itemScore, 2},
		{"<div><div>" + item + "</div><div id=tuijian><p>one</p></div></div>", itemScore, 1},
		{"<div><div>" + item + "</div><div class=article--recommend><p>one</p></div></div>", itemScore - 0.01, 0}, // nothing outside
		{"<div><div><h2>Short news of eight words and a few</h2></div><div class=recommend><p>one</p></div></div>", 1, 0},
		{"<div><div><a href=/x>Short news of eight words and a few</a></div><div class=recommend><p>one</p></div></div>", 1, 0},
		{"<div><div>" + item + "</div><div class=recommendable><p>one</p></div></div>", 1, 0},
		{"<div class=recommend><p>one</p></div>" + item, 1, 0}, // a class of the page as a whole
	} {
		x := scored(t, c.page, c.score)
		x.lowerElsewhere()
		n := 0
		for i := range x.p.Blocks {
			if x.p.Blocks[i].Lowered == dom.ByElsewhere {
				n++
			}
		}
		if n != c.want {
			t.Errorf("%s: %d lowered, want %d", c.page, n, c.want)
		}
	}
}

package choose

import (
	"slices"
	"testing"
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

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

// A declaration of rights under a Chinese article goes down with what follows in its
// container.
func TestLowerRights(t *testing.T) {
	const text = "<p>二月的山村里，农民正在育苗大棚里忙着移栽土豆种苗，今年的种植面积比去年多一倍。</p>"
	const rights = "<div><p>反侵权公告：</p><p>任何单位不得擅自转载本报作品。</p><p>电话</p></div>"
	for _, c := range []struct {
		name, page string
		want       int
	}{
		{"below", "<div><div>" + text + text + "</div>" + rights + "<p>完</p></div>", 3},
		{"above", "<div>" + rights + "<div>" + text + text + "</div></div>", 0},
		{"a sentence", "<div><div>" + text + text + "</div><div><p>他读了免责声明。</p><p>电话</p></div></div>", 0},
		{"another notice", "<div><div>" + text + text + "</div><div><p>放假公告</p><p>电话</p></div></div>", 0},
	} {
		x := scored(t, c.page, 1)
		x.lowerRights()
		n := 0
		for i := range x.p.Blocks {
			if x.p.Blocks[i].Lowered == dom.ByRights {
				n++
			}
		}
		if n != c.want {
			t.Errorf("%s: %d lowered, want %d", c.name, n, c.want)
		}
	}
}

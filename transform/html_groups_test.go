package transform

import (
	"slices"
	"testing"
)

// A repeated structure is found whatever marks its cards carry further out.
func TestGroups(t *testing.T) {
	page := `<div class="grid"><div class="card odd"><p class="name">First lamp</p><b>$10</b></div>` +
		`<div class="card even"><p class="name">Second lamp</p><b>$12</b></div>` +
		`<div class="card odd"><p class="name">Third lamp</p><b>$9</b></div></div><p>Other text</p>`
	x := NewExtractor(nil)
	if _, err := x.Extract(page, Options{Mode: All}); err != nil {
		t.Fatal(err)
	}
	var names, odd int32
	for i := range x.p.blocks {
		b := &x.p.blocks[i]
		if x.groups[b.kin].blocks == 3 {
			names++
		}
		if x.groups[b.group].blocks == 2 {
			odd++
		}
	}
	if names != 3 || odd != 4 {
		t.Errorf("%d blocks in groups of three cards, %d in groups of two odd ones", names, odd)
	}
}

func TestAddress(t *testing.T) {
	for _, c := range []struct {
		href                string
		depth, dashes, word float32
	}{
		{"https://a.example/", 0, 0, 0},
		{"https://a.example", 0, 0, 0},
		{"https://a.example/blog/how-to-plane-wood?x=1#y", 2, 3, 1},
		{"https://a.example/Products/p-100", 2, 1, 4},
		{"/forum/t/12", 3, 0, 2},
	} {
		x := NewExtractor(nil)
		if _, err := x.Extract(`<link rel="canonical" href="`+c.href+`"><p>text`, Options{}); err != nil {
			t.Fatal(err)
		}
		var f features
		x.fillAddress(&f)
		if f[fAddrDepth] != c.depth || f[fAddrDashes] != c.dashes || f[fAddrWord] != c.word {
			t.Errorf("%s: depth %v, dashes %v, word %v", c.href, f[fAddrDepth], f[fAddrDashes], f[fAddrWord])
		}
	}
}

// Words of a block that the page's metadata hold too are counted.
func TestShingles(t *testing.T) {
	page := `<meta name="description" content="A lamp that folds flat for travel">` +
		`<p>A lamp that folds flat for travel</p><p>Nothing of it is here at all</p>`
	x := NewExtractor(nil)
	for range 2 { // and the filter is cleared between pages
		if _, err := x.Extract(page, Options{}); err != nil {
			t.Fatal(err)
		}
		if b := x.p.blocks; b[0].descr != 5 || b[1].descr != 0 {
			t.Errorf("shared runs of words: %d, %d", b[0].descr, b[1].descr)
		}
		if _, err := x.Extract(`<p>A lamp that folds flat for travel</p>`, Options{}); err != nil {
			t.Fatal(err)
		}
		if d := x.p.blocks[0].descr; d != 0 {
			t.Errorf("filter of an earlier page: %d", d)
		}
	}
}

// Short Chinese texts that name furniture weigh as the English ones do.
func TestHanMarks(t *testing.T) {
	x := NewExtractor(nil)
	if _, err := x.Extract("<p>相关推荐</p><p>今天天气很好</p><p>关于相关推荐算法的一篇很长很长的论文</p>", Options{}); err != nil {
		t.Fatal(err)
	}
	b := x.p.blocks
	if b[0].textSum != -40 || b[1].textSum != 0 || b[2].textSum != 0 {
		t.Errorf("weights %v %v %v", b[0].textSum, b[1].textSum, b[2].textSum)
	}
}

// Links under a heading of other pages go down, text under it and links behind
// its section stay.
func TestRelated(t *testing.T) {
	page := `<h1>Title</h1><p>Text.</p><section><h2>You may also like</h2><ul><li><a href=a>One</a><li><a href=b>Two</a></ul>` +
		`<p>A note without a link.</p></section><ul><li><a href=c>Three</a></ul><div><h2>関連記事</h2><a href=d>Four</a><h2>More</h2><a href=e>Five</a></div>`
	x := NewExtractor(nil)
	if _, err := x.Extract(page, Options{}); err != nil {
		t.Fatal(err)
	}
	before := make([]float32, len(x.p.blocks))
	for i := range x.p.blocks {
		x.p.blocks[i].score = 1
		before[i] = 1
	}
	x.lowerRelated()
	var down []int
	for i := range x.p.blocks {
		if x.p.blocks[i].score < before[i] {
			down = append(down, i)
		}
	}
	if want := []int{2, 3, 4, 7, 8}; !slices.Equal(down, want) {
		t.Errorf("lowered %v, want %v", down, want)
	}
}

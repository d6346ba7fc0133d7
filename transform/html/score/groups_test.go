package score

import (
	"testing"
)

// A repeated structure is found whatever marks its cards carry further out.
func TestGroups(t *testing.T) {
	page := `<div class="grid"><div class="card odd"><p class="name">First lamp</p><b>$10</b></div>` +
		`<div class="card even"><p class="name">Second lamp</p><b>$12</b></div>` +
		`<div class="card odd"><p class="name">Third lamp</p><b>$9</b></div></div><p>Other text</p>`
	x := scored(t, page)
	var names, odd int32
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		if x.Groups[b.Kin].Blocks == 3 {
			names++
		}
		if x.Groups[b.Group].Blocks == 2 {
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
		x := scored(t, `<link rel="canonical" href="`+c.href+`"><p>text`)
		var f Features
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
	var x Scorer
	for range 2 { // and the filter is cleared between pages
		rescore(t, &x, page)
		if b := x.p.Blocks; b[0].Descr != 5 || b[1].Descr != 0 {
			t.Errorf("shared runs of words: %d, %d", b[0].Descr, b[1].Descr)
		}
		rescore(t, &x, `<p>A lamp that folds flat for travel</p>`)
		if d := x.p.Blocks[0].Descr; d != 0 {
			t.Errorf("filter of an earlier page: %d", d)
		}
	}
}

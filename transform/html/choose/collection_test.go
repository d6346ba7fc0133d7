package choose

import (
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/transform/html/score"
)

func TestChooseCollection(t *testing.T) {
	const text = "Everything that a beekeeper needs in spring, made by hand in our own workshop."
	item := `<div class=card><a href=/p>Wooden hive</a><span>$ 120</span></div>`
	page := "<div class=all><h1>Hives</h1><p>" + text + "</p><div class=grid>" + strings.Repeat(item, 4) + "</div></div>"
	for _, c := range []struct {
		choice      Collection
		kind        int
		text, items bool
	}{
		{CollectionAll, score.OnCollection, true, true},
		{CollectionText, score.OnCollection, true, false},
		{CollectionItems, score.OnCollection, false, true},
		{CollectionText, score.OnArticle, true, true}, // no collection
	} {
		x := scored(t, page, 1)
		x.s.Kinds = [score.Kinds]float32{}
		x.s.Kinds[c.kind] = 1
		x.chooseCollection(c.choice)
		var gotText, gotItems, heading bool
		for i := range x.p.Blocks {
			if b := &x.p.Blocks[i]; b.Keep {
				s := x.textOf(b)
				gotText, gotItems, heading = gotText || s == text, gotItems || strings.Contains(s, "hive"), heading || s == "Hives"
			}
		}
		if gotText != c.text || gotItems != c.items || !heading {
			t.Errorf("choice %d, kind %d: text %v, items %v, heading %v", c.choice, c.kind, gotText, gotItems, heading)
		}
	}
	// A shelf of goods is one whatever kind the page seems to be of, but for an article.
	for n, want := range map[int]bool{shelfItems: true, shelfItems - 1: false} {
		x := scored(t, "<div class=all><h1>Hives</h1><div class=grid>"+strings.Repeat(item, n)+"</div></div>", 1)
		x.s.Kinds = [score.Kinds]float32{score.OnArticle: shelfArticle - 0.01, score.OnForum: 0.51}
		if x.isShelf() != want {
			t.Errorf("%d items: %v", n, !want)
		}
		if x.s.Kinds[score.OnArticle] = shelfArticle; x.isShelf() {
			t.Errorf("%d items in an article are a shelf", n)
		}
	}
	// Two like elements are no list.
	x := scored(t, "<div><p>"+text+"</p><div>"+strings.Repeat(item, 2)+"</div></div>", 1)
	x.s.Kinds = [score.Kinds]float32{score.OnCollection: 1}
	x.chooseCollection(CollectionText)
	for i := range x.p.Blocks {
		if !x.p.Blocks[i].Keep {
			t.Errorf("dropped: %s", x.textOf(&x.p.Blocks[i]))
		}
	}
}

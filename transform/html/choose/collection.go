package choose

import (
	"fmt"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/score"
	"github.com/corpusmill/corpusmill/transform/html/token"
)

// Collection says what is the content of a page whose subject is a list of items: the
// products of a shop's category, the entries of an archive.
type Collection uint8

const (
	CollectionAll   Collection = iota // the text and the items, as far as they are content
	CollectionText                    // the text beside the items
	CollectionItems                   // the items
)

// ParseCollection reads the name of a choice: all, text or items.
func ParseCollection(name string) (Collection, error) {
	switch name {
	case "all":
		return CollectionAll, nil
	case "text":
		return CollectionText, nil
	case "items":
		return CollectionItems, nil
	}
	return 0, fmt.Errorf("%q: want all, text or items", name)
}

const (
	collectionItems = 3 // like elements, each with a link, that make a list of items
	itemLinks       = 1 // links that each has at least
	itemClimb       = 6 // levels in which the item is looked for
)

// chooseCollection leaves out the items of a collection, or all but them and the
// headings, where the page is one before anything else.
func (x *Chooser) chooseCollection(c Collection) {
	if c == CollectionAll || x.likeliest() != score.OnCollection && !x.isShelf() {
		return
	}
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		item := x.inItem(b)
		if b.Keep && item == (c == CollectionText) && !(c == CollectionItems && x.p.Elems[b.Elem].Ctx&dom.InHeading != 0) {
			b.Keep, b.Rule = false, dom.ByCollection
		}
	}
}

const (
	shelfItems   = 6   // items with a price and a link from which a page is a shop's category
	shelfArticle = 0.5 // probability of an article from which it is none
)

// isShelf reports a page with a list of goods: the kinds of pages of shops are told badly
// from each other.
func (x *Chooser) isShelf() bool {
	if x.s.Kinds[score.OnArticle] >= shelfArticle {
		return false
	}
	n, el := 0, x.p.Elems
	for e := 1; e < len(el) && n < shelfItems; e++ {
		if x.isItem(int32(e), shelfItems) && el[e].Cards.Money > 0 {
			n++
		}
	}
	return n == shelfItems
}

// isItem reports an element with a link among so many that are alike.
func (x *Chooser) isItem(e, least int32) bool {
	el := x.p.Elems
	return el[el[e].Parent].Twins+1 >= least && el[e].Cards.Links >= itemLinks
}

// likeliest is the kind that the page most probably is of.
func (x *Chooser) likeliest() (kind int) {
	for k, p := range x.s.Kinds {
		if p > x.s.Kinds[kind] {
			kind = k
		}
	}
	return kind
}

// inItem reports a block in an item of a list of items.
func (x *Chooser) inItem(b *dom.Block) bool {
	el := x.p.Elems
	for e, k := b.Holder, 0; e > 0 && k < itemClimb; e, k = el[e].Parent, k+1 {
		if el[e].Tag != token.P && x.isItem(e, collectionItems) {
			return true
		}
	}
	return false
}

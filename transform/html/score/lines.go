package score

import (
	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/token"
)

// HanShare is the share of Han characters, kana and Hangul in the page's text.
func (x *Scorer) HanShare() float32 { return ratio(x.scan.hans*hanWeight, x.Stats.text) }

// TitleAt is the block with the page's title, -1 where there is none.
func (x *Scorer) TitleAt() int { return int(x.titleAt) }

// markLines tells each block the last line before it that heads related pages, and the
// last one that ends an article, and finds the block with the page's title.
func (x *Scorer) markLines() {
	var mark, after int32
	x.titleAt = dom.NoElem
	related := relatedShapes()
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		b.Mark, b.After = mark, after
		switch {
		case b.Line == dom.LineRelated && b.Words <= markWords || related[b.Shape]:
			mark = int32(i) + 1
		case (b.Line == dom.LineOrigin || b.Line == dom.LineRights) && b.Words <= phraseWords && x.Stats.firstGood >= 0 && int32(i) > x.Stats.firstGood:
			after = int32(i) + 1
		}
		if x.isTitle(b) && (x.titleAt < 0 || int32(i) <= x.Stats.firstGood) {
			x.titleAt = int32(i)
		}
	}
}

// fillLines describes what the lines of furniture around a block say, and posts.
func (x *Scorer) fillLines(i int, f *Features) {
	b := &x.p.Blocks[i]
	f[fLine] = float32(b.Line)
	f[fUnderMark], f[fAfterMark], f[fAfterLine], f[fNearTitle] = 0, -1, -1, -99
	if b.Mark > 0 {
		f[fAfterMark] = lg(float32(i - int(b.Mark) + 1))
		if box := x.p.BoxOf(&x.p.Blocks[b.Mark-1]); box > 0 && x.p.InBox(b.Holder, box) {
			f[fUnderMark] = 1
			if x.p.Elems[box].Good < 0.5*x.Stats.Good {
				f[fUnderMark] = 2
			}
		}
	}
	if b.After > 0 {
		f[fAfterLine] = lg(float32(i - int(b.After) + 1))
	}
	if x.titleAt >= 0 {
		f[fNearTitle] = float32(max(-50, min(500, i-int(x.titleAt))))
	}
	c := x.p.Elems[b.Elem].Ctx
	f[fPost], f[fPostAside] = 2*bit(c, dom.InPost)+bit(c, dom.InPosting), bit(c, dom.PostAside)+2*bit(c, dom.PostNotice)
}

// itemClimb are the levels in which the item of a list is looked for.
const itemClimb = 6

// fillItem describes the item of a list of like elements that a block stands in, and the
// list: teasers of other pages have a link each, whatever text is beside it.
func (x *Scorer) fillItem(b *dom.Block, f *Features) {
	f[fItemTwins], f[fItemLinks], f[fItemLinkShare], f[fItemBlocks], f[fListShare], f[fListLinks] = 0, -1, -1, 0, -1, -1
	el := x.p.Elems
	for e, k := b.Holder, 0; e > 0 && k < itemClimb; e, k = el[e].Parent, k+1 {
		list := &el[el[e].Parent]
		if list.Twins < 2 || el[e].Tag == token.P {
			continue
		}
		f[fItemTwins], f[fItemLinks], f[fItemLinkShare] = lg(float32(list.Twins)), float32(min(el[e].Cards.Links, 10)), ratio(el[e].Link, el[e].Text)
		f[fItemBlocks], f[fListShare] = lg(float32(el[e].Blocks)), ratio(list.Text, x.Stats.text)
		f[fListLinks] = ratio(float32(list.Cards.Links), float32(list.Twins+1))
		return
	}
}

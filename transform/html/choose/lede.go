package choose

import (
	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/score"
	"github.com/corpusmill/corpusmill/transform/html/token"
)

const (
	ledeKind   = 0.5 // probability of an article whose lede is looked for
	ledeScore  = 0.1 // score that a lede has at least
	ledeWeight = 40  // letters of a lede
	ledeReach  = 16  // blocks above the body in which the page's heading stands
	ledeBody   = 100 // words of the body
	ledeLinks  = 0.3 // share of links from which a text is no lede
)

// keepLede keeps the sentences between an article's heading and its body: the gold
// texts leave them out more often than not, and so do the scores, yet a reader takes
// them for the article's beginning. On Chinese pages such sentences are the editor's
// summary nine times in ten, and the scores decide.
func (x *Chooser) keepLede() {
	if x.s.Kinds[score.OnArticle] < ledeKind || x.s.HanShare() >= noticeHan {
		return
	}
	body, heading := x.body()
	if heading < 0 {
		return
	}
	for i := heading + 1; i < body; i++ {
		if b := &x.p.Blocks[i]; !b.Keep && x.lede(b) {
			b.Keep, b.Rule = true, dom.ByLede
		}
	}
}

func (x *Chooser) lede(b *dom.Block) bool {
	const not = dom.InNav | dom.InFooter | dom.InAside | dom.InHidden | dom.InForm | dom.InFigure | dom.InButton | dom.InCell | dom.InHeading
	return b.Score >= ledeScore && b.Weight >= ledeWeight && b.Stops > 0 && b.Link < ledeLinks*b.Weight &&
		!b.Repeats() && x.p.Elems[b.Elem].Ctx&not == 0
}

// body finds the first long text that is kept and the page's heading above it, -1 where
// there is none near, or little text.
func (x *Chooser) body() (first, heading int) {
	var words int32
	first = -1
	for i := range x.p.Blocks {
		if b := &x.p.Blocks[i]; b.Keep && b.Rule == dom.ByScore && b.IsGood() {
			if first < 0 {
				first = i
			}
			words += b.Words
		}
	}
	if words < ledeBody {
		return first, -1
	}
	for i := first - 1; i >= max(0, first-ledeReach); i-- {
		if x.p.Under(x.p.Blocks[i].Holder, token.H1) {
			return first, i
		}
	}
	return first, -1
}

package choose

import (
	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/score"
)

const (
	titleKind   = 0.5 // probability of an article whose headline is no part of its text
	titleSure   = 0.8 // score from which a headline is one all the same
	titleText   = 0.5 // score of a text that the headline is of
	titleFactor = 0.3 // what is left of its score
)

// lowerTitle lowers the headline of an article: it is a field of its own, and under a
// short item it would be much of the text.
func (x *Chooser) lowerTitle() {
	i := x.s.TitleAt()
	if i < 0 || x.s.Kinds[score.OnArticle] < titleKind {
		return
	}
	b := &x.p.Blocks[i]
	if b.Score >= titleSure || x.p.Elems[b.Elem].Ctx&dom.InHeading == 0 || !x.saidBelow(i) {
		return
	}
	b.Lower(titleFactor, dom.ByHeadline)
}

// saidBelow reports a text below a block that likely is content.
func (x *Chooser) saidBelow(i int) bool {
	for k := i + 1; k < len(x.p.Blocks); k++ {
		if b := &x.p.Blocks[k]; b.Score >= titleText && b.Density() < dom.GoodLinks && b.Words >= itemWords {
			return true
		}
	}
	return false
}

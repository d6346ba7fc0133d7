package choose

import (
	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/score"
)

const (
	subheadScore = 0.3 // score that a heading between texts has at least
	subheadFrom  = 15  // words of a kept text from which a page's text has begun
)

// keepSubheads keeps headings that stand between two texts that are kept: what is said
// below them is content, and so is what it is about.
func (x *Chooser) keepSubheads() {
	begun := false
	bl := x.p.Blocks
	for i := range bl {
		b := &bl[i]
		heading := x.p.Elems[b.Elem].Ctx&dom.InHeading != 0
		if b.Keep && !heading && b.Words >= subheadFrom {
			begun = true
		}
		if !begun || !heading || b.Keep || b.Score < subheadScore || b.Lowered != 0 || b.Repeats() || i+1 == len(bl) || score.HeadsRelated(b) {
			continue
		}
		if next := &bl[i+1]; bl[i-1].Keep && next.Keep && x.p.Elems[next.Elem].Ctx&dom.InHeading == 0 {
			b.Keep, b.Rule = true, dom.BySubhead
		}
	}
}

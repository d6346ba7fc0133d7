package choose

import (
	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/score"
)

const (
	relatedLinks  = 0.5 // share of links from which a block under such a heading goes down
	relatedFactor = 0.1 // what is left of its score
)

// lowerRelated lowers the scores of lists of links under a heading that names
// them other pages: up to the next heading of its rank, and inside the first
// container that holds more than the heading.
func (x *Chooser) lowerRelated() {
	rank, box := float32(0), int32(0)
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		level := x.p.HeadingLevel(b)
		if score.HeadsRelated(b) {
			rank, box = level, x.p.BoxOf(b)
			if rank == 0 {
				rank = 7
			}
			if next := i + 1; next < len(x.p.Blocks) && x.p.Blocks[next].Density() >= relatedLinks {
				b.Lower(relatedFactor, dom.ByRelated)
			}
			continue
		}
		if level > 0 && level <= rank {
			rank = 0
		}
		if rank > 0 && b.Density() >= relatedLinks && x.p.InBox(b.Holder, box) {
			b.Lower(relatedFactor, dom.ByRelated)
		}
	}
}

// elsewhereFactor is what is left of the score of what is in them.
const elsewhereFactor = 0.2

// lowerElsewhere lowers what stands in containers whose names say that it is about other
// pages, where there is text outside of them.
func (x *Chooser) lowerElsewhere() {
	here, there := false, false
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		if x.p.Elems[b.Elem].Ctx&dom.Elsewhere != 0 {
			there = true
		} else if x.item(b) {
			here = true
		}
	}
	if !here || !there {
		return
	}
	for i := range x.p.Blocks {
		if b := &x.p.Blocks[i]; x.p.Elems[b.Elem].Ctx&dom.Elsewhere != 0 {
			b.Lower(elsewhereFactor, dom.ByElsewhere)
		}
	}
}

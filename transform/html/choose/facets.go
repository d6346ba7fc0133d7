package choose

import (
	"github.com/corpusmill/corpusmill/transform/html/dom"
)

const (
	choiceWords = 5   // words of a choice, its number counted
	facetReach  = 3   // blocks between two choices of one panel
	facetMost   = 12  // choices from which a panel is one
	facetShare  = 0.5 // of its blocks that are choices
	facetFactor = 0.1 // what is left of the score of its blocks
)

// lowerFacets lowers the panels by which shops, catalogues and archives narrow a list
// down: many choices, each with the number of what it leaves, "Red (12)".
func (x *Chooser) lowerFacets() {
	bl := x.p.Blocks
	for i := 0; i < len(bl); i++ {
		if !x.choice(i) {
			continue
		}
		n, last := 0, i
		for j := i; j < len(bl) && j-last <= facetReach+1; j++ {
			if x.choice(j) {
				n, last = n+1, j
			}
		}
		if n >= facetMost && float32(n) >= facetShare*float32(last+1-i) {
			for j := i; j <= last; j++ {
				bl[j].Lower(facetFactor, dom.ByFacets)
			}
		}
		i = last
	}
}

// choice reports a short name that ends with a number in parentheses; in tables such
// are shares and errors.
func (x *Chooser) choice(i int) bool {
	b := &x.p.Blocks[i]
	return b.Counted && b.Words > 1 && b.Words <= choiceWords && x.p.Elems[b.Elem].Ctx&dom.InCell == 0
}

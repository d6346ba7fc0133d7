package transform

import (
	"iter"
)

// Block is one text block of the last page, as an extractor saw it.
type Block struct {
	Text     string
	Words    int // words, every Han character one
	Score    float64
	Kept     bool
	Features []float32 // FeatureCount values; owned by the caller
	Spans    [][2]int  // byte ranges of the page that its text is made of; only after Trace(true)
	Path     []string  // class and id of the elements around it, innermost first; only after Trace(true)
}

// Blocks yields the text blocks of the page that Extract saw last, in document
// order, with their scores and features. It is for training and for showing
// why a block was kept.
func (x *Extractor) Blocks() iter.Seq[Block] {
	return func(yield func(Block) bool) {
		p := &x.p.Page
		for i, f := range x.s.Each() {
			b := &p.Blocks[i]
			x.out = p.AppendBlock(x.out[:0], &x.d, b)
			out := Block{Text: string(x.out), Words: int(b.Words), Score: float64(b.Score), Kept: b.Keep,
				Features: append([]float32(nil), f[:FeatureCount]...)}
			for _, c := range p.Pieces[b.P0:b.P1] {
				if x.trace && c.Stop > c.Start {
					out.Spans = append(out.Spans, [2]int{int(c.Start), int(c.Stop)})
				}
			}
			for e := b.Elem; x.trace && e > 0; e = p.Elems[e].Parent {
				out.Path = append(out.Path, p.Names[e])
			}
			if !yield(out) {
				return
			}
		}
	}
}

// Trace makes the extractor remember class and id of every element, for
// Block.Path and Block.Spans.
func (x *Extractor) Trace(on bool) { x.trace = on }

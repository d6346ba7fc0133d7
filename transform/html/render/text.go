package render

import (
	"github.com/corpusmill/corpusmill/transform/html/dom"
)

// plain writes the kept blocks, one a line; the cells of a table row that
// hold one block each share a line, set apart by " | "; empty ones between keep their place.
func (r *Renderer) plain() string {
	r.out = r.out[:0]
	lastRow := int32(dom.NoElem)
	lastCell := int32(dom.NoElem)
	for i := range r.p.Blocks {
		b := &r.p.Blocks[i]
		if !b.Keep {
			continue
		}
		row, cell := r.p.Row(b)
		n := len(r.out)
		if n > 0 {
			if row >= 0 && row == lastRow && cell != lastCell {
				for range r.p.CellsTo(row, lastCell, cell) {
					r.out = append(r.out, " | "...)
				}
			} else {
				r.out = append(r.out, '\n')
			}
		}
		m := len(r.out)
		r.out = r.p.AppendBlock(r.out, r.d, b)
		if len(r.out) == m {
			r.out = r.out[:n]
			continue
		}
		lastRow, lastCell = row, cell
	}
	return string(r.out)
}

package choose

import (
	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/token"
)

// headClimb are the levels in which a cell's table is looked for.
const headClimb = 8

// keepHeads keeps the heading cells of tables of whose other text more than half is
// kept: their words say little by themselves, and without them the figures say nothing.
func (x *Chooser) keepHeads() {
	if x.s.Stats.CellText == 0 {
		return
	}
	el := x.p.Elems
	for i := range el {
		el[i].Sure = 0
	}
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		switch t, head := x.cellOf(b); {
		case head:
		case b.Keep:
			el[t].Sure += b.Weight
		default:
			el[t].Sure -= b.Weight
		}
	}
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		if t, head := x.cellOf(b); head && !b.Keep && t > 0 && el[t].Sure > 0 {
			b.Keep, b.Rule = true, dom.ByHeading
		}
	}
}

// cellOf returns the table of a block, 0 for none near, and whether its cell is a
// heading.
func (x *Chooser) cellOf(b *dom.Block) (table int32, head bool) {
	el := x.p.Elems
	if el[b.Elem].Ctx&dom.InCell == 0 {
		return 0, false
	}
	e := b.Holder
	for k := 0; k < headClimb && e > 0; k++ {
		switch el[e].Tag {
		case token.TH:
			head = true
		case token.Table:
			return e, head
		}
		e = el[e].Parent
	}
	return 0, head
}

// cellScore is the score that a cell between two others has at least.
const cellScore = 0.2

// keepCells keeps the cells of a table that stand between two which are kept: a row says
// nothing without one of its figures.
func (x *Chooser) keepCells() {
	if x.s.Stats.CellText == 0 {
		return
	}
	bl := x.p.Blocks
	for i := 1; i+1 < len(bl); i++ {
		b := &bl[i]
		if b.Keep || b.Score < cellScore || b.Lowered != 0 || !bl[i-1].Keep || !bl[i+1].Keep || x.p.Elems[b.Elem].Ctx&dom.InCell == 0 {
			continue
		}
		if t := x.p.InnerTable(b.Holder); t > 0 && t == x.p.InnerTable(bl[i-1].Holder) && t == x.p.InnerTable(bl[i+1].Holder) {
			b.Keep, b.Rule = true, dom.ByCell
		}
	}
}

const (
	tableScore = 0.4 // mean score of the cells of a table between two texts from which it is kept
	tableText  = 2   // words that the text before it and the one behind have at least
)

// keepTables keeps a table that stands between two texts that are kept: a part of its
// cells says nothing.
func (x *Chooser) keepTables() {
	if x.s.Stats.CellText == 0 {
		return
	}
	bl := x.p.Blocks
	for i := 1; i < len(bl); i++ {
		t := int32(0)
		if x.p.Elems[bl[i].Elem].Ctx&dom.InCell != 0 {
			t = x.p.InnerTable(bl[i].Holder)
		}
		if t == 0 {
			continue
		}
		var hit, all float32
		end, lost := i, 0
		for ; end < len(bl) && x.p.Elems[bl[end].Elem].Ctx&dom.InCell != 0 && x.p.InnerTable(bl[end].Holder) == t; end++ {
			b := &bl[end]
			hit += b.Score * b.Weight
			all += b.Weight
			if !b.Keep {
				lost++
			}
		}
		if lost > 0 && end < len(bl) && x.isText(&bl[i-1], t) && x.isText(&bl[end], t) && hit >= tableScore*all {
			for j := i; j < end; j++ {
				if b := &bl[j]; !b.Keep && b.Lowered == 0 {
					b.Keep, b.Rule = true, dom.ByCell
				}
			}
		}
		i = end - 1
	}
}

// isText reports a kept text that is no cell of a table.
func (x *Chooser) isText(b *dom.Block, table int32) bool {
	return b.Keep && b.Words >= tableText && x.p.InnerTable(b.Holder) != table
}

package transform

// headClimb are the levels in which a cell's table is looked for.
const headClimb = 8

// keepHeads keeps the heading cells of tables of whose other text more than half is
// kept: their words say little by themselves, and without them the figures say nothing.
func (x *Extractor) keepHeads() {
	if x.page.cellText == 0 {
		return
	}
	el := x.p.elems
	for i := range el {
		el[i].sure = 0
	}
	for i := range x.p.blocks {
		b := &x.p.blocks[i]
		switch t, head := x.cellOf(b); {
		case head:
		case b.keep:
			el[t].sure += b.weight
		default:
			el[t].sure -= b.weight
		}
	}
	for i := range x.p.blocks {
		b := &x.p.blocks[i]
		if t, head := x.cellOf(b); head && !b.keep && t > 0 && el[t].sure > 0 {
			b.keep, b.rule = true, byHeading
		}
	}
}

// cellOf returns the table of a block, 0 for none near, and whether its cell is a
// heading.
func (x *Extractor) cellOf(b *block) (table int32, head bool) {
	el := x.p.elems
	if el[b.elem].ctx&inCell == 0 {
		return 0, false
	}
	e := b.holder
	for k := 0; k < headClimb && e > 0; k++ {
		switch el[e].tag {
		case tagTH:
			head = true
		case tagTable:
			return e, head
		}
		e = el[e].parent
	}
	return 0, head
}

package render

import (
	"bytes"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/token"
)

// A table is written as one when it is small enough in its cells to be data;
// all others are means of layout and their blocks are written by themselves.
const (
	maxTableColumns = 64
	maxCellWeight   = 1000 // weighed letters
	maxCellBlocks   = 12
	maxSpan         = 1000
)

// What is known of a table.
const (
	tableUnknown uint8 = iota
	tableData
	tableLayout
)

// cell is a cell of a table that is written.
type cell struct {
	elem          int32
	b0, b1        int32 // its kept blocks are among these
	colspan, rows int32
	head          bool
}

// row is a row with a kept block.
type row struct {
	c0, c1 int32 // cells
	elem   int32
}

// grid is a table of data.
type grid struct {
	table    int32
	end      int32 // element behind it
	columns  int
	beheaded bool // its header was dropped
	rows     []row
	cells    []cell
}

// tableOf returns the innermost table around the cell that block i is in when
// it is one of data, else 0.
func (r *Renderer) tableOf(i int) int32 {
	el := r.p.Elems
	e := r.p.Blocks[i].Holder
	if el[e].Ctx&dom.InCell == 0 || el[e].Tag == token.Caption {
		return 0
	}
	t := r.p.InnerTable(e)
	if t == 0 {
		return 0
	}
	if r.kinds[t] == tableUnknown {
		r.kinds[t] = tableLayout
		if r.readTable(t, i) {
			r.kinds[t] = tableData
			return t
		}
	}
	if r.kinds[t] == tableData {
		return t
	}
	return 0
}

// readTable reads rows and cells of a table whose first kept block is i. It
// reports whether the table is one of data.
func (r *Renderer) readTable(t int32, i int) bool {
	g := &r.grid
	el := r.p.Elems
	*g = grid{table: t, rows: g.rows[:0], cells: g.cells[:0]}
	e := t + 1
	for ; int(e) < len(el) && el[e].Depth > el[t].Depth; e++ {
		switch tag := el[e].Tag; tag {
		case token.Table:
			return false
		case token.TR:
			g.rows = append(g.rows, row{int32(len(g.cells)), int32(len(g.cells)), e})
		case token.TD, token.TH:
			n := len(g.rows) - 1
			if n < 0 || g.rows[n].elem != el[e].Parent {
				return false
			}
			g.cells = append(g.cells, cell{elem: e, colspan: 1, rows: 1, head: tag == token.TH})
			g.rows[n].c1++
		}
	}
	g.end = e
	return r.fillCells(i) && r.dropRows()
}

// fillCells gives the blocks to the cells.
func (r *Renderer) fillCells(i int) bool {
	g := &r.grid
	p := r.p
	c := -1
	var weight float32
	n := 0
	for ; i < len(p.Blocks); i++ {
		b := &p.Blocks[i]
		if b.Holder < g.table || b.Holder >= g.end { // what stands in no cell is seen below
			break
		}
		if !b.Keep {
			continue
		}
		if b.Pre && r.severalLines(b) {
			return false
		}
		e := b.Holder
		for e > g.table && p.Elems[e].Tag != token.TD && p.Elems[e].Tag != token.TH {
			if t := p.Elems[e].Tag; t >= token.H1 && t <= token.H6 {
				return false
			}
			e = p.Elems[e].Parent
		}
		if e == g.table {
			return false
		}
		if c < 0 || g.cells[c].elem != e {
			for c++; c < len(g.cells) && g.cells[c].elem != e; {
				c++
			}
			if c == len(g.cells) {
				return false
			}
			g.cells[c].b0, weight, n = int32(i), 0, 0
		}
		g.cells[c].b1 = int32(i) + 1
		weight += b.Weight
		if n++; n > maxCellBlocks || weight > maxCellWeight {
			return false
		}
	}
	return true
}

// severalLines reports preformatted text of more than one line: a cell has no room for it.
func (r *Renderer) severalLines(b *dom.Block) bool {
	r.buf = r.p.AppendBlock(r.buf[:0], r.d, b)
	return bytes.IndexByte(bytes.TrimSpace(r.buf), '\n') >= 0
}

// dropRows removes the rows without kept text, counts columns and decides.
func (r *Renderer) dropRows() bool {
	g := &r.grid
	el := r.p.Elems
	n, wide, heads, named := 0, 0, false, false
	for _, row := range g.rows {
		full, columns, head := 0, 0, 0
		for k := row.c0; k < row.c1; k++ {
			c := &g.cells[k]
			if c.b1 > c.b0 {
				full++
				heads = heads || c.head
			}
			if c.head {
				head++
			}
			if span, ok := smallNumber(token.AttrAt(r.p.HTML, int(el[c.elem].At), "colspan")); ok {
				c.colspan = int32(min(max(span, 1), maxTableColumns))
			}
			if span, ok := smallNumber(token.AttrAt(r.p.HTML, int(el[c.elem].At), "rowspan")); ok {
				c.rows = int32(min(max(span, 1), maxSpan))
			}
			columns += int(c.colspan)
		}
		if full == 0 {
			named = named || n == 0 && head > 0 && head == int(row.c1-row.c0)
			continue
		}
		wide = max(wide, full)
		g.columns = max(g.columns, columns)
		g.rows[n] = row
		n++
	}
	g.rows, g.beheaded = g.rows[:n], named
	return g.columns <= maxTableColumns && wide > 1 && (n > 1 || heads)
}

// renderTable writes the table that readTable read last and returns the block
// behind it.
func (r *Renderer) renderTable(t int32, i int) int {
	r.enter(t, len(r.grid.rows))
	r.w.table(r, &r.grid)
	blocks := r.p.Blocks
	for i < len(blocks) && blocks[i].Holder > t && blocks[i].Holder < r.grid.end {
		i++
	}
	return i
}

// collectCell gathers the text of a cell, its blocks set apart by line breaks.
func (r *Renderer) collectCell(c *cell) {
	r.buf, r.segs = r.buf[:0], r.segs[:0]
	for i := c.b0; i < c.b1; i++ {
		b := &r.p.Blocks[i]
		if !b.Keep {
			r.skipMarks(b)
			continue
		}
		if len(r.segs) > 0 {
			r.addPiece(dom.Piece{Kind: dom.PieceBreak}, 0, 0, false)
		}
		r.add(b, c.head)
	}
	r.trim()
}

// spans follows cells that reach into the rows below.
type spans struct{ left [maxTableColumns]int32 }

// covered reports a column that a cell above covers, and takes a row off it.
func (s *spans) covered(column int) bool {
	if column >= maxTableColumns || s.left[column] == 0 {
		return false
	}
	s.left[column]--
	return true
}

func (s *spans) put(column int, c *cell) {
	for k := column; k < min(column+int(c.colspan), maxTableColumns); k++ {
		s.left[k] = c.rows - 1
	}
}

// DropTables drops the blocks of tables of data, captions too.
func (r *Renderer) DropTables(p *dom.Page) {
	r.p = p
	r.kinds = append(r.kinds[:0], make([]uint8, len(r.p.Elems))...)
	blocks := r.p.Blocks
	for i := range blocks {
		if blocks[i].Keep && r.tableOf(i) == 0 {
			if row, _ := r.p.Row(&blocks[i]); row >= 0 {
				blocks[i].Keep, blocks[i].Rule = false, dom.ByTables
			}
		}
	}
	for i := range blocks {
		if t := r.p.InnerTable(blocks[i].Holder); t > 0 && r.kinds[t] == tableData && blocks[i].Keep {
			blocks[i].Keep, blocks[i].Rule = false, dom.ByTables
		}
	}
}

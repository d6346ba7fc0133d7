package choose

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/transform/html/dom"
)

// WithSymbols returns the blocks with those of symbols that are content: cells of kept
// tables, and ratings, formulas, fractions and braces between kept blocks.
func (x *Chooser) WithSymbols() []dom.Block {
	x.shown = x.shown[:0]
	from := int32(0)
	for i := range x.p.Symbols {
		s := &x.p.Symbols[i]
		if !x.keepsSymbols(s) {
			continue
		}
		x.shown = append(x.shown, x.p.Blocks[from:s.Next]...)
		from = s.Next
		s.Block.Keep = true
		x.shown = append(x.shown, s.Block)
	}
	if len(x.shown) == 0 {
		return x.p.Blocks
	}
	x.shown = append(x.shown, x.p.Blocks[from:]...)
	return x.shown
}

// shownMax is how many blocks the list of WithSymbols keeps room for.
const shownMax = 1 << 13

// Rendered ends the use of what WithSymbols returned.
func (x *Chooser) Rendered() {
	if cap(x.shown) > shownMax {
		x.shown = nil
	}
}

// keepsSymbols decides about symbols by the blocks before and behind them. Any sign fills
// the cell of a table that is kept.
func (x *Chooser) keepsSymbols(s *dom.Symbols) bool {
	bl, el := x.p.Blocks, x.p.Elems
	first, last := s.Next == 0, int(s.Next) == len(bl)
	before, after := !first && bl[s.Next-1].Keep, !last && bl[s.Next].Keep
	if !before && !after || el[s.Block.Elem].Ctx&(dom.InHidden|dom.InButton|dom.InNav) != 0 {
		return false
	}
	if row, cell := x.p.Row(&s.Block); row >= 0 && el[cell].Blocks == 0 {
		table := x.p.InnerTable(row)
		if before && x.p.InnerTable(bl[s.Next-1].Holder) == table || after && x.p.InnerTable(bl[s.Next].Holder) == table {
			return true
		}
	}
	if !before && !first || !after && !last {
		return false
	}
	x.out = x.p.AppendBlock(x.out[:0], x.d, &s.Block)
	return saysSomething(x.out)
}

// saysSomething reports symbols that are content: numbers, mathematical signs, ratings,
// ticks and the braces of code. Bullets, separators and arrows are none.
func saysSomething(text []byte) bool {
	if strings.ContainsAny(string(text), "{}") && strings.Trim(string(text), "{}[]();, \n") == "" {
		return true
	}
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		text = text[n:]
		switch {
		case r >= 0x2190 && r < 0x2200, r == '|', r == '<', r == '>', r == '~':
		case unicode.IsNumber(r), unicode.Is(unicode.Sm, r),
			r == '★', r == '☆', r == '⭐', r >= 0x2610 && r <= 0x2612, r >= 0x2713 && r <= 0x2718, r == '✅', r == '❌':
			return true
		}
	}
	return false
}

package transform

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// symbols is a block without a letter or digit. It takes no part in the scoring: what
// stands around it decides.
type symbols struct {
	block
	next int32 // block behind it
}

// withSymbols returns the blocks with those of symbols that are content: cells of kept
// tables, and ratings, formulas, fractions and braces between kept blocks.
func (x *Extractor) withSymbols() []block {
	x.shown = x.shown[:0]
	from := int32(0)
	for i := range x.symbols {
		s := &x.symbols[i]
		if !x.keepsSymbols(s) {
			continue
		}
		x.shown = append(x.shown, x.p.blocks[from:s.next]...)
		from = s.next
		s.keep = true
		x.shown = append(x.shown, s.block)
	}
	if len(x.shown) == 0 {
		return x.p.blocks
	}
	x.shown = append(x.shown, x.p.blocks[from:]...)
	return x.shown
}

// keepsSymbols decides about symbols by the blocks before and behind them. Any sign fills
// the cell of a table that is kept.
func (x *Extractor) keepsSymbols(s *symbols) bool {
	bl, el := x.p.blocks, x.p.elems
	first, last := s.next == 0, int(s.next) == len(bl)
	before, after := !first && bl[s.next-1].keep, !last && bl[s.next].keep
	if !before && !after || el[s.elem].ctx&(inHidden|inButton|inNav) != 0 {
		return false
	}
	if row, cell := x.row(&s.block); row >= 0 && el[cell].blocks == 0 {
		table := x.innerTable(row)
		if before && x.innerTable(bl[s.next-1].holder) == table || after && x.innerTable(bl[s.next].holder) == table {
			return true
		}
	}
	if !before && !first || !after && !last {
		return false
	}
	x.out = x.appendBlock(x.out[:0], &s.block)
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

package phrases

import (
	"unicode"

	"github.com/corpusmill/corpusmill/text/opencc"
)

// Folding says what a code point is in the form that phrases are compared in: another one,
// Skip or Break. It is read-only and safe for concurrent use.
type Folding struct{ pages map[rune]*[256]rune } // code points in no page fold by their properties

// What a code point folds to that is no letter or digit.
const (
	Skip  rune = -1 // blanks, zero-width characters, marks that are put between letters
	Break rune = -2 // marks that end a clause
)

// NewFolding has simplified characters for traditional ones, and plain digits and letters
// for circled, boxed and mathematical ones.
func NewFolding() (*Folding, error) {
	t2s, err := opencc.Open(opencc.T2S)
	if err != nil {
		return nil, err
	}
	f := &Folding{pages: map[rune]*[256]rune{}}
	t2s.Runes(f.set)
	for _, first := range [...]rune{'①', '⑴', '⒈', '❶', '➀', '➊'} {
		for i := range rune(9) {
			f.set(first+i, '1'+i)
		}
	}
	for _, first := range [...]rune{'⓪', '〇', '⓿'} {
		f.set(first, '0')
	}
	for _, first := range [...]rune{'Ⓐ', 'ⓐ', '⒜', 0x1F110, 0x1F130, 0x1F150, 0x1F170, 0x1D400, 0x1D41A, 0x1D5D4, 0x1D5EE, 0x1D670, 0x1D68A} {
		for i := range rune(26) {
			f.set(first+i, 'a'+i)
		}
	}
	for _, plus := range [...]rune{'+', '＋', '➕', '✚', '㊉'} {
		f.set(plus, '加')
	}
	f.set('ⅴ', 'v')
	f.set('Ⅴ', 'v')
	f.set('ⅹ', 'x')
	f.set('Ⅹ', 'x')
	return f, nil
}

func (f *Folding) set(r, to rune) {
	page := f.pages[r>>8]
	if page == nil {
		page = new([256]rune)
		for i := range page {
			page[i] = FoldPlain(r&^0xFF | rune(i))
		}
		f.pages[r>>8] = page
	}
	page[r&0xFF] = to
}

// Of folds a code point.
func (f *Folding) Of(r rune) rune {
	if page := f.pages[r>>8]; page != nil {
		return page[r&0xFF]
	}
	return FoldPlain(r)
}

// FoldPlain folds a code point by its properties alone: width and case.
func FoldPlain(r rune) rune {
	switch {
	case 'A' <= r && r <= 'Z':
		return r + 'a' - 'A'
	case 'a' <= r && r <= 'z', '0' <= r && r <= '9', 0x4E00 <= r && r <= 0x9FFF:
		return r
	case 0xFF01 <= r && r <= 0xFF5E: // full width
		return FoldPlain(r - 0xFF01 + '!')
	}
	switch r {
	case '\n', ',', ';', ':', '!', '?', '。', '《', '》', '<', '>', '…', unicode.ReplacementChar:
		return Break
	}
	if unicode.IsLetter(r) || unicode.IsDigit(r) {
		return unicode.ToLower(r)
	}
	return Skip
}

// Word folds a phrase.
func (f *Folding) Word(s string) string {
	var out []rune
	for _, r := range s {
		if r = f.Of(r); r >= 0 {
			out = append(out, r)
		}
	}
	return string(out)
}

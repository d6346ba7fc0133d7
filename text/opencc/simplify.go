package opencc

import (
	"sync"
	"unicode/utf8"
)

// The range of characters that have a simplified one of their own, as one code unit.
const (
	simplifyFirst = 0x3400
	simplifyEnd   = 0xA000
)

// Simplifier writes each traditional character as the simplified one that it alone stands
// for, without phrases: for keys, by which a text in either writing is the same. It is safe
// for concurrent use.
type Simplifier struct {
	to [simplifyEnd - simplifyFirst]uint16
}

var simplifier = sync.OnceValues(func() (*Simplifier, error) {
	c, err := Open(T2S)
	if err != nil {
		return nil, err
	}
	s := &Simplifier{}
	for i := range s.to {
		s.to[i] = uint16(simplifyFirst + i)
	}
	c.Runes(func(from, to rune) {
		if from >= simplifyFirst && from < simplifyEnd && to >= simplifyFirst && to < simplifyEnd {
			s.to[from-simplifyFirst] = uint16(to)
		}
	})
	return s, nil
})

// OpenSimplifier returns the simplifier. The first call unpacks the dictionary t2s, 1 MB.
func OpenSimplifier() (*Simplifier, error) { return simplifier() }

// Append appends the simplified text to dst and reports whether it differs; where it does
// not, nothing is appended.
func (s *Simplifier) Append(dst []byte, text string) (out []byte, changed bool) {
	copied := 0
	for i := 0; i < len(text); {
		if text[i] < 0xE3 || text[i] > 0xE9 || len(text)-i < 3 {
			i++
			continue
		}
		b, c := text[i+1], text[i+2]
		if b&0xC0 != 0x80 || c&0xC0 != 0x80 {
			i++
			continue
		}
		r := rune(text[i]&0x0F)<<12 | rune(b&0x3F)<<6 | rune(c&0x3F)
		if r >= simplifyFirst && r < simplifyEnd {
			if to := rune(s.to[r-simplifyFirst]); to != r {
				dst = append(dst, text[copied:i]...)
				dst = utf8.AppendRune(dst, to)
				copied = i + 3
			}
		}
		i += 3
	}
	if copied == 0 {
		return dst, false
	}
	return append(dst, text[copied:]...), true
}

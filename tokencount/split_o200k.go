package tokencount

import (
	"encoding/binary"
	"math/bits"
)

// o200k is the pattern of o200k_base, with P = [^\r\n\p{L}\p{N}],
// U = [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}], L = [\p{Ll}\p{Lm}\p{Lo}\p{M}] and
// C = (?i:'s|'t|'re|'ve|'m|'ll|'d):
//
//	P?U*L+C?|P?U+L*C?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+
func (s *splitter) o200k(b []byte, p int) int {
	// ASCII words first: U and L do not overlap there, so the first two
	// alternatives both take all capitals, then all small letters.
	q := p
	c := s.classes.ascii[b[p]]
	if c < classNumber && c != classNewline && b[p] < 0x80 {
		q++
	}
	if q < len(b) && b[q] < 0x80 && s.classes.ascii[b[q]] >= classUpper {
		end := asciiWord(b, q)
		if end == len(b) {
			return end
		}
		if x := b[end]; x < 0x80 {
			if x == '\'' {
				end += contraction(b, end, true)
			}
			return end
		}
	}
	return s.o200kAny(b, p)
}

// asciiWord returns the end of [A-Z]*[a-z]* from p on.
func asciiWord(b []byte, p int) int {
	if p+8 <= len(b) {
		w := binary.LittleEndian.Uint64(b[p:])
		upper := between(w, 'A', 'Z') ^ highs
		// The marks below the first that is no capital count as small letters.
		stop := between(w, 'a', 'z') ^ highs
		stop &^= (upper & -upper) - 1
		if stop != 0 && upper != 0 {
			return p + bits.TrailingZeros64(stop)>>3
		}
	}
	for p < len(b) && b[p]-'A' < 26 {
		p++
	}
	for p+8 <= len(b) {
		stop := between(binary.LittleEndian.Uint64(b[p:]), 'a', 'z') ^ highs
		if stop != 0 {
			return p + bits.TrailingZeros64(stop)>>3
		}
		p += 8
	}
	for p < len(b) && b[p]-'a' < 26 {
		p++
	}
	return p
}

// o200kAny is o200k without the short cut.
func (s *splitter) o200kAny(b []byte, p int) int {
	c, n := s.classes.at(b, p)
	q := p + n
	switch {
	case c >= classUpper:
		end, _ := s.cased(b, p)
		return withContraction(b, end)
	case c == classNumber:
		return s.numbers(b, q, 2)
	case c != classNewline:
		end, small := s.cased(b, q)
		if small {
			return withContraction(b, end)
		}
		if c == classMark {
			// Only capitals follow, so P?U*L+ fails with the mark as P and then
			// matches with the mark alone as L+, before P?U+L* is tried.
			return withContraction(b, q)
		}
		if end > q {
			return withContraction(b, end)
		}
	}
	after := uint8(classNewline)
	if b[p] == ' ' && q < len(b) {
		after, _ = s.classes.at(b, q)
	}
	if c == classOther || after == classOther || after == classMark {
		q = s.symbols(b, q)
		for q < len(b) && (b[q] == '\n' || b[q] == '\r' || b[q] == '/') {
			q++
		}
		return q
	}
	end, last, newline := s.spaces(b, p)
	switch {
	case newline > p:
		return newline
	case end < len(b) && last > p:
		return last
	}
	return end
}

// cased returns the end of U*L+ from p on and true, or else the end of U* and false.
func (s *splitter) cased(b []byte, p int) (end int, small bool) {
	shared := -1 // end of the last code point that is in both U and L
	for end = p; end < len(b); {
		c, n := s.classes.at(b, end)
		if c == classLower {
			return s.smalls(b, end+n), true
		}
		if c < classMark {
			break
		}
		end += n
		if c != classUpper {
			shared = end
		}
	}
	if shared >= 0 {
		// U* gives back code points until one of them is in L.
		return shared, true
	}
	return end, false
}

// smalls returns the end of L* from p on.
func (s *splitter) smalls(b []byte, p int) int {
	for p < len(b) {
		c, n := s.classes.at(b, p)
		if c < classMark || c == classUpper {
			break
		}
		p += n
	}
	return p
}

// withContraction adds C? at b[p].
func withContraction(b []byte, p int) int {
	if p < len(b) && b[p] == '\'' {
		return p + contraction(b, p, true)
	}
	return p
}

package tokencount

import "unicode/utf8"

// maxClean bounds the copy of a repaired text that a Counter keeps.
const maxClean = 512 << 10

// appendValid appends s with every maximal subpart of an ill-formed sequence replaced
// by one U+FFFD (Unicode 16, 3.9, "U+FFFD Substitution of Maximal Subparts"), as
// Python's bytes.decode("utf-8", errors="replace") does.
func appendValid(dst []byte, s string) []byte {
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r != utf8.RuneError || n > 1 {
			dst = append(dst, s[:n]...)
			s = s[n:]
			continue
		}
		dst = append(dst, "\uFFFD"...)
		s = s[subpart(s):]
	}
	return dst
}

// subpart returns the length of the maximal subpart at the start of s, which is not
// well formed there.
func subpart(s string) int {
	lo, hi, need := byte(0x80), byte(0xBF), 0
	switch x := s[0]; {
	case x >= 0xC2 && x <= 0xDF:
		need = 1
	case x >= 0xE0 && x <= 0xEF:
		need = 2
		if x == 0xE0 {
			lo = 0xA0
		} else if x == 0xED {
			hi = 0x9F
		}
	case x >= 0xF0 && x <= 0xF4:
		need = 3
		if x == 0xF0 {
			lo = 0x90
		} else if x == 0xF4 {
			hi = 0x8F
		}
	}
	n := 1
	for ; n <= need && n < len(s) && s[n] >= lo && s[n] <= hi; n++ {
		lo, hi = 0x80, 0xBF
	}
	return n
}

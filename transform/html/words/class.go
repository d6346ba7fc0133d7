package words

import (
	"strings"

	"github.com/corpusmill/corpusmill/transform/html/token"
)

// EachOfClass splits an identifier at everything that is no letter and at
// changes from lower to upper case, and gives the hash and place of each
// lower-cased word of two letters or more.
func EachOfClass(s string, f func(h uint32, start, stop int)) {
	s = s[:min(len(s), token.MaxClassBytes)]
	h, n := uint32(Basis32), 0
	prevLower := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		l := token.Lower[c]
		if l < 'a' || l > 'z' {
			if n > 1 {
				f(h|1, i-n, i)
			}
			h, n, prevLower = Basis32, 0, false
			continue
		}
		if c != l && prevLower {
			if n > 1 {
				f(h|1, i-n, i)
			}
			h, n = Basis32, 0
		}
		prevLower = c == l
		h = (h ^ uint32(l)) * Prime32
		n++
	}
	if n > 1 {
		f(h|1, len(s)-n, len(s))
	}
}

// OfClass returns the lower-case words of a class or id attribute as the
// extractor splits them. It is of use to training programs.
func OfClass(s string) []string {
	var out []string
	EachOfClass(s, func(_ uint32, a, b int) { out = append(out, strings.ToLower(s[a:b])) })
	return out
}

// HashClass mixes a class attribute, without its digits, into a signature.
func HashClass(h uint32, class string) uint32 {
	class = class[:min(len(class), token.MaxClassBytes)]
	for i := 0; i < len(class); i++ {
		if c := class[i]; c < '0' || c > '9' {
			h = (h ^ uint32(c)) * Prime32
		}
	}
	return h
}

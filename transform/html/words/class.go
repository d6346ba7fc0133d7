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
	for i := 0; i < len(s); {
		start, h := i, uint32(Basis32)
		for ; i < len(s) && token.Class[s[i]] == token.ClassUpper; i++ {
			h = (h ^ uint32(s[i]|0x20)) * Prime32
		}
		for ; i < len(s) && token.Class[s[i]] == token.ClassLower; i++ {
			h = (h ^ uint32(s[i])) * Prime32
		}
		switch i - start {
		case 0:
			i++
		case 1:
		default:
			f(h|1, start, i)
		}
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

package text

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// AppendFolded appends word folded for near-duplicate search: NFKC (which also
// makes full-width ASCII plain), then lower case code point by code point,
// with final sigma as sigma. It is a key, not a text to show.
func AppendFolded(dst []byte, word string) []byte {
	start := len(dst)
	for i := range len(word) {
		c := word[i]
		if c >= utf8.RuneSelf {
			return appendFoldedWide(dst[:start], word)
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

func appendFoldedWide(dst []byte, word string) []byte {
	stable := true
	for _, r := range word {
		if !nfkcStable(r) {
			stable = false
			break
		}
	}
	if !stable && !norm.NFKC.IsNormalString(word) {
		word = norm.NFKC.String(word)
	}
	for _, r := range word {
		switch {
		case 0x4E00 <= r && r <= 0x9FFF:
		case r == 'ς':
			r = 'σ'
		case r == 'İ': // as its full lower case, so that dotted forms meet
			dst = append(dst, "i\u0307"...)
			continue
		default:
			r = unicode.ToLower(r)
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// nfkcStable is true for common letters that NFKC leaves alone and that
// compose with none of their own kind.
func nfkcStable(r rune) bool {
	switch {
	case r < 0xA0, 0xC0 <= r && r <= 0x131, 0x0400 <= r && r <= 0x0481:
		return true
	case 0x4E00 <= r && r <= 0x9FFF, 0x3041 <= r && r <= 0x3096, 0x30A1 <= r && r <= 0x30FE, 0xAC00 <= r && r <= 0xD7A3:
		return true
	}
	return false
}

package purify

import (
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/text"
)

// startsBreak marks the bytes that a line break of Python's str.splitlines
// begins with.
var startsBreak = [256]bool{'\n': true, '\v': true, '\f': true, '\r': true, 0x1C: true, 0x1D: true, 0x1E: true, 0xC2: true, 0xE2: true}

// cutLine returns where the first line of t ends and where the next begins,
// split as by Python's str.splitlines.
func cutLine(t string) (end, next int) {
	for i := 0; i < len(t); i++ {
		c := t[i]
		if !startsBreak[c] {
			continue
		}
		switch {
		case c == '\r' && i+1 < len(t) && t[i+1] == '\n':
			return i, i + 2
		case c < utf8.RuneSelf:
			return i, i + 1
		case c == 0xC2 && i+1 < len(t) && t[i+1] == 0x85: // U+0085
			return i, i + 2
		case c == 0xE2 && i+2 < len(t) && t[i+1] == 0x80 && (t[i+2] == 0xA8 || t[i+2] == 0xA9): // U+2028, U+2029
			return i, i + 3
		}
	}
	return len(t), len(t)
}

// trimSpace removes white space (Python's) at both ends.
func trimSpace(s string) string { return trimLeft(trimRight(s)) }

func trimLeft(s string) string {
	for i := 0; i < len(s); {
		if c := s[i]; c > ' ' && c < 0x7F {
			return s[i:]
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if !text.IsSpace(r) {
			return s[i:]
		}
		i += n
	}
	return ""
}

func trimRight(s string) string {
	for i := len(s); i > 0; {
		if c := s[i-1]; c > ' ' && c < 0x7F {
			return s[:i]
		}
		r, n := utf8.DecodeLastRuneInString(s[:i])
		if !text.IsSpace(r) {
			return s[:i]
		}
		i -= n
	}
	return ""
}

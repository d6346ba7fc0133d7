package text

import (
	"strings"
	"unicode/utf8"
)

// spacyPrefix returns the length in bytes of the prefix rule that matches at
// the start of s, 0 for none. s is not empty.
func spacyPrefix(s string) int {
	switch c := s[0]; {
	case asciiClass[c]&asciiWord != 0 && c != '_':
		// The only prefixes that start with a letter.
		if len(s) > 2 && s[1] == 'S' && s[2] == '$' && c == 'U' {
			return 3
		}
		if len(s) > 1 && s[1] == '$' && (c == 'C' || c == 'A') {
			return 2
		}
		return 0
	case c == '.':
		if n := dots(s); n > 1 {
			return n
		}
		return 0
	case c == '+':
		if len(s) > 1 && isDigit(s[1]) {
			return 0
		}
		return 1
	}
	if f, n := decode(s, 0); f&isSpPrefix != 0 {
		return n
	}
	return 0
}

// dots returns the number of full stops that s starts with.
func dots(s string) int {
	n := 0
	for n < len(s) && s[n] == '.' {
		n++
	}
	return n
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// spacySuffix returns the length in bytes of the longest suffix rule that
// matches at the end of s, 0 for none: Python's search takes the leftmost.
func spacySuffix(s string) int {
	if s == "" {
		return 0
	}
	size := 0
	last, n := decodeLast(s)
	if last&isSpSuffix != 0 {
		size = n
		if strings.HasSuffix(s, "……") {
			size = len("……")
		}
	}
	rest := s[:len(s)-n]
	switch c := s[len(s)-1]; {
	case c == '.':
		size = max(size, spacyFinalStop(s))
	case (c == 's' || c == 'S') && strings.HasSuffix(rest, "'"):
		size = max(size, 2)
	case (c == 's' || c == 'S') && strings.HasSuffix(rest, "’"):
		size = max(size, 1+len("’"))
	case c == '+' && rest != "" && isDigit(rest[len(rest)-1]):
		size = max(size, 1)
	}
	// A unit is what follows the last digit.
	for i := len(s) - 1; i >= 0 && len(s)-1-i <= spacyMaxUnit; i-- {
		if isDigit(s[i]) {
			if unit := s[i+1:]; unit != "" && isSpacyUnit(unit) {
				size = max(size, len(unit))
			}
			break
		}
	}
	return size
}

// spacyFinalStop returns how many full stops at the end of s split off.
func spacyFinalStop(s string) int {
	n := 0
	for n < len(s) && s[len(s)-1-n] == '.' {
		n++
	}
	if n > 1 {
		return n
	}
	rest := s[:len(s)-1]
	if rest == "" {
		return 0
	}
	f, m := decodeLast(rest)
	if f&isSpBeforeDot != 0 {
		return 1
	}
	rest, letter := rest[:len(rest)-m], rest[len(rest)-1]
	if rest == "" {
		return 0
	}
	if g, _ := decodeLast(rest); f&g&isSpUpper != 0 {
		return 1
	}
	if m == 1 && strings.IndexByte("FfCcKk", letter) >= 0 && strings.HasSuffix(rest, "°") {
		return 1
	}
	return 0
}

// decodeLast returns the facts and the length of the last code point of s.
func decodeLast(s string) (fact, int) {
	if c := s[len(s)-1]; c < utf8.RuneSelf {
		return factOf(rune(c)), 1
	}
	r, n := utf8.DecodeLastRuneInString(s)
	return factOf(r), n
}

// spacyInfixByte marks the ASCII bytes at which an infix can start.
var spacyInfixByte = [128]bool{'.': true, '+': true, '-': true, '*': true, '^': true, ',': true, '~': true,
	':': true, '<': true, '>': true, '=': true, '/': true}

// appendInfixes splits text[start:end] at the infix rules and appends the
// pieces. An infix at the very start is no split point.
func appendInfixes(dst []Word, text string, start, end int) []Word {
	from := start
	for i := start; i < end; {
		if c := text[i]; c < utf8.RuneSelf && !spacyInfixByte[c] {
			i++
			continue
		}
		n, step := spacyInfix(text[start:end], i-start)
		if n == 0 {
			i += step
			continue
		}
		if i > start {
			if from < i {
				dst = append(dst, tokenAt(text, from, i))
			}
			dst = append(dst, tokenAt(text, i, i+n))
			from = i + n
		}
		i += n
	}
	if from < end {
		dst = append(dst, tokenAt(text, from, end))
	}
	return dst
}

// spacyInfix returns the length of the infix of s at byte i, 0 for none, and
// the length of the code point there.
func spacyInfix(s string, i int) (n, step int) {
	c, step := s[i], 1
	if c >= utf8.RuneSelf {
		var f fact
		if f, step = decode(s, i); f&isSpIcon != 0 {
			return step, step
		}
		if step != 3 || s[i:i+2] != "…"[:2] { // of U+2000 to U+203F only … – — matter
			return 0, step
		}
		if s[i:i+3] == "…" {
			return step, step
		}
	} else if c == '.' {
		if n := dots(s[i:]); n > 1 {
			return n, 1
		}
	}
	if i == 0 {
		return 0, step // all other rules look behind
	}
	prev, _ := decodeLast(s[:i])
	var next fact
	if i+step < len(s) {
		next, _ = decode(s, i+step)
	}
	afterDigit := isDigit(s[i-1])
	switch {
	case strings.IndexByte("+-*^", c) >= 0 && afterDigit && i+1 < len(s) && (isDigit(s[i+1]) || s[i+1] == '-'):
		return 1, 1
	case c == '.' && prev&(isSpLower|isSpQuote) != 0 && next&(isSpUpper|isSpQuote) != 0:
		return 1, 1
	case c == ',' && prev&next&isSpAlpha != 0:
		return 1, 1
	case prev&isSpAlpha == 0 && !afterDigit:
		return 0, step
	case strings.IndexByte(":<>=/", c) >= 0:
		if next&isSpAlpha != 0 {
			return 1, 1
		}
		return 0, 1
	}
	return spacyHyphen(s[i:]), step
}

// spacyHyphen returns the length of the first hyphen of the list that s starts
// with and a letter follows.
func spacyHyphen(s string) int {
	for _, h := range [...]string{"-", "–", "—", "--", "---", "——", "~"} {
		if len(s) > len(h) && s[:len(h)] == h {
			if f, _ := decode(s, len(h)); f&isSpAlpha != 0 {
				return len(h)
			}
		}
	}
	return 0
}

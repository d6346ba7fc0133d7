package purify

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/text"
)

// wholeUp returns the least integer that is not below x.
func wholeUp(x float64) int { return int(math.Ceil(min(x, math.MaxInt32))) }

// hasLongWord reports whether a run without white space has more than limit
// code points.
func hasLongWord(line string, limit int) bool {
	n := 0
	for _, r := range line {
		if n++; text.IsSpace(r) {
			n = 0
		}
		if n > limit {
			return true
		}
	}
	return false
}

// hasWords reports whether line has at least n words between white space.
func hasWords(line string, n int) bool {
	inWord := false
	for i := 0; i < len(line); {
		c, size := line[i], 1
		space := c <= ' '
		if c <= ' ' || c >= 0x7F {
			var r rune
			r, size = utf8.DecodeRuneInString(line[i:])
			space = text.IsSpace(r)
		}
		if !space && !inWord {
			if n--; n == 0 {
				return true
			}
		}
		inWord = !space
		i += size
	}
	return n <= 0
}

// endsSentence reports whether line ends in . ? ! " ' and not in "...".
func endsSentence(line string) bool {
	if line == "" || strings.HasSuffix(line, "...") {
		return false
	}
	switch line[len(line)-1] {
	case '.', '?', '!', '"', '\'':
		return true
	}
	return false
}

// withoutCitations deletes [digits], [edit] and [citation needed]. The result
// is line itself if there are none.
func (s *c4) withoutCitations(line string) string {
	i := strings.IndexByte(line, '[')
	if i < 0 {
		return line
	}
	s.out = s.out[:0]
	from := 0
	for i < len(line) {
		n := 0
		if line[i] == '[' {
			n = citation(line[i:])
		}
		if n > 0 {
			s.out = append(s.out, line[from:i]...)
			i += n
			from = i
			continue
		}
		next := strings.IndexByte(line[i+1:], '[')
		if next < 0 {
			break
		}
		i += 1 + next
	}
	if from == 0 {
		return line
	}
	s.out = append(s.out, line[from:]...)
	return string(s.out)
}

// citation returns the length of the citation that s begins with, 0 if none.
func citation(s string) int {
	for _, word := range [...]string{"[edit]", "[citation needed]"} {
		if strings.HasPrefix(s, word) {
			return len(word)
		}
	}
	for i, r := range s[1:] {
		switch {
		case r == ']':
			return i + 2
		case !unicode.Is(unicode.Nd, r):
			return 0
		}
	}
	return 0
}

// The bits of c4Marks.
const (
	markLorem = 1 << iota
	markJavascript
	markPolicy
)

// anchors are letters that the searched phrases cannot do without, and that
// are rare: v in javascript and privacy policy, k in cookies, m in lorem ipsum
// and terms of use. U+212A (Kelvin sign) lower-cases to k; it begins with 0xE2.
var anchors = [256]bool{'v': true, 'V': true, 'k': true, 'K': true, 'm': true, 'M': true, 0xE2: true}

// c4Marks says which phrases line contains in any case, in one pass.
func c4Marks(line string) (marks int) {
	for i := 0; i < len(line); i++ {
		c := line[i]
		if !anchors[c] {
			continue
		}
		switch c {
		case 'v', 'V':
			if foldedAt(line, i-2, "javascript") {
				marks |= markJavascript
			} else if foldedAt(line, i-3, "privacy policy") {
				marks |= markPolicy
			}
		case 'm', 'M':
			if foldedAt(line, i-4, "lorem ipsum") {
				marks |= markLorem
			} else if foldedAt(line, i-3, "terms of use") {
				marks |= markPolicy
			}
		case 'k', 'K':
			if policyCookie(line, i) {
				marks |= markPolicy
			}
		default:
			if strings.HasPrefix(line[i:], "\u212A") {
				return c4Marks(strings.ReplaceAll(line, "\u212A", "k"))
			}
		}
	}
	return marks
}

// policyCookie reports whether the k at line[k] is that of a cookie phrase.
func policyCookie(line string, k int) bool {
	if !foldedAt(line, k-3, "cookie") {
		return false
	}
	if foldedAt(line, k-3, "cookie policy") {
		return true
	}
	return foldedAt(line, k-3, "cookies") &&
		(foldedAt(line, k-7, "use ") || foldedAt(line, k-8, "uses ") || foldedAt(line, k-10, "use of "))
}

// foldedAt reports whether phrase, in lower-case ASCII, stands at line[i:] in
// any case.
func foldedAt(line string, i int, phrase string) bool {
	if i < 0 || i+len(phrase) > len(line) {
		return false
	}
	for j := range len(phrase) {
		c := line[i+j]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != phrase[j] {
			return false
		}
	}
	return true
}

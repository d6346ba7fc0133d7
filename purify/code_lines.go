package purify

import (
	"iter"
	"unicode"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/text"
)

// A run of lines without letters beyond ASCII is code if it has leastSigns signs of code and
// more than one of signsOneIn characters is one.
const (
	leastSigns = 3
	signsOneIn = 20
)

// signsOfCode are marks that programs are full of and prose is not.
var signsOfCode = func() (t [utf8.RuneSelf]bool) {
	for _, r := range "(){}[]<>=;_\\$&`" {
		t[r] = true
	}
	return t
}()

// withoutCode yields those of the lines of a text that are not code. It is for languages that
// Latin letters do not write: their texts about software are judged by the prose. A text that
// is little else than code, such as a log or a list of addresses below a line, has all its lines.
func withoutCode(lines []text.Span, t string) iter.Seq[text.Span] {
	return func(yield func(text.Span) bool) {
		all := allOrNoCode(lines, t)
		for len(lines) > 0 {
			n, code := 1, false
			if !all {
				n, code = plainRun(lines, t)
			}
			for _, line := range lines[:n] {
				if !code && !yield(line) {
					return
				}
			}
			lines = lines[n:]
		}
	}
}

// mostCode is the largest part of a text, in tenths of the bytes of its lines, that is code.
const mostCode = 9

// allOrNoCode reports whether no line of a text is left out: most have no code.
func allOrNoCode(lines []text.Span, t string) bool {
	all, code := 0, 0
	for len(lines) > 0 {
		n, is := plainRun(lines, t)
		for _, line := range lines[:n] {
			size := int(line.End - line.Start)
			if all += size; is {
				code += size
			}
		}
		lines = lines[n:]
	}
	return code == 0 || code*10 > all*mostCode
}

// plainRun counts the lines at the head that have no letter beyond ASCII, and reports whether
// they are code. A first line that has one is a run of its own.
func plainRun(lines []text.Span, t string) (n int, code bool) {
	letters, signs, chars := 0, 0, 0
	for _, line := range lines {
		l, s, c := 0, 0, 0
		for _, r := range t[line.Start:line.End] {
			switch {
			case r >= utf8.RuneSelf:
				if unicode.IsLetter(r) {
					return max(1, n), isCode(letters, signs, chars)
				}
			case signsOfCode[r]:
				s++
			case 'a' <= r|0x20 && r|0x20 <= 'z':
				l++
			case r <= ' ':
				continue
			}
			c++
		}
		letters, signs, chars, n = letters+l, signs+s, chars+c, n+1
	}
	return n, isCode(letters, signs, chars)
}

func isCode(letters, signs, chars int) bool {
	return signs >= leastSigns && signs*signsOneIn > chars && letters*3 > chars
}

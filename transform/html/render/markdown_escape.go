package render

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/transform/html/inline"
	"github.com/corpusmill/corpusmill/transform/html/token"
)

// escape appends text so that no reader of Markdown takes it for markup, with as
// few backslashes as that needs. closes tells that a mark of ours follows.
func (m *markdown) escape(r *Renderer, text []byte, closes bool) {
	for i, c := range text {
		if !markdownSpecial[c] {
			if c == '.' || c == ')' {
				if m.listNumber(r.out) && endsWord(text, i+1) {
					r.out = append(r.out, '\\')
				}
			}
			r.out = append(r.out, c)
			continue
		}
		if c == '\n' {
			m.lineBreak(r)
			continue
		}
		if m.mustEscape(r.out, text, i, closes) {
			r.out = append(r.out, '\\')
		}
		r.out = append(r.out, c)
	}
}

func (m *markdown) lineBreak(r *Renderer) {
	switch {
	case m.cell:
		r.out = append(r.out, "<br>"...)
	case m.head:
		r.out = append(r.out, ' ')
	default:
		r.out = append(r.out, '\\')
		m.newLine(r)
	}
}

var markdownSpecial = func() (t [256]bool) {
	for _, c := range []byte("\n\\`*_[]<>&#+-=|:~$(") {
		t[c] = true
	}
	return t
}()

// mustEscape decides about the special character text[i] behind out.
func (m *markdown) mustEscape(out, text []byte, i int, closes bool) bool {
	begins := len(out) == m.line && !m.cell
	prev, next := byte(' '), byte(' ')
	if len(out) > m.line {
		prev = out[len(out)-1]
	}
	last := i+1 == len(text)
	if !last {
		next = text[i+1]
	}
	switch text[i] {
	case '\\':
		return last || isASCIIMark(next)
	case '`':
		return true
	case '*':
		return begins || closes || prev != ' ' || next != ' '
	case '_':
		return last || !wordBefore(out, m.line) || !wordAt(text[i+1:])
	case '[':
		return begins || m.label || prev == ']' || next == '^'
	case ']':
		return m.label
	case '(':
		return prev == ']'
	case '<':
		return last || opensTag(next) || beginsMailLink(text[i+1:])
	case '&':
		return isReference(string(text[i:min(len(text), i+inline.MaxEntity)]))
	case '>', '=':
		return begins
	case '#':
		if !begins {
			return false
		}
		j := i
		for j < len(text) && text[j] == '#' {
			j++
		}
		return endsWord(text, j)
	case '+':
		return begins && token.IsSpace(next)
	case '-':
		return begins && !isAlnum(next)
	case ':':
		return begins && next == '-'
	case '|':
		return begins || m.cell
	case '~':
		return prev != ' ' || next == '~'
	default: // '$'
		return !(next >= '0' && next <= '9') && (prev != ' ' || next != ' ' || last)
	}
}

// listNumber reports that the line so far is the number of a list item.
func (m *markdown) listNumber(out []byte) bool {
	line := out[m.line:]
	if len(line) == 0 || len(line) > 9 || m.cell {
		return false
	}
	for _, c := range line {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

func endsWord(text []byte, i int) bool { return i >= len(text) || token.IsSpace(text[i]) }

// beginsMailLink tells text that CommonMark takes for the address of an autolink,
// whatever character it begins with: <3i@b>.
func beginsMailLink(text []byte) bool {
	for i, c := range text[:min(len(text), maxMailName)] {
		switch {
		case c == '@':
			return i > 0
		case !token.IsLetter(c) && (c < '0' || c > '9') && bytes.IndexByte([]byte(".!#$%&'*+/=?^_`{|}~-"), c) < 0:
			return false
		}
	}
	return false
}

// maxMailName bounds the name of an address, and the work of finding one.
const maxMailName = 256

func opensTag(c byte) bool { return token.IsLetter(c) || c == '/' || c == '!' || c == '?' }

func isAlnum(c byte) bool { return token.IsLetter(c) || c >= '0' && c <= '9' || c >= 0x80 }

func isASCIIMark(c byte) bool {
	return c >= '!' && c <= '/' || c >= ':' && c <= '@' || c >= '[' && c <= '`' || c >= '{' && c <= '~'
}

// isReference reports text that looks like a character reference.
func isReference(t string) bool {
	n, _ := inline.ReferenceSpan(t)
	return n > 2 && t[n-1] == ';'
}

// wordBefore and wordAt report a letter or digit beside an underscore, which then
// is no emphasis.
func wordBefore(out []byte, line int) bool {
	if len(out) <= line {
		return false
	}
	c, _ := utf8.DecodeLastRune(out)
	return unicode.IsLetter(c) || unicode.IsDigit(c)
}

func wordAt(text []byte) bool {
	c, _ := utf8.DecodeRune(text)
	return unicode.IsLetter(c) || unicode.IsDigit(c)
}

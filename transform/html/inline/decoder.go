// Package inline writes runs of a page's text: character references decoded, white
// space folded, what is invisible left out.
package inline

import (
	"github.com/corpusmill/corpusmill/transform/html/token"

	stdhtml "html"
	"strings"
	"unicode/utf8"
)

// Append appends the text of a run with its references decoded. Without pre,
// white space of any kind is folded into one space.
func (e *Decoder) Append(dst []byte, s string, pre bool) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		switch cls := token.Class[c]; cls {
		case token.ClassSpace:
			if pre {
				if c != '\r' {
					dst = append(dst, c)
				}
			} else {
				dst = addSpace(dst)
			}
			i++
		case token.ClassControl:
			i++
		case token.ClassAmp:
			n := len(dst)
			var used int
			dst, used = e.decode(dst, s[i:])
			i += used
			dst = foldTail(dst, n, pre)
		case token.ClassHigh:
			if plain[c] {
				j := plainRun(s, i)
				dst = append(dst, s[i:j]...)
				i = j
				break
			}
			n := len(dst)
			j := i + 1
			for j < len(s) && s[j]&0xc0 == 0x80 {
				j++
			}
			dst = append(dst, s[i:j]...)
			i = j
			dst = foldTail(dst, n, pre)
		default:
			j := plainRun(s, i)
			dst = append(dst, s[i:j]...)
			i = j
		}
	}
	return dst
}

// plain are the bytes that are written as they are, whatever stands beside them: no space,
// reference or control, and none that begins a character that foldTail looks at.
var plain = func() (t [256]bool) {
	for i := range t {
		switch c := byte(i); token.Class[c] {
		case token.ClassSpace, token.ClassAmp, token.ClassControl:
		default:
			t[i] = c != 0xc2 && c != 0xe2 && c != 0xe3 && c != 0xef
		}
	}
	return t
}()

// plainRun returns the end of the run of text at s[i:] that is written as it is: single
// spaces between words are part of it.
func plainRun(s string, i int) int {
	for i++; i < len(s); i++ {
		if !plain[s[i]] && (s[i] != ' ' || i+1 == len(s) || !plain[s[i+1]]) {
			break
		}
	}
	return i
}

func addSpace(dst []byte) []byte {
	if n := len(dst); n > 0 && dst[n-1] != ' ' && dst[n-1] != '\n' {
		return append(dst, ' ')
	}
	return dst
}

// foldTail turns a character just appended at n into a space, or drops it,
// when it is white space, a control or an invisible mark.
func foldTail(dst []byte, n int, pre bool) []byte {
	t := dst[n:]
	switch {
	case len(t) == 1 && (token.IsSpace(t[0]) || t[0] < 0x20 || t[0] == 0x7f):
		if token.IsSpace(t[0]) && !pre {
			return addSpace(dst[:n])
		}
		if token.IsSpace(t[0]) {
			return dst
		}
		return dst[:n]
	case len(t) == 2 && t[0] == 0xc2:
		switch {
		case t[1] == 0xa0:
			if pre {
				return append(dst[:n], ' ')
			}
			return addSpace(dst[:n])
		case t[1] == 0xad || t[1] < 0xa0: // soft hyphen, C1 controls
			return dst[:n]
		}
	case len(t) == 3 && t[0] == 0xe2 && t[1] == 0x80:
		switch {
		case t[2] >= 0x80 && t[2] <= 0x8a || t[2] == 0xa8 || t[2] == 0xa9 || t[2] == 0xaf:
			if pre {
				return append(dst[:n], ' ')
			}
			return addSpace(dst[:n])
		case t[2] == 0x8b: // zero-width space
			return dst[:n]
		}
	case len(t) == 3 && t[0] == 0xe3 && t[1] == 0x80 && t[2] == 0x80: // ideographic space
		if !pre {
			return addSpace(dst[:n])
		}
	case len(t) == 3 && t[0] == 0xef && t[1] == 0xbb && t[2] == 0xbf: // byte order mark
		return dst[:n]
	}
	return dst
}

// TrimSpaces takes the spaces off the end of dst, down to base.
func TrimSpaces(dst []byte, base int) []byte {
	n := len(dst)
	for n > base && dst[n-1] == ' ' {
		n--
	}
	return dst[:n]
}

// TrimLines is the length of dst without the white space at its end, at least base.
func TrimLines(dst []byte, base int) int {
	n := len(dst)
	for n > base && (token.IsSpace(dst[n-1])) {
		n--
	}
	return n
}

// entities decodes character references; named ones are cached so that a page
// full of them costs no allocation.
type Decoder struct{ names map[string]string }

const maxEntityNames = 4096

// decode appends the character that the reference at the start of t stands for
// and returns the bytes of t it took, at least 1.
func (e *Decoder) decode(dst []byte, t string) ([]byte, int) {
	if len(t) > 2 && t[1] == '#' {
		if r, n := numericEntity(t); n > 0 {
			return utf8.AppendRune(dst, r), n
		}
		return append(dst, '&'), 1
	}
	n, _ := ReferenceSpan(t)
	if n == 1 {
		return append(dst, '&'), 1
	}
	switch t[1:n] {
	case "amp;":
		return append(dst, '&'), n
	case "lt;":
		return append(dst, '<'), n
	case "gt;":
		return append(dst, '>'), n
	case "quot;":
		return append(dst, '"'), n
	case "nbsp;":
		return append(dst, 0xc2, 0xa0), n
	}
	if s, ok := e.names[t[:n]]; ok {
		return append(dst, s...), n
	}
	s := stdhtml.UnescapeString(t[:n])
	if len(e.names) < maxEntityNames {
		if e.names == nil {
			e.names = make(map[string]string)
		}
		e.names[strings.Clone(t[:n])] = strings.Clone(s)
	}
	return append(dst, s...), n
}

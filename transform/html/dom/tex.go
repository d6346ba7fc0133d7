package dom

import (
	"github.com/corpusmill/corpusmill/transform/html/inline"
	"github.com/corpusmill/corpusmill/transform/html/token"
)

// AppendTeX appends a formula between its dollar signs: references decoded, white
// space folded, comments to the ends of lines and a \displaystyle around it all
// left out.
func (p *Page) AppendTeX(dst []byte, d *inline.Decoder, c Piece) []byte {
	mark := "$"
	if c.Kind == PieceDisplay {
		mark = "$$"
	}
	dst = append(dst, mark...)
	base := len(dst)
	dst = foldTeX(d.Append(dst, p.HTML[c.Start:c.Stop], true), base)
	dst = stripStyle(dst, base)
	if len(dst) == base {
		return dst[:base-len(mark)]
	}
	n := len(dst)
	for n > base && dst[n-1] == '\\' {
		n--
	}
	if (len(dst)-n)%2 == 1 { // a space that was escaped
		dst = append(dst, ' ')
	}
	return append(dst, mark...)
}

// foldTeX folds the white space of dst[base:] and drops comments, in place.
func foldTeX(dst []byte, base int) []byte {
	n := base
	for i := base; i < len(dst); i++ {
		c := dst[i]
		switch {
		case c == '\\' && i+1 < len(dst) && !token.IsSpace(dst[i+1]):
			dst[n], dst[n+1] = c, dst[i+1]
			n += 2
			i++
			continue
		case c == '%':
			j := i
			for j < len(dst) && dst[j] != '\n' {
				j++
			}
			if j < len(dst) {
				for j+1 < len(dst) && token.IsSpace(dst[j+1]) {
					j++
				}
				i = j
				continue
			}
		case token.IsSpace(c):
			if n == base || dst[n-1] == ' ' {
				continue
			}
			c = ' '
		}
		dst[n] = c
		n++
	}
	return inline.TrimSpaces(dst[:n], base)
}

// stripStyle takes {\displaystyle ...} and \displaystyle off a formula.
func stripStyle(dst []byte, base int) []byte {
	for _, style := range [...]string{`{\displaystyle `, `{\textstyle `} {
		t := dst[base:]
		if len(t) > len(style) && string(t[:len(style)]) == style && closesAtEnd(t) {
			n := copy(t, t[len(style):len(t)-1])
			return inline.TrimSpaces(dst[:base+n], base)
		}
	}
	const style = `\displaystyle `
	if t := dst[base:]; len(t) > len(style) && string(t[:len(style)]) == style {
		dst = dst[:base+copy(t, t[len(style):])]
	}
	return dst
}

// closesAtEnd reports that the brace at the start of t is closed by its last
// byte.
func closesAtEnd(t []byte) bool {
	depth := 0
	for i := 0; i < len(t); i++ {
		switch t[i] {
		case '\\':
			i++
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i == len(t)-1
			}
		}
	}
	return false
}

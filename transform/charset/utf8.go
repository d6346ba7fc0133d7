package charset

import (
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/transform/html/token"
	"golang.org/x/text/encoding/charmap"
)

// utf8Census says how much of some bytes is UTF-8.
type utf8Census struct {
	good    int       // well-formed sequences beyond ASCII, CESU-8 pairs among them
	western int       // of those, characters that windows-1252 has as well
	single  int       // stray bytes
	broken  int       // overlong forms, cut characters
	cut     int       // of both, beginnings of characters that are text in no other charset
	leads   [256]bool // first bytes of the good sequences and of the cut ones
}

func takeUTF8Census(raw []byte) utf8Census {
	var c utf8Census
	for i := 0; i < len(raw); {
		if raw[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n, ok := utf8Unit(raw[i:])
		switch {
		case ok:
			c.good++
			c.leads[raw[i]] = true
			if _, ok := charmap.Windows1252.EncodeRune(r); ok {
				c.western++
			}
		case isCut(raw[i:], n):
			c.cut++
			c.leads[raw[i]] = true
			fallthrough
		default:
			if n > 1 {
				c.broken++
			} else {
				c.single++
			}
		}
		i += n
	}
	return c
}

// utf8Unit reads what starts with the byte s[0], which is not ASCII: a
// character (ok), given as UTF-8 or as a CESU-8 pair of surrogates, or n bytes
// that are none: a lead byte with the continuation bytes it claims, as
// overlong forms, single surrogates and cut characters are, or a single byte.
func utf8Unit(s []byte) (r rune, n int, ok bool) {
	if r, n := utf8.DecodeRune(s); n > 1 {
		return r, n, true
	}
	if len(s) >= 6 && s[0] == 0xed && s[1]&0xf0 == 0xa0 && s[3] == 0xed && s[4]&0xf0 == 0xb0 && continues(s[2]) && continues(s[5]) {
		return 0x10000 + rune(s[1]&0x0f)<<16 + rune(s[2]&0x3f)<<10 + rune(s[4]&0x0f)<<6 + rune(s[5]&0x3f), 6, true
	}
	claimed := 1
	switch c := s[0]; {
	case c >= 0xfe, c < 0xc0:
	case c >= 0xfc:
		claimed = 6
	case c >= 0xf8:
		claimed = 5
	case c >= 0xf0:
		claimed = 4
	case c >= 0xe0:
		claimed = 3
	default:
		claimed = 2
	}
	for n = 1; n < claimed && n < len(s) && continues(s[n]); n++ {
	}
	return utf8.RuneError, n, false
}

// isCut reports n bytes at the start of s, no character, as the beginning of
// one that pages in Latin letters are full of: a letter with an accent before
// the end of a word, a quotation mark or dash, an emoji. In other charsets they
// are the known "Ã" and "â€".
func isCut(s []byte, n int) bool {
	if n == 1 {
		return (s[0] == 0xc2 || s[0] == 0xc3) && (len(s) == 1 || s[1] < utf8.RuneSelf && !token.IsLetter(s[1]))
	}
	return s[0] == 0xe2 && (s[1] == 0x80 || s[1] == 0x82 || s[1] == 0x84) || s[0] == 0xef && (s[1] == 0xbf || s[1] == 0xbb) || s[0] == 0xf0 && s[1] == 0x9f
}

func continues(c byte) bool { return c&0xc0 == 0x80 }

// repairUTF8 makes text of bytes that are UTF-8 but for some, and counts the
// U+FFFD it put in. CESU-8 pairs become their character. A single stray byte
// is the character of windows-1252 if most of the page's characters beyond
// ASCII are of that set, as where a footer or a quotation was pasted in from
// another page. Stray bytes on other pages, those that windows-1252 does not
// define, overlong forms and cut characters are one U+FFFD each.
func repairUTF8(raw []byte, c *utf8Census) (string, int) {
	out := make([]byte, 0, len(raw)+len(raw)/16)
	replaced := 0
	for i := 0; i < len(raw); {
		start := i
		for i < len(raw) && raw[i] < utf8.RuneSelf {
			i++
		}
		out = append(out, raw[start:i]...)
		if i == len(raw) {
			break
		}
		r, n, ok := utf8Unit(raw[i:])
		if !ok {
			if n == 1 {
				r = c.stray(raw, i)
			}
			if r == utf8.RuneError {
				replaced++
			}
		}
		out = utf8.AppendRune(out, r)
		i += n
	}
	return string(out), replaced
}

// stray reads the single byte raw[i] that is no UTF-8. A byte with which other
// characters of the page begin and after which the word ends is one that was
// cut off by a limit in bytes.
func (c *utf8Census) stray(raw []byte, i int) rune {
	if 2*c.western <= c.good {
		return utf8.RuneError
	}
	b := raw[i]
	if i+1 == len(raw) && b >= 0xc0 || c.leads[b] && (i+1 == len(raw) || raw[i+1] < utf8.RuneSelf && !token.IsLetter(raw[i+1])) {
		return utf8.RuneError
	}
	r := charmap.Windows1252.DecodeByte(b)
	if r < 0xa0 {
		return utf8.RuneError
	}
	return r
}

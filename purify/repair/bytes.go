package repair

import (
	"bytes"
	"unicode/utf8"
)

// continues reports whether c is of the bytes 80 to BF that continue a sequence.
func continues(c byte) bool { return c >= 0x80 && c < 0xC0 }

// restoreSpaces puts the byte A0 back where a space stands in what would be UTF-8 with it:
// ftfy's ALTERED_UTF8_RE and A_GRAVE_WORD_RE.
func restoreSpaces(b []byte) []byte {
	if bytes.IndexByte(b, ' ') < 0 {
		return b
	}
	out := make([]byte, 0, len(b)+8)
	at := func(i int) byte {
		if i < len(b) {
			return b[i]
		}
		return 0
	}
	further := func(c byte) bool { return continues(c) && c != 0x85 && c != 0xA0 }
	for i := 0; i < len(b); {
		c, d, e, f := b[i], at(i+1), at(i+2), at(i+3)
		switch {
		case c == 0xC3 && d == ' ' && !graveWord(b[i+2:]):
			out = append(out, 0xC3, 0xA0, ' ')
			i += 2
		case d == ' ' && (c == 0xC2 || c == 0xC3 || c == 0xC5 || c == 0xCE || c == 0xD0 || c == 0xD9):
			out = append(out, c, 0xA0)
			i += 2
		case d == ' ' && (c == 0xE2 || c == 0xE3) && further(e):
			out = append(out, c, 0xA0, e)
			i += 3
		case c >= 0xE0 && c <= 0xE3 && further(d) && e == ' ':
			out = append(out, c, d, 0xA0)
			i += 3
		case c == 0xF0 && (d == ' ' || continues(d)) && (e == ' ' || continues(e)) && (f == ' ' || continues(f)) && oneSpace(d, e, f):
			for _, x := range [...]byte{c, d, e, f} {
				if x == ' ' {
					x = 0xA0
				}
				out = append(out, x)
			}
			i += 4
		default:
			out = append(out, c)
			i++
		}
	}
	return out
}

func oneSpace(list ...byte) bool { return bytes.Count(list, []byte{' '}) == 1 }

// graveWord reports whether what follows C3 and a space is the rest of a word that the
// space belongs to, such as "Ã quele" for "àquele".
func graveWord(rest []byte) bool {
	for _, word := range []string{" ", "quele", "quela", "quilo", "s "} {
		if bytes.HasPrefix(rest, []byte(word)) {
			return true
		}
	}
	return false
}

// replaceLost puts U+FFFD in place of sequences of UTF-8 of which bytes are lost: ftfy's
// LOSSY_UTF8_RE.
func replaceLost(b []byte) []byte {
	if bytes.IndexByte(b, lostByte) < 0 && bytes.IndexByte(b, '?') < 0 {
		return b
	}
	out := make([]byte, 0, len(b)+16)
	for i := 0; i < len(b); {
		if n := lostAt(b[i:]); n > 0 {
			out = append(out, "\ufffd"...)
			i += n
			continue
		}
		out = append(out, b[i])
		i++
	}
	return out
}

// lostAt returns the length of a damaged sequence at the beginning of b, 0 for none.
func lostAt(b []byte) int {
	at := func(i int) byte {
		if i < len(b) {
			return b[i]
		}
		return 0
	}
	lost := func(c byte) bool { return c == lostByte || c == '?' }
	weak := func(c byte) bool { return c == lostByte || continues(c) }
	c, d, e, f, g, h := b[0], at(1), at(2), at(3), at(4), at(5)
	surrogate := func(x byte, low, high byte) bool { return x >= low && x <= high }
	switch {
	case c >= 0xC2 && c <= 0xDF && d == lostByte, (c == 0xC2 || c == 0xC3) && d == '?':
		return 2
	case c == 0xED && surrogate(d, 0xA0, 0xAF) && (lost(e) || continues(e)) && f == 0xED && surrogate(g, 0xB0, 0xBF) && (lost(h) || continues(h)) && (lost(e) || lost(h)):
		return 6
	case c >= 0xE0 && c <= 0xEF && (lost(d) && weak(e) || weak(d) && lost(e)):
		return 3
	case c >= 0xF0 && c <= 0xF4 && (lost(d) && weak(e) && weak(f) || weak(d) && lost(e) && weak(f) || weak(d) && weak(e) && lost(f)):
		return 4
	case c == lostByte:
		return 1
	}
	return 0
}

// decodeVariants reads UTF-8 and its variants: pairs of surrogates of three bytes each
// (CESU-8), and a zero in two bytes. It is false where b is none.
func decodeVariants(b []byte) (string, bool) {
	if utf8.Valid(b) {
		return string(b), true
	}
	if bytes.IndexByte(b, 0xED) < 0 && bytes.IndexByte(b, 0xC0) < 0 {
		return "", false
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); {
		switch {
		case b[i] < utf8.RuneSelf:
			out = append(out, b[i])
			i++
		case i+1 < len(b) && b[i] == 0xC0 && b[i+1] == 0x80:
			out = append(out, 0)
			i += 2
		case i+5 < len(b) && b[i] == 0xED && b[i+1] >= 0xA0 && b[i+1] <= 0xAF && continues(b[i+2]) && b[i+3] == 0xED && b[i+4] >= 0xB0 && b[i+4] <= 0xBF && continues(b[i+5]):
			high, low := rune(b[i+1]&0x0F)<<6|rune(b[i+2]&0x3F), rune(b[i+4]&0x0F)<<6|rune(b[i+5]&0x3F)
			out = utf8.AppendRune(out, 0x10000+high<<10+low)
			i += 6
		default:
			r, n := utf8.DecodeRune(b[i:])
			if r == utf8.RuneError && n == 1 {
				return "", false
			}
			out = append(out, b[i:i+n]...)
			i += n
		}
	}
	return string(out), true
}

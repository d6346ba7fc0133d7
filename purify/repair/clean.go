package repair

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// ligatures are Latin letters that stand for several, as ftfy has them: those of
// typography, and digraphs that some encodings had. æ, œ and ß are letters.
var ligatures = map[rune]string{
	'Ĳ': "IJ", 'ĳ': "ij", 'ŉ': "ʼn", 'Ǳ': "DZ", 'ǲ': "Dz", 'ǳ': "dz", 'Ǆ': "DŽ", 'ǅ': "Dž", 'ǆ': "dž", 'Ǉ': "LJ", 'ǈ': "Lj", 'ǉ': "lj", 'Ǌ': "NJ", 'ǋ': "Nj", 'ǌ': "nj",
	'ﬀ': "ff", 'ﬁ': "fi", 'ﬂ': "fl", 'ﬃ': "ffi", 'ﬄ': "ffl", 'ﬅ': "ſt", 'ﬆ': "st",
}

// isControl reports whether a character controls a device or is none: what ftfy removes.
func isControl(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\f' && r != '\r' || r == 0x7F || r >= 0x206A && r <= 0x206F || r == 0xFEFF || r >= 0xFFF9 && r <= 0xFFFC
}

// mayBeInvisible reports whether a character shows nothing and may go.
func mayBeInvisible(r rune) bool {
	switch r {
	case 0xAD, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0x2061, 0x2062, 0x2063, 0x2064, 0x180E, 0x061C:
		return true
	}
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r >= 0xE0000 && r <= 0xE007F
}

var (
	// joined are scripts in which joiners shape letters; unspaced those that mark words by
	// spaces of no width.
	joined   = []*unicode.RangeTable{unicode.Arabic, unicode.Syriac, unicode.Mongolian, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Thaana, unicode.Nko}
	unspaced = []*unicode.RangeTable{unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan, unicode.Javanese, unicode.Balinese, unicode.Tai_Tham}
	rtl      = []*unicode.RangeTable{unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana, unicode.Nko}
)

// serves reports whether the invisible character r between two others does something: it
// joins an emoji or letters, divides words, or turns the direction of a text that has both.
func serves(r, before, after rune, bothWays bool) bool {
	switch {
	case r == 0x200C, r == 0x200D:
		return unicode.In(before, joined...) || unicode.In(before, unspaced...) || unicode.In(after, joined...) || r == 0x200D && (isPictograph(before) || before == 0xFE0F || unicode.Is(unicode.Mn, before)) && isPictograph(after)
	case r == 0x200B:
		return unicode.In(before, unspaced...) || unicode.In(after, unspaced...)
	case r == 0x180E:
		return unicode.Is(unicode.Mongolian, before)
	case r == 0x200E, r == 0x200F, r == 0x061C, r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
		return bothWays
	case r >= 0xE0020 && r <= 0xE007F:
		return before == 0x1F3F4 || before >= 0xE0020 && before <= 0xE007F
	}
	return false
}

func isPictograph(r rune) bool {
	return r >= 0x1F000 && r < 0x20000 || r >= 0x2190 && r < 0x2C00 || r == '©' || r == '®' || r == '™' || r == '‼' || r == '⁉' || r == 'ℹ' || r == 0x3030 || r == 0x303D
}

// clean removes and replaces single characters, and counts those that it removes.
func (o *Options) clean(s string) (_ string, removed int) {
	bothWays := o.Invisible && strings.IndexFunc(s, func(r rune) bool { return r >= 0x590 && unicode.In(r, rtl...) }) >= 0
	var out strings.Builder
	done := 0
	put := func(i, n int, with string) {
		out.WriteString(s[done:i])
		out.WriteString(with)
		done = i + n
	}
	before := rune(-1)
	for i := 0; i < len(s); {
		if c := s[i]; c >= ' ' && c < 0x7F {
			before = rune(c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		with, ok := ligatures[r]
		switch {
		case r == 0x1B && o.Control && escapeLength(s[i:]) > 0:
			n = escapeLength(s[i:])
			put(i, n, "")
			removed++
		case o.Control && isControl(r):
			put(i, n, "")
			removed++
		case o.Ligatures && ok:
			put(i, n, with)
			before = rune(with[len(with)-1])
		case o.Width && (r >= '０' && r <= '９' || r >= 'Ａ' && r <= 'Ｚ' || r >= 'ａ' && r <= 'ｚ'):
			put(i, n, string(r-0xFEE0))
			before = r - 0xFEE0
		case o.Invisible && mayBeInvisible(r):
			after, _ := utf8.DecodeRuneInString(s[i+n:])
			if !serves(r, before, after, bothWays) {
				put(i, n, "")
				removed++
			} else {
				before = r
			}
		default:
			before = r
		}
		i += n
	}
	if done == 0 {
		return s, 0
	}
	out.WriteString(s[done:])
	return out.String(), removed
}

// escapeLength returns the length of a terminal's escape sequence, such as that of a
// colour, 0 if there is none.
func escapeLength(s string) int {
	const longest = 32
	if len(s) < 3 || s[1] != '[' {
		return 0
	}
	i := 2
	for i < len(s) && i < longest && (s[i] >= '0' && s[i] <= '9' || s[i] == ';') {
		i++
	}
	if i < len(s) && isASCIILetter(rune(s[i])) {
		return i + 1
	}
	return 0
}

// lineEnds writes every end of a line as a line feed.
func lineEnds(s string) string {
	if strings.IndexByte(s, '\r') < 0 && !strings.Contains(s, "\u2028") && !strings.Contains(s, "\u2029") {
		return s
	}
	return strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n").Replace(s)
}

package text

import "unicode/utf8"

// Bits of asciiClass.
const (
	asciiLetter uint8 = 1 << iota
	asciiDigit
	asciiUnder    // '_', ExtendNumLet
	asciiMidAlpha // joins two letters: . ' :
	asciiMidDigit // joins two digits: . ' , ;
	asciiSpace    // Python isspace
	asciiSymbol   // in PunctuationSet

	asciiWord = asciiLetter | asciiDigit | asciiUnder
)

// asciiClass holds the bits of each ASCII byte; other bytes have none.
var asciiClass = [256]uint8{
	0: 64, 1: 64, 2: 64, 3: 64, 4: 64, 5: 64, 6: 64, 7: 64, 8: 64, '\t': 32, '\n': 32, '\v': 32 | 64, '\f': 32 | 64, '\r': 32 | 64,
	14: 64, 15: 64, 16: 64, 17: 64, 18: 64, 19: 64, 20: 64, 21: 64, 22: 64, 23: 64, 24: 64, 25: 64, 26: 64, 27: 64,
	28: 32 | 64, 29: 32 | 64, 30: 32 | 64, 31: 32 | 64, ' ': 32,
	'!': 64, '"': 64, '#': 64, '$': 64, '%': 64, '&': 64, '\'': 64 | 8 | 16, '(': 64, ')': 64, '*': 64, '+': 64, ',': 64 | 16, '-': 64, '.': 64 | 8 | 16, '/': 64,
	'0': 2, '1': 2, '2': 2, '3': 2, '4': 2, '5': 2, '6': 2, '7': 2, '8': 2, '9': 2,
	':': 64 | 8, ';': 64 | 16, '<': 64, '=': 64, '>': 64, '?': 64, '@': 64,
	'A': 1, 'B': 1, 'C': 1, 'D': 1, 'E': 1, 'F': 1, 'G': 1, 'H': 1, 'I': 1, 'J': 1, 'K': 1, 'L': 1, 'M': 1,
	'N': 1, 'O': 1, 'P': 1, 'Q': 1, 'R': 1, 'S': 1, 'T': 1, 'U': 1, 'V': 1, 'W': 1, 'X': 1, 'Y': 1, 'Z': 1,
	'[': 64, '\\': 64, ']': 64, '^': 64, '_': 64 | 4, '`': 64,
	'a': 1, 'b': 1, 'c': 1, 'd': 1, 'e': 1, 'f': 1, 'g': 1, 'h': 1, 'i': 1, 'j': 1, 'k': 1, 'l': 1, 'm': 1,
	'n': 1, 'o': 1, 'p': 1, 'q': 1, 'r': 1, 's': 1, 't': 1, 'u': 1, 'v': 1, 'w': 1, 'x': 1, 'y': 1, 'z': 1,
	'{': 64, '|': 64, '}': 64, '~': 64, 127: 64,
}

// appendUAX29 splits at the default word boundaries of UAX #29. White space at
// the edges of a segment is left out.
func appendUAX29(dst []Word, text string) []Word {
	for i := 0; i < len(text); {
		c := asciiClass[text[i]]
		if c&asciiSpace != 0 {
			i++
			continue
		}
		if end := asciiEnd(text, i); end > 0 && end-i <= MaxWordBytes {
			dst = append(dst, asciiWordAt(text, i, end))
			i = end
			continue
		}
		w, space := generalWord(text, i)
		if !space {
			dst = append(dst, w)
		}
		i = int(w.End)
	}
	return dst
}

// asciiEnd returns the end of the word that starts with the byte text[i], or 0
// where a byte outside ASCII could take part in the decision.
func asciiEnd(text string, i int) int {
	j, prev := i+1, asciiClass[text[i]]
	if text[i] >= utf8.RuneSelf {
		return 0
	}
	if prev&asciiWord == 0 {
		if j < len(text) && text[j] >= utf8.RuneSelf {
			return 0
		}
		return j
	}
	for {
		for j < len(text) && asciiClass[text[j]]&asciiWord != 0 {
			j++
		}
		if j == len(text) {
			return j
		}
		c := asciiClass[text[j]]
		if c == 0 && text[j] >= utf8.RuneSelf {
			return 0
		}
		if c&(asciiMidAlpha|asciiMidDigit) == 0 {
			return j
		}
		if j+1 < len(text) && text[j+1] >= utf8.RuneSelf {
			return 0
		}
		prev = asciiClass[text[j-1]]
		if j+1 == len(text) || !joins(prev, c, asciiClass[text[j+1]]) {
			return j
		}
		j += 2
	}
}

// joins reports whether mid holds prev and next together (WB6/7 and WB11/12).
func joins(prev, mid, next uint8) bool {
	return prev&next&asciiLetter != 0 && mid&asciiMidAlpha != 0 ||
		prev&next&asciiDigit != 0 && mid&asciiMidDigit != 0
}

func asciiWordAt(text string, start, end int) Word {
	first := asciiClass[text[start]]
	or, and := first, first
	for j := start + 1; j < end; j++ {
		c := asciiClass[text[j]]
		or |= c
		and &= c
	}
	var class Class
	if or&asciiLetter != 0 {
		class |= HasAlpha
	}
	if and&asciiSymbol != 0 {
		class |= Symbol
	}
	if first&(asciiLetter|asciiDigit) != 0 {
		class |= Alnum
	}
	return Word{Start: uint32(start), End: uint32(end), Runes: uint32(end - start), Class: class}
}

// generalWord returns the segment that starts at text[i], white space at its
// edges cut (U+202F joins words as an underscore does, all other white space
// stands alone); space says that it is all white space.
func generalWord(text string, i int) (w Word, space bool) {
	first, n := decode(text, i)
	if first&isSpace != 0 && first&wbMask != wbExtendNumLet {
		return Word{Start: uint32(i), End: uint32(i + n)}, true
	}
	s := segment{prev: first & wbMask, raw: first}
	if isIgnored(s.prev) {
		s.prev = wbOther
	}
	s.regional = s.prev == wbRegionalIndicator
	var m measure
	m.add(first, i, i+n)
	j := i + n
	for j < len(text) {
		f, n := decode(text, j)
		if j+n-i > MaxWordBytes || !s.joins(text, j+n, f) {
			break
		}
		m.add(f, j, j+n)
		j += n
	}
	if m.end == 0 {
		return Word{Start: uint32(i), End: uint32(j)}, true
	}
	return m.word(), false
}

// measure collects a word from its characters, without white space at its
// edges.
type measure struct {
	start, end int // end is 0 before the first character
	first, or  fact
	symbol     bool
	runes, gap uint32 // gap: white space since the last other character
}

// add takes the character with facts f at start..end.
func (m *measure) add(f fact, start, end int) {
	switch {
	case f&isSpace == 0 && m.end == 0:
		m.start, m.first, m.symbol, m.gap = start, f, true, 0
	case f&isSpace != 0:
		m.gap++
		return
	}
	m.end = end
	m.or |= f
	m.symbol = m.symbol && m.gap == 0 && f&isPunctuationSet != 0
	m.runes += m.gap + 1
	m.gap = 0
}

func (m *measure) word() Word {
	return Word{uint32(m.start), uint32(m.end), m.runes, classOf(m.first, m.or, m.symbol)}
}

// segment is the state of the boundary rules inside one segment.
type segment struct {
	prev     fact // Word_Break value before the gap, ignored characters skipped (WB4)
	before   fact // the value before prev, for WB7 and WB11
	raw      fact // facts of the character right before the gap, for WB3c
	regional bool // prev is an unpaired regional indicator
}

// joins reports whether there is no boundary before the character with facts
// f, whose successor starts at text[next], and steps over it if so.
func (s *segment) joins(text string, next int, f fact) bool {
	v := f & wbMask
	zwj := s.raw&wbMask == wbZWJ && f&isPict != 0 // WB3c
	if isIgnored(v) {                             // WB4
		s.raw = f
		return true
	}
	join := zwj
	regional := v == wbRegionalIndicator
	switch {
	case isLetter(v):
		join = join || isLetter(s.prev) || s.prev == wbNumeric || s.prev == wbExtendNumLet || // WB5, WB10, WB13b
			isLetter(s.before) && isMidLetter(s.prev) || // WB7
			v == wbHebrewLetter && s.before == wbHebrewLetter && s.prev == wbDoubleQuote // WB7c
	case v == wbNumeric:
		join = join || isLetter(s.prev) || s.prev == wbNumeric || s.prev == wbExtendNumLet || // WB8, WB9, WB13b
			s.before == wbNumeric && isMidNumber(s.prev) // WB11
	case v == wbKatakana:
		join = join || s.prev == wbKatakana || s.prev == wbExtendNumLet // WB13, WB13b
	case v == wbExtendNumLet: // WB13a
		join = join || isLetter(s.prev) || s.prev == wbNumeric || s.prev == wbKatakana || s.prev == wbExtendNumLet
	case regional: // WB15, WB16
		if s.prev == wbRegionalIndicator && s.regional {
			join, regional = true, false
		}
	case isLetter(s.prev) && isMidLetter(v): // WB6
		join = join || s.prev == wbHebrewLetter && v == wbSingleQuote || isLetter(peek(text, next)) // WB7a
	case s.prev == wbHebrewLetter && v == wbDoubleQuote: // WB7b
		join = join || peek(text, next) == wbHebrewLetter
	case s.prev == wbNumeric && isMidNumber(v): // WB12
		join = join || peek(text, next) == wbNumeric
	}
	if join {
		s.before, s.prev, s.raw, s.regional = s.prev, v, f, regional
	}
	return join
}

// peek returns the value at text[i], ignored characters skipped.
func peek(text string, i int) fact {
	for limit := i + MaxWordBytes; i < len(text) && i < limit; {
		f, n := decode(text, i)
		if !isIgnored(f & wbMask) {
			return f & wbMask
		}
		i += n
	}
	return wbOther
}

func isIgnored(v fact) bool { return v == wbExtend || v == wbFormat || v == wbZWJ }
func isLetter(v fact) bool  { return v == wbALetter || v == wbHebrewLetter }

func isMidLetter(v fact) bool {
	return v == wbMidLetter || v == wbMidNumLet || v == wbSingleQuote
}

func isMidNumber(v fact) bool {
	return v == wbMidNum || v == wbMidNumLet || v == wbSingleQuote
}

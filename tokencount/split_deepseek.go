package tokencount

// Kinds of code points as the patterns of DeepSeek V3 tell them apart.
const (
	kindOther   = iota // control, format, private and unassigned code points
	kindBlank          // white space but for newlines
	kindNewline        // \r and \n
	kindNumber         // \p{N}
	kindLetter         // \p{L} and \p{M}
	kindSymbol         // \p{P} and \p{S}
)

// kind returns the kind and size of the code point at b[p] and whether it is in the
// range of Chinese characters and Japanese syllables that is split off.
func (s *splitter) kind(b []byte, p int) (kind, size int, east bool) {
	c, n := s.classes.at(b, p)
	var r rune
	switch n {
	case 1:
		r = rune(b[p])
	case 2:
		r = rune(b[p]&0x1F)<<6 | rune(b[p+1]&0x3F)
	case 3:
		r = rune(b[p]&0x0F)<<12 | rune(b[p+1]&0x3F)<<6 | rune(b[p+2]&0x3F)
		east = r >= 0x3040 && r <= 0x30FF || r >= 0x4E00 && r <= 0x9FA5
	default:
		r = rune(b[p]&0x07)<<18 | rune(b[p+1]&0x3F)<<12 | rune(b[p+2]&0x3F)<<6 | rune(b[p+3]&0x3F)
	}
	switch {
	case c >= classMark:
		return kindLetter, n, east
	case c == classNumber:
		return kindNumber, n, east
	case c == classNewline:
		return kindNewline, n, east
	case c == classSpace:
		return kindBlank, n, east
	case isSymbol(r):
		return kindSymbol, n, east
	}
	return kindOther, n, east
}

// isSymbol says whether a code point of classOther is in \p{P} or \p{S}.
func isSymbol(r rune) bool {
	if r < 0x80 {
		return r > ' ' && r < 0x7F
	}
	lo, hi := 0, len(symbolSpans)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if symbolSpans[mid][1] < r {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo < len(symbolSpans) && symbolSpans[lo][0] <= r
}

// fragment is a text cut by the first two patterns, from some place on.
type fragment struct {
	s    *splitter
	b    []byte
	east bool
}

// at returns the kind and size of the code point at p, size 0 at the fragment's end.
func (f *fragment) at(p int) (kind, size int) {
	if p >= len(f.b) {
		return kindOther, 0
	}
	k, n, east := f.s.kind(f.b, p)
	if k == kindNumber || east != f.east {
		return kindOther, 0
	}
	return k, n
}

// run returns the end of the code points of one kind from p on.
func (f *fragment) run(p, kind int) int {
	for {
		k, n := f.at(p)
		if n == 0 || k != kind {
			return p
		}
		p += n
	}
}

// deepseek is the three patterns of DeepSeek V3, one after the other: \p{N}{1,3}, then
// [\x{4E00}-\x{9FA5}\x{3040}-\x{309F}\x{30A0}-\x{30FF}]+, then in what is between and in
// each match
//
//	[!-/:-@\[-`{-~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+|
//	 ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
//
// of which no alternative matches some code points; a run of them is a piece too.
func (s *splitter) deepseek(b []byte, p int) int {
	kind, n, east := s.kind(b, p)
	if kind == kindNumber {
		return s.numbers(b, p+n, 2)
	}
	f := fragment{s: s, b: b, east: east}
	q := p + n
	next, size := f.at(q)
	if kind == kindSymbol && b[p] < 0x80 && size == 1 && next == kindLetter {
		for q < len(b) && (b[q]|0x20)-'a' < 26 {
			q++
		}
		return q
	}
	switch {
	case kind == kindLetter:
		return f.run(q, kindLetter)
	case (kind == kindBlank || kind == kindOther) && size > 0 && next == kindLetter:
		return f.run(q, kindLetter)
	case kind == kindSymbol || b[p] == ' ' && size > 0 && next == kindSymbol:
		return f.run(f.run(q, kindSymbol), kindNewline)
	case kind == kindOther:
		return f.unmatched(q)
	}
	return f.white(p)
}

// unmatched returns the end of the run of other code points that holds the one before q:
// where one stands before letters it is matched with them.
func (f *fragment) unmatched(q int) int {
	for {
		k, n := f.at(q)
		if n == 0 || k != kindOther {
			return q
		}
		if next, size := f.at(q + n); size > 0 && next == kindLetter {
			return q
		}
		q += n
	}
}

// white returns the end of the piece of white space at p.
func (f *fragment) white(p int) int {
	last, newline, end := p, p, p
	for {
		k, n := f.at(end)
		if n == 0 || k != kindBlank && k != kindNewline {
			switch {
			case newline > p:
				return newline
			case n > 0 && last > p:
				return last
			}
			return end
		}
		last = end
		end += n
		if k == kindNewline {
			newline = end
		}
	}
}

package tokencount

import "math/bits"

// seams tells where a piece may be cut before it is merged. No merge ever spans a
// place that no token of the vocabulary can span, so the encodings of the two sides,
// each on its own, make up the encoding of the whole. In Chinese, Japanese, Korean,
// Thai or Indic text such places are frequent and the stretches between them few
// enough to be remembered.
//
// A place is judged by the code points on its two sides, both of two or three bytes.
// The set is a bitmap over hashes, so it may say "spanned" by mistake, which costs
// time, never "seam" by mistake, which would cost exactness.
type seams struct {
	spanned []uint64
	shift   uint
	off     bool // too many pairs to list: nothing is a seam
}

// maxSpans bounds the work for a vocabulary made to have many partial code points.
const maxSpans = 1 << 22

// tail stands for every code point that ends with the same byte as c.
func tail(c uint32) uint32 { return c&0x3F | 1<<31 }

func (s *seams) slot(before, after uint32) uint64 {
	return (uint64(before)<<32 | uint64(after)) * 0x9E3779B97F4A7C15 >> s.shift
}

// between says whether the place between two code points is a seam. They are given
// as their two or three bytes, the first byte highest.
func (s *seams) between(before, after uint32) bool {
	i, j := s.slot(before, after), s.slot(tail(before), after)
	return (s.spanned[i>>6]>>(i&63)|s.spanned[j>>6]>>(j&63))&1 == 0
}

// newSeams lists the code points that stand side by side inside a token.
func newSeams(v *vocab) *seams {
	var spans []uint64
	add := func(before, after uint32) bool {
		spans = append(spans, uint64(before)<<32|uint64(after))
		return len(spans) <= maxSpans
	}
	for r := range len(v.start) - 1 {
		t := v.token(uint32(r))
		for k := 1; k < len(t); k++ {
			if t[k] < 0xC0 || t[k-1] < 0x80 {
				continue // no start of a code point, or ASCII before it
			}
			if before, ok := codePointBefore(t, k); ok && !addAfter(t[k:], before, add) {
				return &seams{off: true}
			}
		}
	}
	logBits := uint(max(16, bits.Len(uint(4*len(spans)))))
	s := &seams{spanned: make([]uint64, 1<<(logBits-6)), shift: 64 - logBits}
	for _, sp := range spans {
		i := s.slot(uint32(sp>>32), uint32(sp))
		s.spanned[i>>6] |= 1 << (i & 63)
	}
	return s
}

// codePointBefore returns the code point that ends at t[k], or its tail when the
// token starts inside it; false when valid text has no such bytes or the code point
// has four bytes, which is never at a seam.
func codePointBefore(t []byte, k int) (uint32, bool) {
	i := k - 1
	for i > 0 && t[i]&0xC0 == 0x80 {
		i--
	}
	lead := t[i]
	if lead&0xC0 == 0x80 {
		return tail(uint32(t[k-1])), true
	}
	switch n := k - i; {
	case n == 2 && lead >= 0xC0 && lead < 0xE0:
		return uint32(lead)<<8 | uint32(t[i+1]), true
	case n == 3 && lead >= 0xE0 && lead < 0xF0:
		return uint32(lead)<<16 | uint32(t[i+1])<<8 | uint32(t[i+2]), true
	}
	return 0, false
}

// addAfter adds the pairs of before with the code point at the start of t, or with
// all that begin as t does when t ends inside one; false when add refuses.
func addAfter(t []byte, before uint32, add func(before, after uint32) bool) bool {
	var size int
	switch lead := t[0]; {
	case lead < 0xE0:
		size = 2
	case lead < 0xF0:
		size = 3
	default:
		return true // four bytes: never at a seam
	}
	var c uint32
	have := 0
	for have < size && have < len(t) && (have == 0 || t[have]&0xC0 == 0x80) {
		c = c<<8 | uint32(t[have])
		have++
	}
	if have < size && have < len(t) {
		return true // cut short inside the token: not in valid text
	}
	free := uint(6 * (size - have))
	for rest := range uint32(1) << free {
		full := c
		switch size - have {
		case 1:
			full = c<<8 | 0x80 | rest
		case 2:
			full = c<<16 | (0x80|rest>>6)<<8 | 0x80 | rest&0x3F
		}
		if !add(before, full) {
			return false
		}
	}
	return true
}

// cut returns the end of the stretch that starts at piece[p]: the next seam, or the
// end of the piece.
func (s *seams) cut(piece []byte, p int) int {
	before := uint32(0) // ASCII or four bytes: no seam next to it
	for p < len(piece) {
		x := piece[p]
		var c uint32
		size := 1
		switch {
		case x < 0x80:
		case x < 0xE0:
			c, size = uint32(x)<<8|uint32(piece[p+1]), 2
		case x < 0xF0:
			c, size = uint32(x)<<16|uint32(piece[p+1])<<8|uint32(piece[p+2]), 3
		default:
			size = 4
		}
		if before != 0 && c != 0 && s.between(before, c) {
			return p
		}
		before = c
		p += size
	}
	return p
}

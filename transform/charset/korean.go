package charset

import (
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/transform"
)

// decodeOnly is a charset that golang.org/x/text lacks; nothing is written in
// it.
type decodeOnly func() transform.Transformer

func (d decodeOnly) NewDecoder() *encoding.Decoder { return &encoding.Decoder{Transformer: d()} }
func (decodeOnly) NewEncoder() *encoding.Encoder   { return encoding.Replacement.NewEncoder() }

var (
	johab     encoding.Encoding = decodeOnly(func() transform.Transformer { return johabDecoder{} })
	iso2022KR encoding.Encoding = decodeOnly(func() transform.Transformer { return new(iso2022KRDecoder) })
)

// ksRows is the number of rows of KS X 1001, and of the cells of each.
const ksRows = 94

// ksX1001 holds the characters of KS X 1001 by row and cell.
var ksX1001 = sync.OnceValue(func() *[ksRows * ksRows]rune {
	table := new([ksRows * ksRows]rune)
	dec := korean.EUCKR.NewDecoder()
	for i := range table {
		text, err := dec.Bytes([]byte{0xa1 + byte(i/ksRows), 0xa1 + byte(i%ksRows)})
		r, n := utf8.DecodeRune(text)
		if err != nil || n != len(text) {
			r = utf8.RuneError
		}
		table[i] = r
	}
	return table
})

// johabDecoder decodes Johab, annex 3 of KS X 1001:1992 (Windows code page
// 1361): ASCII; Hangul syllables as a bit and three letters of five bits; the
// other characters of KS X 1001 by a rule from their row and cell.
type johabDecoder struct{ transform.NopResetter }

func (johabDecoder) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		r, size := rune(src[nSrc]), 1
		if r >= utf8.RuneSelf {
			if nSrc+1 < len(src) {
				r, size = johabCharacter(src[nSrc], src[nSrc+1])
			} else if r = utf8.RuneError; !atEOF {
				return nDst, nSrc, transform.ErrShortSrc
			}
		}
		if nDst+utf8.RuneLen(r) > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += utf8.EncodeRune(dst[nDst:], r)
		nSrc += size
	}
	return nDst, nSrc, nil
}

// johabCharacter decodes two bytes; U+FFFD is for the first one if the second
// is ASCII.
func johabCharacter(lead, trail byte) (r rune, size int) {
	r = utf8.RuneError
	switch {
	case lead >= 0x84 && lead <= 0xd3:
		r = johabHangul(lead, trail)
	case lead >= 0xd9 && lead <= 0xde, lead >= 0xe0 && lead <= 0xf9:
		// Two rows of KS X 1001 a lead byte: rows 1 to 19, then Hanja from 42.
		row := 2 * int(lead-0xd9)
		if lead >= 0xe0 {
			row = 2*int(lead-0xe0) + 41
		}
		cell := int(trail) - 0x31
		if trail >= 0x91 {
			cell = int(trail) - 0x43
		}
		jamo := lead == 0xda && trail >= 0xa1 && trail <= 0xd3 // these are written as Hangul
		if trail >= 0x31 && trail <= 0x7e || trail >= 0x91 && trail <= 0xfe && !jamo {
			r = ksX1001()[row*ksRows+cell]
		}
	}
	if r == utf8.RuneError && trail < utf8.RuneSelf {
		return r, 1
	}
	return r, 2
}

// The five-bit codes of Johab by letter: 1 more than its number in Unicode, 0
// for no letter ("fill"), -1 for what is not in use.
var (
	johabInitial = [32]int8{-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1}
	johabMedial  = [32]int8{-1, -1, 0, 1, 2, 3, 4, 5, -1, -1, 6, 7, 8, 9, 10, 11, -1, -1, 12, 13, 14, 15, 16, 17, -1, -1, 18, 19, 20, 21, -1, -1}
	johabFinal   = [32]int8{-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, -1, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, -1, -1}
)

// Letters that stand alone are those of the block Hangul Compatibility Jamo.
const (
	initialJamo = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
	finalJamo   = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
)

func johabHangul(lead, trail byte) rune {
	code := rune(lead)<<8 | rune(trail)
	i, m, f := rune(johabInitial[code>>10&31]), rune(johabMedial[code>>5&31]), rune(johabFinal[code&31])
	switch {
	case i < 0 || m < 0 || f < 0:
		return utf8.RuneError
	case i > 0 && m > 0:
		return 0xac00 + ((i-1)*21+m-1)*28 + f
	case i > 0 && f == 0:
		return []rune(initialJamo)[i-1]
	case i == 0 && m > 0 && f == 0:
		return 'ㅏ' + m - 1
	case i == 0 && m == 0 && f > 0:
		return []rune(finalJamo)[f-1]
	case i == 0 && m == 0 && f == 0:
		return '\u3000' // the filler
	}
	return utf8.RuneError
}

// iso2022KRDecoder decodes ISO-2022-KR (RFC 1557): ASCII, and behind a shift
// out KS X 1001 in two bytes of seven bits, until the shift in or the end of
// the line. The designation of KS X 1001 is left out.
type iso2022KRDecoder struct{ shifted bool }

const (
	shiftOut = 0x0e
	shiftIn  = 0x0f

	iso2022KRDesignation = "\x1b$)C"
)

func (d *iso2022KRDecoder) Reset() { d.shifted = false }

func (d *iso2022KRDecoder) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		r, size := rune(src[nSrc]), 1
		switch c := src[nSrc]; {
		case c == shiftOut || c == shiftIn:
			d.shifted = c == shiftOut
			nSrc++
			continue
		case c == 0x1b:
			if rest := src[nSrc:]; len(rest) >= len(iso2022KRDesignation) && string(rest[:len(iso2022KRDesignation)]) == iso2022KRDesignation {
				nSrc += len(iso2022KRDesignation)
				continue
			} else if len(rest) < len(iso2022KRDesignation) && !atEOF {
				return nDst, nSrc, transform.ErrShortSrc
			}
			r = utf8.RuneError
		case c == '\n':
			d.shifted = false
		case c >= utf8.RuneSelf:
			r = utf8.RuneError
		case d.shifted && c > ' ' && c < 0x7f:
			if r = utf8.RuneError; nSrc+1 == len(src) {
				if !atEOF {
					return nDst, nSrc, transform.ErrShortSrc
				}
			} else if c2 := src[nSrc+1]; c2 > ' ' && c2 < 0x7f {
				r, size = ksX1001()[int(c-0x21)*ksRows+int(c2-0x21)], 2
			}
		}
		if nDst+utf8.RuneLen(r) > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += utf8.EncodeRune(dst[nDst:], r)
		nSrc += size
	}
	return nDst, nSrc, nil
}

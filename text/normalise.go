package text

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Punctuation reports whether r is one of the 129 code points of datatrove's
// PUNCTUATION: ASCII punctuation, most control characters and some wide marks
// (U+FF11, FULLWIDTH DIGIT ONE, is among them).
func Punctuation(r rune) bool { return factOf(r)&isPunctuation != 0 }

// TerminalPunctuation reports whether r is one of the 159 sentence enders of
// datatrove's TERMINAL_PUNCTUATION.
func TerminalPunctuation(r rune) bool { return factOf(r)&isTerminal != 0 }

// PunctuationSet reports whether r is Punctuation or TerminalPunctuation (281
// code points in all).
func PunctuationSet(r rune) bool { return factOf(r)&isPunctuationSet != 0 }

// IsSpace is Python's str.isspace for one code point, the white space of
// str.split, str.strip and \s: unicode.IsSpace and U+001C to U+001F.
func IsSpace(r rune) bool { return factOf(r)&isSpace != 0 }

// SplitLines yields the lines of text as Python's str.splitlines does, line
// ends not included: \n, \r, \r\n, \v, \f, U+001C to U+001E, U+0085, U+2028 and
// U+2029 end a line; an end at the very end of text starts no further line. It
// stops when yield returns false.
func SplitLines(text string, yield func(line Span) bool) {
	if len(text) > MaxTextBytes {
		text = text[:MaxTextBytes]
	}
	start, runes := 0, 0
	for i := 0; i < len(text); {
		f, n := decode(text, i)
		if f&isLineBreak == 0 {
			i += n
			runes++
			continue
		}
		if !yield(Span{uint32(start), uint32(i), uint32(runes)}) {
			return
		}
		if text[i] == '\r' && i+1 < len(text) && text[i+1] == '\n' {
			n = 2
		}
		i += n
		start, runes = i, 0
	}
	if start < len(text) {
		yield(Span{uint32(start), uint32(len(text)), uint32(runes)})
	}
}

// AppendLower appends text in lower case by Unicode's full rules, as Python's
// str.lower: U+0130 becomes two code points, a capital sigma at the end of a
// word becomes final sigma.
func AppendLower(dst []byte, text string) []byte {
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			dst = append(dst, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		dst = appendLowerRune(dst, text, i, r, n)
		i += n
	}
	return dst
}

// appendLowerRune appends the lower case of r = text[i:i+n].
func appendLowerRune(dst []byte, text string, i int, r rune, n int) []byte {
	switch r {
	case 'İ':
		return append(dst, "i\u0307"...)
	case 'Σ':
		if finalSigma(text, i, i+n) {
			return append(dst, "ς"...)
		}
		return append(dst, "σ"...)
	}
	return utf8.AppendRune(dst, unicode.ToLower(r))
}

// finalSigma: a cased character before text[start:end] and none after it,
// case-ignorable ones skipped.
func finalSigma(text string, start, end int) bool {
	for {
		if start == 0 {
			return false
		}
		f, n := decodeLast(text[:start])
		if f&isCaseIgnorable == 0 {
			if f&isCased == 0 {
				return false
			}
			break
		}
		start -= n
	}
	for end < len(text) {
		f, n := decode(text, end)
		if f&isCaseIgnorable == 0 {
			return f&isCased == 0
		}
		end += n
	}
	return true
}

// Simplify appends datatrove's simplify_text of text with its default
// settings: lower case; each number (decimal digits, then perhaps one
// separator and digits) becomes "0"; each Punctuation character becomes a
// space; white space is squeezed to one space and trimmed; then NFD without
// category Mn.
func Simplify(dst []byte, text string) []byte {
	base, space, wide := len(dst), false, false
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf && asciiClass[c]&asciiLetter != 0 {
			if space && len(dst) > base {
				dst = append(dst, ' ')
			}
			space = false
			dst = append(dst, c|0x20)
			i++
			continue
		}
		f, n := decode(text, i)
		if f&(isSpace|isPunctuation) != 0 && f&isDecimal == 0 {
			space = true
			i += n
			continue
		}
		if space && len(dst) > base {
			dst = append(dst, ' ')
		}
		space = false
		switch {
		case f&isDecimal != 0:
			dst = append(dst, '0')
			i = numberEnd(text, i)
		case c < utf8.RuneSelf:
			dst = append(dst, c)
			i++
		default:
			wide = true
			r, _ := utf8.DecodeRuneInString(text[i:])
			dst = appendLowerRune(dst, text, i, r, n)
			i += n
		}
	}
	if wide {
		dst = appendBase(dst, base)
	}
	return dst
}

// numberEnd returns the end of the number that starts at text[i], a digit.
func numberEnd(text string, i int) int {
	i = digitsEnd(text, i)
	if i == len(text) {
		return i
	}
	r, n := utf8.DecodeRuneInString(text[i:])
	switch r {
	case '.', ',', '،', '٫', '⎖', '⎗', '⎘':
		if end := digitsEnd(text, i+n); end > i+n {
			return end
		}
	}
	return i
}

func digitsEnd(text string, i int) int {
	for i < len(text) {
		f, n := decode(text, i)
		if f&isDecimal == 0 {
			break
		}
		i += n
	}
	return i
}

// appendBase replaces dst[base:] by its NFD without category Mn, trimmed.
func appendBase(dst []byte, base int) []byte {
	from := base
	if !norm.NFD.IsNormal(dst[base:]) {
		src := dst[base:]
		dst = append(dst, '\n') // a starter, so that Append reorders nothing before it
		from = len(dst)
		dst = norm.NFD.Append(dst, src...)
	}
	out, last := base, base // last: the end of the last character that is no space
	for i := from; i < len(dst); {
		r, n := rune(dst[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(dst[i:])
		}
		f := factOf(r)
		if f&isCategoryMn == 0 && (out > base || f&isSpace == 0) {
			out += copy(dst[out:], dst[i:i+n])
			if f&isSpace == 0 {
				last = out
			}
		}
		i += n
	}
	return dst[:last]
}

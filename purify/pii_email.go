package purify

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"
)

// findEmails finds addresses: atoms joined by single dots, "@", and a host name
// of two or more labels or an address in brackets. It looks at the surroundings
// of each "@" alone. The local part never reaches back over an earlier "@", so
// that the whole is linear.
func findEmails(text string, emit func(start, end int)) {
	for from, floor := 0, 0; ; {
		i := strings.IndexByte(text[from:], '@')
		if i < 0 {
			return
		}
		at := from + i
		from = at + 1
		if from == len(text) {
			return
		}
		end := hostEnd(text, from)
		if end < 0 {
			floor = from
			continue
		}
		if start := localStart(text, floor, at); start < at {
			emit(start, end)
			from = end
		}
		floor = from
	}
}

// localStart returns where the local part before text[at] begins, not before
// floor; at if there is none.
func localStart(text string, floor, at int) int {
	i, dot := at, true // dot: text[i] cannot follow another dot
	for i > floor {
		n := 1
		switch c := text[i-1]; {
		case isASCII(c, piiAtom):
			dot = false
		case c == '.' && !dot:
			dot = true
		default:
			if n = lastSpacedLetter(text[floor:i]); n == 0 {
				return wordStart(text, i, at)
			}
			dot = false
		}
		i -= n
	}
	return wordStart(text, i, at)
}

// wordStart skips what cannot begin an address: quotes, bullets, dots.
func wordStart(text string, i, at int) int {
	for i < at && text[i] < utf8.RuneSelf && text[i] != '_' && !isASCII(text[i], piiLetter|piiDigit) {
		i++
	}
	return i
}

// hostEnd returns the end of the host name or bracketed address at i, -1 if
// there is none.
func hostEnd(text string, i int) int {
	if text[i] == '[' {
		return bracketEnd(text, i)
	}
	end, labels := -1, 0
	for start := i; ; {
		stop, numeric := labelEnd(text, start)
		if stop == start {
			return end
		}
		labels++
		if labels > 1 && !numeric && stop-start > 1 {
			end = stop // the last label is a name: a@b.com.5 ends in com
		}
		if stop >= len(text) || text[stop] != '.' || stop-i > 253 {
			return end
		}
		start = stop + 1
	}
}

// labelEnd returns the end of the label at i, which ends in a letter or digit,
// and whether it is all digits.
func labelEnd(text string, i int) (end int, numeric bool) {
	end, numeric = i, true
	if i < len(text) && text[i] == '-' {
		return i, false
	}
	for j := i; j < len(text); {
		n := 1
		switch c := text[j]; {
		case isASCII(c, piiDigit):
		case isASCII(c, piiLetter):
			numeric = false
		case c == '-':
			j++
			continue
		default:
			if n = firstSpacedLetter(text[j:]); n == 0 {
				return end, numeric
			}
			numeric = false
		}
		j += n
		end = j
	}
	return end, numeric
}

// bracketEnd returns the end of [1.2.3.4] or [IPv6:...] at i, -1 if it is none.
func bracketEnd(text string, i int) int {
	const longest = len("[IPv6:") + 45
	inner, _, ok := strings.Cut(text[i+1:min(len(text), i+1+longest)], "]")
	if !ok {
		return -1
	}
	end := i + 1 + len(inner) + 1
	if _, err := netip.ParseAddr(strings.TrimPrefix(inner, "IPv6:")); err != nil {
		return -1
	}
	return end
}

// lastSpacedLetter returns the size of the last rune of s if it is a letter of a
// script that separates words, else 0: in Chinese text an address touches its
// neighbours.
func lastSpacedLetter(s string) int {
	r, n := utf8.DecodeLastRuneInString(s)
	return spacedLetter(r, n)
}

func firstSpacedLetter(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	return spacedLetter(r, n)
}

func spacedLetter(r rune, n int) int {
	if r >= utf8.RuneSelf && unicode.IsLetter(r) && unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic) {
		return n
	}
	return 0
}

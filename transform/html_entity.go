package transform

import (
	stdhtml "html"
	"strings"
	"unicode/utf8"
)

const maxEntity = 34 // bytes of the longest named reference and its ampersand

// entitySpan returns the length of the character reference at the start of t,
// which begins with '&' (1 when there is none), and whether it stands for
// white space.
func entitySpan(t string) (n int, space bool) {
	lim := min(len(t), maxEntity)
	i := 1
	if i < lim && t[i] == '#' {
		i++
	}
	for i < lim && (isLetter(t[i]) || t[i] >= '0' && t[i] <= '9') {
		i++
	}
	if i < lim && t[i] == ';' {
		i++
	}
	if i < 3 {
		return 1, false
	}
	switch t[1:i] {
	case "nbsp;", "nbsp", "#160;", "#160", "#xa0;", "#xA0;", "#32;", "#10;", "#13;", "#9;", "ensp;", "emsp;", "thinsp;":
		return i, true
	}
	return i, false
}

// windows1252 maps the references &#128; to &#159; as HTML wants it.
var windows1252 = [32]rune{
	0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D, 0x017D, 0x8F,
	0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
}

// entities decodes character references; named ones are cached so that a page
// full of them costs no allocation.
type entities struct{ names map[string]string }

const maxEntityNames = 4096

// decode appends the character that the reference at the start of t stands for
// and returns the bytes of t it took, at least 1.
func (e *entities) decode(dst []byte, t string) ([]byte, int) {
	if len(t) > 2 && t[1] == '#' {
		if r, n := numericEntity(t); n > 0 {
			return utf8.AppendRune(dst, r), n
		}
		return append(dst, '&'), 1
	}
	n, _ := entitySpan(t)
	if n == 1 {
		return append(dst, '&'), 1
	}
	switch t[1:n] {
	case "amp;":
		return append(dst, '&'), n
	case "lt;":
		return append(dst, '<'), n
	case "gt;":
		return append(dst, '>'), n
	case "quot;":
		return append(dst, '"'), n
	case "nbsp;":
		return append(dst, 0xc2, 0xa0), n
	}
	if s, ok := e.names[t[:n]]; ok {
		return append(dst, s...), n
	}
	s := stdhtml.UnescapeString(t[:n])
	if len(e.names) < maxEntityNames {
		if e.names == nil {
			e.names = make(map[string]string)
		}
		e.names[strings.Clone(t[:n])] = strings.Clone(s)
	}
	return append(dst, s...), n
}

// numericEntity reads &#N; and &#xN;. Values outside Unicode give U+FFFD.
func numericEntity(t string) (rune, int) {
	i, base := 2, rune(10)
	if t[i]|0x20 == 'x' {
		i, base = 3, 16
	}
	start := i
	v := rune(0)
	for ; i < len(t); i++ {
		d := rune(99)
		switch c := t[i]; {
		case c >= '0' && c <= '9':
			d = rune(c - '0')
		case isLetter(c):
			d = rune(c|0x20) - 'a' + 10
		}
		if d >= base {
			break
		}
		if v <= utf8.MaxRune {
			v = v*base + d
		}
	}
	if i == start {
		return 0, 0
	}
	if i < len(t) && t[i] == ';' {
		i++
	}
	switch {
	case v >= 128 && v < 160:
		v = windows1252[v-128]
	case v == 0 || v > utf8.MaxRune || v >= 0xd800 && v < 0xe000:
		v = utf8.RuneError
	}
	return v, i
}

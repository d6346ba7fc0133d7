package inline

import (
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/transform/html/token"
)

const MaxEntity = 34 // bytes of the longest named reference and its ampersand

// ReferenceSpan returns the length of the character reference at the start of t,
// which begins with '&' (1 when there is none), and whether it stands for
// white space.
func ReferenceSpan(t string) (n int, space bool) {
	lim := min(len(t), MaxEntity)
	i := 1
	if i < lim && t[i] == '#' {
		i++
	}
	for i < lim && (token.IsLetter(t[i]) || t[i] >= '0' && t[i] <= '9') {
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
		case token.IsLetter(c):
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

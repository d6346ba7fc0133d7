// Package widetext tells text in UTF-16 that has no byte order mark from other data.
package widetext

import (
	"encoding/binary"
	"unicode/utf16"
)

const (
	minUnits = 8
	// Of so many units one at most is of no common script, and one at least is a blank, the
	// end of a line, or punctuation of Chinese and Japanese.
	unitsPerRare      = 32
	unitsPerSeparator = 64
)

// Order is the byte order of a text in UTF-16 without a mark, by its beginning; ok is false
// where it does not look like one. Zero bytes must be there, of ASCII or of characters such as
// U+4E00; no unit may be a control, half of a pair of surrogates or of private use; nearly
// all are of common scripts, and some part words. What is mostly bytes of ASCII is none,
// unless zeros are between them.
func Order(head []byte) (order binary.ByteOrder, ok bool) {
	zeros, printable := 0, 0
	for _, c := range head {
		switch {
		case c == 0:
			zeros++
		case c >= ' ' && c <= '~' || c >= '\t' && c <= '\r':
			printable++
		}
	}
	if zeros == 0 || 8*zeros < len(head) && 8*printable > 7*len(head) {
		return nil, false
	}
	little, big := common(head, binary.LittleEndian), common(head, binary.BigEndian)
	switch {
	case little > 0 && little >= big:
		return binary.LittleEndian, true
	case big > 0:
		return binary.BigEndian, true
	}
	return nil, false
}

// common counts the units of common scripts in a text of that order, 0 where it is none.
func common(head []byte, order binary.ByteOrder) (n int) {
	units, separators := len(head)/2, 0
	if units < minUnits {
		return 0
	}
	for i := 0; i+1 < len(head); i += 2 {
		u := order.Uint16(head[i:])
		if utf16.IsSurrogate(rune(u)) {
			if i+3 >= len(head) && u < 0xdc00 { // the other half is behind the end
				continue
			}
			if i+3 >= len(head) || utf16.DecodeRune(rune(u), rune(order.Uint16(head[i+2:]))) == '\uFFFD' {
				return 0
			}
			i, n = i+2, n+2
			continue
		}
		if isCommon(u) {
			n++
		}
		switch {
		case u < ' ' && (u < '\t' || u > '\r') || u >= 0x7f && u < 0xa0 || u >= 0xe000 && u < 0xf900 || u >= 0xfffe:
			return 0
		case u == ' ' || u < ' ' || u >= 0x3000 && u <= 0x3002 || u == 0xff0c || u == 0xff1a || u == 0xff1b || u == 0xff01 || u == 0xff1f:
			separators++
		}
	}
	if (units-n)*unitsPerRare > units || separators*unitsPerSeparator < units {
		return 0
	}
	return n
}

// scripts are the ranges of the basic plane that most text is made of.
var scripts = [...][2]uint16{
	{0x0000, 0x024f},                   // Latin
	{0x4e00, 0x9fff}, {0x3000, 0x312f}, // Chinese, Japanese
	{0xac00, 0xd7af}, {0xff00, 0xffef}, // Korean; wide and narrow forms
	{0x0370, 0x06ff},                   // Greek, Cyrillic, Armenian, Hebrew, Arabic
	{0x0900, 0x0eff},                   // of India, Thai, Lao
	{0x10a0, 0x10ff}, {0x1780, 0x17ff}, // Georgian, Khmer
	{0x1e00, 0x1fff},                   // Latin of Vietnam, Greek with accents
	{0x2010, 0x205f}, {0x20a0, 0x20cf}, // punctuation, currencies
	{0x2100, 0x22ff}, {0x2460, 0x25ff}, // letterlike, arrows, signs of mathematics, boxes
	{0xfe30, 0xfe4f}, // forms of punctuation
}

func isCommon(u uint16) bool {
	for _, r := range scripts {
		if u >= r[0] && u <= r[1] {
			return true
		}
	}
	return false
}

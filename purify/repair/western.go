package repair

import (
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// western is an encoding of single bytes that UTF-8 was read by.
type western struct {
	latin1, macRoman bool
	bytes            map[rune]byte // of the characters above ASCII
}

// encode returns the bytes of a text, false if it has others. U+FFFD is the byte 1A, which
// stands for one that is lost.
func (w *western) encode(dst []byte, s string) ([]byte, bool) {
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			if s[i] == lostByte && !w.latin1 {
				return dst, false
			}
			dst = append(dst, s[i])
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch b, ok := w.bytes[r]; {
		case ok:
			dst = append(dst, b)
		case r == utf8.RuneError && !w.latin1 && n > 1:
			dst = append(dst, lostByte)
		default:
			return dst, false
		}
		i += n
	}
	return dst, true
}

const lostByte = 0x1A

// westerns are tried in this order, which is ftfy's. A byte that an encoding lacks is the
// control character of its value.
var westerns = sync.OnceValue(func() (list []*western) {
	latin := &western{latin1: true, bytes: map[rune]byte{}}
	for c := 0x80; c < 0x100; c++ {
		latin.bytes[rune(c)] = byte(c)
	}
	list = append(list, latin)
	for _, m := range []*charmap.Charmap{charmap.Windows1252, charmap.Windows1251, charmap.Windows1250, charmap.Windows1253, charmap.Windows1254,
		charmap.Windows1257, charmap.ISO8859_2, charmap.Macintosh, charmap.CodePage437} {
		w := &western{bytes: map[rune]byte{}, macRoman: m == charmap.Macintosh}
		for c := 0x80; c < 0x100; c++ {
			r := m.DecodeByte(byte(c))
			if r == utf8.RuneError {
				r = rune(c)
			}
			w.bytes[r] = byte(c)
		}
		list = append(list, w)
	}
	return list
})

// undoWestern reads a text that looks like UTF-8 read by a Western encoding again, until
// it does not. A text that it cannot read remains the very same.
func undoWestern(s string) string {
	for isBad(s) {
		next := undoOnce(s)
		if next == s {
			break
		}
		s = next
	}
	return s
}

func undoOnce(s string) string {
	if fixed, ok := undoWhole(s); ok {
		return fixed
	}
	if fixed := undoParts(s); fixed != s {
		return fixed
	}
	return controlsAsWindows(s)
}

// undoWhole reads all of a text again.
func undoWhole(s string) (string, bool) {
	var buffer []byte
	for _, w := range westerns() {
		encoded, ok := w.encode(buffer[:0], s)
		buffer = encoded
		if !ok {
			continue
		}
		if !w.macRoman {
			encoded = restoreSpaces(encoded)
		}
		if !w.latin1 {
			encoded = replaceLost(encoded)
		}
		if fixed, ok := decodeVariants(encoded); ok {
			return fixed, true
		}
	}
	return s, false
}

// undoParts reads the parts of a text again that look like UTF-8 read wrong.
func undoParts(s string) string {
	var out strings.Builder
	done := 0
	strict, last := false, rune(0) // whether the character before is one of a sequence
	for i := 0; i < len(s); {
		end := i
		r, n := utf8.DecodeRuneInString(s[i:])
		if !strict && r != last+1 { // no list of all letters
			end = sequencesEnd(s, i)
		}
		if end == i {
			strict, last = kindOf(r)&furtherStrict != 0, r
			i += n
			continue
		}
		if part := s[i:end]; len(part) < len(s) && isBad(part) {
			if fixed := undoWestern(part); fixed != part {
				out.WriteString(s[done:i])
				out.WriteString(fixed)
				done = end
			}
		}
		last, _ = utf8.DecodeLastRuneInString(s[i:end])
		strict = kindOf(last)&furtherStrict != 0
		i = end
	}
	if done == 0 {
		return s
	}
	out.WriteString(s[done:])
	return out.String()
}

// sequencesEnd returns the end of the characters at s[i:] that may be sequences of UTF-8,
// one after the other.
func sequencesEnd(s string, i int) int {
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		k, ok := kindOf(r), false
		at := i + n
		for _, f := range [...]struct {
			first kind
			more  int
		}{{first2, 1}, {first3, 2}, {first4, 3}} {
			if k&f.first == 0 {
				continue
			}
			to, count := at, 0
			for count < f.more {
				c, m := utf8.DecodeRuneInString(s[to:])
				if m == 0 || c != ' ' && kindOf(c)&further == 0 {
					break
				}
				to, count = to+m, count+1
			}
			if count == f.more {
				i, ok = to, true
				break
			}
		}
		if !ok {
			return i
		}
	}
	return i
}

// controlsAsWindows reads the control characters U+0080 to U+009F as the characters that
// windows-1252 has there.
func controlsAsWindows(s string) string {
	at := strings.IndexFunc(s, isC1)
	if at < 0 {
		return s
	}
	return s[:at] + strings.Map(func(r rune) rune {
		if isC1(r) {
			if c := charmap.Windows1252.DecodeByte(byte(r)); c != utf8.RuneError {
				return c
			}
		}
		return r
	}, s[at:])
}

func isC1(r rune) bool { return r >= 0x80 && r < 0xA0 }

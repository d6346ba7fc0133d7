package repair

import (
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// hanTable knows Chinese characters by their code in GBK and by how common they are.
type hanTable struct {
	code    [1 << 16]uint16        // of GBK, 0 for none
	runes   [1 << 16]uint16        // the other way round
	common  [0xA000 - 0x4E00]bool  // of the most frequent characters
	suspect [0xA000 - 0x4E00]uint8 // what it may be where UTF-8 was read as GBK
}

const (
	mayBegin  = 1 + iota // a character's first two bytes: E4 to E9, then 80 to BF
	maySecond            // its last byte and the first of the next
)

var hans = sync.OnceValue(func() *hanTable {
	t := &hanTable{}
	decoder := simplifiedchinese.GBK.NewDecoder()
	for high := 0x81; high <= 0xFE; high++ {
		for low := 0x40; low <= 0xFE; low++ {
			s, err := decoder.Bytes([]byte{byte(high), byte(low)})
			r, n := utf8.DecodeRune(s)
			if err != nil || low == 0x7F || n != len(s) || r == utf8.RuneError || r > 0xFFFF {
				continue
			}
			code := uint16(high<<8 | low)
			t.runes[code] = uint16(r)
			if t.code[r] != 0 {
				continue
			}
			t.code[r] = code
			if i := r - 0x4E00; i >= 0 && int(i) < len(t.suspect) {
				switch {
				case high >= 0xE4 && high <= 0xE9 && low >= 0x80 && low <= 0xBF:
					t.suspect[i] = mayBegin
				case high <= 0xBF && low >= 0xE2 && low <= 0xEF:
					t.suspect[i] = maySecond
				}
			}
		}
	}
	for _, r := range commonHan {
		t.common[r-0x4E00] = true
	}
	return t
})

func (t *hanTable) isCommon(r rune) bool {
	return r >= 0x4E00 && r < 0xA000 && t.common[r-0x4E00]
}

// kindOfHan is what a character may be where UTF-8 was read as GBK, 0 for nothing.
func (t *hanTable) kindOfHan(r rune) uint8 {
	if r >= 0x4E00 && r < 0xA000 {
		return t.suspect[r-0x4E00]
	}
	return 0
}

// lostGBK stands for a byte that was lost when UTF-8 was read as GBK.
const lostGBK = 0xFF

// undoGBK reads what is UTF-8 read as GBK again: runs of rare characters that become
// common ones.
func undoGBK(s string) string {
	t := hans()
	var out strings.Builder
	done := 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if t.kindOfHan(r) != mayBegin {
			i += n
			continue
		}
		end, encoded, rare := t.runOf(s, i)
		if fixed, used := t.readUTF8(encoded, rare); fixed != "" {
			out.WriteString(s[done:i])
			out.WriteString(fixed)
			done = i + advance(s[i:end], used, t)
		}
		i = end
	}
	if done == 0 {
		return s
	}
	out.WriteString(s[done:])
	return out.String()
}

// runOf returns the end of the characters of GBK from s[i:] on, their bytes, and whether
// they are rare ones: few of them common.
func (t *hanTable) runOf(s string, i int) (end int, encoded []byte, rare bool) {
	all, known := 0, 0
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError, r == '?' && len(encoded) > 0:
			encoded = append(encoded, lostGBK)
		case r == '€':
			encoded = append(encoded, 0x80)
		case r > 0xFFFF || r < 0x80 || t.code[r] == 0:
			return i, encoded, known*3 <= all
		default:
			encoded = append(encoded, byte(t.code[r]>>8), byte(t.code[r]))
			all++
			if t.isCommon(r) {
				known++
			}
		}
		i += n
	}
	return i, encoded, known*3 <= all
}

// advance is how many bytes of a run the first used bytes of its encoding are of.
func advance(run string, used int, t *hanTable) int {
	i := 0
	for i < len(run) && used > 0 {
		r, n := utf8.DecodeRuneInString(run[i:])
		if r == utf8.RuneError || r == '?' || r == '€' {
			used--
		} else {
			used -= 2
		}
		i += n
	}
	return i
}

// readUTF8 reads bytes as UTF-8 of which some are lost. It is "" where they are something
// else: too few Chinese characters come out, or too few common ones, or too much is lost.
func (t *hanTable) readUTF8(b []byte, rare bool) (string, int) {
	if !rare {
		return "", 0
	}
	var out strings.Builder
	han, known, lost, marks := 0, 0, 0, 0
	i := 0
	for i < len(b) {
		if r, n := utf8.DecodeRune(b[i:]); r != utf8.RuneError {
			switch {
			case r >= 0x4E00 && r < 0xA000:
				han++
				if t.isCommon(r) {
					known++
				}
			case r >= 0x2000 && r < 0x3100, r >= 0xFF00:
				marks++
			default:
				lost++
			}
			out.WriteRune(r)
			i += n
			continue
		}
		// A damaged character: its bytes up to the next first one.
		j := i + 1
		for j < len(b) && (continues(b[j]) || b[j] == lostGBK) {
			j++
		}
		if b[i] == lostGBK && i == len(b)-1 && han > 0 {
			break // a question mark of its own
		}
		out.WriteString("\ufffd")
		lost++
		i = j
	}
	if known < 2 || known*2 < han || lost*3 > 2*(han+marks) {
		return "", 0
	}
	return out.String(), i
}

// undoGBKAsWestern reads GBK again that was read by Latin-1 or windows-1252: runs of
// accented letters that are pairs of bytes of common characters.
func undoGBKAsWestern(s string) string {
	t := hans()
	latin, windows := westerns()[0], westerns()[1]
	type part struct {
		start, end int
		fixed      string
	}
	var parts []part
	covered, others := 0, 0
	var sum hanCount
	var encoded []byte
	for i := 0; i < len(s); {
		start := i
		encoded = encoded[:0]
		for i < len(s) {
			r, n := utf8.DecodeRuneInString(s[i:])
			c, ok := latin.bytes[r]
			if !ok || c < 0xA0 {
				if w, has := windows.bytes[r]; has {
					c, ok = w, true
				}
			}
			if !ok {
				break
			}
			encoded = append(encoded, c)
			i += n
		}
		if i == start {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r > ' ' && (isASCIILetter(r) || r >= utf8.RuneSelf) {
				others++
			}
			i += n
			continue
		}
		fixed, n := t.readGBK(encoded)
		if fixed == "" || utf8.Valid(encoded) {
			others += len(encoded)
			continue
		}
		sum.add(n)
		covered += len(encoded)
		parts = append(parts, part{start, i, fixed})
	}
	if !sum.isText() || sum.common < 3 && others*4 > covered {
		return s
	}
	var out strings.Builder
	done := 0
	for _, p := range parts {
		out.WriteString(s[done:p.start])
		out.WriteString(p.fixed)
		done = p.end
	}
	out.WriteString(s[done:])
	return out.String()
}

// hanCount counts Chinese characters: all, the most common, and those of the first level
// of GB 2312, which has the 3,755 in use.
type hanCount struct{ all, common, level1 int }

func (n *hanCount) add(m hanCount) {
	n.all, n.common, n.level1 = n.all+m.all, n.common+m.common, n.level1+m.level1
}

// isText reports whether the characters are a text's, and not what chance makes.
func (n hanCount) isText() bool {
	return n.common >= 2 && (n.common*2 >= n.all || n.all >= 8 && n.common*3 >= n.all && n.level1*10 >= n.all*9)
}

// readGBK reads pairs of bytes. It is "" where one is no character of Chinese text.
func (t *hanTable) readGBK(b []byte) (string, hanCount) {
	var n hanCount
	if len(b)%2 != 0 {
		return "", n
	}
	var out strings.Builder
	for i := 0; i < len(b); i += 2 {
		r := rune(t.runes[uint16(b[i])<<8|uint16(b[i+1])])
		switch {
		case r >= 0x4E00 && r < 0xA000:
			n.all++
			if t.isCommon(r) {
				n.common++
			}
			if b[i] >= 0xB0 && b[i] <= 0xD7 && b[i+1] >= 0xA1 {
				n.level1++
			}
		case r < 0x2000 && b[i] != 0xA1: // the row of punctuation and signs
			return "", n
		}
		out.WriteRune(r)
	}
	return out.String(), n
}

// undoRawGBK reads a line that is no UTF-8 as GBK, if it is that.
func undoRawGBK(s string) string {
	t := hans()
	var out strings.Builder
	han, known := 0, 0
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			out.WriteByte(s[i])
			i++
			continue
		}
		if i+1 == len(s) {
			return s
		}
		r := rune(t.runes[uint16(s[i])<<8|uint16(s[i+1])])
		if r == 0 {
			return s
		}
		if r >= 0x4E00 && r < 0xA000 {
			han++
			if t.isCommon(r) {
				known++
			}
		}
		out.WriteRune(r)
		i += 2
	}
	if known < 2 || known*2 < han {
		return s
	}
	return out.String()
}

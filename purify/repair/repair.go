// Package repair mends text that was read by a wrong encoding, and characters that came
// from copying and typesetting: what ftfy does, for Chinese too, and without what harms
// Chinese. It is linear, and a text that it has mended it leaves alone.
package repair

import (
	"strings"
	"unicode/utf8"
)

// Options say what is mended. The zero value mends nothing.
type Options struct {
	// Encoding reads what was read by a wrong encoding again: UTF-8 by Latin-1,
	// windows-1252 and other Western encodings or by GBK, GBK by Latin-1 or windows-1252.
	Encoding bool
	// Ligatures writes ligatures and digraphs of Latin letters as letters.
	Ligatures bool
	// Control removes control characters and escape sequences of terminals.
	Control bool
	// Invisible removes characters that show nothing, where they do nothing.
	Invisible bool
	// LineEnds writes every end of a line as a line feed.
	LineEnds bool
	// Width writes full-width letters and digits as ASCII.
	Width bool
}

// Counts are what a text had.
type Counts struct {
	// Lines is the number of lines that were read again.
	Lines int
	// Removed is the number of characters that were removed.
	Removed int
	// Lost is what is beyond repair in the text as it comes out: each U+FFFD, each 锟斤拷,
	// each run of three 烫 or 屯 and more.
	Lost int
}

// What a look at a text finds.
const (
	seesEncoding = 1 << iota
	seesCharacter
	seesLineEnd
	seesLost
)

// Text mends a text. Where there is nothing to mend it is the very same string.
func (o *Options) Text(s string) (string, Counts) {
	var n Counts
	seen := o.look(s)
	for seen&(seesEncoding|seesCharacter|seesLineEnd) != 0 {
		before := s
		if o.LineEnds && seen&seesLineEnd != 0 {
			s = lineEnds(s)
		}
		if o.Encoding && seen&seesEncoding != 0 {
			s = o.undoLines(s, &n.Lines)
		}
		if seen&seesCharacter != 0 {
			removed := 0
			s, removed = o.clean(s)
			n.Removed += removed
		}
		if s == before {
			break
		}
		seen = o.look(s)
	}
	if seen&seesLost != 0 {
		n.Lost = lost(s)
	}
	return s, n
}

// look goes through a text once and says what there may be to mend.
func (o *Options) look(s string) (seen int) {
	t := hans()
	high := 0 // characters of U+00A0 to U+00FF, one after the other
	previous := uint8(0)
	last := rune(0)
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c < ' ' && c != '\t' && c != '\n' || c == 0x7F {
				if c == '\r' {
					seen |= seesLineEnd
				} else {
					seen |= seesCharacter
				}
			}
			high, previous, last = 0, 0, 0
			i++
			for i+8 <= len(s) && plain(s[i:i+8]) {
				i += 8
			}
			continue
		}
		r, n := decode(s, i)
		if r >= 0x4E00 && r < 0xA000 {
			k := t.suspect[r-0x4E00]
			if k == maySecond && previous == mayBegin {
				seen |= seesEncoding
			}
			if r == '斤' || r == last && (r == '烫' || r == '屯') {
				seen |= seesLost
			}
			previous, last, high = k, r, 0
			i += n
			continue
		}
		if previous == mayBegin && (r == '€' || r == utf8.RuneError) {
			seen |= seesEncoding
		}
		previous, last = 0, 0
		if r == utf8.RuneError {
			seen |= seesLost
			if n == 1 {
				seen |= seesEncoding
			}
		}
		if r > 0x3000 && r < 0xF000 || r >= 0xFF01 && r < 0xFFF0 { // no Latin letter, nothing invisible
			if high = 0; o.Width && r >= '０' && r <= 'ｚ' {
				seen |= seesCharacter
			}
			i += n
			continue
		}
		seen |= lookAt(s, i, n, r, &high)
		i += n
	}
	return seen
}

// decode is utf8.DecodeRuneInString of s[i:], faster for characters of three bytes.
func decode(s string, i int) (rune, int) {
	if c := s[i]; c > 0xE0 && c < 0xED && i+2 < len(s) && continues(s[i+1]) && continues(s[i+2]) {
		return rune(c&0x0F)<<12 | rune(s[i+1]&0x3F)<<6 | rune(s[i+2]&0x3F), 3
	}
	return utf8.DecodeRuneInString(s[i:])
}

// plain reports whether eight bytes are ASCII from the space to the tilde.
func plain(s string) bool {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	_ = s[7]
	x := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	return (x|(x-' '*ones)|(x+ones))&tops == 0
}

// lookAt says what the character at s[i:], which is not ASCII and no common Han, may have
// to be mended. high counts those that bytes of a Western encoding are.
func lookAt(s string, i, n int, r rune, high *int) (seen int) {
	if r == 0x2028 || r == 0x2029 {
		seen |= seesLineEnd
	}
	if isControl(r) || mayBeInvisible(r) || r >= 'Ĳ' && r <= 'ǳ' && ligatures[r] != "" || r >= 'ﬀ' && r <= 'ﬆ' {
		seen |= seesCharacter
	}
	k := kindOf(r)
	if r < 0xA0 || r > 0xFF {
		*high = 0
	} else if *high++; *high >= 4 {
		seen |= seesEncoding
	}
	if k != 0 && badAt(s, i, n, r, k) {
		seen |= seesEncoding
	}
	return seen
}

// undoLines reads the lines again that look as if they were read by a wrong encoding, each
// by itself, and counts them.
func (o *Options) undoLines(s string, count *int) string {
	var out strings.Builder
	done := 0
	for at := 0; at < len(s); {
		end := len(s)
		if i := strings.IndexByte(s[at:], '\n'); i >= 0 {
			end = at + i
		}
		line := s[at:end]
		if o.look(line)&seesEncoding != 0 {
			if fixed := undo(line); fixed != line {
				out.WriteString(s[done:at])
				out.WriteString(fixed)
				done = end
				*count++
			}
		}
		at = end + 1
	}
	if done == 0 {
		return s
	}
	out.WriteString(s[done:])
	return out.String()
}

// undo reads a line again: as UTF-8 if all of it is that, then as Chinese that comes out in
// common characters, which no other text does, then as UTF-8 in parts.
func undo(s string) string {
	if !utf8.ValidString(s) {
		return undoRawGBK(s)
	}
	if isBad(s) {
		if fixed, ok := undoWhole(s); ok {
			return undoWestern(fixed)
		}
	}
	if fixed := undoGBKAsWestern(s); fixed != s {
		return fixed
	}
	if fixed := undoGBK(s); fixed != s {
		return fixed
	}
	return undoWestern(s)
}

// lost counts what is beyond repair.
func lost(s string) int {
	n := strings.Count(s, "\ufffd") + strings.Count(s, "锟斤拷")
	for _, fill := range [...]string{"烫烫烫", "屯屯屯"} {
		for i := 0; ; {
			j := strings.Index(s[i:], fill)
			if j < 0 {
				break
			}
			n++
			i += j
			for strings.HasPrefix(s[i:], fill[:3]) {
				i += 3
			}
		}
	}
	return n
}

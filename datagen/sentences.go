package datagen

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// chunk is a part of a text that a request is about, and the blank behind it.
type chunk struct{ text, gap string }

// chunks cuts a text into parts of at most so many code points: behind a paragraph, a line, a
// sentence or a word, whichever comes first in that order and leaves a part of at least half
// the size. 0 does not cut. The parts and their gaps are the text, without blanks before it.
func chunks(s string, size int) []chunk {
	if size <= 0 {
		return []chunk{{text: s}}
	}
	var list []chunk
	for s = strings.TrimLeftFunc(s, unicode.IsSpace); s != ""; {
		end := cutAt(s, size)
		body := strings.TrimRightFunc(s[:end], unicode.IsSpace)
		rest := strings.TrimLeftFunc(s[end:], unicode.IsSpace)
		list = append(list, chunk{body, s[len(body) : len(s)-len(rest)]})
		s = rest
	}
	if len(list) == 0 {
		list = []chunk{{}}
	}
	return list
}

// cutAt is where the first part of a text ends.
func cutAt(s string, size int) int {
	runes, half, end := 0, 0, len(s)
	for i := range s {
		if runes == size/2 {
			half = i
		}
		if runes == size {
			end = i
			break
		}
		runes++
	}
	if end == len(s) {
		return end
	}
	best, rank := end, 0
	var before rune
	for i, r := range s[:end] {
		if i > half {
			if k := border(before, r, s[:i]); k > 0 && k >= rank {
				best, rank = i, k
			}
		}
		before = r
	}
	if k := border(before, firstRune(s[end:]), s[:end]); k >= rank {
		best = end
	}
	return best
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// border says what ends between two code points: 4 a paragraph, 3 a line, 2 a sentence, 1 a
// word, 0 nothing.
func border(a, b rune, before string) int {
	switch {
	case a == '\n' && strings.HasSuffix(before, "\n\n"):
		return 4
	case a == '\n':
		return 3
	case strings.ContainsRune("。！？…；", a) && !strings.ContainsRune("”’」』）。！？…", b):
		return 2
	case strings.ContainsRune("”」』", a) && len(before) > 6 && strings.ContainsRune("。！？…", runeBeforeLast(before)):
		return 2
	case unicode.IsSpace(b) && endsSentence(a, before):
		return 2
	case unicode.IsSpace(b):
		return 1
	}
	return 0
}

// endsSentence reports whether a text ends a sentence with its last code point, which may be
// a quotation mark or bracket behind the full stop.
func endsSentence(a rune, before string) bool {
	if strings.ContainsRune("\"')]”’»", a) {
		a = runeBeforeLast(before)
	}
	return a == '.' || a == '!' || a == '?' || a == '؟' || a == '।'
}

func runeBeforeLast(s string) rune {
	_, n := utf8.DecodeLastRuneInString(s)
	r, _ := utf8.DecodeLastRuneInString(s[:len(s)-n])
	return r
}

// joined puts what was made of the parts of a text together, with gaps like those between
// them.
func joined(made []string, parts []chunk) string {
	var b strings.Builder
	for i, s := range made {
		b.WriteString(strings.TrimSpace(s))
		if i == len(made)-1 {
			break
		}
		switch gap := parts[i].gap; {
		case strings.Contains(gap, "\n"):
			b.WriteString("\n\n")
		case gap != "":
			b.WriteByte(' ')
		}
	}
	return b.String()
}

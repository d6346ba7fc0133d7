package page

import (
	"html/template"
	"slices"
	"strings"
	"unicode"
)

// What a comparison of two texts looks at: words before and behind what is equal at both
// ends, and how much of what is equal is shown.
const (
	diffWords = 400
	sameShown = 12 // words around a difference
)

// wordsOf cuts a text into words with the space behind them; Han and kana stand alone.
func wordsOf(s string) (words []string) {
	start, inWord, space := 0, false, false
	for i, r := range s {
		alone := unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
		if i > start && (alone || space && !unicode.IsSpace(r) || !inWord) {
			if !unicode.IsSpace(r) {
				words = append(words, s[start:i])
				start = i
			}
		}
		space, inWord = unicode.IsSpace(r), !alone
	}
	if start < len(s) {
		words = append(words, s[start:])
	}
	return words
}

// edit is a stretch of words: 0 in both texts, -1 in the loser alone, 1 in the survivor.
type edit struct {
	kind  int
	words []string
}

// compare aligns two texts by their words: the longest common subsequence of what is
// between their common beginning and end.
func compare(loser, survivor string) (edits []edit, cut bool) {
	a, b := wordsOf(loser), wordsOf(survivor)
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	j := 0
	for j < len(a)-i && j < len(b)-i && a[len(a)-1-j] == b[len(b)-1-j] {
		j++
	}
	add := func(kind int, words ...string) {
		if len(words) == 0 {
			return
		}
		if n := len(edits); n > 0 && edits[n-1].kind == kind {
			edits[n-1].words = append(edits[n-1].words, words...)
			return
		}
		edits = append(edits, edit{kind, append([]string(nil), words...)})
	}
	add(0, a[:i]...)
	x, y := a[i:len(a)-j], b[i:len(b)-j]
	if len(x) > diffWords || len(y) > diffWords {
		cut = true
		x, y = x[:min(len(x), diffWords)], y[:min(len(y), diffWords)]
	}
	align(x, y, add)
	if !cut {
		add(0, a[len(a)-j:]...)
	}
	return edits, cut
}

// align gives the words of the shortest edit in order.
func align(x, y []string, add func(int, ...string)) {
	common := make([][]int16, len(x)+1)
	for i := range common {
		common[i] = make([]int16, len(y)+1)
	}
	for i, a := range slices.Backward(x) {
		for j, b := range slices.Backward(y) {
			if a == b {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(x) && j < len(y) {
		switch {
		case x[i] == y[j]:
			add(0, x[i])
			i, j = i+1, j+1
		case common[i+1][j] >= common[i][j+1]:
			add(-1, x[i])
			i++
		default:
			add(1, y[j])
			j++
		}
	}
	add(-1, x[i:]...)
	add(1, y[j:]...)
}

// diffHTML marks what only one of the two texts has; long equal stretches are shortened.
func diffHTML(loser, survivor string, textCut bool) template.HTML {
	if loser == survivor {
		return `<span class="none">The two texts are the same, as far as they are shown.</span>`
	}
	edits, cut := compare(loser, survivor)
	for n := len(edits); textCut && n > 1 && edits[n-1].kind != 0; n-- { // where one text is cut the other goes on
		edits = edits[:n-1]
	}
	var b strings.Builder
	for i, e := range edits {
		text := func(words []string) string { return template.HTMLEscapeString(strings.Join(words, "")) }
		switch e.kind {
		case -1:
			b.WriteString(`<del>` + text(e.words) + `</del>`)
		case 1:
			b.WriteString(`<ins>` + text(e.words) + `</ins>`)
		default:
			first, last := sameShown, sameShown
			if i == 0 {
				first = 0
			}
			if i == len(edits)-1 {
				last = 0
			}
			if len(e.words) <= first+last+8 {
				b.WriteString(text(e.words))
				continue
			}
			n := len(e.words) - first - last
			b.WriteString(text(e.words[:first]) + ` <span class="none">… ` + grouped(int64(n)) + ` words the same …</span> ` + text(e.words[len(e.words)-last:]))
		}
	}
	if cut || textCut {
		b.WriteString(` <span class="none">(goes on)</span>`)
	}
	return template.HTML(b.String())
}

package language

import (
	"strings"

	"github.com/corpusmill/corpusmill/corpus"
)

// lineLetters is the length that neighbouring lines are joined to before they are
// judged, as letters are weighted: 40 of an alphabet, 14 Chinese ones.
const lineLetters = 40

// maxLineGroups bounds the judgements on one text: longer texts have longer groups.
const maxLineGroups = 4000

// lineGroup is a run of lines that are judged together.
type lineGroup struct {
	from, to int // bytes of the text
	letters  int // weighted
	code     string
	score    float64
}

// lines cuts a text into groups of lines and names the language of each. Short
// neighbouring lines are joined as long as the same writing system leads in them.
func (s *Stage) lines(text string) []lineGroup {
	least := max(lineLetters, len(text)/maxLineGroups)
	var list []lineGroup
	kind := -1 // the leading script of the open group; -1: none is open
	for at := 0; at < len(text); {
		end := len(text)
		if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		var l letters
		for i := at; i < end; {
			start, stop := nextLink(text[:end], i, end)
			l.count(text[i:start])
			i = stop
		}
		k := l.leading()
		last := len(list) - 1
		short := last >= 0 && kind == k && list[last].letters < least && l.all < least
		// Lines without letters belong to the line before, at the start to that after.
		if short || last >= 0 && (l.all == 0 || list[last].letters == 0) {
			list[last].to, list[last].letters = end, list[last].letters+l.all
		} else {
			list = append(list, lineGroup{from: at, to: end, letters: l.all})
		}
		if l.all > 0 {
			kind = k
		}
		at = end
	}
	for i := range list {
		g := &list[i]
		g.code, g.score = s.Identify(text[g.from:g.to])
	}
	return list
}

// mainLanguage returns the language of the most letters, their share, and the mean
// score of its lines. Equal shares go to the language that comes first. Lines of code
// and those in no known language count for none; NoLanguage is that of a text of code
// alone.
func mainLanguage(list []lineGroup) (code string, share, score float64) {
	type sum struct {
		letters int
		scores  float64
	}
	sums := map[string]*sum{}
	all := 0
	code = Undetermined
	best := 0
	coded := 0
	for _, g := range list {
		if g.code == NoLanguage {
			coded++
		}
		if g.code == Undetermined || g.code == NoLanguage {
			continue
		}
		x := sums[g.code]
		if x == nil {
			x = &sum{}
			sums[g.code] = x
		}
		x.letters += g.letters
		x.scores += g.score * float64(g.letters)
		all += g.letters
	}
	for _, g := range list {
		if x := sums[g.code]; x != nil && x.letters > best {
			code, best = g.code, x.letters
		}
	}
	if best == 0 && coded > 0 {
		return NoLanguage, 1, 1
	}
	if best == 0 {
		return Undetermined, 0, 0
	}
	return code, rounded(float64(best) / float64(all)), rounded(sums[code].scores / float64(best))
}

// only returns the lines of a language, and those without any or in none that is known.
func only(text string, list []lineGroup, code string) string {
	var b strings.Builder
	b.Grow(len(text))
	for _, g := range list {
		if g.code == code || g.code == Undetermined || g.code == NoLanguage {
			b.WriteString(text[g.from:g.to])
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Columns declares the share that the mode of lines measures.
func (s *Stage) Columns() []corpus.Column {
	if !s.byLine {
		return nil
	}
	return []corpus.Column{{Name: "main_ratio", Type: corpus.Float, Doc: "share of the letters that stand in lines of the document's language; missing without letters"}}
}

// leading returns a number for the writing system with the most letters, -1
// without letters.
func (l *letters) leading() int {
	best, kind := 0, -1
	see := func(k, n int) {
		if n > best {
			best, kind = n, k
		}
	}
	for i, n := range l.byModel {
		see(i, n)
	}
	see(len(l.byModel), (l.han+l.kana)*syllableWeight)
	for i, n := range l.byScript {
		see(len(l.byModel)+1+i, n*weightOf(i))
	}
	if best == 0 && l.other > 0 {
		kind = len(l.byModel) + 1 + len(l.byScript)
	}
	return kind
}

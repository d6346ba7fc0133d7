package purify

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/internal/hashtable"
	"github.com/corpusmill/corpusmill/text"
)

// quality is the scratch of GopherQuality: one document at a time.
type quality struct {
	values    *corpus.Values
	rule      GopherQuality
	view      *text.View
	segmenter text.Segmenter
	alpha     int // words with a letter
	stop      hashtable.Table
	found     []bool
	lower     []byte
}

// qualityPhases measure the columns; Keep may stop between them.
var qualityPhases = []func(*quality, *corpus.Values){(*quality).words, (*quality).symbols, (*quality).lines, (*quality).letters,
	(*quality).stopWords}

func (q *quality) begin(g GopherQuality, doc *corpus.Document) {
	q.rule, q.view, q.segmenter = g, doc.View(), g.segmenter()
}

// end gives the scratch back without what it must not keep alive.
func (q *quality) end() {
	q.view, q.rule.StopWords = nil, nil
	qualityPool.Put(q)
}

func (q *quality) words(v *corpus.Values) {
	words := q.view.Words(q.segmenter)
	plain, plainRunes, runes, alpha := 0, 0, 0, 0
	for _, w := range words {
		runes += int(w.Runes)
		if w.Class&text.HasAlpha != 0 {
			alpha++
		}
		counts := w.Class&text.Symbol == 0
		if q.rule.Dialect == dclm {
			counts = w.Class&text.Alnum != 0
		}
		if counts {
			plain++
			plainRunes += int(w.Runes)
		}
	}
	v.Set(qualAllWords, float64(len(words)))
	v.Set(qualWords, float64(plain))
	if q.rule.Dialect == dclm {
		v.Set(qualMeanLength, mean(runes, len(words)))
	} else {
		v.Set(qualMeanLength, mean(plainRunes, plain))
	}
	q.alpha = alpha
}

func (q *quality) symbols(v *corpus.Values) {
	t, words := q.view.Text(), len(q.view.Words(q.segmenter))
	hashes := strings.Count(t, "#")
	ellipses := strings.Count(t, "...") + strings.Count(t, "…")
	if q.rule.Dialect == dclm {
		ellipses += strings.Count(t, ". . .")
	}
	v.Set(qualHashes, ratio(hashes, words))
	v.Set(qualEllipses, ratio(ellipses, words))
	v.Set(qualSymbols, ratio(hashes+ellipses, words))
}

func (q *quality) lines(v *corpus.Values) {
	if q.rule.Dialect == dclm {
		q.dclmLines(v)
		return
	}
	lines, bullets, ellipses := 0, 0, 0
	for t := q.view.Text(); t != ""; lines++ {
		end, next := cutLine(t)
		line := t[:end]
		t = t[next:]
		if start := trimLeft(line); strings.HasPrefix(start, "•") || strings.HasPrefix(start, "-") {
			bullets++
		}
		if line = trimRight(line); strings.HasSuffix(line, "...") || strings.HasSuffix(line, "…") {
			ellipses++
		}
	}
	v.Set(qualBullets, ratio(bullets, lines))
	v.Set(qualEllipsisLines, ratio(ellipses, lines))
}

func (q *quality) dclmLines(v *corpus.Values) {
	t := q.view.Text()
	lines, bullets, ellipses := 0, 0, 0
	for _, l := range q.view.Lines() {
		line := trimSpace(t[l.Start:l.End])
		if line == "" {
			continue
		}
		lines++
		switch r, _ := utf8.DecodeRuneInString(line); r {
		case '●', '•', '*', '-':
			bullets++
		}
		if strings.HasSuffix(line, "...") || strings.HasSuffix(line, ". . .") || strings.HasSuffix(line, "…") {
			ellipses++
		}
	}
	v.Set(qualBullets, ratio(bullets, lines))
	v.Set(qualEllipsisLines, ratio(ellipses, lines))
}

// letters comes after lines, as the tests do.
func (q *quality) letters(v *corpus.Values) {
	v.Set(qualAlpha, ratio(q.alpha, len(q.view.Words(q.segmenter))))
}

// stopWords counts the distinct stop words that occur; in dialect dclm their
// occurrences.
func (q *quality) stopWords(v *corpus.Values) {
	list := q.rule.stopWords()
	longest := 0
	q.stop.Reset(len(list))
	for i, w := range list {
		longest = max(longest, len(w))
		q.stop.Add(xxh3.HashString(w), uint32(i))
	}
	if q.rule.Dialect == dclm {
		v.Set(qualStopWords, float64(q.stopOccurrences(longest)))
		return
	}
	q.found = hashtable.Grown(q.found, len(list))
	clear(q.found)
	distinct := 0
	for _, h := range q.view.Hashes(q.segmenter) {
		if i, ok := q.stop.Find(h); ok && !q.found[i] {
			q.found[i] = true
			if distinct++; distinct == len(list) {
				break
			}
		}
	}
	v.Set(qualStopWords, float64(distinct))
}

func (q *quality) stopOccurrences(longest int) int {
	t, count := q.view.Text(), 0
	for _, w := range q.view.Words(q.segmenter) {
		// Lower case can be shorter than upper case, by at most two bytes a code point.
		if int(w.End-w.Start) > 3*longest {
			continue
		}
		q.lower = q.lower[:0]
		for _, r := range t[w.Start:w.End] {
			q.lower = utf8.AppendRune(q.lower, unicode.ToLower(r))
		}
		if _, ok := q.stop.Find(xxh3.Hash(q.lower)); ok {
			count++
		}
	}
	return count
}

func checkStopWords(words []string) error {
	if len(words) > maxStopWords {
		return fmt.Errorf("stop_words: %d words, at most %d", len(words), maxStopWords)
	}
	for _, w := range words {
		if w == "" || trimSpace(w) != w {
			return fmt.Errorf("stop_words: %q is no word", w)
		}
	}
	return nil
}

package purify

import (
	"strings"
	"unicode/utf8"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/internal/hashtable"
	"github.com/corpusmill/corpusmill/text"
)

// repetition is the scratch of GopherRepetition: one document at a time.
type repetition struct {
	values        *corpus.Values
	view          *text.View
	words         text.Segmenter
	requireRepeat bool

	seen   hashtable.Table
	grams  ngrams
	concat []byte   // the words without anything between them
	offset []uint32 // of word i in concat
	runes  []uint32 // code points before word i
	shared []uint8  // how many windows at word i occur at another word
	twins  []uint32 // words at which an n-gram may occur twice
	hashes []uint64 // of the words that dialect dclm counts
}

// begin sets what every dialect needs and returns the dialect.
func (r *repetition) begin(g GopherRepetition, doc *corpus.Document, v *corpus.Values) repetitionDialect {
	d := g.dialect()
	r.view, r.words, r.requireRepeat = doc.View(), segmenter(g.Words, d.words), g.RequireRepeat
	v.Set(repChars, float64(r.view.Runes()))
	return d
}

// end gives the scratch back without what it must not keep alive.
func (r *repetition) end() {
	r.view = nil
	repetitionPool.Put(r)
}

// paragraphs measures datatrove's paragraphs: the stripped text, split at two
// or more newlines.
func (r *repetition) paragraphs(v *corpus.Values) {
	rest := trimSpace(r.view.Text())
	r.seen.Reset(1 + strings.Count(rest, "\n\n"))
	count, copies, chars := 0, 0, 0
	for more := true; more; count++ {
		var paragraph string
		paragraph, rest, more = strings.Cut(rest, "\n\n")
		rest = strings.TrimLeft(rest, "\n")
		if _, fresh := r.seen.Add(xxh3.HashString(paragraph), 0); !fresh {
			copies++
			chars += utf8.RuneCountInString(paragraph)
		}
	}
	v.Set(repDupPara, ratio(copies, count))
	v.Set(repDupParaChars, ratio(chars, r.view.Runes()))
}

// lines measures datatrove's lines: the text, not stripped, split at one or
// more newlines. A newline at either end leaves an empty line there.
func (r *repetition) lines(v *corpus.Values) {
	lines, t := r.view.Lines(), r.view.Text()
	r.seen.Reset(len(lines))
	count, copies, chars := 0, 0, 0
	for i, l := range lines {
		if l.Start == l.End && i > 0 && i < len(lines)-1 {
			continue
		}
		count++
		if _, fresh := r.seen.Add(xxh3.HashString(t[l.Start:l.End]), 0); !fresh {
			copies++
			chars += int(l.Runes)
		}
	}
	v.Set(repDupLine, ratio(copies, count))
	v.Set(repDupLineChars, ratio(chars, r.view.Runes()))
}

// topNGrams measures the most frequent 2-, 3- and 4-gram as datatrove does: its
// words joined by spaces, times its count; of equally frequent ones the first.
func (r *repetition) topNGrams(v *corpus.Values) {
	r.countRunes(r.view.Words(r.words))
	r.grams.begin(r.view.Hashes(r.words), &r.seen)
	for n := 2; n <= 4; n++ {
		r.grams.extend()
		first, count := r.grams.top()
		chars := 0
		if count > 1 || count == 1 && !r.requireRepeat {
			chars = (int(r.runes[first+n]-r.runes[first]) + n - 1) * count
		}
		v.Set(repTop2+n-2, ratio(chars, r.view.Runes()))
	}
}

// countRunes sums up the code points of words.
func (r *repetition) countRunes(words []text.Word) {
	r.runes = hashtable.Grown(r.runes, len(words)+1)
	sum := uint32(0)
	for i, w := range words {
		r.runes[i] = sum
		sum += w.Runes
	}
	r.runes[len(words)] = sum
}

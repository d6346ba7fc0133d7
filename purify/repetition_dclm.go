package purify

import (
	"strings"
	"unicode/utf8"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/internal/hashtable"
	"github.com/corpusmill/corpusmill/text"
)

// dclmSegments measures DCLM's lines and paragraphs: split at one newline or at
// two, stripped, empty ones dropped; all copies of a repeated one count, and a
// single one passes.
func (r *repetition) dclmSegments(v *corpus.Values) {
	segments, copies, chars, total := r.dclmCopies("\n")
	v.Set(repChars, float64(total))
	v.Set(repDupLine, ratio(copies, segments))
	v.Set(repDupLineChars, ratio(chars, total))
	segments, copies, chars, total = r.dclmCopies("\n\n")
	v.Set(repDupPara, ratio(copies, segments))
	v.Set(repDupParaChars, ratio(chars, total))
}

func (r *repetition) dclmCopies(separator string) (segments, copies, chars, total int) {
	t := r.view.Text()
	r.seen.Reset(1 + strings.Count(t, separator))
	for more := true; more; {
		var s string
		s, t, more = strings.Cut(t, separator)
		if s = trimSpace(s); s == "" {
			continue
		}
		n := utf8.RuneCountInString(s)
		segments++
		total += n
		switch r.seen.Count(xxh3.HashString(s)) {
		case 1:
		case 2: // the first copy counts as well
			copies, chars = copies+2, chars+2*n
		default:
			copies, chars = copies+1, chars+n
		}
	}
	return segments, copies, chars, total
}

// dclmNGrams measures n-grams of the words whose first code point is
// alphanumeric. Top: the longest of the most frequent, times its count, if it
// repeats. Dup: the words that lie in any repeated n-gram, each once. Shares of
// the code points of these words.
func (r *repetition) dclmNGrams(v *corpus.Values) {
	words, hashes := r.view.Words(r.words), r.view.Hashes(r.words)
	r.runes, r.hashes = hashtable.Grown(r.runes, len(words)+1), hashtable.Grown(r.hashes, len(words))
	kept, sum := 0, uint32(0)
	for i, w := range words {
		if w.Class&text.Alnum == 0 {
			continue
		}
		r.runes[kept], r.hashes[kept] = sum, hashes[i]
		sum += w.Runes
		kept++
	}
	r.runes[kept] = sum
	r.grams.begin(r.hashes[:kept], &r.seen)
	for n := 2; n <= 10; n++ {
		r.grams.extend()
		chars := 0
		if n <= 4 {
			chars = r.dclmTop(n)
		} else {
			chars = r.dclmCovered(n)
		}
		v.Set(repTop2+n-2, ratio(chars, int(sum)))
	}
}

func (r *repetition) dclmTop(n int) int {
	_, count := r.grams.top()
	if count < 2 {
		return 0
	}
	longest := uint32(0)
	for i := range r.grams.len() {
		if r.grams.first[i] == uint32(i) && int(r.grams.count[i]) == count {
			longest = max(longest, r.runes[i+n]-r.runes[i])
		}
	}
	return int(longest) * count
}

func (r *repetition) dclmCovered(n int) int {
	chars, end := 0, 0
	for i := range r.grams.len() {
		if !r.grams.repeats(i) {
			continue
		}
		chars += int(r.runes[i+n] - r.runes[max(i, end)])
		end = i + n
	}
	return chars
}

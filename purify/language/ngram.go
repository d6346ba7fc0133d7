package language

import (
	"math"
	"unicode"
	"unicode/utf8"
)

// temper is the weight of the model's evidence: real words depend on each other
// more than the random ones that it learnt from (bench/lang).
const temper = 0.5

// unlistedDoubt is taken from the evidence for unlisted languages, in sixteenths of a
// nat: a short text is rather in a listed one (bench/lang).
const unlistedDoubt = 32

// tally is the evidence of a piece of text for each language, in sixteenths of a
// nat.
type tally struct {
	rows  [laneFull]uint32 // of weights, not yet in sums
	added int              // rows
	sums  [maxLanguages]int32
}

// flush adds up the weights of the rows.
func (s *scriptModel) flush(t *tally) {
	rows := t.rows[:t.added]
	t.added = 0
	if s.width != wideRow || !addWide(&t.sums, s.weights, rows) {
		plainAdd(&t.sums, s.weights, s.width, rows)
	}
}

// plainAdd adds the weights of at most laneFull rows to sums.
func plainAdd(sums *[maxLanguages]int32, weights []uint64, width int, rows []uint32) {
	var sum [maxLanguages / lanes]uint64
	for _, row := range rows {
		w := weights[int(row)*width:][:width]
		for i, x := range w {
			sum[i] += x
		}
	}
	for i, x := range sum[:width] {
		four := sums[i*lanes : (i+1)*lanes]
		for l := range four {
			four[l] += int32(uint16(x >> (16 * l)))
		}
	}
}

// add weighs the words of a script in text[from:to], at most a few thousand letters.
// A word that the window cuts has no border there.
func (s *scriptModel) add(t *tally, text string, from, to int) {
	var w walk
	if !wordAcross(text, from) {
		w = s.wordBegin()
	}
	for i := from; i < to; {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		i += size
		if code := s.codeOf(r); code != 0 {
			s.step(t, &w, code)
			continue
		}
		if w.history != border {
			s.step(t, &w, border)
			w = s.wordBegin()
		}
	}
	if w.history != border && !wordAcross(text, to) {
		s.step(t, &w, border)
	}
}

// walk is how far add is in a word.
type walk struct {
	history uint64 // the last codes
	n       int    // how many of them the longest n-gram has that history ends with
}

// wordBegin is a walk that stands before a word.
func (s *scriptModel) wordBegin() walk {
	_, n := s.grams.longest(border, 1)
	return walk{border, n}
}

// step adds the evidence of the n-grams that end with one more code.
func (s *scriptModel) step(t *tally, w *walk, code uint8) {
	w.history = w.history<<8 | uint64(code)
	row := 0
	row, w.n = s.grams.longest(w.history, min(w.n+1, maxGram))
	if row < 0 || row == noRow {
		return
	}
	if t.added == len(t.rows) {
		s.flush(t)
	}
	t.rows[t.added] = uint32(row)
	t.added++
}

// wordAcross tells whether an offset lies within a word.
func wordAcross(text string, at int) bool {
	if at == 0 || at == len(text) {
		return false
	}
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	after, _ := utf8.DecodeRuneInString(text[at:])
	return unicode.IsLetter(before) && unicode.IsLetter(after)
}

// codeOf returns the code of a letter, 0 for what is not of the script.
func (s *scriptModel) codeOf(r rune) uint8 {
	if r < tableRunes {
		if c := s.letters[r]; c != 0 {
			return c
		}
		if r < utf8.RuneSelf && !('A' <= r && r <= 'Z') {
			return 0
		}
	}
	if r = unicode.ToLower(r); r < tableRunes {
		return s.letters[r]
	}
	if unicode.Is(s.script, r) && inWord(r) {
		return stranger
	}
	return 0
}

// inWord tells letters and their marks from what stands between words.
func inWord(r rune) bool { return unicode.In(r, unicode.L, unicode.M) }

// share adds to the sum of each candidate's name its probability given the tally,
// times weight.
func (s *scriptModel) share(t *tally, likely *likelihoods, candidates *[maxLanguages]bool, weight float64, sums *[maxLanguages]float64) {
	s.flush(t)
	for l := range s.to - s.from {
		if s.names[l] == 0 {
			t.sums[l] -= unlistedDoubt
		}
	}
	top := int32(math.MinInt32)
	for l := s.from; l < s.to; l++ {
		if candidates[l] {
			top = max(top, t.sums[l-s.from])
		}
	}
	var p [maxLanguages]float64
	total := 0.0
	for l := s.from; l < s.to; l++ {
		if candidates[l] {
			p[l] = likely.of(top - t.sums[l-s.from])
			total += p[l]
		}
	}
	for l := s.from; l < s.to; l++ {
		if candidates[l] {
			sums[s.names[l-s.from]] += weight * p[l] / total
		}
	}
}

// likelihoods say how likely a language is beside one whose evidence is better by so many
// sixteenths of a nat: the first ones, as nearly all are.
type likelihoods [2048]float64

func (p *likelihoods) fill() {
	for d := range p {
		p[d] = likelihood(int32(d))
	}
}

func (p *likelihoods) of(d int32) float64 {
	if int(d) < len(p) {
		return p[d]
	}
	return likelihood(d)
}

func likelihood(d int32) float64 { return math.Exp(temper / 16 * -float64(d)) }

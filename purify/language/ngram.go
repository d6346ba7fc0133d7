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
	lanes [maxLanguages / lanes]uint64 // not yet in sums
	added int                          // weights in a lane
	sums  [maxLanguages]int32
}

// flush moves what the lanes hold into the sums.
func (t *tally) flush(width int) {
	for i, x := range t.lanes[:width] {
		sums := t.sums[i*lanes : (i+1)*lanes]
		for l := range sums {
			sums[l] += int32(uint16(x >> (16 * l)))
		}
	}
	clear(t.lanes[:width])
	t.added = 0
}

// add weighs the words of a script in text[from:to], at most a few thousand letters.
// A word that the window cuts has no border there.
func (s *scriptModel) add(t *tally, text string, from, to int) {
	history, n := uint64(border), 1
	if wordAcross(text, from) {
		history, n = 0, 0
	}
	for i := from; i < to; {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		i += size
		if code := s.codeOf(r); code != 0 {
			history, n = history<<8|uint64(code), min(n+1, maxGram)
			s.weigh(t, history, n)
			continue
		}
		if history != border {
			s.weigh(t, history<<8|border, min(n+1, maxGram))
			history, n = border, 1
		}
	}
	if history != border && !wordAcross(text, to) {
		s.weigh(t, history<<8|border, min(n+1, maxGram))
	}
}

// weigh adds the evidence of the n-grams that end a history of n codes.
func (s *scriptModel) weigh(t *tally, history uint64, n int) {
	row := s.longest(history, n)
	if row < 0 {
		return
	}
	if t.added == laneFull {
		t.flush(s.width)
	}
	t.added++
	w := s.weights[row*s.width:][:s.width]
	sums := t.lanes[:len(w)]
	for i, x := range w {
		sums[i] += x
	}
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
func (s *scriptModel) share(t *tally, candidates *[maxLanguages]bool, weight float64, sums *[maxLanguages]float64) {
	t.flush(s.width)
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
			p[l] = math.Exp(temper / 16 * float64(t.sums[l-s.from]-top))
			total += p[l]
		}
	}
	for l := s.from; l < s.to; l++ {
		if candidates[l] {
			sums[s.names[l-s.from]] += weight * p[l] / total
		}
	}
}

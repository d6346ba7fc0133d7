package spam

import (
	"math/bits"
	"slices"

	"github.com/corpusmill/corpusmill/purify/phrases"
)

// A line is, for the model, a row of symbols: a letter is its folded code point, a run of
// digits or of letters and digits stands for its length, a mark for the end of a clause.
const (
	symbolBreak  = 0x0001
	symbolDigits = 0x0010 // and the class of the run's length
	symbolMixed  = 0x0020
	symbolLong   = 0x0030 // a run of Latin letters of more than maxLatinSymbol
	symbolLatin  = 0x8000_0000
	symbolWide   = 0x2E80 // letters from here on are of Chinese
	// maxLatinSymbol is how many Latin letters at most are one symbol by what they are.
	maxLatinSymbol = 8
)

// maxSymbols is how many symbols of a line the model reads: the first of it.
const maxSymbols = 256

// symbolRun is a run of Latin letters and digits.
type symbolRun struct {
	hash           uint32
	length, digits int
}

func (r *symbolRun) add(ch rune, digit bool) {
	r.length++
	if digit {
		r.digits++
	} else {
		r.hash = (r.hash ^ uint32(phrases.FoldPlain(ch))) * 0x01000193
	}
}

// lengthClass has 1, 2, 3, 4, 5, 6 to 7, 8 to 10, 11, 12 and more as 1 to 9.
func lengthClass(n int) uint32 {
	switch {
	case n <= 5:
		return uint32(n)
	case n <= 7:
		return 6
	case n <= 10:
		return 7
	case n == 11:
		return 8
	}
	return 9
}

// symbol is what a run is for the model.
func (r *symbolRun) symbol() uint32 {
	switch {
	case r.digits == r.length:
		return symbolDigits + lengthClass(r.length)
	case r.digits > 0:
		return symbolMixed + lengthClass(r.length)
	case r.length > maxLatinSymbol:
		return symbolLong
	}
	return symbolLatin | r.hash
}

// endRun ends a run of letters and digits.
func (r *reader) endRun() {
	r.symbol(r.run.symbol())
	r.run = symbolRun{}
}

// symbol appends one.
func (r *reader) symbol(s uint32) {
	if n := r.nSymbols; n < maxSymbols {
		r.symbols[n] = s
		r.nSymbols = n + 1
	}
}

// Multipliers of the hash of one and of two symbols.
const (
	gramOne = 0x9E3779B97F4A7C15
	gramTwo = 0xC2B2AE3D27D4EB4F
	gramMix = 0x165667B19E3779F9
)

// gramBorder stands before the first symbol.
const gramBorder = 2

// oneGram and twoGrams are the hashes of a symbol, and of one with the one before it; their
// high bits are used.
func oneGram(s uint32) uint64     { return uint64(s) * gramOne }
func twoGrams(b, s uint32) uint64 { return (uint64(b)*gramMix ^ uint64(s)) * gramTwo }

// markKind is what a mark between letters is for the model.
type markKind uint8

const (
	markOther markKind = iota
	markEmoji
	markBar
	markUnder
	markDot
	markSlash
	markAt
	markStar
	markBracket
	markMoney
	markArrow
	markHidden
	markKey
	markHash
	markQuote
	markBlank
	markDash
	markTilde
	markPoint
	markPercent
	markBang
	markColon
	markTitle
	marksEnd
)

func markOf(ch rune) markKind {
	switch ch {
	case ' ', '\u3000', '\t':
		return markBlank
	case '|', '｜', '丨', '│', '┃', '¦', '║':
		return markBar
	case '_':
		return markUnder
	case '·', '•', '・', '●', '。':
		return markDot
	case '/', '\\', '／':
		return markSlash
	case '@', '＠':
		return markAt
	case '*', '★', '☆', '※', '＊', '◆', '■', '▲', '◎':
		return markStar
	case '【', '】', '[', ']', '「', '」', '『', '』', '〖', '〗', '{', '}':
		return markBracket
	case '￥', '¥', '$', '＄':
		return markMoney
	case '→', '←', '>', '<', '➡', '⬅', '↓', '⬇', '👉', '👇', '»', '›':
		return markArrow
	case 0x20E3, 0xFE0F:
		return markKey
	case '#', '＃', '&', '=', '?':
		return markHash
	case '“', '”', '"', '‘', '’':
		return markQuote
	case '-', '—', '–', '－':
		return markDash
	case '~', '～', '∼':
		return markTilde
	case '.', '．':
		return markPoint
	case '%', '％':
		return markPercent
	case '!', '！':
		return markBang
	case ':', '：':
		return markColon
	case '《', '》':
		return markTitle
	}
	switch {
	case ch >= 0x200B && ch <= 0x200F, ch == 0xFEFF, ch == 0x2060, ch == 0xAD:
		return markHidden
	case ch >= 0x2300 && ch < 0x3000, ch >= 0x1F000 && ch < 0x20000:
		return markEmoji
	}
	return markOther
}

// MaxShape is the number of features of shape.
const MaxShape = 768

// shapes gathers the features of shape: each value stands for the highest of its steps that
// it reaches.
type shapes struct {
	at    int
	found []uint16
}

func (s *shapes) step(value int, cuts []int) {
	if value >= cuts[0] {
		n := 1
		for n < len(cuts) && value >= cuts[n] {
			n++
		}
		s.found = append(s.found, uint16(s.at+n-1))
	}
	s.at += len(cuts)
}

// climb is step for a value of which more says more: all steps that it reaches are found.
func (s *shapes) climb(value int, cuts []int) {
	for n := 0; n < len(cuts) && value >= cuts[n]; n++ {
		s.found = append(s.found, uint16(s.at+n))
	}
	s.at += len(cuts)
}

// skip leaves values out that say nothing here.
func (s *shapes) skip(each ...[]int) {
	for _, cuts := range each {
		s.at += len(cuts)
	}
}

var (
	stepsOne   = []int{1}
	stepsTwo   = []int{1, 2}
	stepsThree = []int{1, 2, 3}
	stepsFour  = []int{1, 2, 4}
	stepsEight = []int{1, 2, 4, 8}
	stepsMany  = []int{2, 4, 7, 12}
	stepsSpots = []int{1, 3, 5}
	stepsCover = []int{10, 25, 50}
	stepsMark  = []int{3, 10, 20}
	stepsGap   = []int{3, 6, 10, 15, 22, 30}
	stepsClass = []int{2, 8, 16, 30, 50}
	stepsChars = []int{8, 16, 30, 50, 80, 130, 200, 320}
	stepsEnds  = []int{1, 3, 6}
	stepsPause = []int{2, 5, 8, 12}
	stepsOwn   = []int{40, 55, 70, 80, 90, 97}
	stepsScore = []int{2, 4, 6, 8, 10, 15}
	stepsTells = []int{1, 2, 3, 4, 6, 9}
	stepsDense = []int{1, 2, 3, 5, 8, 12} // of 100 letters
	stepsAgain = []int{3, 8, 15, 25, 40, 60}
	stepsOften = []int{3, 4, 5, 7}
	stepsPairs = []int{3, 4, 5, 6, 8}
	stepsPart  = []int{5, 8, 11, 15}
	stepsShare = []int{25, 50, 75, 100}
)

// shape lists the features of the line at hand: what its words and its marks are, by steps.
func (r *reader) shape(line *spamLine) []uint16 {
	c, s := &r.counts, shapes{found: r.shapes[:0]}
	for k := kindGambling; k < kindsListed; k++ {
		if c.touched>>k&1 == 0 {
			s.at += 6
			continue
		}
		s.step(c.topics[k], stepsThree)
		s.step(c.offers[k], stepsTwo)
		s.step(c.ads[k], stepsOne)
	}
	for role := roleAd + 1; role < rolesEnd; role++ {
		s.step(c.roles[role], stepsFour)
	}
	chars := max(1, c.chars)
	for m := range marksEnd {
		if c.marks[m] == 0 {
			s.skip(stepsEight, stepsMark)
			continue
		}
		s.step(int(c.marks[m]), stepsEight)
		s.step(100*int(c.marks[m])/chars, stepsMark)
	}
	s.step(c.chars, stepsChars)
	s.step(c.sentences, stepsFour)
	s.step(100*c.sentences/chars, stepsEnds)
	s.step(100*c.pauses/chars, stepsPause)
	s.step(100*c.gaps/chars, stepsGap)
	s.step(c.addresses, stepsTwo)
	s.step(c.splitLeads, stepsOne)
	s.step(c.handles, stepsTwo)
	s.step(c.initials, stepsOne)
	s.step(c.numbers, stepsTwo)
	s.step(c.fields, stepsFour)
	s.step(c.districts, stepsSpots)
	s.step(c.segments, stepsMany)
	s.step(c.casinoParts+c.landingParts, stepsOne)
	s.step(c.bodyParts, stepsOne)
	s.step(100*c.placeCover/chars, stepsCover)
	s.step(100*c.tailCover/chars, stepsCover)
	s.step(int(line.contact), stepsTwo)
	s.step(100*c.digits/chars, stepsClass)
	s.step(100*c.latins/chars, stepsClass)
	s.step(100*r.distinct()/max(1, r.nSymbols), stepsOwn)
	score := 0
	if line.need > 0 && line.score > 0 {
		score = int(10 * line.score / line.need)
	}
	s.step(score, stepsScore)
	r.wording(&s, chars)
	r.shapes = s.found
	return s.found
}

// wording lists what synonyms put for others, empty phrases, parts that belong to another
// matter and what is said again are.
func (r *reader) wording(s *shapes, chars int) {
	c := &r.counts
	tells, traces, empty := c.roles[roleTell], c.roles[roleTrace]+c.roles[roleOdd], c.roles[roleEmpty]+c.roles[roleShow]+c.roles[roleHost]+c.ads[kindSpun]
	s.climb(tells, stepsTells)
	s.climb(2*tells+traces, stepsTells)
	s.climb(empty, stepsTells)
	s.climb(2*tells+traces+empty, stepsTells)
	whole := max(chars, 25)
	s.climb(100*(2*tells+traces)/whole, stepsDense)
	s.climb(100*empty/whole, stepsDense)
	s.climb(100*(2*tells+traces+empty)/whole, stepsDense)
	s.climb(c.grafts, stepsFour)
	if c.grafts > 0 {
		s.climb(c.plainParts, stepsMany)
		s.climb(100*c.graftLetters/chars, stepsShare)
		s.climb(c.roles[roleBody], stepsTwo)
	} else {
		s.skip(stepsMany, stepsShare, stepsTwo)
	}
	w := r.again()
	n := max(1, r.nSymbols)
	s.climb(100*w.again/n, stepsAgain)
	s.climb(w.often, stepsOften)
	if c.sentences+c.pauses > 0 {
		s.climb(100*w.again/n, stepsAgain)
		s.climb(w.often, stepsOften)
		s.climb(w.pairs, stepsPairs)
		s.climb(100*w.pairs/max(n, 25), stepsPart)
	} else {
		s.skip(stepsAgain, stepsOften, stepsPairs, stepsPart)
	}
	s.climb(100*w.parts/chars, stepsPart)
	s.climb(c.asks, stepsFour)
	if c.sentences > 1 {
		s.climb(100*c.asks/c.sentences, stepsShare)
	} else {
		s.skip(stepsShare)
	}
}

// said is what a line says again.
type said struct {
	again int // letters at which three end that have stood there before
	often int // how often the most frequent three do
	pairs int // and two
	parts int // how often 的
}

// again counts what is said again.
func (r *reader) again() (w said) {
	if r.nSymbols < 12 {
		return w
	}
	var two, three [512]uint8
	h := uint64(0)
	run := 0
	for _, s := range r.symbols[:r.nSymbols] {
		if s == '的' {
			w.parts++
		}
		if s < symbolWide {
			run = 0
			continue
		}
		h = h<<16 | uint64(s&0xFFFF)
		if run++; run < 2 {
			continue
		}
		i := (h & 0xFFFF_FFFF) * gramOne >> 55
		two[i]++
		w.pairs = max(w.pairs, int(two[i]))
		if run < 3 {
			continue
		}
		i = (h & 0xFFFF_FFFF_FFFF) * gramTwo >> 55
		if three[i]++; three[i] > 1 {
			w.again++
			w.often = max(w.often, int(three[i]))
		}
	}
	return w
}

// distinct is about the number of different symbols.
func (r *reader) distinct() int {
	var seen [8]uint64
	for _, s := range r.symbols[:r.nSymbols] {
		h := s * 0x9E3779B1 >> 23
		seen[h>>6] |= 1 << (h & 63)
	}
	n := 0
	for _, word := range seen {
		n += bits.OnesCount64(word)
	}
	return n
}

// Sample is a line as the model reads it.
type Sample struct {
	Grams []uint64 // hashes
	Shape []uint16
	Rule  bool // the rules take the line for spam
}

// Sampler reads lines as the stage does.
type Sampler struct {
	r   *reader
	out Sample
}

// NewSampler makes a sampler.
func NewSampler() (*Sampler, error) {
	find, err := builtinFinder()
	if err != nil {
		return nil, err
	}
	s := &Sampler{r: newReader(find, 0)}
	s.r.learn = func(line *spamLine) {
		before := uint32(gramBorder)
		for _, symbol := range s.r.symbols[:s.r.nSymbols] {
			s.out.Grams = append(s.out.Grams, oneGram(symbol), twoGrams(before, symbol))
			before = symbol
		}
		s.out.Shape = slices.Clone(s.r.shape(line))
		s.out.Rule = line.kind != kindNone
	}
	return s, nil
}

// Line reads a line.
func (s *Sampler) Line(line string) Sample {
	s.out = Sample{}
	s.r.lines = s.r.lines[:0]
	s.r.readPiece(line, 0, len(line))
	return s.out
}

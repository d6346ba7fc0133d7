package choose

import (
	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/score"
	"github.com/corpusmill/corpusmill/transform/html/token"
	"github.com/corpusmill/corpusmill/transform/html/words"
)

const (
	repeatFrom  = 150   // letters from which a block is held against the text before it
	repeatShare = 0.895 // share of its runs of words from which it repeats that text
	repeatFresh = 500   // runs of words from which one number of its own may be a slip
	wordRun     = 3     // words of a run
	hanRun      = 6     // characters of one in a script without spaces
	repeatBits  = 1 << 19
	repeatMost  = repeatBits / 16 // runs of words that are remembered
)

const (
	headWords = 12   // words of the head of a post
	headKind  = 0.25 // probability of a forum from which heads are looked for
)

// postHead reports what stands above each post of a forum: words that came before with
// the time at which that one was written, no other number, and text between the two.
func (x *Chooser) postHead(i int) bool {
	b := &x.p.Blocks[i]
	if x.s.Kinds[score.OnForum] < headKind || b.Seen != 1 || b.Words < score.RepeatWords || b.Words > headWords || b.Stops > 0 ||
		x.p.Blocks[i-1].Shape == b.Shape {
		return false
	}
	x.out = x.p.AppendBlock(x.out[:0], x.d, b)
	return stamped(x.out)
}

// stamped reports a text whose numbers are the parts of one date and one time of day:
// a year, a day, perhaps a month, hours and minutes.
func stamped(t []byte) bool {
	var years, days, clocks int
	for i := 0; i < len(t); i++ {
		start, colons := i, 0
		for i < len(t) && (token.Class[t[i]] == token.ClassDigit || t[i] == ':' && i > start) {
			if t[i] == ':' {
				colons++
			}
			i++
		}
		switch n := i - start; {
		case n == 0:
		case colons > 0:
			clocks++
		case n == 4 && (t[start] == '1' || t[start] == '2'):
			years++
		case n <= 2:
			days++
		default:
			return false
		}
	}
	return years == 1 && clocks == 1 && (days == 1 || days == 2)
}

// repeats is a Bloom filter of the runs of words of what is kept, by
// which a text is found that comes twice in other pieces: pages carry their body
// once more in one piece, for search engines or for another screen.
type repeats struct {
	bits  [repeatBits / 64]uint64
	size  int       // runs remembered
	words [6]uint32 // the last words, the newest first
	seen  int       // words of the running block
	known int       // its runs that the text before holds
	told  int       // its first word with a digit or mark that is in none of them; 0 = none
	fresh int       // how many there were
	runs  []uint32
}

// dropRepeats drops kept blocks whose words, run by run, stand in blocks kept
// before them; numbers, and what asks or calls, all of them.
func (x *Chooser) dropRepeats() {
	long := 0
	for i := range x.p.Blocks {
		if b := &x.p.Blocks[i]; b.Keep && b.Weight >= repeatFrom {
			long++
		}
	}
	if long < 2 {
		return
	}
	if x.twice == nil {
		x.twice = &repeats{}
	}
	r := x.twice
	clear(r.bits[:])
	r.size = 0
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		if !b.Keep || r.size > repeatMost {
			continue
		}
		r.runs, r.words, r.seen, r.known, r.told, r.fresh = r.runs[:0], [6]uint32{}, 0, 0, 0, 0
		for _, p := range x.p.Pieces[b.P0:b.P1] {
			if p.Kind <= dom.PieceLink {
				r.read(x.p.HTML[p.Start:p.Stop])
			}
		}
		if b.Weight >= repeatFrom && r.repeated() && !(b.Repeats() && x.saidAgain(b)) {
			b.Keep, b.Rule = false, dom.ByRepetition
			continue
		}
		for _, h := range r.runs {
			r.bits[h>>19] |= 1 << (h >> 13 & 63)
		}
		r.size += len(r.runs)
	}
}

// repeated reports a block that says nothing new.
func (r *repeats) repeated() bool {
	return len(r.runs) > 0 && r.fresh <= len(r.runs)/repeatFresh && r.told == 0 && float64(r.known) >= repeatShare*float64(len(r.runs))
}

// read takes the words of a run of text: letters, digits, question and exclamation
// marks, signs of numbers between other bytes, and every character of three bytes from
// U+3000 on.
func (r *repeats) read(s string) {
	h, n, tells := uint32(words.Basis32), 0, false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch cls := token.Class[c]; {
		case cls == token.ClassHigh && c >= 0xe3 && c < 0xf0 && i+2 < len(s):
			if n > 0 {
				r.add(h, wordRun, tells)
			}
			// The full-width forms up to the question mark: digits and marks.
			r.add(uint32(c)<<16|uint32(s[i+1])<<8|uint32(s[i+2]), hanRun, c == 0xef && s[i+1] == 0xbc && s[i+2] <= 0x9f && s[i+2] != 0x8c)
			i += 2
			h, n, tells = words.Basis32, 0, false
		case cls == token.ClassLower || cls == token.ClassUpper || cls == token.ClassHigh:
			h = (h ^ uint32(token.Lower[c])) * words.Prime32
			n++
			for i+1 < len(s) && token.Class[s[i+1]] == token.ClassLower {
				i++
				h = (h ^ uint32(s[i])) * words.Prime32
			}
		case cls == token.ClassDigit || c == '?' || c == '!' || n == 0 && (c == '-' || c == '+') && i+1 < len(s) && token.Class[s[i+1]] == token.ClassDigit:
			h = (h ^ uint32(c)) * words.Prime32
			n, tells = n+1, true
		case n > 0:
			r.add(h, wordRun, tells)
			h, n, tells = words.Basis32, 0, false
		}
	}
	if n > 0 {
		r.add(h, wordRun, tells)
	}
}

// add takes one word and the run of so many words that ends with it.
func (r *repeats) add(word uint32, run int, tells bool) {
	w := &r.words
	w[5], w[4], w[3], w[2], w[1], w[0] = w[4], w[3], w[2], w[1], w[0], word
	r.seen++
	if tells && r.told == 0 {
		r.told = r.seen
	}
	if r.seen < run {
		return
	}
	h := (w[0]*31+w[1])*31 + w[2]
	if run == hanRun {
		h = ((h*31+w[3])*31+w[4])*31 + w[5]
	}
	h *= 2654435761
	r.runs = append(r.runs, h)
	if r.bits[h>>19]&(1<<(h>>13&63)) == 0 {
		return
	}
	r.known++
	if r.told > 0 {
		if r.told <= r.seen-run {
			r.fresh++
		}
		r.told = 0
	}
}

// inRow reports a cell of a table's row: rows say the same of several things.
func (x *Chooser) inRow(b *dom.Block) bool {
	row, _ := x.p.Row(b)
	return row >= 0
}

// againScore is the score from which both are its words.
const againScore = 0.8

// saidAgain reports a text that its author wrote twice, one among the other's siblings.
func (x *Chooser) saidAgain(b *dom.Block) bool {
	t := &x.p.Blocks[b.Twin-1]
	return b.Score >= againScore && t.Score >= againScore && x.p.Elems[b.Holder].Parent == x.p.Elems[t.Holder].Parent
}

package spam

import (
	"slices"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/purify/phrases"
)

// A line that is planted shares few pairs of letters with the rest of its document, a line that
// belongs there many. Where a line shares less than foreignShare tenths of what lines of its
// document share with others on the whole, at most mostShare of its pairs, it is spam from up
// to foreignMargin less.
const (
	foreignMargin = 2 << fixedBits
	foreignShare  = 8
	mostShare     = 1 << (fixedBits - 1)
	leastForeign  = 6   // pairs of a line that is looked at
	leastRest     = 150 // pairs of the other lines
	leastCommon   = 2   // of 100 pairs, that lines share with others on the whole
)

// others knows in which lines of a document pairs of letters stand.
type others struct {
	seen  [1 << 16]uint16 // by the hash of a pair: the line, from 1; with manyLines where it is in more
	pairs []pairCount     // by line
	needs []int32
}

// pairCount is how many pairs a line has, and how many of them are in other lines too.
type pairCount struct{ all, common uint32 }

const manyLines = 1 << 15

// eachPair yields the hashes of the pairs of Chinese letters that stand side by side.
func (f *finder) eachPair(text string, yield func(hash uint16)) {
	before := uint32(0)
	for i := 0; i < len(text); {
		ch, size := rune(text[i]), 1
		if ch >= utf8.RuneSelf {
			ch, size = utf8.DecodeRuneInString(text[i:])
		}
		i += size
		letter := uint32(0)
		switch f.Class(ch) {
		case phrases.ClassSkip:
			continue
		case phrases.ClassBreak:
		default:
			if ch >= symbolWide {
				letter = uint32(f.letters[uint16(ch)])
			}
		}
		if before != 0 && letter != 0 {
			yield(uint16((before<<16 | letter) * 0x9E3779B1 >> 16))
		}
		before = letter
	}
}

// compare counts the pairs of lines.
func (o *others) compare(f *finder, count int, line func(int) string) {
	clear(o.seen[:])
	o.pairs = o.pairs[:0]
	for i := range count {
		of := uint16(i%(manyLines-1)) + 1
		all := uint32(0)
		f.eachPair(line(i), func(h uint16) {
			all++
			switch at := o.seen[h]; {
			case at == 0:
				o.seen[h] = of
			case at&^manyLines != of:
				o.seen[h] = at | manyLines
			}
		})
		o.pairs = append(o.pairs, pairCount{all: all})
	}
	for i := range count {
		common := uint32(0)
		f.eachPair(line(i), func(h uint16) { common += uint32(o.seen[h] / manyLines) })
		o.pairs[i].common = common
	}
}

// less is how much less each line needs to be spam, in fixed point: good until the next call.
func (o *others) less() []int32 {
	var all, common int64
	for _, p := range o.pairs {
		all += int64(p.all)
		common += int64(p.common)
	}
	o.needs = slices.Grow(o.needs[:0], len(o.pairs))[:len(o.pairs)]
	clear(o.needs)
	less := o.needs
	if common*100 < all*leastCommon || all == 0 {
		return less // a list: no line belongs to others
	}
	share := min(mostShare, common<<fixedBits*foreignShare/(10*all))
	for i, p := range o.pairs {
		if p.all < leastForeign || all-int64(p.all) < leastRest {
			continue
		}
		if own := int64(p.common) << fixedBits / int64(p.all); own < share {
			less[i] = int32(foreignMargin * (share - own) / share)
		}
	}
	return less
}

// foreign takes lines for spam that the model is not sure of, where they do not belong to
// their document.
func (r *reader) foreign(text string) {
	r.needs = nil
	if !slices.ContainsFunc(r.lines, func(l spamLine) bool { return l.doubtful(r.sure, besideMargin) }) {
		return
	}
	if r.others == nil {
		r.others = new(others)
	}
	r.others.compare(r.finder, len(r.lines), func(i int) string { return text[r.lines[i].start:r.lines[i].end] })
	r.needs = r.others.less()
	for i := range r.lines {
		if l := &r.lines[i]; l.doubtful(r.sure, r.needs[i]) {
			l.kind = r.kindLearned(l)
			l.learned = l.kind != kindNone
		}
	}
}

// doubtful reports whether the model would take the line for spam if it asked for so much less.
func (l *spamLine) doubtful(sure, less int32) bool {
	return l.kind == kindNone && l.chars >= leastLearned && l.margin < sure && l.margin >= sure-less
}

// Foreign is how much less each line of a document needs to be spam, in nats.
func (s *Sampler) Foreign(lines []string) []float64 {
	var o others
	o.compare(s.r.finder, len(lines), func(i int) string { return lines[i] })
	nats := make([]float64, len(lines))
	for i, x := range o.less() {
		nats[i] = float64(x) / (1 << fixedBits)
	}
	return nats
}

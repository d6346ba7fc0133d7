package choose

import (
	"math"
	"sync"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/score"
)

// cutLine holds the words of the page by score. What comes again is left out of it.
type cutLine struct {
	hit, size [scoreBins + 1]float32
	gold      float32
}

func (l *cutLine) fill(blocks []dom.Block) {
	*l = cutLine{}
	for i := range blocks {
		b := &blocks[i]
		if b.Repeats() {
			continue
		}
		w := float32(b.Words)
		k := int(b.Score * scoreBins)
		l.hit[k] += b.Score * w
		l.size[k] += w
		l.gold += b.Score * w
	}
}

// at returns the cut with the best expected F-beta: with independent
// probabilities the expected value of a cut is, to first order,
// (1+b^2) sum(p w over kept) / (sum(w over kept) + b^2 sum(p w over all)).
// Below the last word that is kept the cut goes on as far as a word there would be
// kept too: what comes again has its score there.
func (l *cutLine) at(beta2 float32) (cut int) {
	var h, s, best float32
	cut = scoreBins + 1
	for k := scoreBins; k >= 0; k-- {
		h += l.hit[k]
		s += l.size[k]
		if f := (1 + beta2) * h / (s + beta2*l.gold + 1e-6); f > best {
			best, cut = f, k
		}
	}
	for cut > 0 && cut <= scoreBins && l.size[cut-1] == 0 && float32(cut-1) >= best/(1+beta2)*scoreBins {
		cut--
	}
	return cut
}

// The blocks of a page are right or wrong together: one that wants less of a page than
// the scores say wants less of all its blocks.
const (
	doubts      = 9   // ways to see the page, from the strictest on
	doubtShared = 0.6 // share of a score's variance that all blocks of a page have in common
)

// seen are the probabilities of the scores of each bin, by the way the page is seen.
type seen [scoreBins + 1][doubts]float32

var asSeen = sync.OnceValue(func() *seen {
	var t seen
	for v := range doubts {
		z := probit((float64(v) + 0.5) / doubts)
		for k := range t {
			p := min(max((float64(k)+0.5)/scoreBins, 1e-4), 1-1e-4)
			x := (probit(p) + math.Sqrt(doubtShared)*z) / math.Sqrt(1-doubtShared)
			t[k][v] = float32(math.Erfc(-x/math.Sqrt2) / 2)
		}
	}
	return &t
})

func probit(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }

// together returns the cut with the best expected F-beta where the blocks of the page
// share a doubt: the mean over the ways to see the page. Below the last word that is
// kept it goes on as at does.
func (l *cutLine) together(beta2 float32) (cut int) {
	t := asSeen()
	var gold, h, hits [doubts]float32
	for k := range l.size {
		if w := l.size[k]; w > 0 {
			for v, p := range t[k] {
				gold[v] += w * p
			}
		}
	}
	var s, size, best float32
	cut = scoreBins + 1
	for k := scoreBins; k >= 0; k-- {
		w := l.size[k]
		if w == 0 {
			continue
		}
		s += w
		var f float32
		for v, p := range t[k] {
			h[v] += w * p
			f += h[v] / (s + beta2*gold[v])
		}
		if f > best {
			best, cut, size, hits = f, k, s, h
		}
	}
	if cut > scoreBins {
		return cut
	}
	for ; cut > 0 && l.size[cut-1] == 0; cut-- {
		var gain float32
		for v, p := range t[cut-1] {
			all := size + beta2*gold[v]
			gain += (p - hits[v]/all) / all
		}
		if gain < 0 {
			break
		}
	}
	return cut
}

// aloneBeta2 is the balance where each block is judged by itself. It leans to precision,
// as the blocks of a page are right or wrong together.
const aloneBeta2 = 0.45

// kindBeta2 is the balance of each kind of page, in the order of KindNames. An article's
// scores are sharp, so that what is left in doubt is furniture; on pages of many short
// blocks the model doubts much of the content.
var kindBeta2 = [score.Kinds]float32{0.7, 1, 1, 2.2, 1.4, 1, 1}

// knownShare of a page's words must be known for a balance of its kind: in other
// languages neither the kind nor the scores are sure enough.
const knownShare = 0.1

// findCut is the cut that promises the best balance of recall and precision.
func (x *Chooser) findCut(o Options) int {
	beta2, together := x.balance(o)
	if together {
		return x.line.together(beta2)
	}
	return x.line.at(beta2)
}

// balance is the weight of recall, squared, and whether the blocks of the page are judged
// together. On Chinese pages that costs more than it gives.
func (x *Chooser) balance(o Options) (beta2 float32, together bool) {
	switch {
	case o.Beta > 0:
		return float32(o.Beta * o.Beta), false
	case o.Mode == Precision:
		return 0.25, false
	case o.Mode == Recall:
		return 4, false
	case !x.s.Knows(knownShare) || x.s.HanShare() >= noticeHan:
		return aloneBeta2, false
	}
	var sum float32
	for k, p := range x.s.Kinds {
		beta2 += p * kindBeta2[k]
		sum += p
	}
	if sum == 0 {
		return aloneBeta2, false
	}
	return beta2 / sum, true
}

package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/corpusmill/corpusmill/transform"
)

const (
	bins   = 40
	leaves = 1 << transform.TreeDepth
)

// booster fits oblivious trees to the logistic loss by gradient boosting.
type booster struct {
	c      config
	n      int
	nf     int       // features that trees may ask for
	raw    []float32 // row major, nf a row
	bin    []uint8   // row major
	part   []uint8   // third of the sites that the row is of
	label  []float32
	weight []float32
	cuts   [][]float32
	quiet  bool
}

func newBooster(c config, features int) *booster {
	return &booster{c: c, nf: features, cuts: make([][]float32, features)}
}

func (b *booster) addPage(x *transform.Extractor, d *doc, part int, weight float32) error {
	return pageSamples(x, d, func(blk transform.Block, s sample) {
		b.raw = append(b.raw, blk.Features[:b.nf]...)
		b.part = append(b.part, uint8(part))
		b.label = append(b.label, s.label)
		b.weight = append(b.weight, weight*d.share*s.weight)
		b.n++
	})
}

// quantise picks cut points by quantiles and bins all rows.
func (b *booster) quantise() {
	rng := rand.New(rand.NewPCG(1, 2))
	sampled := min(20000, 2*b.n)
	vals := make([]float32, 0, sampled)
	for f := range b.nf {
		vals = vals[:0]
		for range sampled {
			vals = append(vals, b.raw[rng.IntN(b.n)*b.nf+f])
		}
		slices.Sort(vals)
		var cuts []float32
		for k := 1; k < bins; k++ {
			i := k * (len(vals) - 1) / bins
			v := vals[i]
			j := i
			for j < len(vals)-1 && vals[j] == v {
				j++
			}
			mid := (v + vals[j]) / 2
			if mid > v || vals[j] > v {
				if len(cuts) == 0 || mid > cuts[len(cuts)-1] {
					cuts = append(cuts, mid)
				}
			}
		}
		b.cuts[f] = cuts
	}
	b.bin = make([]uint8, len(b.raw))
	for i := range b.n {
		for f := range b.nf {
			v := b.raw[i*b.nf+f]
			k, _ := slices.BinarySearch(b.cuts[f], v) // bins above cut k: v > cuts[k]
			b.bin[i*b.nf+f] = uint8(k)
		}
	}
	b.raw = nil
}

// train runs the rounds.
// Rows of the part left out are not learned from (-1: none is left out).
func (b *booster) train(rounds, leftOut int) transform.Stage {
	var st transform.Stage
	var sw, sy float64
	for i := range b.n {
		if int(b.part[i]) == leftOut {
			continue
		}
		sw += float64(b.weight[i])
		sy += float64(b.weight[i] * b.label[i])
	}
	mean := float32(sw / float64(b.n))
	st.Bias = float32(math.Log(sy / (sw - sy)))
	score := make([]float32, b.n)
	for i := range score {
		score[i] = st.Bias
	}
	rng := rand.New(rand.NewPCG(7, 11))
	for t := range rounds {
		tree, qs := b.grow(score, leftOut, mean, rng)
		st.Trees = append(st.Trees, tree)
		loss, lw := 0.0, 0.0
		for i := range b.n {
			score[i] += tree.Leaf[b.leaf(&qs, i)]
			if t == rounds-1 && (leftOut < 0 || int(b.part[i]) == leftOut) {
				p := 1 / (1 + math.Exp(-float64(score[i])))
				y := float64(b.label[i])
				loss -= float64(b.weight[i]) * (y*math.Log(p+1e-9) + (1-y)*math.Log(1-p+1e-9))
				lw += float64(b.weight[i])
			}
		}
		if t == rounds-1 && !b.quiet {
			fmt.Printf("  %d trees, part left out %d: loss %.4f\n", rounds, leftOut, loss/lw)
		}
	}
	return st
}

// question is a level of a tree in terms of bins.
type question struct{ feat, bin int }

type questions [transform.TreeDepth]question

// leaf finds a row's leaf.
func (b *booster) leaf(q *questions, i int) int {
	k := 0
	row := b.bin[i*b.nf : (i+1)*b.nf]
	for d, v := range q {
		if int(row[v.feat]) > v.bin {
			k |= 1 << d
		}
	}
	return k
}

type gh struct{ g, h float32 }

// draw is what one tree is grown from.
type draw struct {
	rows  []int32
	grad  []gh
	at    []uint8 // leaf of each row
	feats []int
	hist  [][]gh // per feature: leaves x bins, of the level above
}

func (b *booster) draw(score []float32, leftOut int, mean float32, rng *rand.Rand) *draw {
	s := &draw{}
	for i := range b.n {
		if int(b.part[i]) == leftOut {
			continue
		}
		// Heavy blocks are drawn more often and scaled back: same mean, less noise.
		q := float32(b.c.sample) * min(max(b.weight[i]/mean, 0.15), float32(1/b.c.sample))
		if rng.Float32() >= q {
			continue
		}
		p := float32(1 / (1 + math.Exp(-float64(score[i]))))
		s.rows = append(s.rows, int32(i))
		w := b.weight[i] / q
		s.grad = append(s.grad, gh{w * (p - b.label[i]), w * p * (1 - p)})
	}
	for _, f := range rng.Perm(b.nf) {
		if len(b.cuts[f]) > 0 {
			s.feats = append(s.feats, f)
		}
	}
	s.feats = s.feats[:(len(s.feats)+2)/3]
	slices.Sort(s.feats)
	s.at = make([]uint8, len(s.rows))
	s.hist = make([][]gh, len(s.feats))
	for k := range s.hist {
		s.hist[k] = make([]gh, leaves*bins/2)
	}
	return s
}

// grow fits one tree on a sample of rows and features.
func (b *booster) grow(score []float32, leftOut int, mean float32, rng *rand.Rand) (transform.Tree, questions) {
	s := b.draw(score, leftOut, mean, rng)
	var tree transform.Tree
	var qs questions
	for d := range transform.TreeDepth {
		f, k := b.bestSplit(s, d, rng)
		tree.Feature[d], tree.Cut[d] = uint8(f), b.cuts[f][k]
		qs[d] = question{f, k}
		for j, i := range s.rows {
			if int(b.bin[int(i)*b.nf+f]) > k {
				s.at[j] |= 1 << d
			}
		}
	}
	lambda := float32(b.c.lambda)
	var sum [leaves]gh
	for j := range s.rows {
		v := &sum[s.at[j]]
		v.g += s.grad[j].g
		v.h += s.grad[j].h
	}
	for l, v := range sum {
		tree.Leaf[l] = float32(b.c.rate) * -v.g / (v.h + lambda)
	}
	return tree, qs
}

// addLevel brings the histograms to level d: the rows that the last question
// sent up are counted, and what is left stays down.
func (b *booster) addLevel(s *draw, d int) {
	half := 0
	if d > 0 {
		half = 1 << (d - 1)
	}
	for j, i := range s.rows {
		l := int(s.at[j])
		if l < half {
			continue
		}
		g := s.grad[j]
		row := b.bin[int(i)*b.nf : int(i+1)*b.nf]
		base := l * bins
		for k, f := range s.feats {
			h := &s.hist[k][base+int(row[f])]
			h.g += g.g
			h.h += g.h
		}
	}
	for k := range s.hist {
		for v := range half * bins {
			s.hist[k][v].g -= s.hist[k][half*bins+v].g
			s.hist[k][v].h = max(0, s.hist[k][v].h-s.hist[k][half*bins+v].h)
		}
	}
}

// bestSplit finds the question that, asked in all leaves of a level, gains most. Of
// each feature one cut is tried, drawn at random (Geurts, Ernst and Wehenkel,
// Extremely randomized trees, 2006): the pages are few, and the best cut of all fits
// them too well.
func (b *booster) bestSplit(s *draw, d int, rng *rand.Rand) (feat, cut int) {
	b.addLevel(s, d)
	lambda := float32(b.c.lambda)
	width := 1 << d
	best := float32(-1)
	for k, f := range s.feats {
		c := rng.IntN(len(b.cuts[f]))
		var gain float32
		for l := range width {
			var left, right gh
			for i, v := range s.hist[k][l*bins : (l+1)*bins] {
				if i <= c {
					left.g += v.g
					left.h += v.h
				} else {
					right.g += v.g
					right.h += v.h
				}
			}
			gain += left.g*left.g/(left.h+lambda) + right.g*right.g/(right.h+lambda)
		}
		if gain > best {
			best, feat, cut = gain, f, c
		}
	}
	return feat, cut
}

package score

import (
	"iter"
	"math"
	"slices"

	"github.com/corpusmill/corpusmill/transform/html/dom"
)

// FeatureCount is the number of features of a block.
const FeatureCount = numFeatures

// BasicFeatures is the number of those, from the start, that the first stage
// of a model may ask for.
const BasicFeatures = numBasic

// PageFeatureCount is the number of features, from the start, among which those
// of the page are that tell its kind.
const PageFeatureCount = int(fKind0)

// Each yields the blocks of the page that was scored last, in document order, with
// their features.
func (x *Scorer) Each() iter.Seq2[int, *Features] {
	return func(yield func(int, *Features) bool) {
		var f Features
		x.fillPage(&f)
		copy(f[fKind0:], x.Kinds[:])
		x.fillHits(&f)
		x.before, x.since = 0, 0
		for i := range x.p.Blocks {
			x.fill(i, &f)
			x.before += x.p.Blocks[i].Weight
			x.fillScores(i, &f)
			if !yield(i, &f) {
				return
			}
		}
	}
}

// Raw is a block's score before a rule lowered it.
func (x *Scorer) Raw(b *dom.Block, f *Features) float32 {
	if len(x.model.trees) > 0 && b.First >= hopeless {
		return sigmoid(logOdds(x.model.bias, x.model.trees, f))
	}
	return b.First
}

// Feature is what one feature of a block adds to its score.
type Feature struct {
	Name    string
	Value   float64
	Typical float64 // mean over the blocks of the page
	Effect  float64 // log-odds that the block has more than with the typical value
}

// Reasons finds the features with the largest effects on the last stage that the
// model has.
func (x *Scorer) Reasons(f, mean *Features, limit int) []Feature {
	trees := x.model.trees
	if len(trees) == 0 {
		trees = x.model.first
	}
	var effect Features
	for i := range trees {
		t := &trees[i]
		here := t.Leaf[t.leaf(f, -1, 0)]
		for k, feature := range t.Feature {
			if !slices.Contains(t.Feature[:k], feature) {
				effect[feature] += here - t.Leaf[t.leaf(f, int(feature), mean[feature])]
			}
		}
	}
	var order []int
	for k := range numFeatures {
		if effect[k] != 0 {
			order = append(order, k)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch d := math.Abs(float64(effect[b])) - math.Abs(float64(effect[a])); {
		case d > 0:
			return 1
		case d < 0:
			return -1
		}
		return 0
	})
	var out []Feature
	for _, k := range order[:min(len(order), limit)] {
		out = append(out, Feature{FeatureName(k), float64(f[k]), float64(mean[k]), float64(effect[k])})
	}
	return out
}

// leaf is the number of the leaf that features lead to when one of them has
// another value.
func (t *Tree) leaf(f *Features, other int, value float32) (n int) {
	for k, feature := range t.Feature {
		v := f[feature]
		if int(feature) == other {
			v = value
		}
		if v > t.Cut[k] {
			n |= 1 << k
		}
	}
	return n
}

package transform

import (
	"fmt"
	"math"
)

// TreeDepth is the depth of the oblivious decision trees of a Model: every
// level of a tree asks one question, so a tree has 2^TreeDepth leaves.
const TreeDepth = 6

// Tree is one oblivious decision tree. A block's leaf is the number whose bit k
// says whether feature Feature[k] is above Cut[k].
type Tree struct {
	Feature [TreeDepth]uint8
	Cut     [TreeDepth]float32
	Leaf    [1 << TreeDepth]float32
}

// Model scores text blocks. It is read-only after NewModel and may be shared
// by any number of extractors.
type Model struct {
	classes, texts *wordTable
	trees          []Tree
	bias           float32
}

// NewModel builds a model. classWords and textWords are white-space separated
// lists of "word:weight" (weights -127..127) for words of class and id
// attributes and for words of short blocks; the sum of bias and of one leaf of
// each tree is a block's log-odds of being main content. A tree that names an
// unknown feature is an error.
func NewModel(classWords, textWords string, bias float32, trees []Tree) (*Model, error) {
	for i := range trees {
		for _, f := range trees[i].Feature {
			if int(f) >= numFeatures {
				return nil, fmt.Errorf("transform: tree %d asks for feature %d of %d", i, f, numFeatures)
			}
		}
	}
	return &Model{classes: newWordTable(classWords), texts: newWordTable(textWords), trees: trees, bias: bias}, nil
}

// logOdds runs the trees.
func (m *Model) logOdds(f *features) float32 {
	sum := m.bias
	for i := range m.trees {
		t := &m.trees[i]
		k := 0
		for d := range TreeDepth {
			if f[t.Feature[d]&127] > t.Cut[d] {
				k |= 1 << d
			}
		}
		sum += t.Leaf[k]
	}
	return sum
}

// prior scores a block by rule when the model has no trees.
func (x *Extractor) prior(f *features) float32 {
	s := float32(-1)
	if f[fFar] == 0 {
		s += 1.5
	}
	if f[fWeight] > 6 && f[fLinkShare] < goodLinks {
		s += 1.5
	}
	if f[fLinkShare] > 0.6 {
		s -= 2
	}
	if f[fNav]+f[fFooter]+f[fHidden]+f[fAside] > 0 {
		s -= 3
	}
	return s
}

func sigmoid(v float32) float32 { return float32(1 / (1 + math.Exp(-float64(v)))) }

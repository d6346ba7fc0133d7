package score

import (
	"fmt"
	"math"
	"sync"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/words"
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
	classes, texts *words.Table
	first, trees   []Tree
	firstBias      float32
	bias           float32
	kinds          []Stage // one for each kind of page
	confidence     Stage   // of a page's text; may be empty
}

// Builtin is the built-in model, made once and only read.
var Builtin = sync.OnceValue(builtinModel)

// ClassWords are the weights of the words of class, id and itemprop attributes.
func (m *Model) ClassWords() *words.Table { return m.classes }

// Stage is one of the two stages of a model: the sum of Bias and of one leaf
// of each tree is a block's log-odds of being main content.
type Stage struct {
	Bias  float32
	Trees []Tree
}

// Kinds is the number of kinds of pages that a model tells apart.
const Kinds = 7

// Places in KindNames.
const (
	OnArticle    = 0
	OnCollection = 3
	OnForum      = 4
)

// KindNames names the kinds of pages, in the order of a model's.
func KindNames() [Kinds]string {
	return [Kinds]string{"article", "service", "product", "collection", "forum", "listing", "documentation"}
}

// scoreKinds sets the probabilities of the kinds of page.
func (x *Scorer) scoreKinds(f *Features) {
	x.Kinds = [Kinds]float32{}
	var sum float32
	for k := range x.model.kinds {
		s := &x.model.kinds[k]
		x.Kinds[k] = sigmoid(logOdds(s.Bias, s.Trees, f))
		sum += x.Kinds[k]
	}
	for k := range x.Kinds {
		x.Kinds[k] = ratio(x.Kinds[k], sum)
		f[fKind0+k] = x.Kinds[k]
	}
}

// PageFeatures returns the features of the page that was scored last, in the
// places they have among a block's; the others are 0. It is for training.
func (x *Scorer) PageFeatures() []float32 {
	var f Features
	x.fillPage(&f)
	return append([]float32(nil), f[:fKind0]...)
}

// NewModel builds a model. classWords and textWords are white-space separated
// lists of "word:weight" (weights -127..127) for words of class, id and
// itemprop attributes and for words of text blocks. kinds, one stage for each
// of KindNames or none, tell kinds of pages apart. The first stage sees a
// block's own features; the second also what the first said of the blocks
// around it. Without trees the second stage is left out, and without trees in
// the first a rule takes its place. A tree that names an unknown feature is an
// error.
func NewModel(classWords, textWords string, kinds []Stage, first, second Stage) (*Model, error) {
	if len(kinds) != 0 && len(kinds) != Kinds {
		return nil, fmt.Errorf("transform: %d kinds of pages, want %d", len(kinds), Kinds)
	}
	for _, s := range []struct {
		trees []Tree
		limit int
	}{{first.Trees, numBasic}, {second.Trees, numFeatures}} {
		for i := range s.trees {
			for _, f := range s.trees[i].Feature {
				if int(f) >= s.limit {
					return nil, fmt.Errorf("transform: tree %d asks for feature %d of %d", i, f, s.limit)
				}
			}
		}
	}
	return &Model{classes: words.NewTable(classWords), texts: words.NewTable(textWords),
		kinds: kinds, first: first.Trees, firstBias: first.Bias, trees: second.Trees, bias: second.Bias}, nil
}

// WithConfidence returns the model with trees that tell the confidence of a page's text.
func (m *Model) WithConfidence(s Stage) *Model {
	c := *m
	c.confidence = s
	return &c
}

// logOdds runs the trees of a stage.
func logOdds(sum float32, trees []Tree, f *Features) float32 {
	for i := range trees {
		t := &trees[i]
		sum += t.Leaf[t.at(f)]
	}
	return sum
}

// prior scores a block by rule when the model has no trees.
func (x *Scorer) prior(f *Features) float32 {
	s := float32(-1)
	if f[fFar] == 0 {
		s += 1.5
	}
	if f[fWeight] > 6 && f[fLinkShare] < dom.GoodLinks {
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

package transform

import (
	"iter"
	"math"
	"slices"
)

// Rules that decide about a block, as Explained.Rule names them.
const (
	byScore      uint8 = iota // kept: its score reaches the cut of the page
	bySecondTry               // nothing on the page scored: plain running text was taken
	byRepetition              // dropped: the same text was kept before
	byComments                // kept: Options.Comments
	byTables                  // dropped: Options.NoTables
	byHeading                 // kept: heading of a table that is kept
	byLede                    // kept: sentences between an article's heading and its body
	byRelated                 // lowered: links to other pages under a heading that says so
	byContents                // lowered: a table of contents
	byFacets                  // lowered: a panel of filters
	byHidden                  // lowered: what the page takes off the screen
	byReplies                 // lowered: comments under an article
	byOutside                 // lowered: what stands outside an article's body
)

var ruleNames = [...]string{
	byScore: "score", bySecondTry: "second_try", byRepetition: "repetition", byComments: "comments", byTables: "tables", byHeading: "table_heading", byLede: "lede",
	byRelated: "related", byContents: "contents", byFacets: "filters", byHidden: "hidden", byReplies: "replies", byOutside: "outside_body",
}

// Explained is a block with what decided about it.
type Explained struct {
	Block
	Class   string    // heading, paragraph, list, table, code, quote, definition, caption or form
	Level   int       // 1 to 6 for a heading
	Rule    string    // score, second_try, repetition, comments, tables, table_heading, lede or all; of a dropped block also what lowered its score: related, contents, filters, hidden, replies, outside_body
	Cut     float64   // score from which blocks of this page are kept
	First   float64   // score by its own features alone
	Raw     float64   // score before a rule lowered it
	Group   int       // blocks at the same place of a repeated structure, this one counted
	Heading string    // text of the heading above
	Reasons []Feature // the strongest first
}

// Feature is what one feature of a block adds to its score.
type Feature struct {
	Name    string
	Value   float64
	Typical float64 // mean over the blocks of the page
	Effect  float64 // log-odds that the block has more than with the typical value
}

// maxHeading is the length to which the heading above a block is shown, bytes.
const maxHeading = 120

// Explain yields the blocks of the page that Extract saw last, in document order,
// with the rule and at most limit features that decided about each. A feature's
// effect is measured against the average block of the page, so that what is the
// same for all of its blocks has none.
func (x *Extractor) Explain(limit int) iter.Seq[Explained] {
	return func(yield func(Explained) bool) {
		mean := x.meanFeatures()
		var f features
		i := 0
		for b := range x.Blocks() {
			copy(f[:], b.Features)
			e := x.explain(i, b, &f)
			e.Reasons = x.reasons(&f, mean, limit)
			if !yield(e) {
				return
			}
			i++
		}
	}
}

func (x *Extractor) meanFeatures() *features {
	var mean features
	n := float32(0)
	for b := range x.Blocks() {
		n++
		for k, v := range b.Features {
			mean[k] += (v - mean[k]) / n
		}
	}
	return &mean
}

func (x *Extractor) explain(i int, out Block, f *features) Explained {
	b := &x.p.blocks[i]
	e := Explained{Block: out, Level: x.headingRank(b), Cut: float64(x.cut), First: float64(b.first), Raw: float64(b.first),
		Rule: ruleNames[b.rule], Group: int(x.groups[b.group].blocks)}
	if len(x.model.trees) > 0 && b.first >= hopeless {
		e.Raw = float64(sigmoid(logOdds(x.model.bias, x.model.trees, f)))
	}
	if b.rule == byScore && b.lowered != 0 && !b.keep {
		e.Rule = ruleNames[b.lowered]
	}
	if x.mode == All && b.rule == byScore {
		e.Rule = "all"
	}
	e.Class = x.class(b)
	if b.head >= 0 {
		h := x.appendBlock(nil, &x.p.blocks[b.head])
		e.Heading = truncate(string(h), maxHeading)
	}
	return e
}

// class names the kind of a block by its tags.
func (x *Extractor) class(b *block) string {
	el := x.p.elems
	switch ctx := el[b.holder].ctx | el[b.elem].ctx; {
	case ctx&inHeading != 0:
		return "heading"
	case b.pre:
		return "code"
	case ctx&inCell != 0 || el[b.holder].tag == tagCaption:
		return "table"
	case ctx&inList != 0 || el[b.holder].tag == tagLI:
		return "list"
	case ctx&inQuote != 0:
		return "quote"
	case ctx&inDL != 0:
		return "definition"
	case ctx&inFigure != 0:
		return "caption"
	case ctx&(inForm|inButton|inLabel) != 0:
		return "form"
	}
	return "paragraph"
}

// reasons finds the features with the largest effects on the last stage that the
// model has.
func (x *Extractor) reasons(f, mean *features, limit int) []Feature {
	trees := x.model.trees
	if len(trees) == 0 {
		trees = x.model.first
	}
	var effect features
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
func (t *Tree) leaf(f *features, other int, value float32) (n int) {
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

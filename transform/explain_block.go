package transform

import (
	"iter"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/metadata"
	"github.com/corpusmill/corpusmill/transform/html/score"
	"github.com/corpusmill/corpusmill/transform/html/token"
)

// Explained is a block with what decided about it.
type Explained struct {
	Block
	Class   string    // heading, paragraph, list, table, code, quote, definition, caption or form
	Level   int       // 1 to 6 for a heading
	Rule    string    // score, second_try, repetition, comments, tables, table_heading, table_cell, subheading, lede, notice, thread_title, post, collection, login, line_numbers or all; of a dropped block also what lowered its score: related, contents, filters, hidden, replies, outside_body, elsewhere, rights, credits, headline, post_stamp, post_notice
	Cut     float64   // score from which blocks of this page are kept
	First   float64   // score by its own features alone
	Raw     float64   // score before a rule lowered it
	Group   int       // blocks at the same place of a repeated structure, this one counted
	Heading string    // text of the heading above
	Reasons []Feature // the strongest first
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
		var f score.Features
		i := 0
		for b := range x.Blocks() {
			copy(f[:], b.Features)
			e := x.explain(i, b, &f)
			e.Reasons = x.s.Reasons(&f, mean, limit)
			if !yield(e) {
				return
			}
			i++
		}
	}
}

func (x *Extractor) meanFeatures() *score.Features {
	var mean score.Features
	n := float32(0)
	for b := range x.Blocks() {
		n++
		for k, v := range b.Features {
			mean[k] += (v - mean[k]) / n
		}
	}
	return &mean
}

func (x *Extractor) explain(i int, out Block, f *score.Features) Explained {
	b := &x.p.Blocks[i]
	e := Explained{Block: out, Level: x.p.HeadingRank(b), Cut: float64(x.c.Cut), First: float64(b.First), Raw: float64(x.s.Raw(b, f)),
		Rule: b.Rule.String(), Group: int(x.s.Groups[b.Group].Blocks)}
	if b.Rule == dom.ByScore && b.Lowered != 0 && !b.Keep {
		e.Rule = b.Lowered.String()
	}
	if x.c.Mode == All && b.Rule == dom.ByScore {
		e.Rule = "all"
	}
	e.Class = x.class(b)
	if b.Head >= 0 {
		h := x.p.AppendBlock(nil, &x.d, &x.p.Blocks[b.Head])
		e.Heading = metadata.Truncate(string(h), maxHeading)
	}
	return e
}

// class names the kind of a block by its tags.
func (x *Extractor) class(b *dom.Block) string {
	el := x.p.Elems
	switch ctx := el[b.Holder].Ctx | el[b.Elem].Ctx; {
	case ctx&dom.InHeading != 0:
		return "heading"
	case b.Pre:
		return "code"
	case ctx&dom.InCell != 0 || el[b.Holder].Tag == token.Caption:
		return "table"
	case ctx&dom.InList != 0 || el[b.Holder].Tag == token.LI:
		return "list"
	case ctx&dom.InQuote != 0:
		return "quote"
	case ctx&dom.InDL != 0:
		return "definition"
	case ctx&dom.InFigure != 0:
		return "caption"
	case ctx&(dom.InForm|dom.InButton|dom.InLabel) != 0:
		return "form"
	}
	return "paragraph"
}

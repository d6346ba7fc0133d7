// Package choose decides which blocks of a scored page stay: rules move the scores, a
// cut promises the best balance, and rules mend what a cut cannot know.
package choose

import (
	"fmt"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/inline"
	"github.com/corpusmill/corpusmill/transform/html/score"
)

// Mode says how an extractor weighs what it may lose against what it may let
// in.
type Mode uint8

// Modes.
const (
	Default   Mode = iota // best balance (F1)
	Precision             // leaves doubtful blocks out (F0.5)
	Recall                // keeps doubtful blocks (F2)
	All                   // all visible text, no removal of boilerplate
)

// ParseMode reads the name of a mode: precision, default, recall or all.
func ParseMode(name string) (Mode, error) {
	switch name {
	case "precision":
		return Precision, nil
	case "default":
		return Default, nil
	case "recall":
		return Recall, nil
	case "all":
		return All, nil
	}
	return 0, fmt.Errorf("%q: want precision, default, recall or all", name)
}

// scoreBins is the resolution at which the cut between kept and dropped
// blocks is chosen.
const scoreBins = 200

// Options of a choice.
type Options struct {
	Mode     Mode
	Comments bool    // keep readers' comments always; else only where they are the content
	Beta     float64 // weight of recall against precision (F-beta); 0 = the mode's
	// Collection is what is kept of a page that is a list of items.
	Collection Collection
}

// Chooser decides which blocks of a scored page stay.
type Chooser struct {
	p     *dom.Page
	s     *score.Scorer
	d     *inline.Decoder
	line  cutLine
	Cut   float32     // score from which blocks are kept
	Mode  Mode        // of the last page
	twice *repeats    // made when first needed
	shown []dom.Block // the blocks, with those of symbols that are shown
	out   []byte
}

// Choose keeps the blocks above the cut that promises the best F-beta.
func (x *Chooser) Choose(p *dom.Page, s *score.Scorer, d *inline.Decoder, o Options) {
	x.p, x.s, x.d = p, s, d
	if o.Mode != All {
		x.adjust(o)
	}
	x.line.fill(x.p.Blocks)
	cut := x.findCut(o)
	var wide, more, said bool
	if o.Mode != All {
		if wide, said = x.lost(); !wide {
			more, said = x.faint()
			more = more && !x.enough(cut)
		}
	}
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		b.Keep, b.Rule = int(b.Score*scoreBins) >= cut || o.Mode == All, dom.ByScore
		if wide {
			b.Keep, b.Rule = x.plain(b) && (b.Stops > 0 || !said), dom.BySecondTry
		}
		switch {
		case more && said && b.Stops == 0 && (b.Score < faintScore || b.Weight >= faintWeight):
			b.Keep, b.Rule = false, dom.BySecondTry
		case more && x.likely(b):
			b.Keep, b.Rule = true, dom.BySecondTry
		}
		if b.Keep && o.Mode != All && (b.Repeats() && x.p.Blocks[b.Twin-1].Keep && !x.inRow(b) && !x.saidAgain(b) || x.postHead(i)) {
			b.Keep, b.Rule = false, dom.ByRepetition
		}
		if o.Comments && !b.Keep && x.readersWords(b) {
			b.Keep, b.Rule = true, dom.ByComments
		}
	}
	if o.Mode != All {
		x.keepHeads()
		x.keepLede()
		x.keepNotice()
		x.keepThreadTitle()
		x.keepPosts()
		x.keepSubheads()
		x.keepCells()
		x.keepTables()
		x.dropRepeats()
		x.dropLineNumbers()
		x.chooseCollection(o.Collection)
		x.dropLogin()
	}
	x.Cut, x.Mode = float32(cut)/scoreBins, o.Mode
}

// enough reports a page that is no article and has text by a cut.
func (x *Chooser) enough(cut int) bool {
	var words int32
	for i := range x.p.Blocks {
		if b := &x.p.Blocks[i]; int(b.Score*scoreBins) >= cut {
			words += b.Words
		}
	}
	return x.s.Kinds[score.OnArticle] < faintKind && words >= faintKept
}

// lostScore is the score below which nothing on a page looks like content.
const lostScore = 0.2

// lost reports a page on which the model found nothing, though there is text:
// then all text that is no list of links is taken, and where some of it is said in
// sentences, only that.
func (x *Chooser) lost() (lost, said bool) {
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		if b.Score >= lostScore {
			return false, false
		}
		if x.plain(b) {
			lost, said = true, said || b.Stops > 0
		}
	}
	return lost, said
}

// plain reports a longer text with few links that stands in no furniture by its
// tags.
func (x *Chooser) plain(b *dom.Block) bool {
	return b.IsGood() && x.p.Elems[b.Elem].Ctx&(dom.InNav|dom.InHeader|dom.InFooter|dom.InAside|dom.InHidden|dom.InForm) == 0
}

// expected is the expected F1 of the kept blocks.
func (x *Chooser) expected() float32 {
	var hit, kept, all float32
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		w := float32(b.Words)
		all += b.Score * w
		if b.Keep {
			hit += b.Score * w
			kept += w
		}
	}
	return score.Ratio(2*hit, kept+all)
}

// Kept is the number of blocks that stay.
func (x *Chooser) Kept() (n int) {
	for i := range x.p.Blocks {
		if x.p.Blocks[i].Keep {
			n++
		}
	}
	return n
}

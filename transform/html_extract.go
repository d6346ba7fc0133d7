// Package transform turns raw documents into text. Its HTML extractor finds
// the main content of a web page in one pass over flat arrays: no recursion,
// no pointer tree, time linear in the page.
package transform

import (
	"errors"
	"fmt"
	"net/url"
)

// Mode says how an extractor weighs what it may lose against what it may let
// in.
type Mode uint8

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

// Options of an extraction. The zero value is the default mode without
// comments and with data tables.
type Options struct {
	Mode     Mode
	Comments bool    // keep readers' comments always; else only where they are the content, as in forums
	NoTables bool    // drop data tables
	Beta     float64 // weight of recall against precision (F-beta); 0 = the mode's
	MaxBytes int     // longest page, bytes; 0 = 20 MiB
	MaxNodes int     // elements, and text blocks, kept apart; 0 = 100,000; fewer on small pages; what is beyond is flattened
	Format   Format  // how Page.Text is written; which blocks are kept does not depend on it
	Links    bool    // write links to http and https addresses; not in plain text
	Images   bool    // write images that have an alternative text; not in plain text
	BaseURL  string  // the page's own address: what links are relative to
	XHTML    bool    // the page was served as application/xhtml+xml: <div/> and the like are empty
}

const (
	defaultMaxBytes = 20 << 20
	defaultMaxNodes = 100_000
	// A page has so many nodes and one more for so many bytes (one in 2,300 real pages
	// has an element every 50): what is held for a page must not be many times its size.
	fewNodes     = 4096
	bytesPerNode = 64
)

// Page is the outcome of an extraction. All strings belong to the caller.
type Page struct {
	Text        string  // main text, one block a line unless Options.Format says else
	Title       string  // <title>, else OpenGraph
	Lang        string  // language tag that the page declares
	Canonical   string  // canonical URL; as written unless Options.BaseURL is known
	Author      string  // meta, JSON-LD or rel=author; several are set apart by "; "
	Date        string  // date of publication as written
	Site        string  // name of the site
	Description string  // meta description
	License     string  // of the page, as SPDX names it; "" when unknown or none is named
	LicenseURL  string  // address of its text; see Extractor.Licenses for all
	Confidence  float64 // expected F1 of Text, 0 to 1
	Blocks      int     // text blocks found
	Kept        int     // text blocks in Text
}

// ErrTooLarge reports a page over Options.MaxBytes.
var ErrTooLarge = errors.New("transform: page is too large")

// Extractor finds the main content of HTML pages. It reuses its memory from
// page to page; it is not safe for concurrent use: one a worker. The zero
// value uses the built-in model.
type Extractor struct {
	model *Model
	p     parser
	scan  scanner
	page  pageStats
	seen  map[uint64]int32
	// places finds the groups of repeated structures.
	places map[uint64]int32
	groups []group
	line   cutLine
	cut    float32        // score from which blocks are kept
	mode   Mode           // of the last page
	kinds  [Kinds]float32 // probability of each kind of page
	ents   entities
	out    []byte
	feat   features
	// before is the text weight ahead of the block being scored.
	before float32
	// since is the text weight behind the last block that scored high.
	since     float32
	hits      hits
	titleHash uint64
	twice     *repeats  // made when first needed
	symbols   []symbols // blocks without a letter or digit
	shown     []block   // the blocks, with those of symbols that are shown
	up        [4]int32  // containers of the block being scored
	r         *renderer // of formats with structure; made when first asked for
	pageURL   string
	base      *url.URL // of the page's links; nil when unknown
	based     bool     // it was looked for
}

// NewExtractor returns an extractor with a model of the caller's; nil means
// the built-in one.
func NewExtractor(m *Model) *Extractor { return &Extractor{model: m} }

// What an extractor holds: for a page at most pageFactor times its size, and what every
// page may need.
const (
	keepPageBytes = 512 << 10
	pageFactor    = 8
	spareHeld     = 2 << 20
)

// HeldBytes is the most that an extractor holds after Trim.
const HeldBytes = pageFactor*keepPageBytes + spareHeld

// Trim lets go of the memory that a page of more than 512 KiB took, and with it of what
// is known of that page. It reports whether there was such a page.
func (x *Extractor) Trim() bool {
	if len(x.p.html) <= keepPageBytes {
		return false
	}
	*x = Extractor{model: x.model}
	return true
}

// Extract returns the main content and metadata of a page. html must be valid
// UTF-8 (see DecodeHTML). Nothing in the result aliases html or the extractor.
// A page over MaxBytes gives ErrTooLarge; every other input gives a Page,
// possibly with an empty Text.
func (x *Extractor) Extract(html string, o Options) (Page, error) {
	limit := o.MaxBytes
	if limit <= 0 {
		limit = defaultMaxBytes
	}
	if len(html) > limit {
		return Page{}, fmt.Errorf("%w: %d bytes, limit %d", ErrTooLarge, len(html), limit)
	}
	x.analyse(html, o)
	x.choose(o)
	x.pageURL, x.base, x.based = o.BaseURL, nil, false
	var pg Page
	x.finish(&pg)
	scored := x.p.blocks
	x.p.blocks = x.withSymbols()
	if o.Format == FormatText {
		pg.Text = x.render()
	} else {
		pg.Text = x.renderAs(o)
	}
	x.p.blocks = scored
	pg.Confidence, pg.Blocks, pg.Kept = x.confidence(), len(x.p.blocks), x.kept()
	return pg, nil
}

// analyse parses, measures and scores a page.
func (x *Extractor) analyse(html string, o Options) {
	if x.model == nil {
		x.model = sharedModel()
	}
	if x.seen == nil {
		x.seen = make(map[uint64]int32)
		x.places = make(map[uint64]int32)
	}
	x.p.maxNodes = o.MaxNodes
	if x.p.maxNodes <= 0 {
		x.p.maxNodes = defaultMaxNodes
	}
	x.p.maxNodes = min(x.p.maxNodes, fewNodes+len(html)/bytesPerNode)
	x.p.comments, x.p.markup, x.p.xhtml = o.Comments, o.Format != FormatText, o.XHTML
	x.p.words, x.scan.texts = x.model.classes, x.model.texts
	x.p.parse(html)
	x.measure()
	x.score()
}

// score gives every block its probability of being main content: first from
// its own features, then with the first scores of what is around it.
func (x *Extractor) score() {
	m := x.model
	f := &x.feat
	*f = features{}
	x.fillPage(f)
	x.scoreKinds(f)
	x.before = 0
	stride := x.stride()
	for i := range x.p.blocks {
		b := &x.p.blocks[i]
		if i%stride != 0 {
			b.first = x.p.blocks[i-1].first
			b.score = b.first
			x.before += b.weight
			continue
		}
		x.fill(i, f)
		x.before += b.weight
		if len(m.first) == 0 {
			b.first = sigmoid(x.prior(f))
		} else {
			b.first = sigmoid(logOdds(m.firstBias, m.first, f))
		}
		b.score = b.first
	}
	x.sumScores()
	if len(m.trees) == 0 {
		return
	}
	x.before = 0
	x.fillHits(f)
	for i := range x.p.blocks {
		b := &x.p.blocks[i]
		if i%stride != 0 {
			b.score = x.p.blocks[i-1].score
			x.before += b.weight
			continue
		}
		if b.first < hopeless {
			x.before += b.weight
			x.since += b.weight
			continue
		}
		x.fill(i, f)
		x.before += b.weight
		x.fillScores(i, f)
		b.score = sigmoid(logOdds(m.bias, m.trees, f))
	}
}

// hopeless is the first score below which the second stage is not asked: two blocks of
// five, and cross-validation shows no difference.
const hopeless = 0.02

// A page has this many blocks scored, and one more for so many bytes: one in 150 real
// pages has more, and noise must not cost more than text.
const (
	scoredBlocks    = 256
	bytesPerScoring = 300
)

// stride is the distance between blocks that are scored; those between take the
// score before them.
func (x *Extractor) stride() int {
	most := scoredBlocks + len(x.p.html)/bytesPerScoring
	return 1 + len(x.p.blocks)/(most+1)
}

// scoreBins is the resolution at which the cut between kept and dropped
// blocks is chosen.
const scoreBins = 200

// A block inside a container of comments is taken as a comment, not as a
// button or a form, from these on.
const (
	minCommentWords = 4
	minCommentScore = 0.02
)

// choose keeps the blocks above the cut that promises the best F-beta.
func (x *Extractor) choose(o Options) {
	if o.Mode != All {
		x.adjust(o)
	}
	x.line.fill(x.p.blocks)
	cut := x.line.at(x.balance(o))
	var wide, more, said bool
	if o.Mode != All {
		if wide, said = x.lost(); !wide {
			more, said = x.faint()
		}
	}
	for i := range x.p.blocks {
		b := &x.p.blocks[i]
		b.keep, b.rule = int(b.score*scoreBins) >= cut || o.Mode == All, byScore
		if wide {
			b.keep, b.rule = x.plain(b) && (b.stops > 0 || !said), bySecondTry
		}
		switch {
		case more && said && b.stops == 0 && (b.score < faintScore || b.weight >= faintWeight):
			b.keep, b.rule = false, bySecondTry
		case more && x.likely(b):
			b.keep, b.rule = true, bySecondTry
		}
		if b.keep && o.Mode != All && (b.repeats() && x.p.blocks[b.twin-1].keep && !x.inRow(b) || x.postHead(i)) {
			b.keep, b.rule = false, byRepetition
		}
		if o.Comments && !b.keep && x.p.elems[b.elem].ctx&(inComment|inReplies) != 0 && b.words >= minCommentWords && b.score >= minCommentScore {
			b.keep, b.rule = true, byComments
		}
	}
	if o.Mode != All {
		x.keepHeads()
		x.keepLede()
		x.dropRepeats()
	}
	x.cut, x.mode = float32(cut)/scoreBins, o.Mode
	if o.NoTables {
		x.dropTables()
	}
}

// lostScore is the score below which nothing on a page looks like content.
const lostScore = 0.2

// lost reports a page on which the model found nothing, though there is text:
// then all text that is no list of links is taken, and where some of it is said in
// sentences, only that.
func (x *Extractor) lost() (lost, said bool) {
	for i := range x.p.blocks {
		b := &x.p.blocks[i]
		if b.score >= lostScore {
			return false, false
		}
		if x.plain(b) {
			lost, said = true, said || b.stops > 0
		}
	}
	return lost, said
}

// plain reports a longer text with few links that stands in no furniture by its
// tags.
func (x *Extractor) plain(b *block) bool {
	return b.isGood() && x.p.elems[b.elem].ctx&(inNav|inHeader|inFooter|inAside|inHidden|inForm) == 0
}

// confidence is the expected F1 of the kept blocks.
func (x *Extractor) confidence() float64 {
	var h, s, g float64
	for i := range x.p.blocks {
		b := &x.p.blocks[i]
		w := float64(b.words)
		g += float64(b.score) * w
		if b.keep {
			h += float64(b.score) * w
			s += w
		}
	}
	if s+g == 0 {
		return 0
	}
	return 2 * h / (s + g)
}

func (x *Extractor) kept() (n int) {
	for i := range x.p.blocks {
		if x.p.blocks[i].keep {
			n++
		}
	}
	return n
}

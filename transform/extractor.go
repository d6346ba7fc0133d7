// Package transform turns raw documents into text. Its HTML extractor finds
// the main content of a web page in one pass over flat arrays: no recursion,
// no pointer tree, time linear in the page.
package transform

import (
	"errors"
	"fmt"
	stdhtml "html"
	"strings"

	"github.com/corpusmill/corpusmill/transform/html/choose"
	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/inline"
	"github.com/corpusmill/corpusmill/transform/html/metadata"
	"github.com/corpusmill/corpusmill/transform/html/parse"
	"github.com/corpusmill/corpusmill/transform/html/render"
	"github.com/corpusmill/corpusmill/transform/html/score"
	"github.com/corpusmill/corpusmill/transform/html/state"
)

// Options of an extraction. The zero value is the default mode without
// comments and with data tables.
type Options struct {
	Mode     Mode
	Comments bool // keep readers' comments always; else only where they are the content, as in forums
	NoTables bool // drop data tables
	// Collection is what is kept of a page that is a list of items.
	Collection Collection
	Beta       float64 // weight of recall against precision (F-beta); 0 = the mode's
	MaxBytes   int     // longest page, bytes; 0 = 20 MiB
	MaxNodes   int     // elements, and text blocks, kept apart; 0 = 100,000; fewer on small pages; what is beyond is flattened
	Format     Format  // how Page.Text is written; which blocks are kept does not depend on it
	Links      bool    // write links to http and https addresses; not in plain text
	Images     bool    // write images that have an alternative text; not in plain text
	BaseURL    string  // the page's own address: what links are relative to
	XHTML      bool    // the page was served as application/xhtml+xml: <div/> and the like are empty
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
	Confidence  float64 // probability that Text is right for the most part, with a word F1 above 0.8; 0 to 1
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
	p     parse.Parser
	s     score.Scorer
	c     choose.Chooser
	m     metadata.Reader
	r     render.Renderer
	d     inline.Decoder
	trace bool
	out   []byte
	bytes int // of the last page, which a page of its state may have taken the place of
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
	if x.bytes <= keepPageBytes {
		return false
	}
	*x = Extractor{model: x.model, trace: x.trace}
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
	if x.model == nil {
		x.model = score.Builtin()
	}
	x.bytes = len(html)
	p := x.p.Parse(html, x.parseOptions(len(html), o))
	x.s.Run(p, x.model)
	p = x.fromState(p, o)
	x.c.Choose(p, &x.s, &x.d, choose.Options{Mode: o.Mode, Comments: o.Comments, Beta: o.Beta, Collection: o.Collection})
	if o.NoTables {
		x.r.DropTables(p)
	}
	pg := pageOf(x.m.Read(&p.Head, &x.d, o.BaseURL))
	ro := render.Options{Format: o.Format, Links: o.Links, Images: o.Images}
	if o.Links || o.Images {
		ro.Base = x.m.LinkBase()
	}
	scored := p.Blocks
	p.Blocks = x.c.WithSymbols()
	pg.Text = x.r.Render(p, &x.d, ro)
	p.Blocks = scored
	x.c.Rendered()
	pg.Confidence, pg.Blocks, pg.Kept = x.c.Confidence(), len(p.Blocks), x.c.Kept()
	return pg, nil
}

const (
	stateShown   = 1000    // letters of visible text from which a script's is not looked for
	stateLong    = 200     // the same of long texts
	stateGain    = 3       // times the bytes of the visible text that a script's has at least
	stateBytes   = 300     // bytes that it has at least
	maxAttrState = 1 << 20 // bytes of a state in an attribute
	islandBytes  = 600     // the same of JSON of an unknown use
	ldBytes      = 200     // the same of the body in a page's metadata
)

// fromState makes the page anew from a script that holds its text, where the page itself
// shows next to none.
func (x *Extractor) fromState(p *dom.Page, o Options) *dom.Page {
	all, long := x.s.ShownText()
	if all >= stateShown || long >= stateLong {
		return p
	}
	body := scriptText(p, stateGain*int(all))
	if body == "" {
		return p
	}
	head := p.Head
	p = x.p.Parse("<article>"+body+"</article>", x.parseOptions(len(body), o))
	p.Head, p.Stated = head, true
	x.s.Run(p, x.model)
	return p
}

// scriptText is a page of the text that a script of p holds, of so many bytes at least, ""
// where there is none: of its state, of the body in its metadata, of other JSON.
func scriptText(p *dom.Page, least int) string {
	if p.State != "" {
		if s := state.Page(p.State); len(s) >= max(stateBytes, least) {
			return s
		}
	}
	if p.Head.LDBody != "" {
		if s := state.Body(p.Head.LDBody); len(s) >= max(ldBytes, least) {
			return s
		}
	}
	if p.Island != "" {
		if s := state.Island(p.Island); len(s) >= max(islandBytes, least) {
			return s
		}
	}
	if s := state.Page(attrState(p.HTML)); len(s) >= max(stateBytes, least) {
		return s
	}
	return ""
}

// attrState is the state that Inertia leaves in an attribute of the page's only element.
func attrState(html string) string {
	_, rest, ok := strings.Cut(html, ` data-page="{`)
	if !ok {
		return ""
	}
	value, _, _ := strings.Cut(rest, `"`)
	return stdhtml.UnescapeString("{" + value[:min(len(value), maxAttrState)])
}

func (x *Extractor) parseOptions(size int, o Options) parse.Options {
	nodes := o.MaxNodes
	if nodes <= 0 {
		nodes = defaultMaxNodes
	}
	return parse.Options{MaxNodes: min(nodes, fewNodes+size/bytesPerNode), Words: x.model.ClassWords(),
		Comments: o.Comments, Markup: o.Format != FormatText, XHTML: o.XHTML, Trace: x.trace}
}

// pageOf takes the fields of a page's metadata.
func pageOf(m metadata.Fields) Page {
	return Page{Title: m.Title, Lang: m.Lang, Canonical: m.Canonical, Author: m.Author, Date: m.Date, Site: m.Site,
		Description: m.Description, License: m.License, LicenseURL: m.LicenseURL}
}

// Licenses returns the licences that the page that Extract saw last names for
// itself: by rel=license, by its metadata, or by a link to Creative Commons in its
// footer, in this order. At most 8 are kept.
func (x *Extractor) Licenses() []License { return x.m.Licenses() }

// KindScores returns the probability of each kind for the page that Extract
// saw last.
func (x *Extractor) KindScores() [Kinds]float32 { return x.s.Kinds }

// ConfidenceFeatures returns what the confidence of the page that Extract saw last is
// learned from. It is for training.
func (x *Extractor) ConfidenceFeatures() []float32 { return x.c.ConfidenceFeatures() }

// PageFeatures returns the features of the page that Extract saw last, in the
// places they have among a block's; the others are 0. It is for training.
func (x *Extractor) PageFeatures() []float32 { return x.s.PageFeatures() }

package transform

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/internal/held"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/transform/charset"
	"github.com/corpusmill/corpusmill/transform/html/render"
	"github.com/corpusmill/corpusmill/transform/html/score"
)

// HTMLText turns an HTML page into the text of its main content, and decodes
// plain text, with Markdown and LaTeX that no stage for them took. Text for screen readers alone is left out. A page served as
// application/xhtml+xml is read as XHTML. A document that has no raw bytes goes through
// as it is.
type HTMLText struct {
	// Mode weighs precision against recall: precision, default, recall, or all
	// for the whole page's text.
	Mode string `yaml:"mode" default:"default"`
	// Comments keeps the readers' comments under an article.
	Comments bool `yaml:"comments"`
	// DropTables leaves data tables out.
	DropTables bool `yaml:"drop_tables"`
	// MaxPageBytes is the largest page that is worked on; a larger one is
	// rejected as too_large.
	MaxPageBytes config.Bytes `yaml:"max_page_bytes" default:"20MiB"`
	// Collection is what is kept of a page whose subject is a list of items, such as
	// the products of a shop's category: text for what is said beside the items, items
	// for them and for headings, all for both as far as they are content.
	Collection string `yaml:"collection" default:"all"`
	// KeepTitle writes the page's title above its text.
	KeepTitle bool `yaml:"keep_title"`
	// Format is text for one block a line, markdown (CommonMark with tables, code,
	// and formulas between dollar signs) or html (headings, lists, tables, code,
	// quotes, nothing else). Which blocks are kept does not depend on it.
	Format string `yaml:"format" default:"text"`
	// Links writes links to http and https addresses, in markdown and html.
	Links bool `yaml:"links"`
	// Images writes images that have an alternative text, in markdown and html.
	Images bool `yaml:"images"`
	// Metadata writes what the page says of itself into the column extra, as JSON: title,
	// author, date, language, site, canonical, license, license_urls, description.
	Metadata bool `yaml:"metadata"`
	// Confidence writes how sure the text is into the column sig_html_text_confidence
	// (sig_, the stage's name, confidence): the probability, 0 to 1, that it has a word F1
	// above 0.8 against what a person would take. What is no HTML has none, null.
	Confidence bool `yaml:"confidence"`
}

// Validate checks the settings.
func (h *HTMLText) Validate() error {
	if _, err := ParseMode(h.Mode); err != nil {
		return fmt.Errorf("mode: %w", err)
	}
	if _, err := ParseFormat(h.Format); err != nil {
		return fmt.Errorf("format: %w", err)
	}
	if _, err := ParseCollection(h.Collection); err != nil {
		return fmt.Errorf("collection: %w", err)
	}
	if h.Format == "text" && (h.Links || h.Images) {
		return errors.New("links and images: plain text has none; set format: markdown or html")
	}
	if h.MaxPageBytes < 1 {
		return errors.New("max_page_bytes: must be positive")
	}
	return nil
}

// HTMLTextDef defines the stage html_text.
var HTMLTextDef = stage.DefineOpen("html_text", 27, newHTMLText)

// OpenHTMLText makes the stage ready; zero fields take their defaults.
func OpenHTMLText(ctx context.Context, h HTMLText, env *stage.Env) (*HTMLTextStage, error) {
	return stage.Open[*HTMLTextStage](ctx, HTMLTextDef, h, env)
}

func newHTMLText(_ context.Context, h HTMLText, _ *stage.Env) (*HTMLTextStage, error) {
	mode, err := ParseMode(h.Mode)
	if err != nil {
		return nil, err
	}
	format, err := ParseFormat(h.Format)
	if err != nil {
		return nil, err
	}
	collection, err := ParseCollection(h.Collection)
	return &HTMLTextStage{settings: h, options: Options{Mode: mode, Comments: h.Comments, NoTables: h.DropTables, Collection: collection,
		MaxBytes: int(h.MaxPageBytes), Format: format, Links: h.Links, Images: h.Images}}, err
}

// HTMLTextStage is the opened stage.
type HTMLTextStage struct {
	settings  HTMLText
	options   Options
	extractor *Extractor // of a fork
	read      bool       // it holds the last document's page
}

// Fork returns a copy with an extractor of its own.
func (h *HTMLTextStage) Fork() any {
	c := *h
	c.extractor = NewExtractor(nil)
	return &c
}

// Rules are the rules that the stage may give.
func (h *HTMLTextStage) Rules() []string { return []string{"no_text", "too_large", "media_type"} }

// Reads lists what a page is read by.
func (*HTMLTextStage) Reads() []string { return []string{"raw", "media", "charset", "url", "extra"} }

// Writes lists what extraction leaves.
func (*HTMLTextStage) Writes() []string { return []string{"text", "raw", "extra"} }

// HoldsBytes implements stage.Holder: the model, and the extractor of each worker.
func (h *HTMLTextStage) HoldsBytes(workers int) int64 {
	return held.Bytes(score.Builtin()) + int64(workers)*HeldBytes
}

// Apply replaces the raw bytes by text.
func (h *HTMLTextStage) Apply(d *corpus.Document) (corpus.Verdict, error) {
	_, v, err := h.ApplyPage(d)
	if h.extractor != nil && h.extractor.Trim() {
		h.read = false
	}
	return v, err
}

// confidenceColumn is the column of the setting confidence.
var confidenceColumn = corpus.Column{Name: "confidence", Type: corpus.Float, Doc: "probability that the text extracted from a page has a word F1 above 0.8"}

// Columns is the confidence, where it is asked for.
func (h *HTMLTextStage) Columns() []corpus.Column {
	if !h.settings.Confidence {
		return nil
	}
	return []corpus.Column{confidenceColumn}
}

// Record is Apply that also sets the confidence of a page's text.
func (h *HTMLTextStage) Record(d *corpus.Document, v *corpus.Values) (corpus.Verdict, error) {
	page := d.Raw != nil && !isPlain(d.Media)
	pg, verdict, err := h.ApplyPage(d)
	if h.settings.Confidence && page && err == nil && pg.Blocks > 0 {
		v.Set(0, pg.Confidence)
	}
	if h.extractor != nil && h.extractor.Trim() {
		h.read = false
	}
	return verdict, err
}

// MediaType is a media type as it is compared: in lower case, without parameters.
func MediaType(media string) string {
	media, _, _ = strings.Cut(media, ";")
	return strings.ToLower(strings.TrimSpace(media))
}

// isPlain says whether a type is one whose bytes are text as they are.
func isPlain(media string) bool {
	return media == format.MediaText || media == format.MediaMD || media == format.MediaTeX
}

// ApplyPage is Apply, and returns the page with its metadata: the zero Page for
// what is no HTML.
func (h *HTMLTextStage) ApplyPage(d *corpus.Document) (Page, corpus.Verdict, error) {
	var page Page
	if h.extractor != nil { // a stage that is no fork may be shared
		h.read = false
	}
	v, err := h.apply(d, &page)
	return page, v, err
}

func (h *HTMLTextStage) apply(d *corpus.Document, page *Page) (corpus.Verdict, error) {
	if d.Raw == nil {
		return corpus.Keep, nil
	}
	size := float64(len(d.Raw))
	if limit := float64(h.settings.MaxPageBytes); size > limit {
		d.Raw = nil
		return corpus.Verdict{Rule: "too_large", Value: size, Limit: limit}, nil
	}
	raw := d.Raw
	d.Raw = nil
	switch d.Media {
	case format.MediaHTML, format.MediaXHTML, format.MediaText, format.MediaMD, format.MediaTeX, "":
	default:
		return corpus.Verdict{Rule: "media_type", Detail: d.Media}, nil
	}
	if m := format.Media(raw); m == "" || strings.HasPrefix(m, "application/") { // not what it is said to be
		return corpus.Verdict{Rule: "media_type", Detail: cmp.Or(m, "binary")}, nil
	}
	if isPlain(d.Media) {
		text, _, _ := charset.DecodeHTML(raw, d.Charset)
		if d.Text = strings.TrimSpace(text); h.options.Format == FormatHTML && d.Text != "" {
			d.Text = "<pre>" + string(render.AppendEscaped(nil, []byte(d.Text))) + "</pre>"
		}
		return h.verdict(d), nil
	}
	x := h.extractor
	if x == nil { // a plain call outside a worker
		x = NewExtractor(nil)
	}
	html, _, _ := charset.ReadHTML(raw, d.Charset) // the raw page is the document's own, and gone with it
	o := h.options
	o.BaseURL, o.XHTML = d.URL, d.Media == format.MediaXHTML
	pg, err := x.Extract(html, o)
	if errors.Is(err, ErrTooLarge) {
		return corpus.Verdict{Rule: "too_large", Value: float64(len(html)), Limit: float64(h.settings.MaxPageBytes)}, nil
	}
	if err != nil {
		return corpus.Keep, err
	}
	*page = pg
	if h.extractor != nil {
		h.read = true
	}
	d.Text = pg.Text
	if h.settings.Metadata {
		m := metadataOf(&pg, x.Licenses())
		if d.Extra, err = m.AddTo(d.Extra); err != nil {
			return corpus.Keep, err
		}
	}
	if h.settings.KeepTitle && pg.Title != "" {
		d.Text = render.WithTitle(o.Format, pg.Title, d.Text)
	}
	return h.verdict(d), nil
}

// Explain yields the blocks of the page that ApplyPage saw last, with what
// decided about them, at most limit features each; see Extractor.Explain. Only a
// fork remembers its page.
func (h *HTMLTextStage) Explain(limit int) iter.Seq[Explained] {
	if !h.read {
		return func(func(Explained) bool) {}
	}
	return h.extractor.Explain(limit)
}

// Licenses returns the licences that the page that ApplyPage saw last names for
// itself; see Extractor.Licenses. Only a fork remembers its page.
func (h *HTMLTextStage) Licenses() []License {
	if !h.read {
		return nil
	}
	return h.extractor.Licenses()
}

func (h *HTMLTextStage) verdict(d *corpus.Document) corpus.Verdict {
	if d.Text == "" {
		return corpus.Verdict{Rule: "no_text", Limit: 1}
	}
	return corpus.Keep
}

// What extraction takes for each byte of a page beside it: the decoded page, the text, and
// the extractor, of which lists double as they grow. Nodes are as many as there may be at
// manyNodesBytes, and what is behind takes less.
const (
	takesFactor     = pageFactor + 3
	takesFactorText = 7
	manyNodesBytes  = defaultMaxNodes * bytesPerNode
)

// TakesBytes implements stage.Taker. Of a page over max_page_bytes it takes nothing, and
// plain text is decoded alone.
func (h *HTMLTextStage) TakesBytes(d *corpus.Document, _ int64) int64 {
	switch n := int64(len(d.Raw)); {
	case n > int64(h.settings.MaxPageBytes):
		return 0
	case isPlain(d.Media):
		return n
	default:
		return min(n, manyNodesBytes)*takesFactor + max(n-manyNodesBytes, 0)*takesFactorText
	}
}

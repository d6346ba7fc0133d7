package transform

import (
	"github.com/corpusmill/corpusmill/internal/license"
	"github.com/corpusmill/corpusmill/transform/charset"
	"github.com/corpusmill/corpusmill/transform/html/choose"
	"github.com/corpusmill/corpusmill/transform/html/render"
	"github.com/corpusmill/corpusmill/transform/html/score"
	"github.com/corpusmill/corpusmill/transform/html/words"
)

// DecodeHTML turns the bytes of a page into the valid UTF-8 that an extractor takes; see
// [charset.DecodeHTML].
func DecodeHTML(raw []byte, httpCharset string) (text string, label string, replaced int) {
	return charset.DecodeHTML(raw, httpCharset)
}

// Mode says how an extractor weighs what it may lose against what it may let
// in.
type Mode = choose.Mode

// Modes of an extraction.
const (
	Default   = choose.Default   // best balance (F1)
	Precision = choose.Precision // leaves doubtful blocks out (F0.5)
	Recall    = choose.Recall    // keeps doubtful blocks (F2)
	All       = choose.All       // all visible text, no removal of boilerplate
)

// ParseMode reads the name of a mode: precision, default, recall or all.
func ParseMode(name string) (Mode, error) { return choose.ParseMode(name) }

// Collection says what is the content of a page whose subject is a list of items: the
// products of a shop's category, the entries of an archive.
type Collection = choose.Collection

// What is kept of a collection.
const (
	CollectionAll   = choose.CollectionAll   // the text and the items, as far as they are content
	CollectionText  = choose.CollectionText  // the text beside the items
	CollectionItems = choose.CollectionItems // the items, and headings
)

// ParseCollection reads the name of a choice: all, text or items.
func ParseCollection(name string) (Collection, error) { return choose.ParseCollection(name) }

// Format is how the text of a page is written.
type Format = render.Format

// Formats of a page's text.
const (
	FormatText     = render.FormatText     // plain text, one block a line
	FormatMarkdown = render.FormatMarkdown // CommonMark with GFM tables; formulas between dollar signs
	FormatHTML     = render.FormatHTML     // h1-h6, p, lists, table, pre, blockquote, strong, em, code, a
)

// ParseFormat reads the name of a format: text, markdown or html.
func ParseFormat(name string) (Format, error) { return render.ParseFormat(name) }

// License is a licence that a page names for itself.
type License = license.License

// ParseLicense reads a licence's address, or a name such as CC BY-SA 4.0. ok is
// false when it is neither; an unknown licence's address is one without ID.
func ParseLicense(s string) (l License, ok bool) { return license.Parse(s) }

// Model scores text blocks. It is read-only after NewModel and may be shared
// by any number of extractors.
type Model = score.Model

// Stage is one of the two stages of a model: the sum of Bias and of one leaf
// of each tree is a block's log-odds of being main content.
type Stage = score.Stage

// Tree is one oblivious decision tree. A block's leaf is the number whose bit k
// says whether feature Feature[k] is above Cut[k].
type Tree = score.Tree

// Feature is what one feature of a block adds to its score.
type Feature = score.Feature

// What models are made of.
const (
	TreeDepth              = score.TreeDepth               // levels of a tree; it has 2^TreeDepth leaves
	Kinds                  = score.Kinds                   // kinds of pages that a model tells apart
	FeatureCount           = score.FeatureCount            // features of a block
	BasicFeatures          = score.BasicFeatures           // those, from the start, that the first stage may ask for
	ConfidenceFeatureCount = choose.ConfidenceFeatureCount // features of a page's confidence
	PageFeatureCount       = score.PageFeatureCount        // those, from the start, among which those of the page are that tell its kind
)

// NewModel builds a model. classWords and textWords are white-space separated
// lists of "word:weight" (weights -127..127) for words of class, id and
// itemprop attributes and for words of text blocks. kinds, one stage for each
// of KindNames or none, tell kinds of pages apart. The first stage sees a
// block's own features; the second also what the first said of the blocks
// around it. Without trees the second stage is left out, and without trees in
// the first a rule takes its place. A tree that names an unknown feature is an
// error.
func NewModel(classWords, textWords string, kinds []Stage, first, second Stage) (*Model, error) {
	return score.NewModel(classWords, textWords, kinds, first, second)
}

// KindNames names the kinds of pages, in the order of a model's.
func KindNames() [Kinds]string { return score.KindNames() }

// FeatureName says in a few words what a feature of a block is.
func FeatureName(i int) string { return score.FeatureName(i) }

// ClassWords returns the lower-case words of a class or id attribute as the
// extractor splits them. It is of use to training programs.
func ClassWords(s string) []string { return words.OfClass(s) }

package markdown

import (
	"context"
	"errors"
	"fmt"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/transform"
	"github.com/corpusmill/corpusmill/transform/charset"
)

// MarkdownText turns Markdown into text: one block a line, without marks, or Markdown of
// one form. Front matter, comments and tags of HTML go; headings, lists, quotes, code,
// tables, footnotes and formulas stay. Documents of another media type than text/markdown,
// which the source documents gives to files named .md, and those without raw bytes, go
// through as they are.
type MarkdownText struct {
	// Format is text for one block a line, or markdown.
	Format string `yaml:"format" default:"text"`
	// Links writes links to http and https addresses, in markdown.
	Links bool `yaml:"links"`
	// Images writes images that have a description, in markdown.
	Images bool `yaml:"images"`
	// Metadata writes what the front matter says into the column extra, as JSON: title (else
	// the first heading), author, date, language, description, license.
	Metadata bool `yaml:"metadata"`
	// MaxFileBytes is the largest file that is worked on; a larger one is rejected as
	// too_large.
	MaxFileBytes config.Bytes `yaml:"max_file_bytes" default:"4MiB"`
}

// Validate checks the settings.
func (m *MarkdownText) Validate() error {
	switch {
	case m.Format != "text" && m.Format != "markdown":
		return fmt.Errorf("format: %q: want text or markdown", m.Format)
	case m.Format == "text" && (m.Links || m.Images):
		return errors.New("links and images: plain text has none; set format: markdown")
	case m.MaxFileBytes < 1:
		return errors.New("max_file_bytes: must be positive")
	}
	return nil
}

// MarkdownTextDef defines the stage markdown_text.
var MarkdownTextDef = stage.DefineOpen("markdown_text", 2, newMarkdownText)

// OpenMarkdownText makes the stage ready; zero fields take their defaults.
func OpenMarkdownText(ctx context.Context, m MarkdownText, env *stage.Env) (*MarkdownTextStage, error) {
	return stage.Open[*MarkdownTextStage](ctx, MarkdownTextDef, m, env)
}

func newMarkdownText(_ context.Context, m MarkdownText, _ *stage.Env) (*MarkdownTextStage, error) {
	return &MarkdownTextStage{settings: m, options: Options{Markdown: m.Format == "markdown", Links: m.Links, Images: m.Images}}, nil
}

// MarkdownTextStage is the opened stage.
type MarkdownTextStage struct {
	settings MarkdownText
	options  Options
	reader   *Reader // of a fork
}

// Fork returns a copy with a reader of its own.
func (s *MarkdownTextStage) Fork() any {
	c := *s
	c.reader = new(Reader)
	return &c
}

// Rules are the rules that the stage may give.
func (*MarkdownTextStage) Rules() []string { return []string{"no_text", "too_deep", "too_large"} }

// Reads lists what a document is read by.
func (*MarkdownTextStage) Reads() []string { return []string{"raw", "media", "charset", "extra"} }

// Writes lists what extraction leaves.
func (*MarkdownTextStage) Writes() []string { return []string{"text", "raw", "extra"} }

// HoldsBytes implements stage.Holder: the extractor of pieces of HTML of each worker.
func (s *MarkdownTextStage) HoldsBytes(workers int) int64 {
	return int64(workers) * transform.HeldBytes
}

// takesFactor is what the tree of a document takes for each byte.
const takesFactor = 60

// TakesBytes implements stage.Taker.
func (s *MarkdownTextStage) TakesBytes(d *corpus.Document, _ int64) int64 {
	if !isMarkdown(d.Media) || int64(len(d.Raw)) > int64(s.settings.MaxFileBytes) {
		return 0
	}
	return takesFactor * int64(len(d.Raw))
}

func isMarkdown(media string) bool {
	switch transform.MediaType(media) {
	case Media, "text/x-markdown":
		return true
	}
	return false
}

// Apply replaces the raw bytes by text.
func (s *MarkdownTextStage) Apply(d *corpus.Document) (corpus.Verdict, error) {
	if d.Raw == nil || !isMarkdown(d.Media) {
		return corpus.Keep, nil
	}
	raw := d.Raw
	d.Raw = nil
	if size, limit := int64(len(raw)), int64(s.settings.MaxFileBytes); size > limit {
		return corpus.Verdict{Rule: "too_large", Value: float64(size), Limit: float64(limit)}, nil
	}
	r := s.reader
	if r == nil { // a plain call outside a worker
		r = new(Reader)
	}
	source, _, _ := charset.DecodeHTML(raw, d.Charset)
	read, err := r.Read(source, s.options)
	if errors.Is(err, ErrLimit) {
		return corpus.Verdict{Rule: "too_deep", Detail: err.Error()}, nil
	}
	if err != nil {
		return corpus.Keep, err
	}
	if s.settings.Metadata {
		if d.Extra, err = read.Metadata.AddTo(d.Extra); err != nil {
			return corpus.Keep, err
		}
	}
	if d.Text = read.Text; d.Text == "" {
		return corpus.Verdict{Rule: "no_text", Limit: 1}, nil
	}
	return corpus.Keep, nil
}

package latex

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

// LaTeXText turns LaTeX sources into text, one block a line, or into Markdown. Headings,
// lists, tables, listings, captions and footnotes are kept, formulas as they are written;
// comments, labels, citations, pictures and drawings are not. Macros that the source
// defines are expanded; a file that it names by \input is not read. Documents of another
// media type than text/x-tex, which the source documents gives to files named .tex, and
// those without raw bytes, go through as they are.
type LaTeXText struct {
	// Format is text for one block a line, or markdown.
	Format string `yaml:"format" default:"text"`
	// Metadata writes what the source says of itself into the column extra, as JSON: title,
	// author, date.
	Metadata bool `yaml:"metadata"`
	// MaxFileBytes is the largest file that is worked on; a larger one is rejected as
	// too_large.
	MaxFileBytes config.Bytes `yaml:"max_file_bytes" default:"8MiB"`
}

// Validate checks the settings.
func (l *LaTeXText) Validate() error {
	switch {
	case l.Format != "text" && l.Format != "markdown":
		return fmt.Errorf("format: %q: want text or markdown", l.Format)
	case l.MaxFileBytes < 1:
		return errors.New("max_file_bytes: must be positive")
	}
	return nil
}

// LaTeXTextDef defines the stage latex_text.
var LaTeXTextDef = stage.DefineOpen("latex_text", 2, newLaTeXText)

// OpenLaTeXText makes the stage ready; zero fields take their defaults.
func OpenLaTeXText(ctx context.Context, l LaTeXText, env *stage.Env) (*LaTeXTextStage, error) {
	return stage.Open[*LaTeXTextStage](ctx, LaTeXTextDef, l, env)
}

func newLaTeXText(_ context.Context, l LaTeXText, _ *stage.Env) (*LaTeXTextStage, error) {
	return &LaTeXTextStage{l}, nil
}

// LaTeXTextStage is the opened stage.
type LaTeXTextStage struct{ settings LaTeXText }

// Rules are the rules that the stage may give.
func (*LaTeXTextStage) Rules() []string { return []string{"no_text", "too_large", "too_much"} }

// Reads lists what a document is read by.
func (*LaTeXTextStage) Reads() []string { return []string{"raw", "media", "charset", "extra"} }

// Writes lists what extraction leaves.
func (*LaTeXTextStage) Writes() []string { return []string{"text", "raw", "extra"} }

func isLaTeX(media string) bool {
	switch transform.MediaType(media) {
	case Media, "application/x-tex", "application/x-latex", "text/x-latex":
		return true
	}
	return false
}

// Apply replaces the raw bytes by text.
func (s *LaTeXTextStage) Apply(d *corpus.Document) (corpus.Verdict, error) {
	if d.Raw == nil || !isLaTeX(d.Media) {
		return corpus.Keep, nil
	}
	raw := d.Raw
	d.Raw = nil
	if size, limit := int64(len(raw)), int64(s.settings.MaxFileBytes); size > limit {
		return corpus.Verdict{Rule: "too_large", Value: float64(size), Limit: float64(limit)}, nil
	}
	source, _, _ := charset.DecodeHTML(raw, d.Charset)
	read, err := Read(source, Options{Markdown: s.settings.Format == "markdown"})
	if errors.Is(err, ErrLimit) {
		return corpus.Verdict{Rule: "too_much", Detail: err.Error()}, nil
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

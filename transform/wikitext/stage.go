package wikitext

import (
	"context"
	"errors"
	"fmt"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

// Media is the media type of wikitext: what the source mediawiki gives to its pages.
const Media = "text/x-wiki"

// WikiText turns the wikitext of MediaWiki into text: paragraphs, headings, lists, tables
// and TeX stay; templates, references, files, categories, markup go. A template that only
// dresses its words, such as lang or nowrap, leaves them. Documents of another media type
// than text/x-wiki, and those without raw bytes, go through as they are.
type WikiText struct {
	// Format is text for one block a line, or markdown for headings, lists, tables, code,
	// and formulas between dollar signs as CommonMark has them.
	Format string `yaml:"format" default:"text"`
	// Variant is what is taken of words that a wiki holds in several variants of its
	// language (-{zh-hans:…; zh-hant:…}-), such as zh-hans; "" takes the first.
	Variant string `yaml:"variant"`
	// DropTables leaves tables out.
	DropTables bool `yaml:"drop_tables"`
	// KeepReferences keeps the sections of references, notes, links and see also.
	KeepReferences bool `yaml:"keep_references"`
	// MaxPageBytes is the largest page that is worked on; a larger one is rejected as
	// too_large. The largest of Wikipedia has 2 MiB.
	MaxPageBytes config.Bytes `yaml:"max_page_bytes" default:"20MiB"`
}

// Validate checks the settings.
func (w *WikiText) Validate() error {
	switch {
	case w.Format != "text" && w.Format != "markdown":
		return fmt.Errorf("format: %q: want text or markdown", w.Format)
	case w.MaxPageBytes < 1:
		return errors.New("max_page_bytes: must be positive")
	}
	return nil
}

// WikiTextDef defines the stage wiki_text.
var WikiTextDef = stage.DefineOpen("wiki_text", 1, newWikiText)

// OpenWikiText makes the stage ready; zero fields take their defaults.
func OpenWikiText(ctx context.Context, w WikiText, env *stage.Env) (*WikiTextStage, error) {
	return stage.Open[*WikiTextStage](ctx, WikiTextDef, w, env)
}

func newWikiText(_ context.Context, w WikiText, _ *stage.Env) (*WikiTextStage, error) {
	return &WikiTextStage{settings: w, options: Options{Markdown: w.Format == "markdown", Variant: w.Variant,
		NoTables: w.DropTables, References: w.KeepReferences}}, nil
}

// WikiTextStage is the opened stage.
type WikiTextStage struct {
	settings WikiText
	options  Options
}

// Rules are the rules that the stage may give.
func (*WikiTextStage) Rules() []string { return []string{"no_text", "too_large"} }

// Reads lists what a document is read by.
func (*WikiTextStage) Reads() []string { return []string{"raw", "media"} }

// Writes lists what extraction leaves.
func (*WikiTextStage) Writes() []string { return []string{"text", "raw"} }

// Apply replaces the raw bytes by text.
func (s *WikiTextStage) Apply(d *corpus.Document) (corpus.Verdict, error) {
	if d.Raw == nil || d.Media != Media {
		return corpus.Keep, nil
	}
	raw := d.Raw
	d.Raw = nil
	if size, limit := float64(len(raw)), float64(s.settings.MaxPageBytes); size > limit {
		return corpus.Verdict{Rule: "too_large", Value: size, Limit: limit}, nil
	}
	if d.Text = Text(string(raw), s.options); d.Text == "" {
		return corpus.Verdict{Rule: "no_text", Limit: 1}, nil
	}
	return corpus.Keep, nil
}

// Package readability has go-readability as a stage, for runs that compare
// extractors. It is 12 times slower than html_text.
package readability

import (
	"net/url"

	"github.com/corpusmill/corpusmill/config"

	"codeberg.org/readeck/go-readability"
	"golang.org/x/net/html"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/engines/page"
	"github.com/corpusmill/corpusmill/stage"
)

// Text turns an HTML page into its main text with go-readability, a port of
// Mozilla's Readability.js. A document that has no raw bytes goes through as it is.
type Text struct {
	// MaxPageBytes is the largest page that is worked on; a larger one is rejected as
	// too_large.
	MaxPageBytes config.Bytes `yaml:"max_page_bytes" default:"1MiB"`
	// MaxNodes is the largest tree that is worked on.
	MaxNodes int `yaml:"max_nodes" default:"50000"`
}

// Def is the stage's definition.
func Def() stage.Def { return stage.Define[Text]("readability_text", 1) }

// Rules are the rules that the stage may give.
func (t *Text) Rules() []string { return page.Rules() }

// Apply replaces the raw bytes by text.
func (t *Text) Apply(d *corpus.Document) (corpus.Verdict, error) {
	return page.Apply(d, page.Limits{Bytes: int64(t.MaxPageBytes), Nodes: t.MaxNodes}, func(tree *html.Node) (string, error) {
		base, err := url.Parse(d.URL)
		if err != nil {
			base = &url.URL{}
		}
		parser := readability.NewParser()
		article, err := parser.ParseAndMutate(tree, base)
		if err != nil { // its errors say that there is no main text
			return "", nil //nolint:nilerr // see above
		}
		return article.TextContent, nil
	})
}

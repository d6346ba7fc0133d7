// Package trafilatura has go-trafilatura as a stage, for runs that compare
// extractors. It is 50 times slower than html_text.
package trafilatura

import (
	"fmt"

	"github.com/corpusmill/corpusmill/config"

	"github.com/markusmobius/go-trafilatura"
	"golang.org/x/net/html"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/engines/page"
	"github.com/corpusmill/corpusmill/stage"
)

// Text turns an HTML page into its main text with go-trafilatura. A document that
// has no raw bytes goes through as it is.
type Text struct {
	// Favor is balanced, precision or recall.
	Favor string `yaml:"favor" default:"balanced"`
	// NoFallback keeps readability and DOM distiller from being asked where the
	// library's own rules find little.
	NoFallback bool `yaml:"no_fallback"`
	// Comments keeps the readers' comments.
	Comments bool `yaml:"comments"`
	// MaxPageBytes is the largest page that is worked on; a larger one is rejected as
	// too_large.
	MaxPageBytes config.Bytes `yaml:"max_page_bytes" default:"1MiB"`
	// MaxNodes is the largest tree that is worked on.
	MaxNodes int `yaml:"max_nodes" default:"50000"`
}

var focus = map[string]trafilatura.ExtractionFocus{"balanced": trafilatura.Balanced,
	"precision": trafilatura.FavorPrecision, "recall": trafilatura.FavorRecall}

// Def is the stage's definition.
func Def() stage.Def { return stage.Define[Text]("trafilatura_text", 1) }

// Validate checks the settings.
func (t *Text) Validate() error {
	if _, ok := focus[t.Favor]; !ok {
		return fmt.Errorf("favor: %q: want balanced, precision or recall", t.Favor)
	}
	return nil
}

// Rules are the rules that the stage may give.
func (t *Text) Rules() []string { return page.Rules() }

// Apply replaces the raw bytes by text.
func (t *Text) Apply(d *corpus.Document) (corpus.Verdict, error) {
	return page.Apply(d, page.Limits{Bytes: int64(t.MaxPageBytes), Nodes: t.MaxNodes}, func(tree *html.Node) (string, error) {
		result, err := trafilatura.ExtractDocument(tree, trafilatura.Options{EnableFallback: !t.NoFallback,
			ExcludeComments: !t.Comments, Focus: focus[t.Favor]})
		if err != nil || result == nil { // its errors say that there is no main text
			return "", nil //nolint:nilerr // see above
		}
		return result.ContentText, nil
	})
}

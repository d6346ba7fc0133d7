package score

import (
	"testing"

	"github.com/corpusmill/corpusmill/transform/html/parse"
)

// scored returns a scorer that holds a page.
func scored(t *testing.T, page string) *Scorer {
	t.Helper()
	var x Scorer
	rescore(t, &x, page)
	return &x
}

func rescore(t *testing.T, x *Scorer, page string) {
	t.Helper()
	var parser parse.Parser
	x.Run(parser.Parse(page, parse.Options{MaxNodes: 4096, Words: Builtin().ClassWords()}), Builtin())
}

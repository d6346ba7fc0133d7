package choose

import (
	"math"
	"testing"

	"github.com/corpusmill/corpusmill/transform/html/inline"
	"github.com/corpusmill/corpusmill/transform/html/parse"
	"github.com/corpusmill/corpusmill/transform/html/score"
)

// scored returns a chooser that holds a page whose blocks all scored v.
func scored(t *testing.T, page string, v float32) *Chooser {
	t.Helper()
	m := score.Builtin()
	var parser parse.Parser
	var s score.Scorer
	p := parser.Parse(page, parse.Options{MaxNodes: 4096, Words: m.ClassWords()})
	s.Run(p, m)
	x := &Chooser{}
	x.Choose(p, &s, &inline.Decoder{}, Options{Mode: All})
	for i := range p.Blocks {
		p.Blocks[i].Score = v
	}
	return x
}

func near(a, b float32) bool { return math.Abs(float64(a-b)) < 1e-4 }

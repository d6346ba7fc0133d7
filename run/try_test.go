package run

import (
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

// lims is a decider with a limit on each side, one over two columns, and one that
// panics on values it never sees in a run.
type lims struct{}

func (lims) Decide(v *corpus.Values) corpus.Verdict {
	if v.Get(3) == extreme {
		panic("index out of range")
	}
	return stage.First(stage.At(5).Below("short", v.Get(0)), stage.At(9).Above("long", v.Get(0)),
		stage.At(0.5).Above("ratio", v.Get(1)/v.Get(2)))
}

func TestLimitsOf(t *testing.T) {
	low, high := limitsOf(lims{}, 4, 0)
	if low == nil || *low != 5 || high == nil || *high != 9 {
		t.Errorf("limits of column 0: %v %v", low, high)
	}
	for i := 1; i < 4; i++ {
		if low, high := limitsOf(lims{}, 4, i); low != nil || high != nil {
			t.Errorf("limits of column %d: %v %v", i, low, high)
		}
	}
}

package flow_test

import (
	"math"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/stage"
)

// lims measures four values; it has a limit on each side, one over two columns, and
// panics on values that it never sees in a run.
type lims struct{}

func (lims) Columns() []corpus.Column                       { return make([]corpus.Column, 4) }
func (lims) Measure(*corpus.Document, *corpus.Values) error { return nil }
func (lims) Decide(v *corpus.Values) corpus.Verdict {
	if math.Abs(v.Get(3)) > 1e200 {
		panic("index out of range")
	}
	return stage.First(stage.At(5).Below("short", v.Get(0)), stage.At(9).Above("long", v.Get(0)),
		stage.At(0.5).Above("ratio", v.Get(1)/v.Get(2)))
}

func TestLimitsOf(t *testing.T) {
	st, err := flow.NewStep(flow.Setup{Name: "lims"}, 0, lims{})
	if err != nil {
		t.Fatal(err)
	}
	if low, high := st.LimitsOf(0); low != 5 || high != 9 {
		t.Errorf("limits of column 0: %v %v", low, high)
	}
	for i := 1; i < 4; i++ {
		if low, high := st.LimitsOf(i); !math.IsNaN(low) || !math.IsNaN(high) {
			t.Errorf("limits of column %d: %v %v", i, low, high)
		}
	}
}

package corpus

import (
	"fmt"
	"math"
	"strings"
)

// Verdict is what a stage says of a document. The zero Verdict keeps it; any
// other names the rule that dropped it.
type Verdict struct {
	Rule   string  // name of the rule, unique within its stage; "" keeps
	Value  float64 // what was measured
	Limit  float64 // what it was held against
	Detail string  // what the numbers cannot say: a matched word, the ID of the winner
}

// Keep is the verdict that keeps a document.
var Keep Verdict

// Kept reports whether the verdict keeps the document.
func (v Verdict) Kept() bool { return v.Rule == "" }

// String renders the verdict for people.
func (v Verdict) String() string {
	if v.Kept() {
		return "kept"
	}
	if v.Value == 0 && v.Limit == 0 { // a name or a condition decided, not a number
		return strings.TrimSuffix(v.Rule+": "+v.Detail, ": ")
	}
	s := fmt.Sprintf("%s: %.6g against %.6g", v.Rule, v.Value, v.Limit)
	if v.Detail != "" {
		s += " (" + v.Detail + ")"
	}
	return s
}

// Rejection is a verdict together with the stage that gave it.
type Rejection struct {
	Stage string
	Verdict
}

// Values holds what one stage measured on one document: one float64 for each of
// its columns, in the order in which it declares them. NaN is "not measured".
type Values struct{ v []float64 }

// NewValues returns room for n values, all of them missing.
func NewValues(n int) *Values {
	v := &Values{v: make([]float64, n)}
	v.Clear()
	return v
}

// Clear marks every value as missing.
func (v *Values) Clear() {
	for i := range v.v {
		v.v[i] = math.NaN()
	}
}

// Set stores the value of column i.
func (v *Values) Set(i int, x float64) { v.v[i] = x }

// Get returns the value of column i, NaN if it is missing.
func (v *Values) Get(i int) float64 { return v.v[i] }

// Len returns the number of columns.
func (v *Values) Len() int { return len(v.v) }

// All returns the values by column; the slice belongs to v.
func (v *Values) All() []float64 { return v.v }

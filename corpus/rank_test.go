package corpus

import (
	"math"
	"testing"
)

// Cells stand in ascending order, equal ones in one line.
func TestRank(t *testing.T) {
	for _, c := range []struct {
		typ   Type
		order [][]Value
	}{
		{Int, [][]Value{{Int64(math.MinInt64)}, {Int64(math.MinInt64 + 1)}, {Int64(-1)}, {Int64(0)}, {Int64(1)}, {Int64(1 << 53)}, {Int64(1<<53 + 1)}, {Int64(math.MaxInt64 - 1)}, {Int64(math.MaxInt64)}}},
		{Uint, [][]Value{{Int64(0)}, {Int64(math.MaxInt64)}, {Int64(math.MinInt64)}, {Int64(-2)}, {Int64(-1)}}},
		{Float, [][]Value{{Float64(math.Inf(-1))}, {Float64(-math.MaxFloat64)}, {Float64(-5e-324)}, {Float64(0), Float64(math.Copysign(0, -1))}, {Float64(5e-324)}, {Float64(1)}, {Float64(math.Inf(1))}}},
		{Bool, [][]Value{{Int64(0)}, {Int64(1)}}},
		{Date, [][]Value{{Int64(-1)}, {Int64(0)}, {Int64(1)}}},
		{Nanos, [][]Value{{Int64(1_700_000_000_000_000_000)}, {Int64(1_700_000_000_000_000_001)}}},
	} {
		if r := c.typ.Rank(Null); !r.Missing {
			t.Errorf("%s: null is %v", c.typ, r)
		}
		for i, equal := range c.order {
			for _, v := range equal {
				r := c.typ.Rank(v)
				if r.Missing || r != c.typ.Rank(equal[0]) || i > 0 && r.Order <= c.typ.Rank(c.order[i-1][0]).Order {
					t.Errorf("%s: %s has the rank %v", c.typ, c.typ.Text(v), r)
				}
			}
		}
	}
	if r := Float.Rank(Value{Float: math.NaN()}); !r.Missing {
		t.Errorf("NaN is %v", r)
	}
}

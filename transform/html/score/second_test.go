package score

import (
	"testing"
)

// The root of the hits is the deepest element that keeps most of them.
func TestHitRoot(t *testing.T) {
	x := scored(t, "<div><p>one two three</p><div><p>four five six</p><p>seven eight nine</p></div></div><p>ten")
	for i, v := range []float32{0.05, 0.9, 0.9, 0.05} {
		x.p.Blocks[i].First = v
	}
	for i := range x.p.Elems {
		x.p.Elems[i].Prob = 0
	}
	x.sumScores()
	el := x.p.Elems
	off := func(i int) uint16 { return el[x.p.Blocks[i].Holder].Off }
	if off(1) != 0 || off(2) != 0 || off(0) != 1 || off(3) != 2 {
		t.Errorf("distances %d %d %d %d", off(0), off(1), off(2), off(3))
	}
}

package choose

import (
	"strings"
	"testing"
)

// A dozen of choices with their numbers close to one another are a panel; fewer are
// not, nor are long names, or figures in a table.
func TestLowerFacets(t *testing.T) {
	const choice, rest = "<li>Red shoes (12)", facetMost - 2
	for _, c := range []struct {
		name, page string
		want       float32
	}{
		{"panel", strings.Repeat(choice, facetMost), 0.8 * facetFactor},
		{"one fewer", strings.Repeat(choice, facetMost-1), 0.8},
		{"in two parts", strings.Repeat(choice, rest) + "<p>Size<p>Width<p>Fit" + choice + choice, 0.8 * facetFactor},
		{"too far apart", strings.Repeat(choice, rest) + "<p>Size<p>Width<p>Fit<p>More" + choice + choice, 0.8},
		{"too thin", strings.Repeat(choice+"<p>Shoe<p>Fine", facetMost), 0.8},
		{"no names", strings.Repeat("<li>(12)", facetMost), 0.8},
		{"five words", strings.Repeat("<li>Red shoes for men (12)", facetMost), 0.8 * facetFactor},
		{"six words", strings.Repeat("<li>Red shoes for old men (12)", facetMost), 0.8},
		{"table", "<table>" + strings.Repeat("<td>Women 41 (12)", facetMost) + "</table>", 0.8},
	} {
		x := scored(t, "<p>A heading</p>"+c.page+"<p>What is behind it</p>", 0.8)
		x.lowerFacets()
		bl := x.p.Blocks
		for i := 1; i < 4; i++ {
			if s := bl[i].Score; !near(s, c.want) {
				t.Errorf("%s: block %d: %v, want %v", c.name, i, s, c.want)
			}
		}
		if !near(bl[0].Score, 0.8) || !near(bl[len(bl)-1].Score, 0.8) {
			t.Errorf("%s: what stands beside the panel was lowered", c.name)
		}
	}
}

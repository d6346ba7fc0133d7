package choose

import (
	"slices"
	"testing"
)

// A table that is kept is kept with its heading cells, and only then.
func TestKeepHeads(t *testing.T) {
	const page = "<table><tr><th>Year<th>Boats<td>Note<tr><th>1900<td>twelve<tr><td>1910<td>nine</table>" +
		"<table><tr><th>Menu<tr><td>one of them</table>"
	for _, c := range []struct{ keep, want []int }{
		{[]int{4, 5, 6}, []int{0, 1, 3, 4, 5, 6}},
		{[]int{5}, []int{5}},
		{[]int{0, 1, 3}, []int{0, 1, 3}},
		{[]int{8}, []int{7, 8}},
	} {
		x := scored(t, page, 0)
		for i := range x.p.Blocks {
			x.p.Blocks[i].Keep = slices.Contains(c.keep, i)
		}
		x.keepHeads()
		var got []int
		for i := range x.p.Blocks {
			if x.p.Blocks[i].Keep {
				got = append(got, i)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%v kept: %v, want %v", c.keep, got, c.want)
		}
	}
}

// A cell between two of its table that are kept is kept with them.
func TestKeepCells(t *testing.T) {
	for _, c := range []struct {
		name, page string
		score      float32
		want       bool
	}{
		{"between", "<table><tr><td>rye<td>twelve<td>barley</table>", cellScore, true},
		{"low score", "<table><tr><td>rye<td>twelve<td>barley</table>", cellScore - 0.01, false},
		{"in the row below", "<table><tr><td>rye<tr><td>twelve<tr><td>barley</table>", cellScore, true},
		{"last of its table", "<table><tr><td>rye<td>twelve</table><table><tr><td>barley</table>", 1, false},
		{"no table", "<p>rye<p>twelve<p>barley", 1, false},
	} {
		x := scored(t, c.page, c.score)
		for i := range x.p.Blocks {
			x.p.Blocks[i].Keep = i != 1
		}
		x.keepCells()
		if b := &x.p.Blocks[1]; b.Keep != c.want {
			t.Errorf("%s: kept %v", c.name, b.Keep)
		}
	}
}

// A table between two texts that are kept is kept whole where its cells score well enough
// together.
func TestKeepTables(t *testing.T) {
	const table = "<table><tr><th>Item</th><th>Time</th></tr><tr><td>Deadline</td><td>27 March</td></tr></table>"
	for _, c := range []struct {
		name, page string
		score      float32
		want       bool
	}{
		{"between", "<p>Three days before.</p>" + table + "<p>Contact us.</p>", tableScore, true},
		{"low", "<p>Three days before.</p>" + table + "<p>Contact us.</p>", tableScore - 0.01, false},
		{"first", table + "<p>Contact us.</p>", 0.9, false},
		{"last", "<p>Three days before.</p>" + table, 0.9, false},
		{"below a word", "<p>Days</p>" + table + "<p>Contact us.</p>", 0.9, false},
	} {
		x := scored(t, "<div>"+c.page+"</div>", 0)
		for i := range x.p.Blocks {
			b := &x.p.Blocks[i]
			cell := x.p.InnerTable(b.Holder) > 0
			b.Keep, b.Score = !cell, c.score
		}
		x.keepTables()
		for i := range x.p.Blocks {
			if b := &x.p.Blocks[i]; x.p.InnerTable(b.Holder) > 0 && b.Keep != c.want {
				t.Errorf("%s: %s kept %v", c.name, x.textOf(b), b.Keep)
			}
		}
	}
}

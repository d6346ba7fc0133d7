package choose

import (
	"testing"

	"github.com/corpusmill/corpusmill/transform/html/dom"
)

// A heading between two texts that are kept is kept with them.
func TestKeepSubheads(t *testing.T) {
	const text = "<p>The boat went out in the morning and came back with all of its nets in the evening.</p>"
	for _, c := range []struct {
		name, page string
		score      float32 // of the heading
		drop       int     // a text that is not kept, -1 = none
		want       bool
	}{
		{"between", text + "<h2>Nets</h2>" + text, subheadScore, -1, true},
		{"low score", text + "<h2>Nets</h2>" + text, subheadScore - 0.01, -1, false},
		{"nothing below", text + "<h2>Nets</h2>" + text, 1, 2, false},
		{"nothing above", text + "<h2>Nets</h2>" + text, 1, 0, false},
		{"a few words above", "<p>By Anna</p><h2>Nets</h2>" + text, 1, -1, false},
		{"a heading below", text + "<h2>Nets</h2><h3>Old ones</h3>" + text, subheadScore, -1, false},
		{"of other pages", text + "<h2>Related articles</h2>" + text, 1, -1, false},
		{"at the end", text + "<h2>Nets</h2>", 1, -1, false},
	} {
		x := scored(t, "<div>"+c.page+"</div>", c.score)
		for i := range x.p.Blocks {
			x.p.Blocks[i].Keep = i != 1 && i != c.drop
		}
		x.keepSubheads()
		if b := &x.p.Blocks[1]; b.Keep != c.want || c.want && b.Rule != dom.BySubhead {
			t.Errorf("%s: kept %v by %v", c.name, b.Keep, b.Rule)
		}
	}
}

package purify

import (
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/internal/sharedtext"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/text"
)

// TestRulesStress: every rule gets through 10 MB of one line, of equal lines, of emoji, of
// text from right to left and of bytes that are no UTF-8. What takes more than linear time
// does not within a test's.
func TestRulesStress(t *testing.T) {
	if testing.Short() {
		t.Skip("minutes on a slow machine")
	}
	c4 := fineWebC4
	measure := func(m stage.Measurer) func(*corpus.Document) error { // every value, not to the first that drops
		values := corpus.NewValues(len(m.Columns()))
		return func(d *corpus.Document) error { return m.Measure(d, values) }
	}
	rules := map[string]func(*corpus.Document) error{
		"gopher_repetition": measure(GopherRepetition{}), "gopher_quality": measure(GopherQuality{}),
		"fineweb_quality": measure(FineWebQuality{}), "chinese_quality": measure(ChineseQuality{}),
		"c4_quality": func(d *corpus.Document) error { _, err := c4.Apply(d); return err },
		"genre":      func(d *corpus.Document) error { _, _, err := (&Genre{MinPhrases: 3}).Of(d.Text); return err },
	}
	var view text.View
	for name, s := range sharedtext.Stress(10 << 20) {
		for rule, apply := range rules {
			doc := corpus.Document{Text: s}
			doc.Lend(&view)
			if err := apply(&doc); err != nil {
				t.Errorf("%s of %s: %v", rule, name, err)
			}
		}
	}
}

// TestRulesAllocate: rules that only decide allocate nothing for a document, once their
// scratch has grown.
func TestRulesAllocate(t *testing.T) {
	var view text.View
	trim, err := OpenChineseTrim(t.Context(), ChineseTrim{}, stage.NewEnv())
	if err != nil {
		t.Fatal(err)
	}
	english := ""
	for range 40 {
		english += "The children of the village no longer walk around the river, and the old people sit on the bridge in the evening.\n"
	}
	for name, f := range map[string]struct {
		text  string
		apply func(*corpus.Document)
	}{
		"gopher_repetition": {english, func(d *corpus.Document) { GopherRepetition{}.Keep(d) }},
		"gopher_quality":    {english, func(d *corpus.Document) { GopherQuality{}.Keep(d) }},
		"fineweb_quality":   {english, func(d *corpus.Document) { FineWebQuality{}.Keep(d) }},
		"chinese_quality":   {zhProse(30), func(d *corpus.Document) { ChineseQuality{}.Keep(d) }},
		"chinese_trim":      {zhProse(30), func(d *corpus.Document) { _, _ = trim.Apply(d) }},
	} {
		doc := corpus.Document{}
		pass := func() {
			doc.Text = f.text
			doc.Lend(&view)
			f.apply(&doc)
		}
		pass()
		if n := testing.AllocsPerRun(50, pass); n >= 1 {
			t.Errorf("%s: %g allocations for a document", name, n)
		}
	}
}

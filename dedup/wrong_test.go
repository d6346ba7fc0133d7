package dedup_test

import (
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/dedup"
	"github.com/corpusmill/corpusmill/stage"
)

// TestWrongSettings has literals that no definition looked at: errors, no panic.
func TestWrongSettings(t *testing.T) {
	doc := &corpus.Document{Text: "a text of some words that are enough for a shingle"}
	for name, m := range map[string]*dedup.MinHash{
		"bands": {Bands: -1}, "rows": {Rows: -7}, "ngram": {NGram: -1}, "all": {Bands: 1 << 20, Rows: 1 << 20}, "sketch": {Kind: "none"}, "hash": {Hash: "md5"},
	} {
		if _, err := m.Cluster([]*corpus.Document{doc, doc}); err == nil {
			t.Errorf("%s: clusters", name)
		}
		if err := m.Keys(doc, func(stage.Key, uint32) { t.Errorf("%s: a key", name) }); err == nil || strings.Contains(err.Error(), "panic") {
			t.Errorf("%s: %v", name, err)
		}
		if got := m.Signature(nil, doc.Text); len(got) > 0 {
			t.Errorf("%s: %v", name, got)
		}
		if got := m.Sketch(nil); len(got) > 0 || m.SketchBytes() < 0 {
			t.Errorf("%s: %v, %d", name, got, m.SketchBytes())
		}
	}
	if m := (&dedup.MinHash{Bands: 3, Rows: 2}); len(m.Signature(nil, doc.Text)) != 6 {
		t.Error("right settings give no signature")
	}
}

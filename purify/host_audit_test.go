package purify_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/purify"
	"github.com/corpusmill/corpusmill/stage"
)

// A host goes whole above the limit and stays at it; one of too few documents stays; no more
// documents are looked at than asked for.
func TestHostAudit(t *testing.T) {
	h := opened[*purify.HostAuditStage](t, purify.HostAuditDef, purify.HostAudit{Irrelevant: "genre_name = 'spam'", Documents: 20, MinDocuments: 5, MaxRatio: stage.At(0.8)})
	for _, c := range []struct {
		bad, good int
		goes      bool
	}{
		{5, 0, true}, {4, 0, false}, {4, 1, false}, {5, 1, true}, {16, 4, false}, {17, 3, true}, {17, 1000, true}, {0, 30, false},
	} {
		var sketches [][]byte
		for i := range c.bad + c.good {
			genre := "news"
			if i < c.bad {
				genre = "spam"
			}
			d := signals(1, 1, genre)
			d.URL = "https://A.example:8080/page"
			keys := 0
			if err := h.Keys(d, func(stage.Key, uint32) { keys++ }); err != nil || keys != 1 {
				t.Fatal(keys, err)
			}
			sketches = append(sketches, h.Sketch(nil))
		}
		units := make([]stage.Unit, len(sketches))
		for i := range units {
			units[i].Doc = uint64(i)
		}
		looked, edges := 0, 0
		g := stage.Group{Units: slices.Values(units), Sketch: func(u stage.Unit) ([]byte, error) { looked++; return sketches[u.Doc], nil }}
		if err := h.Link(g, func(stage.Unit, stage.Unit) { edges++ }); err != nil {
			t.Fatal(err)
		}
		if want := len(units) - 1; c.goes != (edges == want && want > 0) || !c.goes && edges != 0 || looked > 20 {
			t.Errorf("%d of %d irrelevant: %d edges, %d looked at", c.bad, c.bad+c.good, edges, looked)
		}
	}
	if err := h.Keys(&corpus.Document{Text: "x"}, func(stage.Key, uint32) { t.Error("a document without a host has a key") }); err != nil {
		t.Error(err)
	}
	for want, s := range map[string]purify.HostAudit{
		"irrelevant: say": {}, "irrelevant:": {Irrelevant: "lang ="}, "documents:": {Irrelevant: "lang = 'x'", Documents: 1},
		"min_documents:": {Irrelevant: "lang = 'x'", MinDocuments: 101}, "max_ratio:": {Irrelevant: "lang = 'x'", MaxRatio: stage.At(1)},
	} {
		if _, err := stage.Open[*purify.HostAuditStage](t.Context(), purify.HostAuditDef, s, stage.NewEnv()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q: %v", want, err)
		}
	}
}

package dedup

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

func TestEqualBytes(t *testing.T) {
	for _, c := range []struct {
		limit float64
		k     int
		want  int
	}{{0, 112, 1}, {0.5, 112, 57}, {0.5, 256, 129}, {1, 112, 112}, {1, 256, 256}, {0.45, 112, 51}} {
		got := equalBytes(c.limit, c.k)
		if got != c.want {
			t.Errorf("limit %g of %d: %d bytes, want %d", c.limit, c.k, got, c.want)
		}
		const chance = 1.0 / 256
		at := func(n int) float64 { return (float64(n)/float64(c.k) - chance) / (1 - chance) }
		if at(got) < c.limit-1e-9 || at(got-1) >= c.limit {
			t.Errorf("limit %g: %d bytes estimate %g, one less %g", c.limit, got, at(got), at(got-1))
		}
	}
}

// groupOf makes a group of sketches; sketch may be called twice before the first
// slice goes bad, as the contract says.
func groupOf(sketches [][]byte) stage.Group {
	var ring [2][]byte
	turn := 0
	return stage.Group{
		Units: func(yield func(stage.Unit) bool) {
			for i := range sketches {
				if !yield(stage.Unit{Doc: uint64(i)}) {
					return
				}
			}
		},
		Sketch: func(u stage.Unit) ([]byte, error) {
			turn = 1 - turn
			for i := range ring[turn] {
				ring[turn][i] = 0xEE
			}
			ring[turn] = slices.Clone(sketches[u.Doc])
			return ring[turn], nil
		},
	}
}

func TestLinkRounds(t *testing.T) {
	m := &MinHash{}
	size := m.SketchBytes()
	// families of equal sketches, drawn in turn
	families := func(n, units int) [][]byte {
		rng := rand.New(rand.NewPCG(1, 1))
		var base, all [][]byte
		for range n {
			b := make([]byte, size)
			for i := range b {
				b[i] = byte(rng.Uint32())
			}
			base = append(base, b)
		}
		for i := range units {
			all = append(all, base[i%n])
		}
		return all
	}
	for _, c := range []struct{ families, units, edges int }{
		{1, 2, 1}, {1, 100, 99}, {2, 100, 98}, {7, 70, 63}, {8, 80, 72},
		{9, 90, 72},   // the ninth family waits for another band
		{40, 400, 72}, // work stays bounded
	} {
		edges := 0
		err := m.Link(groupOf(families(c.families, c.units)), func(a, b stage.Unit) {
			edges++
			if a.Doc >= b.Doc || (b.Doc-a.Doc)%uint64(c.families) != 0 {
				t.Errorf("%d families: edge %d-%d", c.families, a.Doc, b.Doc)
			}
		})
		if err != nil || edges != c.edges {
			t.Errorf("%d families of %d units: %d edges, want %d (%v)", c.families, c.units, edges, c.edges, err)
		}
	}
	off := &MinHash{MinSimilarity: stage.Off()}
	edges := 0
	g := groupOf(families(5, 20))
	g.Sketch = nil
	if err := off.Link(g, func(a, _ stage.Unit) { edges++; _ = a }); err != nil || edges != 19 {
		t.Errorf("without verification: %d edges, want a star of 19 (%v)", edges, err)
	}
}

func TestLinkErrors(t *testing.T) {
	m := &MinHash{}
	g := groupOf([][]byte{make([]byte, 112), make([]byte, 111)})
	if err := m.Link(g, func(_, _ stage.Unit) {}); err == nil {
		t.Error("a sketch of the wrong size passed")
	}
	broken := errors.New("broken")
	g.Sketch = func(stage.Unit) ([]byte, error) { return nil, broken }
	if err := m.Link(g, func(_, _ stage.Unit) {}); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

// synthetic makes families of documents: an original and edits of it.
func synthetic(families, members int) []*corpus.Document {
	rng := rand.New(rand.NewPCG(9, 9))
	var docs []*corpus.Document
	for f := range families {
		for i := range members {
			cut := i * rng.IntN(40)
			docs = append(docs, &corpus.Document{ID: fmt.Sprintf("%d-%d", f, i),
				Text: words(f*10000, 400-cut) + " " + words(f*10000+5000+i*500, cut+1)})
		}
	}
	return docs
}

func TestClusterOrderFree(t *testing.T) {
	docs := synthetic(40, 5)
	docs = append(docs, &corpus.Document{ID: "empty-1"}, &corpus.Document{ID: "empty-2"},
		&corpus.Document{ID: "short-1", Text: "too short"}, &corpus.Document{ID: "short-2", Text: "Too short!"},
		&corpus.Document{ID: "short-3", Text: "too shorn"})
	for _, m := range []*MinHash{{}, {MinSimilarity: stage.Off()}, {Kind: "datatrove"}, {Bands: 20, Rows: 5}} {
		var want map[string]string
		for shuffle := range 4 {
			rng := rand.New(rand.NewPCG(uint64(shuffle), 5))
			mixed := slices.Clone(docs)
			if shuffle > 0 {
				rng.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
			}
			of, err := m.Cluster(mixed)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for i, d := range mixed {
				got[d.ID] = mixed[of[i]].ID
			}
			if want == nil {
				want = got
				if got["empty-1"] == got["empty-2"] || got["short-1"] == got["short-3"] {
					t.Error("what is different became one")
				}
				if fss := m.Kind == ""; (got["short-1"] == "short-2") != fss {
					t.Errorf("short documents: %s, %s", got["short-1"], got["short-2"])
				}
			}
			for id, r := range got {
				if want[id] != r {
					t.Fatalf("%s: %s is represented by %s, in another order by %s", m.SketchID(), id, want[id], r)
				}
			}
		}
	}
}

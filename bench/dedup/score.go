package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/dedup"
	"github.com/corpusmill/corpusmill/text"
)

// bins are tenths of w5, the exact Jaccard similarity of word 5-grams.
const bins = 10

type pair struct {
	a, b int
	w5   float64
}

type truth struct {
	pairs   []pair
	related []int    // root of the documents joined by pairs of w5 >= 0.5
	spaced  []bool   // scripts with spaces
	base    []string // text that a document was made from
	sets    []map[uint64]bool
}

// score is the outcome of one run.
type score struct {
	pairs, joined [bins]int
	together      int // pairs in one cluster
	wrong         int // of those, without a path of pairs of w5 >= 0.5
	spaced, amiss int // the same two, of texts in scripts with spaces only
	strangers     int // pairs in one cluster, made from different texts, without a path
	dropped       int
	edges         int
	lowEdges      int     // edges between documents of J < 0.4
	leastEdge     float64 // least J of an edge
}

func readPairs(path string, docs []*corpus.Document, base []string) (*truth, error) {
	index := map[string]int{}
	t := &truth{base: base, related: make([]int, len(docs)), spaced: make([]bool, len(docs)), sets: make([]map[uint64]bool, len(docs))}
	for i, d := range docs {
		index[d.ID], t.related[i], t.spaced[i] = i, i, spaced(d.Text)
	}
	err := readLines(path, func(line []byte) error {
		var p struct {
			A, B string
			W5   float64
		}
		if err := json.Unmarshal(line, &p); err != nil {
			return err
		}
		a, okA := index[p.A]
		b, okB := index[p.B]
		if !okA || !okB {
			return fmt.Errorf("pair of unknown documents %s, %s", p.A, p.B)
		}
		t.pairs = append(t.pairs, pair{a, b, p.W5})
		if p.W5 >= .5 {
			t.related[root(t.related, a)] = root(t.related, b)
		}
		return nil
	})
	return t, err
}

// spaced reports whether w5 says much of a text: it takes a run of letters for a
// word, which in Han and kana is a whole sentence.
func spaced(s string) bool {
	script := text.DominantScript(s)
	return script != text.Han && script != text.Kana
}

func root(parent []int, i int) int {
	for parent[i] != i {
		parent[i] = parent[parent[i]]
		i = parent[i]
	}
	return i
}

// score counts what score_dedup.py counts.
func (t *truth) score(of []int) score {
	s := score{leastEdge: 1}
	for _, p := range t.pairs {
		bin := min(int(p.w5*bins), bins-1)
		s.pairs[bin]++
		if of[p.a] == of[p.b] {
			s.joined[bin]++
		}
	}
	clusters := map[int][]int{}
	for i, r := range of {
		clusters[r] = append(clusters[r], i)
		if r != i {
			s.dropped++
		}
	}
	for _, c := range clusters {
		for i, a := range c {
			for _, b := range c[:i] {
				t.together(a, b, &s)
			}
		}
	}
	return s
}

// together counts a pair of one cluster.
func (t *truth) together(a, b int, s *score) {
	related, spaced := root(t.related, a) == root(t.related, b), t.spaced[a] && t.spaced[b]
	s.together++
	if spaced {
		s.spaced++
	}
	if related {
		return
	}
	s.wrong++
	if spaced {
		s.amiss++
	}
	if t.base[a] != t.base[b] {
		s.strangers++
	}
}

// edges holds every link that the stage makes against the exact similarity.
func (t *truth) edges(m *dedup.MinHash, docs []*corpus.Document, s *score) error {
	seen := map[[2]int]bool{}
	return m.Edges(docs, func(a, b int) {
		e := [2]int{min(a, b), max(a, b)}
		if seen[e] {
			return
		}
		seen[e] = true
		j := jaccard(t.set(docs, a), t.set(docs, b))
		s.edges++
		s.leastEdge = min(s.leastEdge, j)
		if j < .4 {
			s.lowEdges++
		}
	})
}

// set holds the word 5-grams of a document, all its words if they are fewer.
func (t *truth) set(docs []*corpus.Document, i int) map[uint64]bool {
	if t.sets[i] == nil {
		set := map[uint64]bool{}
		var v text.View
		v.Reset(docs[i].Text)
		words := v.Folded(text.UAX29)
		for at := 0; at == 0 || at+5 <= len(words); at++ {
			var h uint64
			for _, w := range words[at:min(at+5, len(words))] {
				h = (h ^ w) * 0x9E3779B97F4A7C15
				h ^= h >> 32
			}
			set[h] = true
		}
		t.sets[i] = set
	}
	return t.sets[i]
}

func jaccard(a, b map[uint64]bool) float64 {
	both := 0
	for x := range a {
		if b[x] {
			both++
		}
	}
	return float64(both) / float64(len(a)+len(b)-both)
}

// report prints one run, or mean, least and most over several.
func report(w io.Writer, id string, scores []score) {
	fmt.Fprintf(w, "%s, %d seeds: mean (least-most)\n", id, len(scores))
	line := func(name string, of func(score) float64) {
		sum, least, most := 0.0, math.Inf(1), math.Inf(-1)
		for _, s := range scores {
			x := of(s)
			sum, least, most = sum+x, min(least, x), max(most, x)
		}
		fmt.Fprintf(w, "%-32s %8.3f (%.3f-%.3f)\n", name, sum/float64(len(scores)), least, most)
	}
	for b := bins - 1; b >= 0; b-- {
		if n := scores[0].pairs[b]; n > 0 {
			line(fmt.Sprintf("w5 %.1f-%.1f, %d pairs, joined", float64(b)/bins, float64(b+1)/bins, n), func(s score) float64 { return float64(s.joined[b]) / float64(n) })
		}
	}
	line("pairs in one cluster", func(s score) float64 { return float64(s.together) })
	line("  without a path of w5 >= 0.5", func(s score) float64 { return float64(s.wrong) })
	line("  in scripts with spaces", func(s score) float64 { return float64(s.spaced) })
	line("    without such a path", func(s score) float64 { return float64(s.amiss) })
	line("  of different origin, without", func(s score) float64 { return float64(s.strangers) })
	line("documents dropped", func(s score) float64 { return float64(s.dropped) })
	line("edges", func(s score) float64 { return float64(s.edges) })
	line("  between documents of J < 0.4", func(s score) float64 { return float64(s.lowEdges) })
	line("least J of an edge", func(s score) float64 { return s.leastEdge })
}

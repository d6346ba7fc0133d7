package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/transform"
)

// sample is one labelled block.
type sample struct {
	words   []string
	classes []string // words of class and id attributes around it
	label   float32
	weight  float32
}

// fit learns word weights and trees. The word weights that the trees see on a
// page come from other sites than the page's: the docs are halved by site.
func fit(c config, docs []*doc) (*fitted, error) {
	const parts = 3
	var part [parts][]*doc
	for _, d := range docs {
		k := (d.siteHash / 1000003) % parts
		part[k] = append(part[k], d)
	}
	counts := make([]*wordCounts, parts)
	for k := range parts {
		counts[k] = newWordCounts()
		if err := counts[k].addAll(part[k]); err != nil {
			return nil, err
		}
	}
	var tables [parts][2]string
	first := newBooster(c, transform.BasicFeatures)
	for k := range parts {
		other := newWordCounts()
		for j := range parts {
			if j != k {
				other.merge(counts[j])
			}
		}
		tables[k][0], tables[k][1] = other.tables(max(2, c.sites*2/3))
		if err := first.addPart(tables[k], transform.Stage{}, part[k], k); err != nil {
			return nil, err
		}
	}
	first.quantise()
	second := newBooster(c, transform.FeatureCount)
	for k := range parts { // the second stage learns from scores of models that did not see the page
		if err := second.addPart(tables[k], first.train(c.first, k), part[k], k); err != nil {
			return nil, err
		}
	}
	all := newWordCounts()
	for k := range parts {
		all.merge(counts[k])
	}
	m := &fitted{first: first.train(c.first, -1)}
	m.classWords, m.textWords = all.tables(c.sites)
	second.quantise()
	m.second = second.train(c.trees, -1)
	fmt.Printf("  %d blocks, %d class words, %d text words\n", second.n, len(strings.Fields(m.classWords)), len(strings.Fields(m.textWords)))
	return m, nil
}

// addPart adds the blocks of the pages of one part.
func (b *booster) addPart(words [2]string, first transform.Stage, docs []*doc, part int) error {
	m, err := transform.NewModel(words[0], words[1], first, transform.Stage{})
	if err != nil {
		return err
	}
	x := transform.NewExtractor(m)
	for _, d := range docs {
		if err := b.addPage(x, d, part); err != nil {
			return err
		}
	}
	return nil
}

// pageSamples extracts a page and labels its blocks. A block weighs its share
// of the page's gold words, as it does in the page's F1.
func pageSamples(x *transform.Extractor, d *doc, each func(transform.Block, sample)) error {
	if _, err := x.Extract(d.html, transform.Options{Mode: transform.All}); err != nil {
		return err
	}
	var blocks [][]string
	for b := range x.Blocks() {
		blocks = append(blocks, words(b.Text))
	}
	lab := labels(blocks, d.goldWords)
	total := 0
	for _, w := range blocks {
		total += len(w)
	}
	scale := 1 / float64(len(d.goldWords)+total/8+40)
	i := 0
	for b := range x.Blocks() {
		s := sample{words: blocks[i], label: lab[i], weight: float32(float64(len(blocks[i])+1) * scale)}
		s.weight = min(s.weight, 0.3)
		for _, p := range b.Path {
			s.classes = append(s.classes, transform.ClassWords(p)...)
		}
		each(b, s)
		i++
	}
	return nil
}

// tally counts, by site, how much content and boilerplate a word came with.
type tally struct {
	sites map[uint64]bool
	pos   float64
	neg   float64
}

// wordCounts holds the tallies of class words and of words of short blocks.
type wordCounts struct{ classes, texts map[string]*tally }

func newWordCounts() *wordCounts {
	return &wordCounts{map[string]*tally{}, map[string]*tally{}}
}

func (c *wordCounts) addAll(docs []*doc) error {
	x := transform.NewExtractor(nil)
	x.Trace(true)
	for _, d := range docs {
		type pn struct{ p, n float64 }
		cl, tx := map[string]pn{}, map[string]pn{}
		count := func(m map[string]pn, w string, s sample, v float64) {
			t := m[w]
			t.p += float64(s.label) * v
			t.n += (1 - float64(s.label)) * v
			m[w] = t
		}
		err := pageSamples(x, d, func(_ transform.Block, s sample) {
			seen := map[string]bool{}
			for _, w := range s.classes {
				if !seen[w] {
					seen[w] = true
					count(cl, w, s, float64(s.weight)+1e-4)
				}
			}
			for _, w := range s.words[:min(len(s.words), 24)] {
				count(tx, w, s, 1/float64(len(s.words)+2))
			}
		})
		if err != nil {
			return err
		}
		for _, g := range []struct {
			from map[string]pn
			to   map[string]*tally
		}{{cl, c.classes}, {tx, c.texts}} {
			for w, v := range g.from { // a page counts once, whatever its size
				t := g.to[w]
				if t == nil {
					t = &tally{sites: map[uint64]bool{}}
					g.to[w] = t
				}
				t.sites[d.siteHash] = true
				t.pos += v.p / (v.p + v.n)
				t.neg += v.n / (v.p + v.n)
			}
		}
	}
	return nil
}

func (c *wordCounts) merge(o *wordCounts) {
	for _, g := range []struct{ from, to map[string]*tally }{{o.classes, c.classes}, {o.texts, c.texts}} {
		for w, v := range g.from {
			t := g.to[w]
			if t == nil {
				t = &tally{sites: map[uint64]bool{}}
				g.to[w] = t
			}
			maps.Copy(t.sites, v.sites)
			t.pos += v.pos
			t.neg += v.neg
		}
	}
}

// tables renders the words that occur on enough sites.
func (c *wordCounts) tables(sites int) (classes, texts string) {
	return table(c.classes, sites, 8), table(c.texts, sites+2, 8)
}

func table(m map[string]*tally, sites, scale int) string {
	var pos, neg float64
	for _, t := range m {
		pos += t.pos
		neg += t.neg
	}
	prior := math.Log((pos + 1) / (neg + 1))
	var out []string
	for _, w := range slices.Sorted(maps.Keys(m)) {
		t := m[w]
		if len(t.sites) < sites || len(w) > 24 || !plainWord(w) {
			continue
		}
		v := int(math.Round((math.Log((t.pos+1)/(t.neg+1)) - prior/2) * float64(scale)))
		if v > 3 || v < -3 {
			out = append(out, fmt.Sprintf("%s:%d", w, v))
		}
	}
	return strings.Join(out, " ")
}

// plainWord admits lower-case letters beyond ASCII too, but no digits and no
// character that the scanner splits at.
func plainWord(w string) bool {
	for i := 0; i < len(w); i++ {
		if c := w[i]; c < 0x80 && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

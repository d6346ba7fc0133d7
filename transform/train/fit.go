package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/transform"
)

// sample is one labelled block.
type sample struct {
	words  []string
	label  float32
	weight float32
}

// parts is the number of parts of the training pages: what the second stage
// learns of a part comes from models of the others.
const parts = 3

func partOf(d *doc) int { return int(d.siteHash / 1000003 % parts) }

// fit learns word weights and trees. The word weights that the trees see on a
// page come from other sites than the page's: the docs are halved by site.
func fit(c config, docs []*doc) (*fitted, error) {
	docs = slices.DeleteFunc(slices.Clone(docs), (*doc).onlySnippets)
	var part [parts][]*doc
	for _, d := range docs {
		k := partOf(d)
		part[k] = append(part[k], d)
		if d.stub != nil {
			part[k] = append(part[k], d.stub)
		}
	}
	counts := make([]*wordCounts, parts)
	for k := range parts {
		counts[k] = newWordCounts()
		for _, d := range part[k] {
			counts[k].add(d)
		}
	}
	kinds, err := fitKinds(c, docs)
	if err != nil {
		return nil, err
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
		if err := first.addPart(tables[k], kinds.of(k), transform.Stage{}, part[k], k); err != nil {
			return nil, err
		}
	}
	first.quantise()
	second := newBooster(c, transform.FeatureCount)
	for k := range parts { // the second stage learns from scores of models that did not see the page
		if err := second.addPart(tables[k], kinds.of(k), first.train(c.first, k), part[k], k); err != nil {
			return nil, err
		}
	}
	all := newWordCounts()
	for k := range parts {
		all.merge(counts[k])
	}
	m := &fitted{kinds: kinds.of(-1), first: first.train(c.first, -1)}
	m.classWords, m.textWords = all.tables(c.sites)
	second.quantise()
	m.second = second.train(c.trees, -1)
	fmt.Printf("  learned from %d pages: %d blocks, %d class words, %d text words\n", len(docs), second.n, len(strings.Fields(m.classWords)), len(strings.Fields(m.textWords)))
	return m, nil
}

// addPart adds the blocks of the pages of one part.
func (b *booster) addPart(words [2]string, kinds []transform.Stage, first transform.Stage, docs []*doc, part int) error {
	m, err := transform.NewModel(words[0], words[1], kinds, first, transform.Stage{})
	if err != nil {
		return err
	}
	x := transform.NewExtractor(m)
	for _, d := range docs {
		if err := b.addPage(x, d, part, 1); err != nil {
			return err
		}
	}
	return b.addBlind(words, kinds, first, docs, part)
}

// blindWeight is what a page weighs that is read without word weights.
const blindWeight = 0.3

// addBlind adds some pages a second time: one as a page of a language of which no word
// is known, whose layout must say what is content, and another as one whose classes a
// build tool has named.
func (b *booster) addBlind(words [2]string, kinds []transform.Stage, first transform.Stage, docs []*doc, part int) error {
	if b.c.blind == 0 {
		return nil
	}
	for k, w := range [2][2]string{{words[0], ""}, {"", words[1]}} {
		m, err := transform.NewModel(w[0], w[1], kinds, first, transform.Stage{})
		if err != nil {
			return err
		}
		x := transform.NewExtractor(m)
		n := k * b.c.blind / 2
		for _, d := range docs {
			if d.set == stubSet {
				continue
			}
			if n++; n%b.c.blind != 0 {
				continue
			}
			if err := b.addPage(x, d, part, blindWeight); err != nil {
				return err
			}
		}
	}
	return nil
}

// pageSamples extracts a page and gives the blocks that are learned from.
func pageSamples(x *transform.Extractor, d *doc, each func(transform.Block, sample)) error {
	if _, err := x.Extract(d.html, transform.Options{Mode: transform.All}); err != nil {
		return err
	}
	if d.samples == nil {
		d.samples = label(x, d)
	}
	i := 0
	for b := range x.Blocks() {
		if s := d.samples[i]; s.weight > 0 {
			each(b, s)
		}
		i++
	}
	return nil
}

// label labels the blocks of the page that x extracted last; the text of the
// blocks, and so the labels, do not depend on the model. A block weighs its
// share of the page's gold words, as it does in the page's F1.
func label(x *transform.Extractor, d *doc) []sample {
	var blocks [][]string
	for b := range x.Blocks() {
		blocks = append(blocks, words(b.Text))
	}
	lab := labels(blocks, d.goldWords)
	if lab == nil { // learned from not at all
		return make([]sample, len(blocks))
	}
	total := 0
	for _, w := range blocks {
		total += len(w)
	}
	scale := 1 / float64(len(d.goldWords)+total/8+40)
	if d.set == stubSet {
		scale *= stubWeight
	}
	out := make([]sample, len(blocks))
	for i, w := range blocks {
		weight := float32(float64(len(w)+1) * scale)
		out[i] = sample{words: w, label: lab[i], weight: min(weight, 0.3)}
	}
	return out
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

// share is how much content and boilerplate of a page a word came with.
type share struct{ pos, neg float64 }

// pageWords are the shares of a page's class words and text words.
type pageWords struct{ classes, texts map[string]share }

func countWords(x *transform.Extractor, d *doc) (*pageWords, error) {
	pw := &pageWords{map[string]share{}, map[string]share{}}
	count := func(m map[string]share, w string, s sample, v float64) {
		t := m[w]
		t.pos += float64(s.label) * v
		t.neg += (1 - float64(s.label)) * v
		m[w] = t
	}
	seen := map[string]bool{}
	err := pageSamples(x, d, func(b transform.Block, s sample) {
		clear(seen)
		for _, p := range b.Path {
			for _, w := range transform.ClassWords(p) {
				if !seen[w] {
					seen[w] = true
					count(pw.classes, w, s, float64(s.weight)+1e-4)
				}
			}
		}
		for _, w := range s.words[:min(len(s.words), 24)] {
			if r, n := utf8.DecodeRuneInString(w); n == len(w) && isHan(r) { // known by pairs
				continue
			}
			count(pw.texts, w, s, 1/float64(len(s.words)+2))
		}
		for _, w := range hanPairs(b.Text, 24) {
			count(pw.texts, w, s, 1/float64(len(s.words)+2))
		}
	})
	return pw, err
}

// prepare finds what every fit asks of the pages, once. One page of so many
// also gives a stub (0: none).
func prepare(docs []*doc, every int) error {
	x := transform.NewExtractor(nil)
	x.Trace(true)
	for i, d := range docs {
		if d.onlySnippets() {
			continue
		}
		pw, err := countWords(x, d)
		if err != nil {
			return err
		}
		d.words, d.page = pw, x.PageFeatures()
		if d.set != stubSet && every > 0 && i%every == 0 {
			d.stub = stub(x, d)
		}
		if d.stub != nil {
			if err := prepare([]*doc{d.stub}, 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// add counts a page; it counts once, whatever its size.
func (c *wordCounts) add(d *doc) {
	for _, g := range []struct {
		from map[string]share
		to   map[string]*tally
	}{{d.words.classes, c.classes}, {d.words.texts, c.texts}} {
		for w, v := range g.from {
			t := g.to[w]
			if t == nil {
				t = &tally{sites: map[uint64]bool{}}
				g.to[w] = t
			}
			t.sites[d.siteHash] = true
			w := float64(d.share) / (v.pos + v.neg)
			t.pos += v.pos * w
			t.neg += v.neg * w
		}
	}
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

// hanPairs gives the pairs of Han characters that stand side by side in the first so
// many words of a text, as the extractor's scanner meets them.
func hanPairs(text string, limit int) (out []string) {
	n, before := 0, rune(0)
	in := false
	for _, r := range text {
		switch {
		case isHan(r):
			in = false
			if n++; n > limit {
				return out
			}
			if before != 0 {
				out = append(out, string([]rune{before, r}))
			}
			before = r
		default:
			if letter := r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r); letter && !in {
				n++
				in = true
			} else if !letter {
				in = false
			}
			before = 0
		}
	}
	return out
}

func isHan(r rune) bool {
	return r >= 0x3040 && r <= 0x9fff || r >= 0xac00 && r <= 0xd7af || r >= 0xf900 && r <= 0xfaff
}

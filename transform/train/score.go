package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/corpusmill/corpusmill/transform"
)

// scores averages word F1 over groups of pages.
type scores struct {
	groups   map[string]*[4]float64
	snippets map[string][4]int // found and all that must be there, absent and all that must not
}

func newScores() *scores {
	return &scores{groups: map[string]*[4]float64{}, snippets: map[string][4]int{}}
}

func (s *scores) add(d *doc, text string) (f1 float64) {
	if d.onlySnippets() {
		g := s.snippets[d.set]
		text = fold(text)
		g[0] += holds(text, d.with)
		g[1] += len(d.with)
		g[2] += len(d.without) - holds(text, d.without)
		g[3] += len(d.without)
		s.snippets[d.set] = g
		return 0
	}
	p, r, f := wordF1(words(text), d.goldWords)
	for _, k := range keysOf(d) {
		g := s.groups[k]
		if g == nil {
			g = new([4]float64)
			s.groups[k] = g
		}
		g[0]++
		g[1] += p
		g[2] += r
		g[3] += f
	}
	return f
}

func (s *scores) print() {
	for _, k := range slices.Sorted(maps.Keys(s.groups)) {
		g := s.groups[k]
		fmt.Printf("%-24s n %4.0f  P %.4f  R %.4f  F1 %.4f\n", k, g[0], g[1]/g[0], g[2]/g[0], g[3]/g[0])
	}
	for _, k := range slices.Sorted(maps.Keys(s.snippets)) {
		g := s.snippets[k]
		fmt.Printf("%-24s wanted found %.4f, unwanted absent %.4f\n", k+"/snippets", ratio(g[0], g[1]), ratio(g[2], g[3]))
	}
}

// wordF1 compares two word multisets.
func wordF1(pred, gold []string) (p, r, f float64) {
	if len(pred) == 0 || len(gold) == 0 {
		return 0, 0, 0
	}
	n := map[string]int{}
	for _, w := range gold {
		n[w]++
	}
	hit := 0
	for _, w := range pred {
		if n[w] > 0 {
			n[w]--
			hit++
		}
	}
	if hit == 0 {
		return 0, 0, 0
	}
	p, r = float64(hit)/float64(len(pred)), float64(hit)/float64(len(gold))
	return p, r, 2 * p * r / (p + r)
}

// predictions writes {id,text} lines; with no path it writes nothing.
type predictions struct {
	f *os.File
	b *bufio.Writer
	z *gzip.Writer
}

func newPredictions(path string) (*predictions, error) {
	if path == "" {
		return &predictions{}, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	b := bufio.NewWriter(f)
	return &predictions{f, b, gzip.NewWriter(b)}, nil
}

func (p *predictions) write(id, text string) error {
	if p.z == nil {
		return nil
	}
	return json.NewEncoder(p.z).Encode(map[string]string{"id": id, "text": text})
}

func (p *predictions) close() error {
	if p.z == nil {
		return nil
	}
	if err := p.z.Close(); err != nil {
		return err
	}
	if err := p.b.Flush(); err != nil {
		return err
	}
	return p.f.Close()
}

// fitted is a model in the form that is exported.
type fitted struct {
	classWords, textWords string
	kinds                 []transform.Stage
	first, second         transform.Stage
	confidence            transform.Stage // of a page's text; may be empty
}

func (m *fitted) build() (*transform.Model, error) {
	model, err := transform.NewModel(m.classWords, m.textWords, m.kinds, m.first, m.second)
	if err != nil {
		return nil, err
	}
	return model.WithConfidence(m.confidence), nil
}

func ratio(a, b int) float64 { return float64(a) / float64(max(b, 1)) }

// scriptOf is "-cjk" for a text of which a fifth is Chinese, Japanese or Korean.
func scriptOf(s string) string {
	n, cjk := 0, 0
	for _, r := range s {
		n++
		if r >= 0x3040 && r <= 0x30ff || r >= 0x3400 && r <= 0x9fff || r >= 0xac00 && r <= 0xd7af {
			cjk++
		}
	}
	if 5*cjk >= n {
		return "-cjk"
	}
	return ""
}

// keysOf are the groups that a page counts in.
func keysOf(d *doc) []string {
	keys := []string{"all", d.set, d.set + "/" + d.source, d.set + "/" + d.kind, "all/" + d.kind}
	if script := scriptOf(d.gold); script != "" {
		keys = append(keys, d.set+"/"+d.kind+script)
	}
	return keys
}

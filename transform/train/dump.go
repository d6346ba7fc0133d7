package main

import (
	"bufio"
	"encoding/json"
	"os"

	"github.com/corpusmill/corpusmill/transform"
)

// dumpBlock is one block with its score and its label, for looking at errors.
type dumpBlock struct {
	Text  string   `json:"t"`
	Score float64  `json:"s"`
	Label float32  `json:"y"`
	Kept  bool     `json:"k"`
	Path  []string `json:"p,omitempty"`
}

// dumpPages writes the blocks of pages, one page a line.
func dumpPages(path string, x *transform.Extractor, docs []*doc) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	enc := json.NewEncoder(w)
	x.Trace(true)
	defer x.Trace(false)
	for _, d := range docs {
		if _, err := x.Extract(d.html, transform.Options{}); err != nil {
			return err
		}
		var blocks []dumpBlock
		var texts [][]string
		for b := range x.Blocks() {
			blocks = append(blocks, dumpBlock{Text: b.Text, Score: b.Score, Kept: b.Kept, Path: b.Path})
			texts = append(texts, words(b.Text))
		}
		for i, l := range labels(texts, d.goldWords) {
			blocks[i].Label = l
		}
		if err := enc.Encode(map[string]any{"id": d.id, "set": d.set, "kind": d.kind, "source": d.source, "gold": d.gold, "kinds": x.KindScores(), "blocks": blocks}); err != nil {
			return err
		}
	}
	return w.Flush()
}

package dedup

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"testing"

	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/text"
)

// benchTexts are the texts of the near-duplicate set in one script, or all of
// them.
func benchTexts(b *testing.B, only text.Script) (texts []string, bytes int64) {
	f, err := os.Open("../../shared/data/neardup/docs.jsonl.gz")
	if err != nil {
		b.Skip("no ../shared/data/neardup: ", err)
	}
	defer f.Close() //nolint:errcheck // read only
	z, err := gzip.NewReader(f)
	if err != nil {
		b.Fatal(err)
	}
	s := bufio.NewScanner(z)
	s.Buffer(nil, 64<<20)
	for s.Scan() {
		var d struct{ Text string }
		if err := json.Unmarshal(s.Bytes(), &d); err != nil {
			b.Fatal(err)
		}
		if only == text.ScriptNone || text.DominantScript(d.Text) == only {
			texts, bytes = append(texts, d.Text), bytes+int64(len(d.Text))
		}
	}
	if err := s.Err(); err != nil {
		b.Fatal(err)
	}
	return texts, bytes
}

func benchmarkSign(b *testing.B, only text.Script, m *MinHash) {
	texts, bytes := benchTexts(b, only)
	b.SetBytes(bytes)
	b.ReportAllocs()
	var sig []uint64
	for b.Loop() {
		for _, t := range texts {
			sig = m.Signature(sig[:0], t)
		}
	}
}

func BenchmarkSignatureAll(b *testing.B)   { benchmarkSign(b, text.ScriptNone, &MinHash{}) }
func BenchmarkSignatureLatin(b *testing.B) { benchmarkSign(b, text.Latin, &MinHash{}) }

func BenchmarkSignatureDatatrove(b *testing.B) {
	benchmarkSign(b, text.ScriptNone, &MinHash{Kind: "datatrove"})
}

// BenchmarkSketchAlone leaves the words out: they are shared with other stages.
func BenchmarkSketchAlone(b *testing.B) {
	texts, bytes := benchTexts(b, text.Latin)
	views := make([]text.View, len(texts))
	for i := range views {
		views[i].Reset(texts[i])
		views[i].Folded(text.UAX29)
	}
	m := &MinHash{}
	s := newSigner(m.params())
	b.SetBytes(bytes)
	for b.Loop() {
		for i := range views {
			s.sign(&views[i])
		}
	}
}

func BenchmarkLink(b *testing.B) {
	m := &MinHash{}
	sketches := make([][]byte, 1000)
	for i := range sketches {
		sketches[i] = make([]byte, m.SketchBytes())
	}
	g := groupOf(sketches)
	g.Sketch = func(u stage.Unit) ([]byte, error) { return sketches[u.Doc], nil }
	for b.Loop() {
		if err := m.Link(g, func(_, _ stage.Unit) {}); err != nil {
			b.Fatal(err)
		}
	}
}

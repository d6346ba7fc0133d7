package fasttext

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// golden is what bench/parity/fasttext/golden.py writes: by model and text, pairs of
// label and the bits of its probability, from the C++ library.
type golden struct {
	Texts  [][]byte              `json:"texts"`
	Models map[string][][]uint32 `json:"models"`
}

func readGolden(t testing.TB) golden {
	t.Helper()
	raw, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(raw, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func modelFiles(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.[bf][it][nz]")
	if err != nil || len(files) == 0 {
		t.Fatalf("no models: %v", err)
	}
	return files
}

func open(t testing.TB, path string) *Model {
	t.Helper()
	m, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func TestGolden(t *testing.T) {
	g := readGolden(t)
	files := modelFiles(t)
	if len(files) != len(g.Models) {
		t.Errorf("%d model files, golden predictions of %d", len(files), len(g.Models))
	}
	for _, path := range files {
		m := open(t, path)
		p := m.Predictor()
		want, inexact := g.Models[filepath.Base(path)], 0
		for i, text := range g.Texts {
			var labels, wantLabels []int
			got := p.Predict(nil, string(text), 5, 0)
			for _, x := range got {
				labels = append(labels, x.Label)
			}
			for j := 0; j < len(want[i]); j += 2 {
				wantLabels = append(wantLabels, int(want[i][j]))
			}
			if !slices.Equal(labels, wantLabels) {
				t.Fatalf("%s: %q: labels %v, want %v", path, text, labels, wantLabels)
			}
			for j, x := range got {
				prob := math.Float32frombits(want[i][2*j+1])
				if x.Prob != prob {
					inexact++
				}
				if math.Abs(float64(x.Prob-prob)) > 1e-5 {
					t.Errorf("%s: %q: label %d: %g, want %g", path, text, x.Label, x.Prob, prob)
				}
			}
		}
		if inexact > 0 {
			t.Logf("%s: %d probabilities differ in their last bits", path, inexact)
		}
	}
}

func TestInfo(t *testing.T) {
	m := open(t, "testdata/many.ftz")
	i := m.Info()
	if i.Version != 12 || i.Dim != 5 || m.Dim() != 5 || i.Labels != 260 || i.Loss != HierarchicalSoftmax ||
		!i.Quantized || !i.QuantizedOutput || !i.Pruned || i.MinN != 3 || i.MaxN != 3 {
		t.Errorf("%+v", i)
	}
	labels := m.Labels()
	if len(labels) != 260 || !strings.HasPrefix(labels[0], LabelPrefix) {
		t.Errorf("labels %q", labels[:3])
	}
	for path, loss := range map[string]string{"hs": "hs", "ns": "ns", "ova": "ova", "softmax": "softmax"} {
		if got := open(t, "testdata/"+path+".bin").Info().Loss.String(); got != loss {
			t.Errorf("%s has loss %s", path, got)
		}
	}
}

// TestCache compares a predictor whose cache overflows many times with one without.
func TestCache(t *testing.T) {
	m := open(t, "testdata/hs.bin")
	with, without := m.Predictor(), m.Predictor()
	without.cache = nil
	var b strings.Builder
	for i := range 2 * cacheWords {
		b.Reset()
		for j := range 4 {
			b.WriteString(strings.Repeat(string(rune('a'+(i+j)%26)), 1+(i*7+j)%17))
			b.WriteString(string(rune(0x100 + i*13%5000)))
			b.WriteByte(' ')
		}
		b.WriteString("__label__de the the")
		got := with.Predict(nil, b.String(), -1, 0)
		want := without.Predict(nil, b.String(), -1, 0)
		if !slices.Equal(got, want) {
			t.Fatalf("%q: %v with the cache, %v without", b.String(), got, want)
		}
	}
}

// TestLongToken compares sub-words made piece by piece with those made at once.
func TestLongToken(t *testing.T) {
	for _, path := range modelFiles(t) {
		m := open(t, path)
		pieces, whole := m.Predictor(), m.Predictor()
		pieces.rows = make([]int32, 0, 8)
		whole.rows = make([]int32, 0, 1<<20)
		for _, text := range []string{strings.Repeat("mühle", 3000), strings.Repeat("水轮", 3000) + " mill", strings.Repeat("a b ", 5000)} {
			got, want := pieces.Predict(nil, text, -1, 0), whole.Predict(nil, text, -1, 0)
			if !slices.Equal(got, want) || pieces.added != whole.added {
				t.Errorf("%s: %d rows and %v, want %d and %v", path, pieces.added, got, whole.added, want)
			}
		}
	}
}

// TestUnexpanded compares quantised matrices used by their codes with expanded ones.
func TestUnexpanded(t *testing.T) {
	for _, path := range modelFiles(t) {
		expanded, codes := open(t, path), open(t, path)
		if !codes.info.Quantized {
			continue
		}
		codes.input.floats = nil
		if codes.info.QuantizedOutput {
			codes.output.floats = nil
		}
		a, b := expanded.Predictor(), codes.Predictor()
		for _, text := range []string{"", "the mill grinds the grain", "w3 w10", "磨坊"} {
			if got, want := b.Predict(nil, text, -1, 0), a.Predict(nil, text, -1, 0); !slices.Equal(got, want) {
				t.Errorf("%s: %q: %v by codes, %v expanded", path, text, got, want)
			}
		}
	}
}

func TestPredictArguments(t *testing.T) {
	m := open(t, "testdata/softmax.bin")
	p := m.Predictor()
	all := p.Predict(nil, "the mill", -1, 0)
	if len(all) != len(m.Labels()) {
		t.Fatalf("%d of %d labels", len(all), len(m.Labels()))
	}
	for _, c := range []struct{ k, want int }{{-2, 0}, {0, 0}, {1, 1}, {2, 2}, {len(all), len(all)}, {len(all) + 1, len(all)}, {math.MaxInt, len(all)}} {
		if got := p.Predict(nil, "the mill", c.k, 0); !slices.Equal(got, all[:c.want]) {
			t.Errorf("k %d: %v", c.k, got)
		}
	}
	if got := p.Predict(all[:1:1], "the mill", 1, 0); len(got) != 2 || got[0] != all[0] {
		t.Errorf("not appended: %v", got)
	}
	at := all[1].Prob
	if got := p.Predict(nil, "the mill", -1, at*0.999); len(got) != 2 {
		t.Errorf("under the second probability: %v", got)
	}
	if got := p.Predict(nil, "the mill", -1, at*1.001); len(got) != 1 {
		t.Errorf("over the second probability: %v", got)
	}
	line, more := p.Predict(nil, "the mill", -1, 0), p.Predict(nil, "the mill\nla roue", -1, 0)
	if !slices.Equal(line, more) {
		t.Errorf("a newline does not end the line: %v, %v", line, more)
	}
}

func TestAllocations(t *testing.T) {
	g := readGolden(t)
	for _, path := range modelFiles(t) {
		p := open(t, path).Predictor()
		var dst []Prediction
		texts := make([]string, len(g.Texts))
		for i, b := range g.Texts {
			texts[i] = string(b)
		}
		run := func() {
			for _, text := range texts {
				dst = p.Predict(dst[:0], text, 3, 0)
			}
		}
		run()
		if n := testing.AllocsPerRun(10, run); n != 0 {
			t.Errorf("%s: %g allocations", path, n)
		}
	}
}

func TestConcurrent(t *testing.T) {
	m := open(t, "testdata/hs.ftz")
	want := m.Predictor().Predict(nil, "the mill grinds", -1, 0)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			p := m.Predictor()
			for range 50 {
				if got := p.Predict(nil, "the mill grinds", -1, 0); !slices.Equal(got, want) {
					t.Errorf("%v, want %v", got, want)
				}
			}
			m.Digest()
		})
	}
	wg.Wait()
}

package fasttext

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// minstd is the C++ library's std::minstd_rand with its uniform_real_distribution.
type minstd uint64

func (r *minstd) next() float64 {
	*r = *r * 48271 % (1<<31 - 1)
	return float64(*r - 1)
}

func (r *minstd) uniform(a float32) float32 {
	const span = 1<<31 - 2
	low := r.next()
	x := (low + r.next()*span) / (span * span)
	return float32(x*(2*float64(a)) - float64(a))
}

// original starts as fastText does on one thread: a tenth of the input matrix is
// random, the rest is zero.
func original(dim int) func([]float32) {
	return func(input []float32) {
		r := minstd(1)
		a := float32(1 / float64(dim))
		for i := range input[:len(input)/10] {
			input[i] = r.uniform(a)
		}
	}
}

func goldenSettings() map[string]Training {
	base := DefaultTraining()
	base.Batch, base.InOrder = 1, true
	softmax, hs, ova := base, base, base
	softmax.Dim, softmax.Epochs, softmax.LearningRate, softmax.WordNgrams, softmax.Buckets, softmax.MinCount = 10, 4, 0.5, 2, 3300, 3
	hs.Loss, hs.Dim, hs.Epochs, hs.LearningRate, hs.MinN, hs.MaxN, hs.Buckets, hs.MinCount = HierarchicalSoftmax, 9, 3, 0.3, 2, 3, 5000, 2
	ova.Loss, ova.Dim, ova.Epochs, ova.LearningRate, ova.WordNgrams, ova.MinN, ova.MaxN, ova.Buckets = OneVsAll, 16, 5, 0.2, 3, 1, 2, 2500
	several := base
	several.Loss, several.Dim, several.Epochs, several.LearningRate, several.WordNgrams, several.Buckets = OneVsAll, 10, 6, 0.4, 2, 3000
	return map[string]Training{"softmax": softmax, "hs": hs, "ova": ova, "several": several}
}

// addLines adds the lines of a training file of fastText's.
func addLines(tb testing.TB, t *Trainer, path string) { addLabelled(tb, t, path, nil) }

// addLabelled is addLines with more labels, by the number of the line.
func addLabelled(tb testing.TB, t *Trainer, path string, more func(line int) []string) {
	tb.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(src)) {
		label, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		var labels []string
		if more != nil {
			labels = more(n)
		}
		if err := t.Add(text, append(labels, label)...); err != nil {
			tb.Fatal(err)
		}
		n++
	}
}

// severalLabels are those that train_golden.py puts before the label of a line.
func severalLabels(line int) (labels []string) {
	if line%3 == 0 {
		labels = append(labels, "e")
	}
	if line%5 == 0 {
		labels = append(labels, "f")
	}
	return labels
}

// TestTrainsAsOriginal trains from the same start in the same order as the C++
// library on one thread: the model files are equal to the last byte.
func TestTrainsAsOriginal(t *testing.T) {
	src, err := os.ReadFile("testdata/train.json")
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]string
	if err := json.Unmarshal(src, &want); err != nil {
		t.Fatal(err)
	}
	for name, s := range goldenSettings() {
		tr := newTrainer(t, s)
		tr.init = original(s.Dim)
		more := severalLabels
		if name != "several" {
			more = nil
		}
		addLabelled(t, tr, "testdata/train.txt", more)
		sum := sha256.Sum256(modelBytes(t, tr))
		if got := hex.EncodeToString(sum[:]); got != want[name] {
			t.Errorf("%s: the model's digest is %s, the C++ library's %s", name, got, want[name])
		}
	}
}

func newTrainer(tb testing.TB, s Training) *Trainer {
	tb.Helper()
	tr, err := NewTrainer(s)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := tr.Close(); err != nil {
			tb.Error(err)
		}
	})
	return tr
}

// modelBytes trains, and returns the model file.
func modelBytes(tb testing.TB, tr *Trainer) []byte {
	tb.Helper()
	m, err := tr.Train(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	var b bytes.Buffer
	n, err := m.WriteTo(&b)
	if err != nil || n != int64(b.Len()) || n != m.Info().Bytes {
		tb.Fatalf("%d bytes written, %d said, %d foretold: %v", b.Len(), n, m.Info().Bytes, err)
	}
	return b.Bytes()
}

package main

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/purify/fasttext"
)

// predictScript prints the labels and probabilities of each text by each model.
const predictScript = `
import json, sys
try:
    import fasttext
except ImportError:
    sys.exit(77)
job = json.load(sys.stdin)
out = []
for path in job["models"]:
    model = fasttext.FastText._FastText(model_path=path)
    out.append([[[l, p] for p, l in model.f.predict(t + "\n", -1, 0.0, "strict")] for t in job["texts"]])
json.dump(out, sys.stdout)
`

// TestTrainedModelsPeer trains models of every kind and has the C++ library predict with
// them: the labels must be equal, probabilities within 1e-5.
func TestTrainedModelsPeer(t *testing.T) {
	python := os.Getenv("CORPUSMILL_TEST_PYTHON")
	if python == "" {
		t.Skip("CORPUSMILL_TEST_PYTHON names no Python")
	}
	lines := trainingLines(t)
	texts := []string{"", "unseen words alone", "</s> x", "__label__a le moulin", "a\tb\v\f c\r"}
	for _, l := range lines {
		_, text, _ := strings.Cut(l, " ")
		texts = append(texts, text, strings.ToUpper(text))
	}
	var models []string
	for name, change := range map[string]func(*fasttext.Training){
		"words":   func(*fasttext.Training) {},
		"bigrams": func(s *fasttext.Training) { s.WordNgrams, s.Threads = 2, 2 },
		"hs":      func(s *fasttext.Training) { s.Loss, s.MinN, s.MaxN = fasttext.HierarchicalSoftmax, 2, 4 },
		"ova":     func(s *fasttext.Training) { s.Loss, s.WordNgrams, s.MinN, s.MaxN = fasttext.OneVsAll, 3, 1, 2 },
		"several": func(s *fasttext.Training) { s.Loss, s.WordNgrams = fasttext.OneVsAll, 2 },
		"rare":    func(s *fasttext.Training) { s.MinCount, s.MaxN, s.WordNgrams = 20, 3, 2 },
		"one row": func(s *fasttext.Training) { s.Buckets, s.WordNgrams, s.Dim = 1, 2, 1 },
	} {
		s := fasttext.DefaultTraining()
		s.Dim, s.Buckets, s.LearningRate, s.Epochs = 13, 3000, 0.5, 8
		change(&s)
		path := filepath.Join(t.TempDir(), name+".bin")
		trainFile(t, s, lines, path, name == "several")
		models = append(models, path)
	}
	job, err := json.Marshal(map[string]any{"models": models, "texts": texts})
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), python, "-c", predictScript)
	c.Stdin, c.Stderr = bytes.NewReader(job), os.Stderr
	raw, err := c.Output()
	if c.ProcessState != nil && c.ProcessState.ExitCode() == 77 {
		t.Skip("CORPUSMILL_TEST_PYTHON has no module fasttext (PyPI fasttext-numpy2-wheel)")
	}
	if err != nil {
		t.Fatal(err)
	}
	var want [][][][2]any
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	for i, path := range models {
		most := 1e-5
		if name := filepath.Base(path); name == "ova.bin" || name == "several.bin" { // sigmoids of a table: to the last bit
			most = 0
		}
		if worst := comparePredictions(t, path, texts, want[i]); worst > most {
			t.Errorf("%s: probabilities differ by %g", filepath.Base(path), worst)
		} else {
			t.Logf("%s: %d texts, labels equal, probabilities within %.1g", filepath.Base(path), len(texts), worst)
		}
	}
}

func trainingLines(t *testing.T) []string {
	t.Helper()
	src, err := os.ReadFile("../../../purify/fasttext/testdata/train.txt")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(src)), "\n")
}

func trainFile(t *testing.T, s fasttext.Training, lines []string, path string, several bool) {
	t.Helper()
	tr, err := fasttext.NewTrainer(s)
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	for _, l := range lines {
		label, text, _ := strings.Cut(l, " ")
		labels := []string{label}
		if several {
			labels = append(labels, []string{"x", "y", "x"}[len(text)%3], "z")[:1+len(text)%3]
		}
		if err := tr.Add(text, labels...); err != nil {
			t.Fatal(err)
		}
	}
	m, err := tr.Train(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.WriteTo(f); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// comparePredictions returns the greatest difference of a probability.
func comparePredictions(t *testing.T, path string, texts []string, want [][][2]any) (worst float64) {
	t.Helper()
	m, err := fasttext.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	p := m.Predictor()
	var got []fasttext.Prediction
	for i, text := range texts {
		got = p.Predict(got[:0], text, -1, 0)
		if len(got) != len(want[i]) {
			t.Errorf("%s: %q has %d labels, in C++ %d", filepath.Base(path), text, len(got), len(want[i]))
			continue
		}
		for n, x := range got {
			if label := m.Labels()[x.Label]; label != want[i][n][0] {
				t.Errorf("%s: label %d of %q is %s, in C++ %v", filepath.Base(path), n, text, label, want[i][n][0])
			}
			worst = max(worst, math.Abs(float64(x.Prob)-want[i][n][1].(float64)))
		}
	}
	return worst
}

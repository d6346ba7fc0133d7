package purify_test

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/purify"
	"github.com/corpusmill/corpusmill/purify/fasttext"
	"github.com/corpusmill/corpusmill/stage"
)

func classify(t *testing.T, c purify.Classify) *purify.ClassifyStage {
	t.Helper()
	s, err := purify.OpenClassify(t.Context(), c, stage.NewEnv())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func attach(t *testing.T, s *purify.ClassifyStage, text string) []corpus.Value {
	t.Helper()
	cells := slices.Repeat([]corpus.Value{corpus.Null}, len(s.Cells()))
	if v, err := s.Attach(&corpus.Document{Text: text}, cells); err != nil || !v.Kept() {
		t.Fatal(v, err)
	}
	return cells
}

// Labels stand in the columns from their thresholds on, the most probable first, with the
// probabilities that the model itself gives.
func TestClassify(t *testing.T) {
	const file = "fasttext/testdata/ova.bin" // labels all de en fr zh ru, of lines that have one or two
	m, err := fasttext.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	const text = "the mill grinds the grain\nthat the river brings"
	best := m.Predictor().Predict(nil, strings.ReplaceAll(text, "\n", " "), -1, 0)
	name := func(i int) string { return strings.TrimPrefix(m.Labels()[best[i].Label], fasttext.LabelPrefix) }
	score := func(i int) float64 { return math.Round(float64(best[i].Prob)*1e6) / 1e6 }
	if score(1) < 0.01 || score(0) == score(1) {
		t.Fatalf("%v is no example", best)
	}
	for _, c := range []struct {
		settings purify.Classify
		labels   int
	}{
		{purify.Classify{MinScore: score(1)}, 2},
		{purify.Classify{MinScore: score(1) + 1e-6}, 1},
		{purify.Classify{MinScore: 1}, 0},
		{purify.Classify{MinScore: 1, MinScores: map[string]float64{name(0): score(0)}}, 1},
		{purify.Classify{MinScore: score(1), MinScores: map[string]float64{name(0): score(0) + 1e-6}}, -1},
		{purify.Classify{MinScore: 1e-9, MaxLabels: 1}, 1},
	} {
		c.settings.Model, c.settings.Preset = file, "plain"
		cells := attach(t, classify(t, c.settings), text)
		var labels []string
		var scores []float64
		if err := errorsOf(json.Unmarshal([]byte(cells[2].Str), &labels), json.Unmarshal([]byte(cells[3].Str), &scores)); err != nil {
			t.Fatal(err)
		}
		first := 0
		if c.labels < 0 { // the second alone
			c.labels, first = 1, 1
		}
		if len(labels) != c.labels || len(scores) != c.labels || cells[0].Str != name(0) || cells[1].Float != score(0) {
			t.Errorf("%+v: %v", c.settings, cells)
			continue
		}
		for i := range labels {
			if labels[i] != name(first+i) || scores[i] != score(first+i) {
				t.Errorf("%+v: %v %v", c.settings, labels, scores)
			}
		}
	}
	s := classify(t, purify.Classify{Model: file, Preset: "plain"})
	if len(s.Digest()) != 64 || len(s.Values("label")) != len(m.Labels()) || s.Values("labels") != nil || s.HoldsBytes(2) <= s.HoldsBytes(1) {
		t.Errorf("%q, %v", s.Digest(), s.Values("label"))
	}
	if n := testing.AllocsPerRun(50, func() {
		cells := [4]corpus.Value{}
		_, _ = s.Attach(&corpus.Document{Text: text}, cells[:])
	}); n > 5 {
		t.Errorf("%v allocations a document", n)
	}
}

func errorsOf(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

// A model one-vs-all of our own names both labels of a text that has both; in preset words a
// Chinese sentence is its characters.
func TestClassifySeveralLabels(t *testing.T) {
	model := writeClassifier(t, map[string]string{"law": "court judge verdict", "sport": "goal match league", "law+sport": "doping ban appeal", "医": "医 生 看 病", "none": "rain wind sun"})
	s := classify(t, purify.Classify{Model: model})
	for text, want := range map[string]string{
		"Doping: ban, appeal!": `["law","sport"]`, "the COURT": `["law"]`, "Goal\n": `["sport"]`, "看病": `["医"]`,
	} {
		cells := attach(t, s, text)
		var got, list []string
		if err := errorsOf(json.Unmarshal([]byte(cells[2].Str), &got), json.Unmarshal([]byte(want), &list)); err != nil {
			t.Fatal(err)
		}
		slices.Sort(got)
		if !slices.Equal(got, list) {
			t.Errorf("%q: %s %s", text, cells[2].Str, cells[3].Str)
		}
		if cells[0].Str == "" || cells[1].Float <= 0 {
			t.Errorf("%q: %v", text, cells)
		}
	}
}

func TestClassifyMistakes(t *testing.T) {
	for want, c := range map[string]purify.Classify{
		"name a fastText":  {},
		"want one of":      {Model: testClassifier, Preset: "wordss"},
		"min_score: 1.5":   {Model: testClassifier, MinScore: 1.5},
		"min_scores: en":   {Model: testClassifier, MinScores: map[string]float64{"en": -1}},
		`no label "klingo`: {Model: testClassifier, MinScores: map[string]float64{"klingon": 0.5}},
		"max_labels":       {Model: testClassifier, MaxLabels: 1001},
		"no such file":     {Model: "none.bin"},
	} {
		if _, err := purify.OpenClassify(t.Context(), c, stage.NewEnv()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q: %v", want, err)
		}
	}
}

package purify_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/purify"
	"github.com/corpusmill/corpusmill/purify/fasttext"
	"github.com/corpusmill/corpusmill/stage"
)

// presetTexts probe line ends, white space and labels.
func presetTexts() []string {
	return []string{
		"", "one line", " \n a\nb\r\nc\rd \t\n\n", "a\n\nb", "a\u2028b\u2029c\u0085d\x1ce\x1df\x1eg\x1fh\vi\fj",
		"\u00a0\u3000in\u00a0side\u3000\u1680", "\x1c\x1fstripped\x1e", "x __label__cc y__label__\n__label____label__z", "\n\n", "\ufeff bom\n\u200b",
		"\u78e8\u574a\n\u78e8", "end\r", "a\r\r\nb\n\rc", "</s> x\n</s>",
	}
}

func preset(t *testing.T, name string) purify.ClassifierPreset {
	t.Helper()
	p, ok := purify.FindClassifierPreset(name)
	if !ok || p.Name != name && name != "" {
		t.Fatalf("preset %q is %q, %t", name, p.Name, ok)
	}
	return p
}

func TestPresetPrepares(t *testing.T) {
	const text = " \n a\nb\r\nc\u2028d\v__label__cc  e\x1f\n"
	for name, want := range map[string]string{
		"":             "   a b\r c\u2028d\v__label__cc  e\x1f ",
		"plain":        "   a b\r c\u2028d\v__label__cc  e\x1f ",
		"dclm":         "a b c d __label__cc  e",
		"redpajama_v2": "a b c d __label__cc  e",
		"nemo":         "   a b\r c\u2028d\v cc  e\x1f ",
		"datatrove":    "ab\rc\u2028d\v__label__cc  e",
		"dolma_1_7":    "a b c d __label__cc e\x1f",
		"words":        "a b c d __label__cc e",
	} {
		if got := preset(t, name).Prepare(text); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for _, p := range purify.ClassifierPresets() {
		for _, text := range presetTexts() {
			once := p.Prepare(text)
			if again := p.Prepare(once); again != once || strings.Contains(once, "\n") {
				t.Errorf("%s: %q, prepared again %q", p.Name, once, again)
			}
		}
	}
}

// writeClassifier trains a model of these labels' texts and returns its file; of several
// labels, a+b, one that is one-vs-all.
func writeClassifier(t *testing.T, texts map[string]string) string {
	t.Helper()
	s := fasttext.DefaultTraining()
	s.Dim, s.Epochs, s.LearningRate, s.InOrder = 8, 30, 0.5, true
	if slices.ContainsFunc(slices.Collect(maps.Keys(texts)), func(l string) bool { return strings.Contains(l, "+") }) {
		s.Loss = fasttext.OneVsAll
	}
	tr, err := fasttext.NewTrainer(s)
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	for range 10 {
		for _, label := range slices.Sorted(maps.Keys(texts)) {
			if err := tr.Add(texts[label], strings.Split(label, "+")...); err != nil {
				t.Fatal(err)
			}
		}
	}
	m, err := tr.Train(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "model.bin")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPresetScores(t *testing.T) {
	three := writeClassifier(t, map[string]string{"hq": "lemma proof", "cc": "buy now", "third": "rain wind"})
	score := func(name, label, text string) float64 {
		t.Helper()
		s, err := purify.OpenQualityClassifier(t.Context(), purify.QualityClassifier{Model: three, Preset: name, Label: label, MinScore: stage.At(0.5)}, stage.NewEnv())
		if err != nil {
			t.Fatal(err)
		}
		return s.Score(text)
	}
	hq, cc := score("plain", "hq", "lemma"), score("plain", "cc", "buy")
	third := score("plain", "third", "rain")
	for _, c := range []struct {
		preset, label, text string
		want                float64
	}{
		{"plain", "", "lemma", hq}, {"dclm", "", "lemma", hq}, {"nemo", "", "lemma", hq}, {"datatrove", "__label__hq", "lemma", hq},
		{"dclm", "", "buy", 1 - cc}, {"nemo", "", "buy", 1 - cc},
		{"dclm", "", "rain", third}, {"nemo", "", "rain", 1 - third}, {"nemo", "third", "rain", third}, // where the codes differ
		{"dolma_1_7", "cc", "buy", cc},
		{"datatrove", "hq", "lem\nma", hq}, {"redpajama_v2", "", "buy", 1 - cc},
	} {
		if got := score(c.preset, c.label, c.text); got != c.want || got < 0 || got > 1 {
			t.Errorf("%s, label %q, %q: %v, want %v", c.preset, c.label, c.text, got, c.want)
		}
	}
	if hq < 0.8 || cc < 0.8 || third < 0.8 {
		t.Errorf("the model did not learn: %v %v %v", hq, cc, third)
	}
}

// Of a model of grades the score is the sum of probability times grade, as a part of the
// scale; grades that are given count in place of labels, and labels without one do not.
func TestExpectedGrade(t *testing.T) {
	model := writeClassifier(t, map[string]string{"0": "buy now", "2": "rain wind", "5": "lemma proof"})
	for _, text := range []string{"lemma proof", "Lemma,\nbuy rain", "BUY now", "unseen", ""} {
		sum := 0.0
		for label, grade := range map[string]float64{"0": 0, "2": 0.4, "5": 1} {
			s, err := purify.OpenQualityClassifier(t.Context(), purify.QualityClassifier{Model: model, Preset: "words", Label: label, MinScore: stage.Off()}, stage.NewEnv())
			if err != nil {
				t.Fatal(err)
			}
			sum += grade * s.Score(text)
		}
		for name, c := range map[string]struct {
			grades map[string]float64
			want   func(float64) float64
		}{
			"its own":  {nil, func(x float64) float64 { return x }},
			"given":    {map[string]float64{"0": -10, "2": 10, "5": 40}, func(x float64) float64 { return x }},
			"reversed": {map[string]float64{"0": 5, "2": 3, "5": 0}, func(x float64) float64 { return 1 - x }},
		} {
			s, err := purify.OpenQualityClassifier(t.Context(), purify.QualityClassifier{Model: model, Preset: "words", Grades: c.grades, MinScore: stage.At(0.5)}, stage.NewEnv())
			if err != nil {
				t.Fatal(err)
			}
			v, got := corpus.NewValues(1), s.Score(text)
			if err := s.Measure(&corpus.Document{Text: text}, v); err != nil || math.Abs(got-c.want(sum)) > 1e-4 || got < 0 || got > 1 || s.Decide(v).Kept() != (got >= 0.5) {
				t.Errorf("%q, %s: score %v, %v, want %v; kept %v", text, name, got, err, c.want(sum), s.Decide(v).Kept())
			}
		}
	}
	two, err := purify.OpenQualityClassifier(t.Context(), purify.QualityClassifier{Model: model, Preset: "words", Grades: map[string]float64{"0": 0, "2": 1}, MinScore: stage.Off()}, stage.NewEnv())
	if err != nil {
		t.Fatal(err)
	}
	if x := two.Score("rain wind"); x < 0.8 {
		t.Errorf("of two of three labels the score is %v", x)
	}
}

func TestPresetMistakes(t *testing.T) {
	model := writeClassifier(t, map[string]string{"hq": "lemma proof", "wiki": "buy now"})
	for name, c := range map[string]struct {
		q    purify.QualityClassifier
		want string
	}{
		"no grades":        {purify.QualityClassifier{Preset: "words", MinScore: stage.Off()}, `label "hq" is no number`},
		"words, a label":   {purify.QualityClassifier{Preset: "words", Label: "hq", MinScore: stage.Off()}, ""},
		"words, no limit":  {purify.QualityClassifier{Preset: "words", Label: "hq"}, "give one, or keep_top"},
		"grades":           {purify.QualityClassifier{Grades: map[string]float64{"hq": 1, "wiki": 2}, MinScore: stage.Off()}, ""},
		"grades, no limit": {purify.QualityClassifier{Grades: map[string]float64{"hq": 1, "wiki": 2}}, "grades have none"},
		"grades of dclm":   {purify.QualityClassifier{Preset: "dclm", Grades: map[string]float64{"hq": 1, "wiki": 2}, MinScore: stage.Off()}, "looks at one label"},
		"grades and label": {purify.QualityClassifier{Label: "hq", Grades: map[string]float64{"hq": 1, "wiki": 2}, MinScore: stage.Off()}, "one of the two"},
		"one grade":        {purify.QualityClassifier{Grades: map[string]float64{"hq": 1, "wiki": 1}, MinScore: stage.Off()}, "two different numbers"},
		"grade of none":    {purify.QualityClassifier{Grades: map[string]float64{"hq": 1, "wikis": 2}, MinScore: stage.Off()}, "has labels __label__hq __label__wiki alone"},
		"unknown":          {purify.QualityClassifier{Preset: "dclmm"}, "want one of plain, dclm"},
		"label needed":     {purify.QualityClassifier{Preset: "datatrove", MinScore: stage.At(0.5)}, "name the model's"},
		"label not read":   {purify.QualityClassifier{Preset: "dclm", Label: "hq"}, "leave it out"},
		"limit needed":     {purify.QualityClassifier{Preset: "nemo"}, "give one, or keep_top"},
		"no such label":    {purify.QualityClassifier{Preset: "dclm"}, `no label "__label__cc"`},
		"no label of mine": {purify.QualityClassifier{Preset: "datatrove", Label: "x", MinScore: stage.Off()}, `no label "__label__x"`},
		"limit off":        {purify.QualityClassifier{Preset: "nemo", MinScore: stage.Off()}, ""},
		"share":            {purify.QualityClassifier{Preset: "nemo", KeepTop: stage.At(0.1)}, ""},
		"plain":            {purify.QualityClassifier{}, ""},
	} {
		c.q.Model = model
		_, err := purify.OpenQualityClassifier(t.Context(), c.q, stage.NewEnv())
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// presetScript prepares texts and reads answers with the expressions of the presets'
// sources. Scores are left out where Python has no fasttext.
const presetScript = `
import json, sys
job = json.load(sys.stdin)
dclm = lambda t: " ".join(t.strip().splitlines())
prepare = {
    "plain": lambda t: t.replace("\n", " "),
    "dclm": dclm,
    "redpajama_v2": lambda t: " ".join(t.splitlines()).strip(),
    "nemo": lambda t: t.replace("\n", " ").replace("__label__", " "),
    "datatrove": lambda t: t.strip().replace("\n", ""),
}
out = {"texts": {n: [f(t) for t in job["texts"]] for n, f in prepare.items()}}
try:
    import fasttext.FastText  # a folder of that name here is no module
    model = fasttext.FastText._FastText(model_path=job["model"])
except ImportError:
    model = None
def best(text):
    p, label = model.f.predict(text + "\n", 1, 0.0, "strict")[0]
    return label, p
def enrich(text):
    label, p = best(dclm(text))
    return 1 - p if label == "__label__cc" else p
def nemo(text):
    label, p = best(prepare["nemo"](text))
    return p if label == "__label__hq" else 1 - p
def plain(text):
    return {l: p for p, l in model.f.predict(prepare["plain"](text) + "\n", -1, 0.0, "strict")}["__label__hq"]
if model:
    out["scores"] = {n: [f(t) for t in job["texts"]] for n, f in {"dclm": enrich, "nemo": nemo, "plain": plain}.items()}
json.dump(out, sys.stdout)
`

// TestPresetReference compares with what Python makes of the same texts.
func TestPresetReference(t *testing.T) {
	python := os.Getenv("CORPUSMILL_TEST_PYTHON")
	if python == "" {
		t.Skip("CORPUSMILL_TEST_PYTHON names no Python")
	}
	model := writeClassifier(t, map[string]string{"hq": "one line a b stripped", "cc": "x y end bom"})
	texts := presetTexts()
	job, err := json.Marshal(map[string]any{"texts": texts, "model": model})
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), python, "-c", presetScript)
	c.Stdin, c.Stderr = bytes.NewReader(job), os.Stderr
	got, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Texts  map[string][]string
		Scores map[string][]float64
	}
	if err := json.Unmarshal(got, &want); err != nil {
		t.Fatal(err)
	}
	for name, prepared := range want.Texts {
		p := preset(t, name)
		for i, text := range texts {
			if got := p.Prepare(text); got != prepared[i] {
				t.Errorf("%s: %q becomes %q, in Python %q", name, text, got, prepared[i])
			}
		}
	}
	for name, scores := range want.Scores {
		s, err := purify.OpenQualityClassifier(t.Context(), purify.QualityClassifier{Model: model, Preset: name, MinScore: stage.Off()}, stage.NewEnv())
		if err != nil {
			t.Fatal(err)
		}
		for i, text := range texts {
			if got := s.Score(text); math.Abs(got-scores[i]) > 1.5e-5 { // clamped to 0..1
				t.Errorf("%s: %q scores %v, in Python %v", name, text, got, scores[i])
			}
		}
	}
	t.Logf("%d texts prepared, %d scored", len(want.Texts)*len(texts), len(want.Scores)*len(texts))
}

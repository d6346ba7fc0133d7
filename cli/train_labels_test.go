package cli

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/purify"
	"github.com/corpusmill/corpusmill/purify/fasttext"
	"github.com/corpusmill/corpusmill/stage"
)

// gradedFile writes texts with words of their grade, one of them in five of a grade beside
// it, and some without a grade.
func gradedFile(t *testing.T, n int, label func(grade int) string) (dir, file string) {
	t.Helper()
	dir = t.TempDir()
	words := []string{"buy deal cheap", "menu click login", "rumour chat gossip", "notes outline fact", "lesson chapter theorem", "proof lemma corollary"}
	var b strings.Builder
	for i := range n {
		grade := i % 6
		of := grade
		if i%5 == 0 {
			of = min(grade+1, 5)
		}
		fmt.Fprintf(&b, `{"id":"d%d","url":"https://h%d.example/%d","text":"%s number %d","generate_value":%s}`+"\n", i, i%61, i, words[of], i%97, label(grade))
		if i%50 == 0 {
			fmt.Fprintf(&b, `{"id":"n%d","text":"nobody graded this","generate_value":null}`+"\n", i)
		}
	}
	file = filepath.Join(dir, "graded.jsonl")
	write(t, file, []byte(b.String()))
	return dir, file
}

func labelArgs(dir, file string, more ...string) []string {
	return append([]string{"quality", "--labelled", file, "--label-column", "generate_value", "--out", filepath.Join(dir, "m.bin"), "--dim", "8",
		"--buckets", "2000", "--epoch", "30", "--lr", "0.5", "--held-out", "0.4", "--split-by", "host"}, more...)
}

// Grades become labels, thresholds are chosen by one half of what is held out, and the
// printed lines open and decide as the command says.
func TestTrainGrades(t *testing.T) {
	dir, file := gradedFile(t, 1200, func(g int) string { return fmt.Sprintf("%g", float64(g)+0.25) })
	code, out, errs := trains(t, "", labelArgs(dir, file, "--json")...)
	var r labelledResult
	if err := json.Unmarshal([]byte(out), &r); code != 0 || err != nil {
		t.Fatal(code, errs, err)
	}
	if len(r.Labels) != 6 || r.Labels[0].Label != "0" || r.Labels[5].Label != "5" || r.Labels[3].Documents != 200 || r.Training.Unlabelled != 24 || r.Several {
		t.Errorf("%+v", r)
	}
	held := 0
	for _, l := range r.Labels {
		held += l.HeldOut
	}
	g := r.Graded
	if g.Documents+r.Chosen != held || g.Groups < 5 || g.Good != "3" || len(g.Cuts) != 5 {
		t.Errorf("%d held out; %d choose, %+v", held, r.Chosen, g)
	}
	if g.Kappa.Value < 0.85 || g.Accuracy.Value < 0.6 || g.Spearman.Value < 0.85 || g.AUC < 0.95 || g.At.F1.Value < 0.85 || !(g.Kappa.Low < g.Kappa.Value && g.Kappa.Value < g.Kappa.High) {
		t.Errorf("%+v %+v", g.Agreement, g.At)
	}
	if code, out, errs = trains(t, "", labelArgs(dir, file)...); code != 0 {
		t.Fatal(errs)
	}
	for _, want := range []string{"labels      0: 200 documents", "24 documents without a label", "quadratic kappa", "Spearman", "3 and above, at the score", "by the model",
		"preset: words, min_score: " + exact(g.At.Threshold) + " }", "by: mean", "5: { min_score: " + exact(g.Cuts[4]) + " }", "0: rest"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in:\n%s", want, out)
		}
	}
	s, err := purify.OpenQualityClassifier(t.Context(), purify.QualityClassifier{Model: r.Model.Path, Preset: "words", MinScore: stage.At(g.At.Threshold)}, stage.NewEnv())
	if err != nil {
		t.Fatal(err)
	}
	if low, high := s.Score("buy deal cheap"), s.Score("proof lemma corollary"); !(low < g.At.Threshold && high > g.At.Threshold) {
		t.Errorf("scores %v and %v, the threshold is %v", low, high, g.At.Threshold)
	}
}

// The model and all figures are the same at any number of threads.
func TestTrainGradesIsRepeatable(t *testing.T) {
	result := func(threads string) string {
		dir, file := gradedFile(t, 600, func(g int) string { return fmt.Sprint(g) })
		code, out, errs := trains(t, "", labelArgs(dir, file, "--json", "--threads", threads)...)
		var r labelledResult
		if err := json.Unmarshal([]byte(out), &r); code != 0 || err != nil {
			t.Fatal(code, errs, err)
		}
		r.Training.Seconds, r.Training.Threads, r.Model.Path = 0, 0, ""
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if one, three := result("1"), result("3"); one != three {
		t.Errorf("%s\n%s", one, three)
	}
}

// Names are a scale by --order, else classes; the stage has the numbers in grades.
func TestTrainNames(t *testing.T) {
	names := []string{"bad", "bad", "so so", "so so", "good", "good"}
	dir, file := gradedFile(t, 1200, func(g int) string { return fmt.Sprintf("%q", names[g]) })
	code, out, errs := trains(t, "", labelArgs(dir, file, "--order", "bad,so so,good", "--good", "so so")...)
	if code != 0 || !strings.Contains(out, "so_so and above") || !strings.Contains(out, "grades: { bad: 0, so_so: 1, good: 2 }") || !strings.Contains(out, "quadratic kappa") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
	code, out, errs = trains(t, "", labelArgs(dir, file)...)
	if code != 0 || strings.Contains(out, "quadratic") || !strings.Contains(out, "kappa") || !strings.Contains(out, "- classify: { model: ") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
}

// Lists of names make a model one-vs-all with a threshold for each label.
func TestTrainLists(t *testing.T) {
	lists := []string{`[]`, `["law"]`, `["sport","law","law"]`, `["sport"]`, `["sport"]`, `["law","a b"]`}
	dir, file := gradedFile(t, 1200, func(g int) string { return lists[g] })
	code, out, errs := trains(t, "", labelArgs(dir, file, "--json")...)
	var r labelledResult
	if err := json.Unmarshal([]byte(out), &r); code != 0 || err != nil {
		t.Fatal(code, errs, err)
	}
	if !r.Several || strings.Join(r.names(), " ") != "a_b law none sport" || r.Labels[1].Documents != 600 || r.Training.LossFunction != "ova" || r.Lists.MicroF1.Value < 0.8 || len(r.Lists.Labels) != 4 {
		t.Errorf("%+v %+v", r, r.Lists)
	}
	for i, l := range r.Lists.Labels {
		if l.F1 < 0.7 || !(l.Threshold > 0 && l.Threshold < 1) || math.Abs(l.Threshold*1e6-math.Round(l.Threshold*1e6)) > 1e-6 {
			t.Errorf("%s: %+v", r.Labels[i].Label, l)
		}
	}
	if code, out, errs = trains(t, "", labelArgs(dir, file)...); code != 0 || !strings.Contains(out, "min_scores: { a_b: "+exact(r.Lists.Labels[0].Threshold)) {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
	if code, _, errs := trains(t, "", labelArgs(dir, file, "--loss", "softmax")...); code != exitUsage || !strings.Contains(errs, "wants ova") {
		t.Errorf("exit code %d: %s", code, errs)
	}
}

func TestTrainLabelsMistakes(t *testing.T) {
	dir, file := gradedFile(t, 60, func(g int) string { return fmt.Sprint(g) })
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"out":         {labelArgs(dir, file, "--out", file), exitUsage, "is one of the inputs"},
		"both":        {labelArgs(dir, file, "--positive", file), exitUsage, "takes the place of"},
		"label":       {labelArgs(dir, file, "--label", "hq"), exitUsage, "go with --positive"},
		"report":      {labelArgs(dir, file, "--report", dir+"/r.html"), exitUsage, "take --json"},
		"preset":      {labelArgs(dir, file, "--preset", "dclm"), exitUsage, "looks at one label"},
		"order twice": {labelArgs(dir, file, "--order", "a,a"), exitUsage, "each name once"},
		"order lacks": {labelArgs(dir, file, "--order", "0,1"), exitFailed, "lacks the label 2"},
		"no column":   {labelArgs(dir, file, "--label-column", "grade"), exitFailed, "no column \"grade\"; known: "},
		"no text":     {labelArgs(dir, file, "--text-column", "body"), exitFailed, "body"},
		"good":        {labelArgs(dir, file, "--good", "0"), exitUsage, "above the lowest: 1 2 3 4 5"},
		"no file":     {labelArgs(dir, dir+"/none.jsonl"), exitUsage, "no such file"},
		"split":       {labelArgs(dir, file, "--split-by", "day"), exitUsage, "want text, id or host"},
	} {
		if code, _, errs := trains(t, "", c.args...); code != c.code || !strings.Contains(errs, c.want) {
			t.Errorf("%s: exit code %d: %s", name, code, errs)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "m.bin")); err == nil {
		t.Error("a model was written")
	}
	one := filepath.Join(dir, "one.jsonl")
	write(t, one, []byte(`{"text":"a","generate_value":1}`+"\n"+`{"text":"b","generate_value":1}`+"\n"))
	if code, _, errs := trains(t, "", labelArgs(dir, one, "--held-out", "0")...); code != exitFailed || !strings.Contains(errs, "two at least") {
		t.Errorf("exit code %d: %s", code, errs)
	}
	blanks := filepath.Join(dir, "blanks.jsonl")
	write(t, blanks, []byte(`{"text":"a","generate_value":"a b"}`+"\n"+`{"text":"b","generate_value":"a_b"}`+"\n"))
	if code, _, errs := trains(t, "", labelArgs(dir, blanks, "--held-out", "0")...); code != exitFailed || !strings.Contains(errs, "one label to fastText") {
		t.Errorf("exit code %d: %s", code, errs)
	}
	mixed := filepath.Join(dir, "mixed.jsonl")
	write(t, mixed, []byte(strings.Repeat(`{"text":"a","generate_value":1}`+"\n"+`{"text":"b","generate_value":2}`+"\n", 9)+strings.Repeat(`{"text":"c","generate_value":"N/A"}`+"\n", 9)))
	if code, _, errs := trains(t, "", labelArgs(dir, mixed, "--held-out", "0")...); code != exitFailed || !strings.Contains(errs, "none is a list: want grades, names, or lists; there are 1, 2, N/A") {
		t.Errorf("exit code %d: %s", code, errs)
	}
	objects := filepath.Join(dir, "objects.jsonl")
	write(t, objects, []byte(`{"text":"a","generate_value":["x"]}`+"\n"+`{"text":"b","generate_value":{"y":1}}`+"\n"+`{"text":"c","generate_value":["y",true]}`+"\n"))
	if code, _, errs := trains(t, "", labelArgs(dir, objects)...); code != exitFailed || !strings.Contains(errs, "no list of labels") || !strings.Contains(errs, "--errors-max 2") {
		t.Errorf("exit code %d: %s", code, errs)
	}
}

// Standard input is read too, and by ID equal ones are held out together.
func TestTrainLabelsByID(t *testing.T) {
	dir, file := gradedFile(t, 300, func(g int) string { return fmt.Sprint(g) })
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	code, out, errs := trains(t, string(b), labelArgs(dir, "-", "--split-by", "id")...)
	if code != 0 || !strings.Contains(out, "groups by id)") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
	q := qualityTraining{splitBy: "id"}
	if q.group("a", "x", "https://a.example/") != q.group("a", "y", "https://b.example/") || q.group("a", "x", "") == q.group("b", "x", "") {
		t.Error("groups do not go by ID")
	}
	if q.heldOut = 0.5; q.isHeldOut(1<<62, 0.5) || !q.isHeldOut(1<<62-1<<12, 0.5) || !q.isHeldOut(1<<63-1<<12, 1) || q.isHeldOut(1<<63, 1) {
		t.Error("the border of what is held out")
	}
}

// Whatever stands in a column of labels, it is a list of labels, none, or an error.
func FuzzLabels(f *testing.F) {
	for _, s := range []string{`["a","b"]`, `[]`, `null`, `3.5`, `"a b"`, `[1,"x",2.5]`, `[[1]]`, `{"a":1}`, `[1e300]`, `[""]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, typ := range []corpus.Type{corpus.JSON, corpus.String} {
			c := corpus.Column{Name: "label", Type: typ, Value: func(*corpus.Document) corpus.Value { return corpus.Str(s) }}
			labels, err := labelsOf(c, &corpus.Document{})
			if err != nil && labels != nil {
				t.Errorf("%q: labels %q beside %v", s, labels, err)
			}
			for _, l := range labels {
				if name := labelName(l); strings.ContainsAny(name, " \t\n\v\f\r\x00") || labelName(name) != name && !strings.HasPrefix(name, fasttext.LabelPrefix) {
					t.Errorf("%q: label %q is %q", s, l, name)
				}
			}
		}
	})
}

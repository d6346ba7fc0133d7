package purify_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/purify"
	"github.com/corpusmill/corpusmill/stage"
)

// testColumns are columns of a document that tests set: two numbers and a word.
var testColumns = corpus.Schema{
	corpus.InputColumn(corpus.Column{Name: "sig_a_score", Type: corpus.Float}, 0),
	corpus.InputColumn(corpus.Column{Name: "sig_b_perplexity", Type: corpus.Float}, 1),
	corpus.InputColumn(corpus.Column{Name: "genre_name", Type: corpus.String}, 2),
}

func signals(a, b float64, genre string) *corpus.Document {
	return &corpus.Document{ID: fmt.Sprint(a, b, genre), Text: "text", Cells: []corpus.Value{corpus.Float64(a), corpus.Float64(b), corpus.StrOrNull(genre)}}
}

// opened opens a stage and binds it to the test's columns.
func opened[T stage.ColumnFinder](t testing.TB, def stage.Def, settings any) T {
	t.Helper()
	st, err := stage.Open[T](context.Background(), def, settings, stage.NewEnv())
	if err == nil {
		err = st.FindColumns(testColumns)
	}
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// hundredths is a table of ranks: values of 1 to 99 have their own hundredth.
func hundredths(times float64) (table []float64) {
	for i := range 99 {
		table = append(table, float64(i+1)*times)
	}
	return table
}

func grade(t testing.TB, q *purify.QualityClassStage, d *corpus.Document, limits []float64) ([]corpus.Value, corpus.Verdict) {
	t.Helper()
	v := corpus.NewValues(len(q.Columns()))
	if err := q.Measure(d, v); err != nil {
		t.Fatal(err)
	}
	cells := []corpus.Value{corpus.Null, corpus.Null, corpus.Null}
	return cells, q.Grade(v, limits, cells)
}

// Classes and buckets at both sides of their limits, by mean and by the greatest rank, with
// missing signals and with those where less is better.
func TestQualityClass(t *testing.T) {
	settings := purify.QualityClass{Signals: []purify.ClassSignal{{Column: "a_score"}, {Column: "b_perplexity", Lower: true}},
		Classes: purify.Classes{{Name: "high", Ratio: 0.25}, {Name: "low", Rest: true}}, Buckets: 4, Keep: []string{"high"}}
	limits := append(append(hundredths(1), hundredths(10)...), 0.75, 0.25, 0.5, 0.75)
	greatest := settings
	greatest.By = "max"
	for _, c := range []struct {
		by     purify.QualityClass
		a, b   float64
		class  string
		bucket int64
		score  float64
	}{
		{settings, 100, 5, "high", 3, 1},
		{settings, 0.5, 2000, "low", 0, 0},
		{settings, 75, 247.5, "high", 2, (74.5/99 + 1 - 24./99) / 2}, // on the limit: 0.7550
		{settings, 74, 260, "low", 2, (73.5/99 + 1 - 25.5/99) / 2},   // 0.7424
		{settings, 50, math.NaN(), "low", 1, 0.5},                    // on the border of two buckets
		{settings, 50.5, math.NaN(), "low", 2, 50. / 99},
		{settings, math.NaN(), 15, "high", 3, 1 - 1./99},
		{greatest, 80, 2000, "high", 3, 79.5 / 99},
		{greatest, 10, 750, "low", 0, 1 - 74.5/99},
	} {
		q := opened[*purify.QualityClassStage](t, purify.QualityClassDef, c.by)
		if n := stage.CountLimits(q.Shares()); n != len(limits) {
			t.Fatalf("%d limits, want %d", n, len(limits))
		}
		if c.class == "high" && c.score < 0.75 {
			t.Fatal("the table is wrong")
		}
		cells, verdict := grade(t, q, signals(c.a, c.b, ""), limits)
		bucket := c.bucket
		if c.score > 0.75 {
			bucket = 3
		}
		if cells[0].Str != c.class || cells[1].Int != bucket || math.Abs(cells[2].Float-c.score) > 1e-12 {
			t.Errorf("%s %v %v: class %s, bucket %d, score %v; want %s, %d, %v", c.by.By, c.a, c.b, cells[0].Str, cells[1].Int, cells[2].Float, c.class, bucket, c.score)
		}
		if verdict.Kept() != (c.class == "high") || !verdict.Kept() && (verdict.Rule != "low" || verdict.Limit != 0.75 || verdict.Value != cells[2].Float) {
			t.Errorf("%v %v: %v", c.a, c.b, verdict)
		}
	}
	q := opened[*purify.QualityClassStage](t, purify.QualityClassDef, settings)
	if cells, verdict := grade(t, q, signals(math.NaN(), math.NaN(), ""), limits); !cells[0].Null || !cells[1].Null || !verdict.Kept() {
		t.Errorf("without a signal: %v, %v", cells, verdict)
	}
	if cells, verdict := grade(t, q, signals(1, 1, ""), nil); !cells[0].Null || !verdict.Kept() {
		t.Errorf("with nothing settled: %v, %v", cells, verdict)
	}
}

// keep_top drops below its limit, and not at it; equal values have the middle of their
// places.
func TestQualityClassTop(t *testing.T) {
	q := opened[*purify.QualityClassStage](t, purify.QualityClassDef, purify.QualityClass{Signals: []purify.ClassSignal{{Column: "a_score"}},
		Classes: purify.Classes{{Name: "good", MinScore: 0.9, ByScore: true}, {Name: "bad", Rest: true}}, Buckets: 1, KeepTop: stage.At(0.5)})
	table := hundredths(1)
	for i := range 60 { // sixty hundredths are 20
		table[10+i] = 20
	}
	at := float64(10+70) / 2 / 99
	for limit, kept := range map[float64]bool{at: true, math.Nextafter(at, 1): false, math.Nextafter(at, 0): true, math.NaN(): true} {
		cells, verdict := grade(t, q, signals(20, 0, ""), append(table[:99:99], limit))
		if cells[2].Float != at || verdict.Kept() != kept || cells[0].Str != "bad" || !cells[1].Null {
			t.Errorf("limit %v: score %v, want %v; %v, %v", limit, cells[2].Float, at, cells, verdict)
		}
	}
}

// Words count as what they stand for.
func TestQualityClassWords(t *testing.T) {
	q := opened[*purify.QualityClassStage](t, purify.QualityClassDef, purify.QualityClass{Signals: []purify.ClassSignal{{Column: "genre_name", Values: map[string]float64{"news": 90}}}})
	for genre, want := range map[string]float64{"news": 90, "forum": math.NaN(), "": math.NaN()} {
		v := corpus.NewValues(1)
		if err := q.Measure(signals(1, 1, genre), v); err != nil || math.Float64bits(v.Get(0)) != math.Float64bits(want) {
			t.Errorf("%q is %v, want %v; %v", genre, v.Get(0), want, err)
		}
	}
}

// Settings that cannot be are refused, with the name of what is wrong.
func TestQualityClassRefuses(t *testing.T) {
	a := []purify.ClassSignal{{Column: "a_score"}}
	for want, q := range map[string]purify.QualityClass{
		"signals: name":       {},
		"by:":                 {By: "best", Signals: a},
		"buckets:":            {Signals: a, Buckets: 101},
		"weight: want":        {Signals: []purify.ClassSignal{{Column: "x", Weight: stage.At(0)}}},
		"weight: the great":   {By: "max", Signals: []purify.ClassSignal{{Column: "x", Weight: stage.At(2)}}},
		"model: it goes":      {By: "model"},
		"signals: the model":  {By: "model", Model: "x", Signals: a},
		"keep: no class":      {Signals: a, Keep: []string{"best"}},
		"keep_top:":           {Signals: a, KeepTop: stage.At(1)},
		"parts nothing":       {Signals: a, Classes: purify.Classes{{Name: "all", Rest: true}}},
		"and no other":        {Signals: a, Classes: purify.Classes{{Name: "x", Ratio: 0.5}, {Name: "y", Ratio: 0.2}}},
		"leave no rest":       {Signals: a, Classes: purify.Classes{{Name: "x", Ratio: 0.5}, {Name: "y", Ratio: 0.5}, {Name: "z", Rest: true}}},
		"all by share or all": {Signals: a, Classes: purify.Classes{{Name: "x", Ratio: 0.5}, {Name: "y", ByScore: true}, {Name: "z", Rest: true}}},
		"name of its own":     {Signals: a, Classes: purify.Classes{{Name: "x", Ratio: 0.5}, {Name: "x", Rest: true}}},
		"over that of":        {Signals: a, Classes: purify.Classes{{Name: "x", ByScore: true, MinScore: 0.5}, {Name: "y", ByScore: true, MinScore: 0.6}, {Name: "z", Rest: true}}},
	} {
		if _, err := stage.Open[*purify.QualityClassStage](t.Context(), purify.QualityClassDef, q, stage.NewEnv()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q: %v", want, err)
		}
	}
	for want, s := range map[string]purify.ClassSignal{
		"did you mean": {Column: "a_scores"}, "holds words": {Column: "genre_name"}, "holds no words": {Column: "a_score", Values: map[string]float64{"x": 1}},
	} {
		q, err := stage.Open[*purify.QualityClassStage](t.Context(), purify.QualityClassDef, purify.QualityClass{Signals: []purify.ClassSignal{s}}, stage.NewEnv())
		if err == nil {
			err = q.FindColumns(testColumns)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q: %v", want, err)
		}
	}
}

// The mean takes values as they are, and classes by least score need no sample.
func TestQualityClassByMean(t *testing.T) {
	q := opened[*purify.QualityClassStage](t, purify.QualityClassDef, purify.QualityClass{By: "mean", Buckets: 1,
		Signals: []purify.ClassSignal{{Column: "a_score", Weight: stage.At(3)}, {Column: "genre_name", Values: map[string]float64{"news": 1, "shop": 0}}},
		Classes: purify.Classes{{Name: "4", ByScore: true, MinScore: 0.7}, {Name: "3", ByScore: true, MinScore: 0.5}, {Name: "0", Rest: true}}})
	if len(q.Shares()) > 0 {
		t.Errorf("shares %v", q.Shares())
	}
	for _, c := range []struct {
		a     float64
		genre string
		class string
		score float64
	}{
		{0.6, "news", "4", 0.7}, {0.59, "news", "3", 0.6925}, {0.5, "", "3", 0.5}, {0.49, "", "0", 0.49}, {math.NaN(), "shop", "0", 0}, {0.9, "shop", "3", 0.675},
	} {
		cells, v := grade(t, q, signals(c.a, 1, c.genre), nil)
		if cells[0].Str != c.class || math.Abs(cells[2].Float-c.score) > 1e-12 || !v.Kept() {
			t.Errorf("%v, %s: class %q, score %v, want %q, %v", c.a, c.genre, cells[0].Str, cells[2].Float, c.class, c.score)
		}
	}
	if cells, _ := grade(t, q, signals(math.NaN(), 1, ""), nil); !cells[0].Null || !cells[2].Null {
		t.Errorf("without signals: %v", cells)
	}
	lower := purify.QualityClass{By: "mean", Signals: []purify.ClassSignal{{Column: "a_score", Lower: true}}}
	if _, err := stage.Open[*purify.QualityClassStage](t.Context(), purify.QualityClassDef, lower, stage.NewEnv()); err == nil || !strings.Contains(err.Error(), "as they are") {
		t.Error(err)
	}
}

// Classes are read in their order and written as they are read.
func TestClassesInYAML(t *testing.T) {
	for _, s := range []string{"{z: 0.1, a: 0.2, m: rest}", "{z: {min_score: 0.8}, a: {min_score: 0.25}, m: rest}"} {
		var c, again purify.Classes
		n, err := config.ParseYAML("t.yaml", []byte("x: "+s))
		if err == nil {
			err = c.UnmarshalNode(n.Get("x"))
		}
		if err == nil {
			err = again.UnmarshalNode(c.MarshalNode())
		}
		if err != nil || fmt.Sprint(c) != fmt.Sprint(again) || len(c) != 3 || c[0].Name != "z" || c[1].Name != "a" || !c[2].Rest {
			t.Errorf("%s: %v, %v, %v", s, c, again, err)
		}
	}
	var c purify.Classes
	if err := c.UnmarshalNode(&config.Node{Kind: config.ListNode}); err == nil {
		t.Errorf("a list is read as %v", c)
	}
}

// A model learns which columns tell the wanted from the others, gives the same bytes each
// time, and its scores are those of the stage.
func TestClassModel(t *testing.T) {
	var rows []purify.ClassRow
	for i := range 400 {
		wanted := i%2 == 0
		a, word := float64(i%40)/40, "forum"
		if wanted {
			a += 0.5
			if i%3 > 0 {
				word = "news"
			}
		}
		b := float64(i % 7)
		if i%11 == 0 {
			b = math.NaN()
		}
		rows = append(rows, purify.ClassRow{Numbers: []float64{a, b, math.NaN()}, Words: []string{"", "", word}, Wanted: wanted})
	}
	columns := []purify.ClassColumn{{Name: "a_score"}, {Name: "b_perplexity"}, {Name: "genre_name", Text: true}}
	path := filepath.Join(t.TempDir(), "class.json")
	var bytes [2][]byte
	for i := range bytes {
		m, err := purify.TrainClassModel(columns, rows)
		if err == nil {
			bytes[i], err = m.MarshalFile()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if string(bytes[0]) != string(bytes[1]) {
		t.Fatal("two fits of the same rows differ")
	}
	if err := os.WriteFile(path, bytes[0], 0o600); err != nil {
		t.Fatal(err)
	}
	q := opened[*purify.QualityClassStage](t, purify.QualityClassDef, purify.QualityClass{By: "model", Model: path, Buckets: 1,
		Classes: purify.Classes{{Name: "good", ByScore: true, MinScore: 0.5}, {Name: "bad", Rest: true}}})
	if len(q.Shares()) > 0 || len(q.Digest()) != 64 {
		t.Errorf("shares %v, digest %q", q.Shares(), q.Digest())
	}
	var docs []purify.Scored
	for _, r := range rows {
		cells, _ := grade(t, q, signals(r.Numbers[0], r.Numbers[1], r.Words[2]), nil)
		if class := cells[0].Str; class != map[bool]string{true: "good", false: "bad"}[cells[2].Float >= 0.5] {
			t.Fatalf("score %v is %s", cells[2].Float, class)
		}
		docs = append(docs, purify.Scored{Score: cells[2].Float, Wanted: r.Wanted})
	}
	if e, ok := purify.Evaluate(docs); !ok || e.AUC < 0.93 {
		t.Errorf("AUC %v", e.AUC)
	}
	if cells, _ := grade(t, q, signals(math.NaN(), math.NaN(), ""), nil); !cells[2].Null {
		t.Errorf("without a value the score is %v", cells[2].Float)
	}
	for want, try := range map[string]func() error{
		"at least 10": func() error { _, err := purify.TrainClassModel(columns, rows[:19]); return err },
		"no word": func() error {
			_, err := purify.TrainClassModel([]purify.ClassColumn{{Name: "x", Text: true}}, rows)
			return err
		},
		"columns": func() error { _, err := purify.TrainClassModel(nil, rows); return err },
	} {
		if err := try(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q: %v", want, err)
		}
	}
}

// Nothing that stands in a file makes a model that fails later.
func FuzzClassModel(f *testing.F) {
	f.Add([]byte(`{"corpusmill_class_model":1,"bias":5,"features":[{"column":"a","mean":1,"scale":2,"weight":3,"missing":0}]}`))
	f.Add([]byte(`{"corpusmill_class_model":1,"bias":5,"features":[{"column":"a","mean":0,"scale":0,"weight":0,"missing":0,"words":[{"word":"x","weight":1}]}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := purify.ParseClassModel(b)
		if err != nil {
			return
		}
		for _, x := range []float64{math.NaN(), 0} {
			values := make([]float64, len(m.Features))
			for i := range values {
				values[i] = x
			}
			if s := m.Score(values); s == s && !(s >= 0 && s <= 1) {
				t.Errorf("score %v", s)
			}
		}
	})
}

// A document costs no memory.
func TestClassesAllocateNothing(t *testing.T) {
	q := opened[*purify.QualityClassStage](t, purify.QualityClassDef, purify.QualityClass{Signals: []purify.ClassSignal{{Column: "a_score"}, {Column: "genre_name", Values: map[string]float64{"news": 1}}}})
	s := opened[*purify.SampleStage](t, purify.SampleDef, purify.Sample{By: "a_score", Curve: purify.Curve{Points: []purify.CurvePoint{{Value: 0, Probability: 0.1}, {Value: 9, Probability: 1}}},
		CapBy: "genre_name", Caps: map[string]float64{"news": 0.5}})
	d, v, w, cells := signals(3, 4, "news"), corpus.NewValues(2), corpus.NewValues(5), make([]corpus.Value, 3)
	ranks, table := make([]float64, stage.CountLimits(q.Shares())), make([]float64, stage.CountLimits(s.Shares()))
	if n := testing.AllocsPerRun(100, func() {
		_ = q.Measure(d, v)
		q.Grade(v, ranks, cells)
		_ = s.Measure(d, w)
		s.DecideAt(w, table)
	}); n > 0 {
		t.Errorf("%v allocations a document", n)
	}
}

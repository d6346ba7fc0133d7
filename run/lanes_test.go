package run

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/semaphore"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// lottery is a Scorer that never says the same twice.
type lottery struct {
	Limit  float64 `yaml:"limit" key:"limit"`
	Model  string  `yaml:"model"`
	Server string  `yaml:"server" key:"-"`
	reads  []string
	calls  *atomic.Int64
	during func(call int64, docs int) error
}

func (*lottery) Columns() []corpus.Column {
	return []corpus.Column{{Name: "a", Type: corpus.Float}, {Name: "b", Type: corpus.Float}}
}
func (l *lottery) Measure(*corpus.Document, *corpus.Values) error { return nil }
func (l *lottery) Score(_ context.Context, docs []*corpus.Document, values []*corpus.Values) error {
	n := l.calls.Add(1)
	for i := range docs {
		values[i].Set(0, float64(n))
		values[i].Set(1, float64(len(docs[i].Text)))
	}
	if l.during != nil {
		return l.during(n, len(docs))
	}
	return nil
}

// reader is one that says what it reads.
type reader struct{ *lottery }

func (r reader) Reads() []string { return r.reads }

func newLane(t *testing.T, l *ledger.Ledger, s stage.Scorer, documents, calls int) *lane {
	t.Helper()
	st, err := flow.NewStep(flow.Setup{Name: "lottery"}, 0, s)
	if err != nil {
		t.Fatal(err)
	}
	return &lane{ledger: l, asks: lanePlan(st, &lottery{}).asked(st), step: st, scorer: s, documents: documents,
		turn: semaphore.NewWeighted(1), calls: semaphore.NewWeighted(int64(calls))}
}

func lanePlan(st *flow.Step, settings any) *Plan {
	return &Plan{Pipeline: &Pipeline{Stages: []Stage{{Part: Part{Def: stage.Define[lottery]("lottery", 1), Settings: settings}}}}, steps: []*flow.Step{st}}
}

func drawn(t *testing.T, l *lane, texts ...string) (list []float64) {
	t.Helper()
	var docs []*corpus.Document
	for _, s := range texts {
		docs = append(docs, &corpus.Document{Text: s})
	}
	answers, err := l.answer(t.Context(), docs)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range answers {
		if a.Values.Get(1) != float64(len(texts[i])) {
			t.Errorf("document %d has the answer to one of %g bytes", i, a.Values.Get(1))
		}
		list = append(list, a.Values.Get(0))
	}
	return list
}

// What was answered once is answered for ever: to this process and to any other.
func TestLaneAsksOnce(t *testing.T) {
	l := &ledger.Ledger{Store: store.Local(t.TempDir())}
	s := &lottery{calls: &atomic.Int64{}}
	first := drawn(t, newLane(t, l, s, 2, 1), "a", "bb", "ccc", "dddd", "eeeee")
	if n := s.calls.Load(); n != 3 {
		t.Errorf("%d calls for 5 documents, two each", n)
	}
	if again := drawn(t, newLane(t, l, s, 5, 1), "a", "bb", "ccc", "dddd", "eeeee"); !slices.Equal(again, first) || s.calls.Load() != 3 {
		t.Errorf("then %v, first %v; %d calls", again, first, s.calls.Load())
	}
	if other := drawn(t, newLane(t, l, s, 5, 1), "bb", "a"); s.calls.Load() != 4 {
		t.Errorf("others in another order: %v; %d calls", other, s.calls.Load())
	}
}

// Two processes ask about the same at the same time: the slower one takes the answers of
// the faster. In one process the second waits for the first.
func TestLaneRace(t *testing.T) {
	l := &ledger.Ledger{Store: store.Local(t.TempDir())}
	s := &lottery{calls: &atomic.Int64{}}
	both := make(chan struct{})
	s.during = func(call int64, _ int) error {
		if call == 2 {
			close(both)
		}
		<-both
		return nil
	}
	got := make(chan []float64, 2)
	for range 2 {
		lane := newLane(t, l, s, 1, 1)
		go func() {
			var list []float64
			defer func() { got <- list }() // also where it fails
			list = drawn(t, lane, "a")
		}()
	}
	if a, b := <-got, <-got; !slices.Equal(a, b) {
		t.Errorf("one goes by %v, the other by %v", a, b)
	}

	one := newLane(t, l, s, 1, 1)
	s.during = nil
	s.calls.Store(0)
	for range 8 {
		go func() {
			var list []float64
			defer func() { got <- list }() // also where it fails
			list = drawn(t, one, "b")
		}()
	}
	for range 8 {
		if a := <-got; !slices.Equal(a, []float64{1}) {
			t.Errorf("the %v. call was made in one process", a)
		}
	}
}

// An error and a panic are errors of the task, with the stage's name; nothing is kept of a
// batch that was not answered whole.
func TestLaneFails(t *testing.T) {
	l := &ledger.Ledger{Store: store.Local(t.TempDir())}
	for what, fail := range map[string]func() error{
		"out of order": func() error { return errors.New("out of order") },
		"panic: boom":  func() error { panic("boom") },
	} {
		s := &lottery{calls: &atomic.Int64{}}
		s.during = func(call int64, _ int) error {
			if call < 2 {
				return nil
			}
			return fail()
		}
		_, err := newLane(t, l, s, 1, 1).answer(t.Context(), []*corpus.Document{{Text: what + "1"}, {Text: what + "2"}})
		if err == nil || !strings.HasPrefix(err.Error(), "stage lottery: ") || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for o, err := range l.Store.List(t.Context(), "") {
		t.Errorf("%s is kept: %v", o.Name, err)
	}
}

// A batch that fails while its answers are on their way keeps them: they were paid for.
func TestLaneKeepsAnswersOfAFailedTask(t *testing.T) {
	l := &ledger.Ledger{Store: store.Local(t.TempDir())}
	ctx, cancel := context.WithCancel(t.Context())
	s := &lottery{calls: &atomic.Int64{}}
	s.during = func(int64, int) error { cancel(); return nil } // a sibling fails
	lane := newLane(t, l, s, 1, 1)
	docs := []*corpus.Document{{Text: "a"}}
	if _, err := lane.answer(ctx, docs); err != nil {
		t.Error(err)
	}
	if _, err := lane.answer(t.Context(), docs); err != nil || s.calls.Load() != 1 {
		t.Errorf("%d calls, %v", s.calls.Load(), err)
	}
}

// Answers hang on what is asked and of whom, and on nothing else.
func TestAnswersKey(t *testing.T) {
	doc := func(change func(*corpus.Document)) []*corpus.Document {
		d := &corpus.Document{ID: "1", Text: "ab", Lang: "en", URL: "u", Origin: corpus.Origin{Source: "s", Record: 7}}
		if change != nil {
			change(d)
		}
		return []*corpus.Document{d, {Text: "c"}}
	}
	key := func(settings lottery, reads []string, docs []*corpus.Document) ledger.AnswersKey {
		var object stage.Scorer = &settings
		if reads != nil {
			settings.reads = reads
			object = reader{&settings}
		}
		st, err := flow.NewStep(flow.Setup{Name: "x"}, 0, object)
		if err != nil {
			t.Fatal(err)
		}
		return lanePlan(st, &settings).asked(st).key(docs)
	}
	base := lottery{Model: "m", Limit: 1, Server: "here"}
	text := []string{"text"}
	want := key(base, text, doc(nil))
	for _, c := range []struct {
		what string
		got  ledger.AnswersKey
		same bool
	}{
		{"another limit", key(lottery{Model: "m", Limit: 2, Server: "here"}, text, doc(nil)), true},
		{"another server", key(lottery{Model: "m", Limit: 1, Server: "there"}, text, doc(nil)), true},
		{"another model", key(lottery{Model: "n", Limit: 1, Server: "here"}, text, doc(nil)), false},
		{"another text", key(base, text, doc(func(d *corpus.Document) { d.Text = "ac" })), false},
		{"texts cut elsewhere", key(base, text, []*corpus.Document{{Text: "a"}, {Text: "bc"}}), false},
		{"a document less", key(base, text, doc(nil)[:1]), false},
		{"a column that it does not read", key(base, text, doc(func(d *corpus.Document) { d.Lang, d.ID, d.Origin.Record = "de", "2", 8 })), true},
	} {
		if same := c.got == want; same != c.same {
			t.Errorf("%s: the key is the same: %v", c.what, same)
		}
	}
	for column, change := range map[string]func(*corpus.Document){
		"raw": func(d *corpus.Document) { d.Raw = []byte("r") }, "url": func(d *corpus.Document) { d.URL = "v" }, "host": func(d *corpus.Document) { d.URL = "v" },
		"id": func(d *corpus.Document) { d.ID = "2" }, "lang": func(d *corpus.Document) { d.Lang = "de" }, "source": func(d *corpus.Document) { d.Origin.Source = "t" },
		"media": func(d *corpus.Document) { d.Media = "m" }, "charset": func(d *corpus.Document) { d.Charset = "c" }, "text_bytes": func(d *corpus.Document) { d.Text = "a" },
		"lang_score": func(d *corpus.Document) { d.LangScore = 0.5 }, "tokens": func(d *corpus.Document) { d.Tokens = 9 },
		"sig_x": func(d *corpus.Document) { d.Signals = []float64{1} }, "extra": func(d *corpus.Document) { d.Extra = []byte("{}") },
		"cell": func(d *corpus.Document) { d.Cells = []corpus.Value{corpus.Int64(1)} },
	} {
		for _, reads := range [][]string{{column}, nil} { // nil is one that does not say what it reads
			if key(base, reads, doc(nil)) == key(base, reads, doc(change)) {
				t.Errorf("a reader of %v takes the answers to another %s", reads, column)
			}
		}
	}
}

package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/semaphore"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// author is a Generator that never says the same twice.
type author struct {
	calls  atomic.Int64
	mu     sync.Mutex
	spent  stage.Spending // before
	during func(*corpus.Document) error
}

func (*author) Cells() []corpus.Column { return nil }
func (*author) Reads() []string        { return []string{"text"} }
func (a *author) Spent(s stage.Spending) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.spent = s
}
func (a *author) Generate(_ context.Context, d *corpus.Document) (stage.Reply, error) {
	if a.during != nil {
		if err := a.during(d); err != nil {
			return stage.Reply{}, err
		}
	}
	return stage.Reply{Data: fmt.Appendf(nil, "%s %d", d.Text, a.calls.Add(1)), Spent: stage.Spending{Requests: 1, PromptTokens: 10}}, nil
}
func (*author) Make(d *corpus.Document, reply []byte, emit func(stage.Made)) error {
	emit(stage.Made{Document: &corpus.Document{Text: string(reply)}})
	return nil
}

// newAuthorLane is a lane of a process of its own.
func newAuthorLane(t *testing.T, l *ledger.Ledger, a *author) *lane {
	t.Helper()
	st, err := flow.NewStep(flow.Setup{Name: "author"}, 0, a)
	if err != nil {
		t.Fatal(err)
	}
	pl := lanePlan(st, &lottery{})
	pl.ledger = l
	asks := pl.asked(st)
	return &lane{ledger: l, asks: asks, step: st, generator: a, kept: pl.repliesOf(st, asks), turn: semaphore.NewWeighted(1), calls: semaphore.NewWeighted(4)}
}

func written(t *testing.T, l *lane, texts ...string) (list []string) {
	t.Helper()
	answers, err := l.answer(t.Context(), textsOf(texts))
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range answers {
		list = append(list, string(a.Reply))
	}
	return list
}

func textsOf(texts []string) (docs []*corpus.Document) {
	for _, s := range texts {
		docs = append(docs, &corpus.Document{Text: s})
	}
	return docs
}

func answerFiles(t *testing.T, l *ledger.Ledger) (n int) {
	t.Helper()
	for o, err := range l.Store.List(t.Context(), ledger.AnswersFolder) {
		if err != nil {
			t.Fatal(o.Name, err)
		}
		n++
	}
	return n
}

// What a document was answered is found by its batch, and by itself where the batch is another
// one; nothing is left beside the files of batches.
func TestRepliesOnce(t *testing.T) {
	l, a := &ledger.Ledger{Store: store.Local(t.TempDir())}, &author{}
	first := written(t, newAuthorLane(t, l, a), "a", "b", "c", "d", "e", "f")
	if a.calls.Load() != 6 || answerFiles(t, l) != 1 {
		t.Errorf("%d calls, %d files", a.calls.Load(), answerFiles(t, l))
	}
	if again := written(t, newAuthorLane(t, l, a), "a", "b", "c", "d", "e", "f"); !slices.Equal(again, first) || a.calls.Load() != 6 {
		t.Errorf("then %v, first %v; %d calls", again, first, a.calls.Load())
	}
	other := newAuthorLane(t, l, a)
	if got := written(t, other, "f", "x", "b"); got[0] != first[5] || got[2] != first[1] || a.calls.Load() != 7 {
		t.Errorf("in another batch %v, first %v; %d calls", got, first, a.calls.Load())
	}
	if want := (stage.Spending{Requests: 6, PromptTokens: 60}); a.spent != want {
		t.Errorf("spent before: %+v", a.spent)
	}
	if answerFiles(t, l) != 2 {
		t.Errorf("%d files", answerFiles(t, l))
	}
}

// Of a batch that fails, what was answered is kept, whatever its file: only the rest is asked
// about. Where an answer comes later, the others are asked for nevertheless.
func TestRepliesOfAFailedBatch(t *testing.T) {
	for _, late := range []error{errors.New("out of order"), stage.ErrWaiting} {
		l, a := &ledger.Ledger{Store: store.Local(t.TempDir())}, &author{}
		a.during = func(d *corpus.Document) error {
			if d.Text == "c" {
				return late
			}
			return nil
		}
		texts := []string{"a", "b", "c", "d", "e", "f"}
		if _, err := newAuthorLane(t, l, a).answer(t.Context(), textsOf(texts)); !errors.Is(err, late) {
			t.Errorf("%v, want %v", err, late)
		}
		calls := a.calls.Load()
		if calls < 2 || errors.Is(late, stage.ErrWaiting) && calls != 5 {
			t.Errorf("%v: %d calls", late, calls)
		}
		a.during = nil
		written(t, newAuthorLane(t, l, a), texts...)
		if a.calls.Load() != 6 || answerFiles(t, l) != 1 {
			t.Errorf("%v: %d calls for 6 documents, %d files", late, a.calls.Load(), answerFiles(t, l))
		}
	}
}

// Equal documents of several batches are one reply of a file that is of no batch: it stays
// until the file of a batch has each of its replies.
func TestRepliesOfEqualDocuments(t *testing.T) {
	l, a := &ledger.Ledger{Store: store.Local(t.TempDir())}, &author{}
	killed := newAuthorLane(t, l, a) // with two replies of other batches
	var list []*fresh
	for _, d := range textsOf([]string{"a", "b"}) {
		reply, err := a.Generate(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, &fresh{digest: killed.asks.key([]*corpus.Document{d}).Documents, reply: reply, done: make(chan struct{})})
	}
	killed.kept.write(t.Context(), "author", list)
	if list[0].err != nil {
		t.Fatal(list[0].err)
	}

	next := newAuthorLane(t, l, a)
	first := written(t, next, "a", "a")
	if got := written(t, next, "a", "c"); got[0] != first[0] || first[0] != first[1] || a.calls.Load() != 3 {
		t.Errorf("%v, and then %v; %d calls", first, got, a.calls.Load())
	}
	if got := written(t, newAuthorLane(t, l, a), "b"); got[0] != "b 2" || a.calls.Load() != 3 {
		t.Errorf("a reply of before the kill is %v; %d calls", got, a.calls.Load())
	}
	if answerFiles(t, l) != 3 {
		t.Errorf("%d files, want those of 3 batches", answerFiles(t, l))
	}
}

// Two processes that ask about the same at the same time go by one's answers.
func TestRepliesRace(t *testing.T) {
	l, a := &ledger.Ledger{Store: store.Local(t.TempDir())}, &author{}
	both := make(chan struct{})
	var asked atomic.Int64
	a.during = func(*corpus.Document) error {
		if asked.Add(1) == 2 {
			close(both)
		}
		<-both
		return nil
	}
	got := make(chan []string, 2)
	for range 2 {
		lane := newAuthorLane(t, l, a)
		go func() {
			var list []string
			defer func() { got <- list }() // also where it fails
			list = written(t, lane, "a", "b", "c")
		}()
	}
	if x, y := <-got, <-got; !slices.Equal(x, y) {
		t.Errorf("one goes by %v, the other by %v", x, y)
	}
	if b := written(t, newAuthorLane(t, l, &author{}), "a", "b", "c"); len(b) != 3 {
		t.Error(b)
	}
}

// A part that a killed process left behind the file of its batch is removed at the next look.
func TestRepliesLeft(t *testing.T) {
	l, a := &ledger.Ledger{Store: store.Local(t.TempDir())}, &author{}
	lane := newAuthorLane(t, l, a)
	if err := lane.kept.load(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	got := written(t, lane, "a", "b")
	for i, text := range []string{"a", "b"} {
		digest := lane.asks.key(textsOf([]string{text})).Documents
		if _, err := lane.kept.keep(t.Context(), "author", digest, stage.Reply{Data: []byte(got[i]), Spent: stage.Spending{Requests: 1, PromptTokens: 10}}); err != nil {
			t.Fatal(err)
		}
	}
	if n := answerFiles(t, l); n != 3 {
		t.Fatalf("%d files", n)
	}
	written(t, newAuthorLane(t, l, a), "x")
	if n := answerFiles(t, l); n != 2 {
		t.Errorf("%d files of two batches", n)
	}
}

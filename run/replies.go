package run

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/stage"
)

// replies are those that the run folder has of a stage, by the document that each is of. A
// reply costs more than a measured value: it is found again too where its document has come
// into another batch.
type replies struct {
	stage  string // digest
	ledger *ledger.Ledger

	mu     sync.Mutex
	loaded bool
	by     map[string]replyPlace
	names  []string        // of files, by number
	last   *ledger.Answers // read last
	spent  stage.Spending
}

// withdrawn is how many files of single replies are removed at once.
const withdrawn = 16

// replyPlace is where a reply stands.
type replyPlace struct{ file, number int32 }

// repliesHeld bounds the replies that can be found by their documents.
const repliesHeld = 1 << 20

// repliesOf are the replies of a step, the same for all passes.
func (pl *Plan) repliesOf(st *flow.Step, a asked) *replies {
	pl.mu.Lock()
	defer pl.mu.Unlock()
	if pl.replies == nil {
		pl.replies = map[int]*replies{}
	}
	if pl.replies[st.Index] == nil {
		pl.replies[st.Index] = &replies{stage: a.digest, ledger: pl.ledger}
	}
	return pl.replies[st.Index]
}

// load looks once through what is there, and tells the stage what was spent.
func (r *replies) load(ctx context.Context, g stage.Generator) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.loaded {
		return nil
	}
	r.by, r.names, r.spent = map[string]replyPlace{}, nil, stage.Spending{}
	type size struct {
		bytes int
		spent stage.Spending
	}
	alone := map[string]*ledger.Answers{} // of one document, which may be in the file of its batch too
	packed := map[string]size{}
	for a, err := range r.ledger.Heads(ctx, r.stage) {
		if err != nil {
			return err
		}
		if len(a.Spent) != len(a.Asked) || len(a.Sizes) != len(a.Asked) {
			continue
		}
		if len(a.Asked) == 1 && a.Asked[0] == a.Key.Documents {
			alone[a.Asked[0]] = a
			continue
		}
		r.add(a)
		for i, digest := range a.Asked {
			if len(packed) < repliesHeld {
				packed[digest] = size{a.Sizes[i], a.Spent[i]}
			}
		}
	}
	for digest, a := range alone {
		if x, ok := packed[digest]; ok && x == (size{a.Sizes[0], a.Spent[0]}) {
			if err := r.ledger.Withdraw(ctx, a.Key); err != nil { // a process was killed before it did
				return err
			}
			continue
		}
		r.add(a)
	}
	if s, ok := g.(stage.Spender); ok {
		s.Spent(r.spent)
	}
	r.loaded = true
	return nil
}

// add takes the replies of a file, as far as there is room for them.
func (r *replies) add(a *ledger.Answers) {
	r.names = append(r.names, a.Key.Documents)
	for i, digest := range a.Asked {
		if _, ok := r.by[digest]; ok {
			continue
		}
		r.spent.Add(a.Spent[i])
		if len(r.by) < repliesHeld {
			r.by[digest] = replyPlace{int32(len(r.names) - 1), int32(i)}
		}
	}
}

// find is the reply about a document, nil if there is none.
// Alone says that it has a file of its own.
func (r *replies) find(ctx context.Context, digest string) (reply []byte, spent stage.Spending, alone bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, ok := r.by[digest]
	if !ok {
		return nil, spent, false, nil
	}
	name := r.names[at.file]
	if r.last == nil || r.last.Key.Documents != name {
		a, err := r.ledger.Answers(ctx, ledger.AnswersKey{Stage: r.stage, Documents: name})
		if err != nil || a == nil {
			return nil, spent, false, err
		}
		r.last = a
	}
	if int(at.number) >= len(r.last.Replies) || r.last.Asked[at.number] != digest {
		return nil, spent, false, nil
	}
	return r.last.Replies[at.number], r.last.Spent[at.number], name == digest, nil
}

// settleReplies gets the replies to those of a batch's documents that the stage chooses.
func (l *lane) settleReplies(ctx context.Context, docs []*corpus.Document) ([]flow.Answer, error) {
	answers := make([]flow.Answer, len(docs))
	var list []*corpus.Document
	var at []int
	for i, chosen := range flow.Chosen(l.generator, docs) {
		if chosen {
			list, at = append(list, docs[i]), append(at, i)
		}
	}
	if len(list) == 0 {
		return answers, nil
	}
	key := l.asks.key(list)
	got, err, _ := l.once.Do(key.Name(), func() (any, error) { return l.findReplies(ctx, key, list) })
	if err != nil {
		return nil, err
	}
	a, _ := got.(*ledger.Answers)
	if a.Kind != ledger.AnswerReplies || len(a.Replies) != len(list) {
		return nil, fmt.Errorf("%s: %w: %d replies of the kind %q about %d documents", key.Name(), ledger.ErrAnswersDamaged, len(a.Replies), a.Kind, len(list))
	}
	for i, reply := range a.Replies {
		answers[at[i]] = flow.Answer{Asked: true, Reply: reply}
	}
	return answers, nil
}

// findReplies looks for the replies to a batch, and asks for those that are not there. Each
// is kept when it comes, so that a kill costs the requests that are under way; when the
// batch is whole its file takes their place.
func (l *lane) findReplies(ctx context.Context, key ledger.AnswersKey, docs []*corpus.Document) (*ledger.Answers, error) {
	a, err := l.ledger.Answers(ctx, key)
	if err != nil || a != nil {
		return a, err
	}
	if err := l.kept.load(ctx, l.generator); err != nil {
		return nil, err
	}
	n := len(docs)
	a = &ledger.Answers{Kind: ledger.AnswerReplies, Stage: l.asks.name, Key: key, Documents: n,
		Asked: make([]string, n), Sizes: make([]int, n), Spent: make([]stage.Spending, n), Replies: make([][]byte, n)}
	own := make([]bool, n) // kept in files of their own
	if err := l.askEach(ctx, docs, a, own); err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx) // paid for: kept, whatever becomes of the task
	if a, err = l.ledger.Answered(ctx, a); err != nil || n == 1 {
		return a, err
	}
	var g errgroup.Group
	g.SetLimit(withdrawn)
	for i, d := range docs {
		if own[i] {
			g.Go(func() error { return l.ledger.Withdraw(ctx, l.asks.key([]*corpus.Document{d})) })
		}
	}
	return a, g.Wait()
}

// askEach fills in the replies, as many requests under way as the lane allows. An error ends
// neither the requests that are under way nor, where an answer comes later, the others.
func (l *lane) askEach(ctx context.Context, docs []*corpus.Document, a *ledger.Answers, own []bool) error {
	if err := l.turn.Acquire(ctx, 1); err != nil {
		return err
	}
	var g errgroup.Group
	var mu sync.Mutex
	var failed, waiting error
	for i, d := range docs {
		mu.Lock()
		stop := failed != nil
		mu.Unlock()
		if stop {
			break
		}
		if err := l.calls.Acquire(ctx, 1); err != nil {
			mu.Lock()
			failed = errors.Join(failed, err)
			mu.Unlock()
			break
		}
		g.Go(func() error {
			defer l.calls.Release(1)
			var err error
			if own[i], err = l.askOne(ctx, d, a, i); err != nil {
				mu.Lock()
				defer mu.Unlock()
				if errors.Is(err, stage.ErrWaiting) {
					waiting = err
				} else if failed == nil {
					failed = err
				}
			}
			return nil
		})
	}
	l.turn.Release(1)
	_ = g.Wait() // it has no errors of its own
	if failed != nil {
		return failed
	}
	return waiting
}

// askOne finds or gets the reply to one document. Own says that it has a file of its own.
func (l *lane) askOne(ctx context.Context, d *corpus.Document, a *ledger.Answers, i int) (own bool, err error) {
	key := l.asks.key([]*corpus.Document{d})
	a.Asked[i] = key.Documents
	reply, spent, alone, err := l.kept.find(ctx, key.Documents)
	if err != nil || reply != nil {
		a.Replies[i], a.Sizes[i], a.Spent[i] = reply, len(reply), spent
		return alone, err
	}
	r, err := l.generate(ctx, d)
	if err != nil {
		return false, err
	}
	if len(r.Data) > stage.ReplyBytesMax {
		return false, fmt.Errorf("a reply of %d bytes, want at most %d", len(r.Data), stage.ReplyBytesMax)
	}
	one := &ledger.Answers{Kind: ledger.AnswerReplies, Stage: l.asks.name, Key: key, Documents: 1,
		Asked: []string{key.Documents}, Sizes: []int{len(r.Data)}, Spent: []stage.Spending{r.Spent}, Replies: [][]byte{r.Data}}
	if a.Documents > 1 { // the file of a batch of one is that of its document
		if one, err = l.ledger.Answered(context.WithoutCancel(ctx), one); err != nil {
			return false, err
		}
		if len(one.Replies) != 1 {
			return false, fmt.Errorf("%s: %w: %d replies to one document", key.Name(), ledger.ErrAnswersDamaged, len(one.Replies))
		}
	}
	a.Replies[i], a.Sizes[i], a.Spent[i] = one.Replies[0], one.Sizes[0], one.Spent[0]
	return a.Documents > 1, nil
}

// generate is one call of the stage. A panic in it fails the task, as an error does.
func (l *lane) generate(ctx context.Context, d *corpus.Document) (r stage.Reply, err error) {
	start := time.Now()
	defer func() {
		l.spent.Add(int64(time.Since(start)))
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	r, err = l.generator.Generate(ctx, d)
	if r.Data == nil && err == nil {
		r.Data = []byte{}
	}
	return r, err
}

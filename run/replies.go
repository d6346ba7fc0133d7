package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
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
	came   *atomic.Int64

	mu     sync.Mutex
	loaded bool
	by     map[string]replyPlace
	names  []string        // of files, by number
	parts  map[int32]*part // those that are of no batch
	last   *ledger.Answers // read last
	spent  stage.Spending

	queue   []*fresh // replies that came while others were being written
	writing bool
}

// replyPlace is where a reply stands.
type replyPlace struct{ file, number int32 }

// part is a file of replies of several batches, by what is left of it.
type part struct {
	key    ledger.AnswersKey
	packed []bool // replies that are in the file of a batch: of equal documents one may be in several
	left   int    // those that are not
}

// slot is where a part has a reply; the zero value is of none.
type slot struct {
	part   *part
	number int
}

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
		pl.replies[st.Index] = &replies{stage: a.digest, ledger: pl.ledger, came: &pl.replied}
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
	r.by, r.parts, r.names, r.spent = map[string]replyPlace{}, map[int32]*part{}, nil, stage.Spending{}
	type size struct {
		bytes int
		spent stage.Spending
	}
	packed := map[string]size{}
	var parts []*ledger.Answers
	for a, err := range r.ledger.Heads(ctx, r.stage) {
		switch {
		case err != nil:
			return err
		case len(a.Spent) != len(a.Asked) || len(a.Sizes) != len(a.Asked):
			continue
		case a.Part:
			parts = append(parts, a)
			continue
		}
		r.add(a)
		for i, digest := range a.Asked {
			if len(packed) < repliesHeld {
				packed[digest] = size{a.Sizes[i], a.Spent[i]}
			}
		}
	}
	for _, a := range parts {
		p := &part{key: a.Key, packed: make([]bool, len(a.Asked))}
		for i, digest := range a.Asked {
			x, ok := packed[digest]
			if p.packed[i] = ok && x == (size{a.Sizes[i], a.Spent[i]}); !p.packed[i] {
				p.left++
			}
		}
		if p.left == 0 { // a process was killed before it removed it
			if err := r.ledger.Withdraw(ctx, a.Key); err != nil {
				return err
			}
			continue
		}
		r.parts[int32(len(r.names))] = p
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

// find is the reply about a document, nil if there is none, and where a part has it.
func (r *replies) find(ctx context.Context, digest string) (reply []byte, spent stage.Spending, in slot, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, ok := r.by[digest]
	if !ok {
		return nil, spent, in, nil
	}
	name := r.names[at.file]
	if r.last == nil || r.last.Key.Documents != name {
		a, err := r.ledger.Answers(ctx, ledger.AnswersKey{Stage: r.stage, Documents: name})
		if err != nil || a == nil {
			return nil, spent, in, err
		}
		r.last = a
	}
	if int(at.number) >= len(r.last.Replies) || r.last.Asked[at.number] != digest {
		return nil, spent, in, nil
	}
	return r.last.Replies[at.number], r.last.Spent[at.number], slot{r.parts[at.file], int(at.number)}, nil
}

// fresh is a reply that is to be kept.
type fresh struct {
	digest string
	reply  stage.Reply
	done   chan struct{}
	in     slot
	err    error
}

// partDocuments and partBytes bound the replies that are written at once.
const (
	partDocuments = 256
	partBytes     = 8 << 20
)

// keep writes a reply into the run folder, with those that come while others are written. It
// returns when it is there.
func (r *replies) keep(ctx context.Context, name, digest string, reply stage.Reply) (slot, error) {
	f := &fresh{digest: digest, reply: reply, done: make(chan struct{})}
	r.mu.Lock()
	r.queue = append(r.queue, f)
	lead := !r.writing
	r.writing = true
	r.mu.Unlock()
	for lead {
		r.mu.Lock()
		n, bytes := 0, 0
		for n < min(len(r.queue), partDocuments) && (n == 0 || bytes+len(r.queue[n].reply.Data) <= partBytes) {
			bytes += len(r.queue[n].reply.Data)
			n++
		}
		list := r.queue[:n:n]
		r.queue = r.queue[n:]
		if n == 0 {
			r.writing, lead = false, false
		}
		r.mu.Unlock()
		if n > 0 {
			r.write(ctx, name, list)
		}
	}
	<-f.done
	return f.in, f.err
}

// write puts a part.
func (r *replies) write(ctx context.Context, name string, list []*fresh) {
	a := &ledger.Answers{Kind: ledger.AnswerReplies, Stage: name, Part: true, Documents: len(list)}
	h := sha256.New()
	_, _ = h.Write([]byte("part")) // a hash never fails
	for _, f := range list {
		fmt.Fprintf(h, " %s", f.digest)
		a.Asked, a.Sizes = append(a.Asked, f.digest), append(a.Sizes, len(f.reply.Data))
		a.Spent, a.Replies = append(a.Spent, f.reply.Spent), append(a.Replies, f.reply.Data)
	}
	a.Key = ledger.AnswersKey{Stage: r.stage, Documents: hex.EncodeToString(h.Sum(nil)[:16])}
	p := &part{a.Key, make([]bool, len(list)), len(list)}
	_, err := r.ledger.Answered(ctx, a) // who has the same is as good: the file of the batch decides
	for i, f := range list {
		f.in, f.err = slot{p, i}, err
		close(f.done)
	}
}

// packed removes the parts all of whose documents are in files of their batches.
func (r *replies) packed(ctx context.Context, slots []slot) error {
	r.mu.Lock()
	var gone []*part
	for _, s := range slots {
		p := s.part
		if p == nil || p.packed[s.number] {
			continue
		}
		p.packed[s.number] = true
		if p.left--; p.left == 0 {
			gone = append(gone, p)
		}
	}
	r.mu.Unlock()
	for _, p := range gone {
		if err := r.ledger.Withdraw(ctx, p.key); err != nil {
			return err
		}
	}
	return nil
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
	slots := make([]slot, n)
	if err := l.askEach(ctx, docs, a, slots); err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx) // paid for: kept, whatever becomes of the task
	if a, err = l.ledger.Answered(ctx, a); err != nil {
		return nil, err
	}
	return a, l.kept.packed(ctx, slots)
}

// askEach fills in the replies, as many requests under way as the lane allows. An error ends
// neither the requests that are under way nor, where an answer comes later, the others.
func (l *lane) askEach(ctx context.Context, docs []*corpus.Document, a *ledger.Answers, slots []slot) error {
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
			if slots[i], err = l.askOne(ctx, d, a, i); err != nil {
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

// askOne finds or gets the reply to one document, and where a part has it.
func (l *lane) askOne(ctx context.Context, d *corpus.Document, a *ledger.Answers, i int) (slot, error) {
	digest := l.asks.key([]*corpus.Document{d}).Documents
	a.Asked[i] = digest
	reply, spent, in, err := l.kept.find(ctx, digest)
	if err != nil {
		return in, err
	}
	if reply == nil {
		r, err := l.generate(ctx, d)
		if err != nil {
			return in, err
		}
		if len(r.Data) > stage.ReplyBytesMax {
			return in, fmt.Errorf("a reply of %d bytes, want at most %d", len(r.Data), stage.ReplyBytesMax)
		}
		if in, err = l.kept.keep(context.WithoutCancel(ctx), l.asks.name, digest, r); err != nil {
			return in, err
		}
		reply, spent = r.Data, r.Spent
		l.kept.came.Add(1)
	}
	a.Replies[i], a.Sizes[i], a.Spent[i] = reply, len(reply), spent
	return in, nil
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

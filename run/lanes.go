package run

import (
	"context"
	"fmt"
	"math"
	"runtime/debug"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"
	"golang.org/x/sync/singleflight"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/stage"
)

// lane is where batches wait for a batched stage. It bounds the calls of the stage that
// are under way, whatever the number of batches, and takes no worker. What was answered
// once is never asked again.
type lane struct {
	ledger    *ledger.Ledger
	asks      asked
	step      *flow.Step
	scorer    stage.Scorer
	generator stage.Generator     // in its place
	kept      *replies            // of the generator
	documents int                 // of a call at most
	turn      *semaphore.Weighted // of the batch whose calls begin: one after the other, so that a kill costs few
	calls     *semaphore.Weighted
	once      singleflight.Group // equal batches at the same time
	spent     atomic.Int64       // nanoseconds of all calls
}

// openLanes makes the lanes of a pass, and widens the window: a batch may have a single
// document for a lane, and one whose call takes long holds up the results behind it.
func (p *pool) openLanes(pl *Plan, links []flow.Link) {
	for i, link := range links {
		l := pl.newLane(link.Step, p.workers[0].chain, i)
		if l == nil {
			continue
		}
		requests := pl.Options.Workers
		if r, ok := link.Step.Object.(stage.Remote); ok {
			l.documents, requests = max(r.RequestDocuments(), 1), max(r.Requests(), 1)
		}
		if l.generator != nil {
			requests += (requests + keeping - 1) / keeping
		}
		l.turn, l.calls = semaphore.NewWeighted(1), semaphore.NewWeighted(int64(requests))
		p.window += 2 * requests
		if p.lanes == nil {
			p.lanes, p.answered = make([]*lane, len(links)), make(chan *job)
		}
		p.lanes[i] = l
	}
}

// keeping is the share of a generator's calls, one of so many, that may be under way beside
// its requests: their answers are on the way to the disk.
const keeping = 8

// newLane is the lane of a link, nil for one at which nobody waits.
func (pl *Plan) newLane(st *flow.Step, c *flow.Chain, link int) *lane {
	l := &lane{ledger: pl.ledger, step: st, scorer: c.Scorer(link), generator: c.Generator(link), documents: math.MaxInt}
	if l.scorer == nil && l.generator == nil {
		return nil
	}
	l.asks = pl.asked(st)
	if l.generator != nil {
		l.kept = pl.repliesOf(st, l.asks)
	}
	return l
}

// answer gets the answers to the documents of a batch: those in the run folder, or else
// the stage's, once they are there.
func (l *lane) answer(ctx context.Context, docs []*corpus.Document) ([]flow.Answer, error) {
	settle := l.settle
	if l.generator != nil {
		settle = l.settleReplies
	}
	answers, err := settle(ctx, docs)
	if err != nil {
		return nil, fmt.Errorf("stage %s: %w", l.step.Name, err)
	}
	return answers, nil
}

func (l *lane) settle(ctx context.Context, docs []*corpus.Document) ([]flow.Answer, error) {
	key := l.asks.key(docs)
	got, err, _ := l.once.Do(key.Name(), func() (any, error) { return l.find(ctx, key, docs) })
	if err != nil {
		return nil, err
	}
	a, _ := got.(*ledger.Answers)
	if a.Documents != len(docs) || a.Columns != len(l.step.Columns) {
		return nil, fmt.Errorf("%s: %w: %d values each of %d documents, want %d of %d", key.Name(), ledger.ErrAnswersDamaged, a.Columns, a.Documents, len(l.step.Columns), len(docs))
	}
	answers := make([]flow.Answer, len(docs))
	for i := range answers {
		answers[i].Values = corpus.NewValues(a.Columns)
		copy(answers[i].Values.All(), a.Values[i*a.Columns:])
	}
	return answers, nil
}

// find looks for answers, and asks for those that are not there.
func (l *lane) find(ctx context.Context, key ledger.AnswersKey, docs []*corpus.Document) (*ledger.Answers, error) {
	a, err := l.ledger.Answers(ctx, key)
	if err != nil || a != nil {
		return a, err
	}
	if a, err = l.ask(ctx, docs); err != nil {
		return nil, err
	}
	a.Key, a.Stage = key, l.asks.name
	return l.ledger.Answered(context.WithoutCancel(ctx), a) // paid for: kept, whatever becomes of the task
}

// ask asks the stage, in as many calls as it wants.
func (l *lane) ask(ctx context.Context, docs []*corpus.Document) (*ledger.Answers, error) {
	columns := len(l.step.Columns)
	a := &ledger.Answers{Kind: ledger.AnswerValues, Documents: len(docs), Columns: columns, Values: make([]float64, len(docs)*columns)}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		if err := l.turn.Acquire(ctx, 1); err != nil {
			return err
		}
		defer l.turn.Release(1)
		for from := 0; from < len(docs); from += l.documents {
			if err := l.calls.Acquire(ctx, 1); err != nil {
				return err
			}
			to := min(from+l.documents, len(docs))
			g.Go(func() error {
				defer l.calls.Release(1)
				return l.call(ctx, docs[from:to], a.Values[from*columns:to*columns])
			})
		}
		return nil
	})
	return a, g.Wait()
}

// call is one call of the stage. A panic in it fails the task, as an error does.
func (l *lane) call(ctx context.Context, docs []*corpus.Document, values []float64) (err error) {
	start := time.Now()
	defer func() {
		l.spent.Add(int64(time.Since(start)))
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	answers, err := flow.Ask(ctx, l.scorer, docs)
	for i, a := range answers {
		copy(values[i*len(l.step.Columns):], a.Values.All())
	}
	return err
}

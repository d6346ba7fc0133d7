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

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/stage"
)

// lane is where batches wait for a batched stage. It bounds the calls of the stage that
// are under way, whatever the number of batches, and takes no worker.
type lane struct {
	step      *flow.Step
	scorer    stage.Scorer
	documents int // of a call at most
	calls     *semaphore.Weighted
	spent     atomic.Int64 // nanoseconds of all calls
}

// openLanes makes the lanes of a pass, and widens the window: a batch may have a single
// document for a lane, and one whose call takes long holds up the results behind it.
func (p *pool) openLanes(pl *Plan, links []flow.Link) {
	for i, link := range links {
		s := p.workers[0].chain.Scorer(i)
		if s == nil {
			continue
		}
		l := &lane{step: link.Step, scorer: s, documents: math.MaxInt}
		requests := pl.Options.Workers
		if r, ok := s.(stage.Remote); ok {
			l.documents, requests = max(r.RequestDocuments(), 1), max(r.Requests(), 1)
		}
		l.calls = semaphore.NewWeighted(int64(requests))
		p.window += 2 * requests
		if p.lanes == nil {
			p.lanes, p.answered = make([]*lane, len(links)), make(chan *job)
		}
		p.lanes[i] = l
	}
}

// answer gets the answers to the documents of a batch.
func (l *lane) answer(ctx context.Context, docs []*corpus.Document) ([]flow.Answer, error) {
	answers, err := l.ask(ctx, docs)
	if err != nil {
		return nil, fmt.Errorf("stage %s: %w", l.step.Name, err)
	}
	return answers, nil
}

// ask asks the stage, in as many calls as it wants.
func (l *lane) ask(ctx context.Context, docs []*corpus.Document) ([]flow.Answer, error) {
	answers := make([]flow.Answer, len(docs))
	g, ctx := errgroup.WithContext(ctx)
	for from := 0; from < len(docs); from += l.documents {
		to := min(from+l.documents, len(docs))
		g.Go(func() error {
			if err := l.calls.Acquire(ctx, 1); err != nil {
				return err
			}
			defer l.calls.Release(1)
			return l.call(ctx, docs[from:to], answers[from:to])
		})
	}
	return answers, g.Wait()
}

// call is one call of the stage. A panic in it fails the task, as an error does.
func (l *lane) call(ctx context.Context, docs []*corpus.Document, answers []flow.Answer) (err error) {
	start := time.Now()
	defer func() {
		l.spent.Add(int64(time.Since(start)))
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	got, err := flow.Ask(ctx, l.scorer, docs)
	copy(answers, got)
	return err
}

package run

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/stage"
)

// pool is the workers of one pass. Every task of the pass sends its batches here
// and takes the results back in its own order.
//
// A batch whose documents wait for a batched stage leaves its worker and goes to the lane
// of that stage. With the answers it comes back, to any worker.
type pool struct {
	jobs     chan *job
	answered chan *job // come back from a lane; nil where there is none
	lanes    []*lane   // by link; nil at those where nobody waits
	window   int       // batches of a task at most between its reader and its writer
	flight   *flight
	workers  []*worker
	done     chan struct{}
	steps    int // of the plan
}

// job is a batch under way.
type job struct {
	ctx    context.Context // of the task
	batch  *batch
	bytes  int64 // of the batch, which is let go before its result is taken
	weight int64 // in flight
	large  bool  // it has a document of more than stage.LargeBytes
	ready  chan *result

	// of a batch that waits in a lane, or comes from there
	passage *flow.Passage
	draft   *draft
	answers []flow.Answer
}

// newPool starts the workers; each has an observer of its own.
func newPool(pl *Plan, sec *Section, links []flow.Link, newClerk func() clerk) *pool {
	p := &pool{jobs: make(chan *job), flight: newFlight(pl.flightBytes(), scratchFactor(links)), done: make(chan struct{}), steps: len(pl.steps)}
	for range pl.Options.Workers {
		c := newClerk()
		w := &worker{clerk: c, chain: flow.New(c, sec.columns, links...)}
		w.chain.Within(pl.largeBytes())
		p.workers = append(p.workers, w)
	}
	p.window = 2*len(p.workers) + 2
	p.openLanes(pl, links)
	running := make(chan struct{}, pl.Options.Workers)
	for _, w := range p.workers {
		go func() {
			for j := p.next(); j != nil; j = p.next() {
				if r := w.work(j); r != nil {
					j.ready <- r
				} else {
					j.weight = p.flight.shrink(j.weight, j.passage.Bytes()) // pages became texts, and many were dropped
					go p.ask(j)
				}
			}
			running <- struct{}{}
		}()
	}
	go func() {
		for range pl.Options.Workers {
			<-running
		}
		close(p.done)
	}()
	return p
}

// close stops the workers and returns the time that they spent by stage.
func (p *pool) close() []time.Duration {
	if p == nil { // of tasks that no stage works on
		return nil
	}
	close(p.jobs)
	<-p.done
	sum := make([]time.Duration, p.steps)
	for _, w := range p.workers {
		w.chain.Spent(sum)
	}
	for _, l := range p.lanes {
		if l != nil {
			sum[l.step.Index] += time.Duration(l.spent.Load())
		}
	}
	return sum
}

// next is the batch to work on, nil at the end. One that was begun goes first: it holds
// memory, and others wait behind it.
func (p *pool) next() *job {
	select {
	case j := <-p.answered:
		return j
	default:
	}
	select {
	case j := <-p.answered:
		return j
	case j := <-p.jobs:
		return j
	}
}

// ask has a batch wait in its lane and brings it back. It holds no worker.
func (p *pool) ask(j *job) {
	var err error
	if j.answers, err = p.lanes[j.passage.Link()].answer(j.ctx, j.passage.Documents()); err != nil {
		j.ready <- &result{err: err}
		return
	}
	p.answered <- j
}

// intake takes the batches of a reader.
type intake struct {
	emit func(*batch) error
	// alone waits until nothing is in flight any more, and nothing will be before the next
	// batch of this reader, which has it marked as such, is through; or before again.
	alone func() error
	again func()
}

// stream reads batches, has them worked on in parallel, and hands the results to
// consume in the order of reading.
func (p *pool) stream(ctx context.Context, read func(ctx context.Context, out intake) error, consume func(*result) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	window := make(chan *job, p.window)
	var readErr error
	go func() {
		defer close(window)
		emit := func(b *batch) (err error) {
			j := &job{ctx: ctx, batch: b, bytes: b.bytes, large: b.largest > stage.LargeBytes, ready: make(chan *result, 1)}
			if j.weight, err = p.flight.acquire(ctx, b); err != nil {
				return err
			}
			select {
			case p.jobs <- j:
			case <-ctx.Done():
				p.flight.release(j.weight)
				return context.Cause(ctx)
			}
			window <- j // never blocks for ever: the consumer drains it to the end
			return nil
		}
		readErr = read(ctx, intake{emit: emit, alone: func() error { return p.flight.empty(ctx) }, again: func() { p.flight.release(p.flight.limit) }})
	}()
	var failed, waiting error
	for j := range window {
		r := <-j.ready
		r.bytesIn = j.bytes
		j.batch = nil
		if failed == nil {
			switch {
			case errors.Is(r.err, stage.ErrWaiting): // the batches behind it are still asked about
				waiting = r.err
			case r.err != nil:
				failed = r.err
			case waiting == nil:
				failed = consume(r)
			}
			if failed != nil {
				cancel(failed)
			}
		}
		p.flight.release(j.weight)
	}
	if err := cmp.Or(failed, readErr); err != nil {
		return err
	}
	return waiting
}

package run

import (
	"context"
	"time"

	"github.com/corpusmill/corpusmill/flow"
)

// pool is the workers of one pass. Every task of the pass sends its batches here
// and takes the results back in its own order.
type pool struct {
	jobs    chan *job
	flight  *flight
	workers []*worker
	done    chan struct{}
	steps   int // of the plan
}

type job struct {
	ctx   context.Context // of the task
	batch *batch
	bytes int64
	ready chan *result
}

// newPool starts the workers; each has an observer of its own.
func newPool(pl *Plan, sec *Section, links []flow.Link, newClerk func() clerk) *pool {
	p := &pool{jobs: make(chan *job), flight: newFlight(pl.flightBytes()), done: make(chan struct{}), steps: len(pl.steps)}
	running := make(chan struct{}, pl.Options.Workers)
	for range pl.Options.Workers {
		c := newClerk()
		w := &worker{clerk: c, chain: flow.New(c, sec.columns, links...)}
		p.workers = append(p.workers, w)
		go func() {
			for j := range p.jobs {
				j.ready <- w.process(j.ctx, j.batch)
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
	return sum
}

// stream reads batches, has them worked on in parallel, and hands the results to
// consume in the order of reading. At most window batches are in between.
func (p *pool) stream(ctx context.Context, read func(ctx context.Context, emit func(*batch) error) error, consume func(*result) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	window := make(chan *job, 2*len(p.workers)+2)
	var readErr error
	go func() {
		defer close(window)
		readErr = read(ctx, func(b *batch) error {
			j := &job{ctx: ctx, batch: b, bytes: b.bytes, ready: make(chan *result, 1)}
			if err := p.flight.acquire(ctx, j.bytes); err != nil {
				return err
			}
			select {
			case p.jobs <- j:
			case <-ctx.Done():
				p.flight.release(j.bytes)
				return context.Cause(ctx)
			}
			window <- j // never blocks for ever: the consumer drains it to the end
			return nil
		})
	}()
	var failed error
	for j := range window {
		r := <-j.ready
		j.batch = nil
		if failed == nil {
			if failed = r.err; failed == nil {
				failed = consume(r)
			}
			if failed != nil {
				cancel(failed)
			}
		}
		p.flight.release(j.bytes)
	}
	if failed != nil {
		return failed
	}
	return readErr
}

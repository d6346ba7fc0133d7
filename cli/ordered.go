package cli

import (
	"context"
	"sync"
)

// ordered works on items in parallel and hands the results on in the order of the
// items. At most 4 items a worker are on their way. Every worker gets a function
// of its own from fork, which may keep scratch.
func ordered[T, R any](ctx context.Context, workers int, produce func(emit func(T) error) error, fork func() func(T) R, consume func(R) error) error {
	type job struct {
		item T
		done chan R
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	jobs, window := make(chan job), make(chan job, 4*workers)
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			work := fork()
			for j := range jobs {
				j.done <- work(j.item)
			}
		})
	}
	var failed error
	go func() {
		defer close(window)
		defer close(jobs)
		failed = produce(func(item T) error {
			j := job{item, make(chan R, 1)}
			select {
			case jobs <- j:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			window <- j // the consumer drains it to the end
			return nil
		})
	}()
	var stopped error
	for j := range window {
		r := <-j.done
		if stopped == nil {
			if stopped = consume(r); stopped != nil {
				cancel(stopped)
			}
		}
	}
	running.Wait()
	if stopped != nil {
		return stopped
	}
	return failed
}

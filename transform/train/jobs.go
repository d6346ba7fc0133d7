package main

import (
	"errors"
	"sync"
)

// jobs runs functions beside one another and keeps their errors.
type jobs struct {
	wg    sync.WaitGroup
	mu    sync.Mutex
	errs  []error
	slots chan struct{}
}

func (g *jobs) limit(n int) { g.slots = make(chan struct{}, max(1, n)) }

func (g *jobs) run(f func() error) {
	g.slots <- struct{}{}
	g.wg.Go(func() {
		defer func() { <-g.slots }()
		if err := f(); err != nil {
			g.mu.Lock()
			g.errs = append(g.errs, err)
			g.mu.Unlock()
		}
	})
}

func (g *jobs) wait() error {
	g.wg.Wait()
	return errors.Join(g.errs...)
}

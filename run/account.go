package run

import (
	"context"
	"sync"

	"github.com/corpusmill/corpusmill/ledger"
)

// product is what a task makes: its commit, and its statistics, nil where it has none.
// These are published as a file of their own, so that a run can hold all commits.
type product struct {
	*ledger.Commit
	stats *ledger.Stats
}

// publish makes a task done: first its statistics, then the commit that names them.
func (e *Engine) publish(ctx context.Context, c *product) error {
	if c.stats != nil {
		if err := e.plan.ledger.WriteStats(ctx, c.Commit, c.stats); err != nil {
			return err
		}
	}
	return e.plan.ledger.Publish(ctx, c.Commit)
}

// account sums the statistics of a run. It takes those of one task after the other and
// keeps none of them.
type account struct {
	mu    sync.Mutex
	total *ledger.Stats
	pass  losses // of the pass under way
}

// add counts a task, once, by its number in the pass.
func (a *account) add(number int, c *ledger.Commit, s *ledger.Stats) {
	if s == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.total.Add(s)
	a.pass.add(number, c, s)
}

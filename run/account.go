package run

import (
	"context"

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

// account sums the statistics of a run. It keeps none of those of a task.
type account struct {
	total *ledger.Stats
	own   map[string]bool // lots that are in it: this worker did them
}

func newAccountOf(pl *Plan) *account {
	return &account{total: pl.newStats(), own: map[string]bool{}}
}

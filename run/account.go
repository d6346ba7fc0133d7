package run

import (
	"context"
	"iter"

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

// hostsHeld bounds the hosts that are counted at once, of some 120 bytes each. A run of fewer
// has exact counts. In one of more, the tables of its tasks are summed in the order of the
// plan, and where there are more hosts than these the smaller half is forgotten: so its
// largest hosts are right but for what they had in the forgotten.
const hostsHeld = 1 << 19

// account sums the statistics of a run. It keeps none of those of a task.
type account struct {
	total   *ledger.Stats
	own     map[string]bool // lots that are in it: this worker did them
	held    int             // hosts at most
	crowded bool            // there were more
}

func newAccountOf(pl *Plan) *account {
	return &account{total: pl.newStats(), own: map[string]bool{}, held: hostsHeld}
}

func (a *account) add(s *ledger.Stats) {
	a.total.Add(s)
	if len(a.total.Hosts) > a.held {
		a.crowded = true
		clear(a.total.Hosts)
	}
}

// sumHosts counts the hosts of a run that has more than are held at once.
func (a *account) sumHosts(tables iter.Seq2[ledger.Hosts, error]) error {
	sum := ledger.Hosts{}
	for hosts, err := range tables {
		if err != nil {
			return err
		}
		sum.Add(hosts)
		if len(sum) > a.held {
			sum.Keep(a.held / 2)
		}
	}
	a.total.Hosts = sum
	return nil
}

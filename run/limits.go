package run

import (
	"errors"
	"fmt"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/stage"
)

// ErrTooManyErrors ends a run whose quarantine passed errors_max.
var ErrTooManyErrors = errors.New("too many records in quarantine")

// ErrShardsLost ends a run that could not read shards of its input.
var ErrShardsLost = errors.New("input files could not be read")

// Defaults of errors_max and shards_lost_max: the larger of a number and of one
// record or shard in a hundred.
const (
	errorsMaxFloor    = 100
	shardsCutMaxFloor = 10
)

// checkErrors fails a pass that lost more than the pipeline allows. Records and
// shards have limits of their own: how many records a lost shard had, nobody knows.
func (e *Engine) checkErrors(pass string, commits []*ledger.Commit) error {
	var bad, docs, shards int64
	var damage ledger.Damage
	for _, c := range commits {
		if c.Stats == nil {
			continue
		}
		bad += c.Stats.QuarantinedSum()
		for _, s := range c.Stats.Sources {
			docs += s.Read
			shards += s.Shards
		}
		docs = max(docs, c.Documents)
		damage.Add(c.Stats.Damage())
	}
	const see = "the quarantine folder of the run has each with its file, record and offset"
	if limit, over := exceeds(e.plan.ErrorsMax, max(errorsMaxFloor, docs/100), bad); over {
		return fmt.Errorf("%s: %w: %d, errors_max is %d; %s", pass, ErrTooManyErrors, bad, limit, see)
	}
	_, lost := exceeds(e.plan.ShardsLostMax, 0, damage.ShardsLost)
	_, cut := exceeds(e.plan.ShardsLostMax, max(shardsCutMaxFloor, shards/100), damage.ShardsCut+damage.ShardsLost)
	if lost || cut {
		return fmt.Errorf("%s: %w: of %d shards %s; %s. Mend or remove them, or allow so many with shards_lost_max: the same line again goes on from here",
			pass, ErrShardsLost, shards, damage, see)
	}
	return nil
}

// exceeds compares a count with a limit that has a default.
func exceeds(l stage.Limit, def, n int64) (limit int64, over bool) {
	x, on := l.Or(stage.At(float64(def))).Get()
	return int64(x), on && n > int64(x)
}

package run

import (
	"errors"
	"fmt"
	"math"

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

// losses sum what the tasks of a pass lost. Tasks come in any order.
type losses struct {
	quarantined, read, shards, largest int64
	damage                             ledger.Damage
	first                              string // damaged shard, of the first such task in the pass
	number                             int    // of the task
}

// add counts a task by its number in the pass.
func (l *losses) add(number int, c *ledger.Commit, s *ledger.Stats) {
	l.quarantined += s.QuarantinedSum()
	for _, x := range s.Sources {
		l.read += x.Read
		l.shards += x.Shards
		if x.FirstDamaged != "" && (l.first == "" || number < l.number) {
			l.first, l.number = x.Name+"/"+x.FirstDamaged, number
		}
	}
	l.largest = max(l.largest, c.Documents)
	l.damage.Add(s.Damage())
}

// check fails a pass that lost more than the pipeline allows. Records and shards have
// limits of their own: how many records a lost shard had, nobody knows.
func (l *losses) check(p *Pipeline, pass string) error {
	bad, docs, shards, damage := l.quarantined, max(l.read, l.largest), l.shards, l.damage
	const see = "the quarantine folder of the run has each with its file, record and offset"
	const again = "the same line again goes on from here"
	if limit, over := exceeds(p.ErrorsMax, max(errorsMaxFloor, docs/100), bad); over {
		return fmt.Errorf("%s: %w: %d, errors_max is %d; %s. Allow them with --set errors_max=%d: %s", pass, ErrTooManyErrors, bad, limit, see, bad, again)
	}
	_, lost := exceeds(p.ShardsLostMax, 0, damage.ShardsLost)
	_, cut := exceeds(p.ShardsLostMax, max(shardsCutMaxFloor, shards/100), damage.ShardsCut+damage.ShardsLost)
	if lost || cut {
		return fmt.Errorf("%s: %w: of %d files %s, the first is %s; %s. Mend or remove them, or allow so many with --set shards_lost_max=%d: %s",
			pass, ErrShardsLost, shards, damage, l.first, see, damage.ShardsCut+damage.ShardsLost, again)
	}
	return nil
}

// negative reports a limit that is no number of anything.
func negative(l stage.Limit) bool {
	x, on := l.Get()
	return on && (x < 0 || x != math.Trunc(x))
}

// exceeds compares a count with a limit that has a default.
func exceeds(l stage.Limit, def, n int64) (limit int64, over bool) {
	x, on := l.Or(stage.At(float64(def))).Get()
	return int64(x), on && n > int64(x)
}

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
	Quarantined int64         `json:"quarantined"`
	Read        int64         `json:"read"`
	Shards      int64         `json:"shards"`
	Largest     int64         `json:"largest"`
	Damage      ledger.Damage `json:"damage"`
	First       string        `json:"first,omitempty"` // damaged shard, of the first such task in the pass
	Number      int           `json:"number"`          // of the task
}

// join adds what other tasks of the pass lost.
func (l *losses) join(o losses) {
	l.Quarantined += o.Quarantined
	l.Read += o.Read
	l.Shards += o.Shards
	l.Largest = max(l.Largest, o.Largest)
	l.Damage.Add(o.Damage)
	if o.First != "" && (l.First == "" || o.Number < l.Number) {
		l.First, l.Number = o.First, o.Number
	}
}

// add counts a task by its number in the pass.
func (l *losses) add(number int, c *ledger.Commit, s *ledger.Stats) {
	l.Quarantined += s.QuarantinedSum()
	for _, x := range s.Sources {
		l.Read += x.Read
		l.Shards += x.Shards
		if x.FirstDamaged != "" && (l.First == "" || number < l.Number) {
			l.First, l.Number = x.Name+"/"+x.FirstDamaged, number
		}
	}
	l.Largest = max(l.Largest, c.Documents)
	l.Damage.Add(s.Damage())
}

// check fails a pass that lost more than the pipeline allows. Records and shards have
// limits of their own: how many records a lost shard had, nobody knows.
func (l *losses) check(p *Pipeline, pass string) error {
	bad, docs, shards, damage := l.Quarantined, max(l.Read, l.Largest), l.Shards, l.Damage
	const see = "the quarantine folder of the run has each with its file, record and offset"
	const again = "the same line again goes on from here"
	if limit, over := exceeds(p.ErrorsMax, max(errorsMaxFloor, docs/100), bad); over {
		return fmt.Errorf("%s: %w: %d, errors_max is %d; %s. Allow them with --set errors_max=%d: %s", pass, ErrTooManyErrors, bad, limit, see, bad, again)
	}
	_, lost := exceeds(p.ShardsLostMax, 0, damage.ShardsLost)
	_, cut := exceeds(p.ShardsLostMax, max(shardsCutMaxFloor, shards/100), damage.ShardsCut+damage.ShardsLost)
	if lost || cut {
		return fmt.Errorf("%s: %w: of %d files %s, the first is %s; %s. Mend or remove them, or allow so many with --set shards_lost_max=%d: %s",
			pass, ErrShardsLost, shards, damage, l.First, see, damage.ShardsCut+damage.ShardsLost, again)
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

package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"
	"syscall"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/ledger/claims"
	"github.com/corpusmill/corpusmill/plan"
)

// ErrShardsFailed ends a run on whose input more tasks fail than the pipeline allows.
var ErrShardsFailed = errors.New("tasks fail on input files")

// shardError is a task's failure for a reason of one shard of its input.
type shardError struct {
	shard corpus.Shard
	err   error
}

func (e *shardError) Error() string { return e.err.Error() }
func (e *shardError) Unwrap() error { return e.err }

// inputError says that a shard is not what was listed.
type inputError struct{ text string }

func (e *inputError) Error() string { return e.text }

// ofShard marks an error of reading a shard as its own, where it is: the store has it no more
// or denies it, it changed since it was listed, or the disk cannot read it. An error that
// passes, such as that of a server which does not answer, is none: it would set all aside.
func (f *shardFeed) ofShard(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil || f.failed != nil {
		return err
	}
	var changed *inputError
	var file *fs.PathError
	switch {
	case errors.As(err, &changed), errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission), errors.Is(err, fs.ErrInvalid):
	case errors.As(err, &file) && errors.Is(file.Err, syscall.EIO):
	default:
		return err
	}
	return &shardError{f.shard, err}
}

// shardKey is a shard as a record of one that is set aside knows it.
type shardKey struct {
	source, name, stamp string
	size                int64
}

func keyOf(s plan.Shard) shardKey { return shardKey{s.Source, s.Name, s.Stamp, s.Size} }

// aside are the shards that are set aside, as far as this worker knows.
type aside struct {
	records map[string]shardKey // by name: what one says never changes
	shards  map[shardKey]bool
}

// filing is the work of writing down the tasks of a pass: with other shards set aside it is
// other work.
func (e *Engine) filing(pass string) string {
	if len(e.aside.shards) == 0 {
		return filingWork + pass
	}
	var names []string
	for s := range e.aside.shards {
		names = append(names, fmt.Sprintf("%q %q %q %d", s.source, s.name, s.stamp, s.size))
	}
	slices.Sort(names)
	return filingWork + pass + "-" + plan.Digest(names...)[:8]
}

// failedMax is how many shards may be set aside.
func (e *Engine) failedMax() int64 {
	switch x, on := e.plan.Pipeline.ShardsFailedMax.Get(); {
	case on:
		return int64(x)
	case e.plan.Pipeline.ShardsFailedMax.String() == "off":
		return math.MaxInt64
	}
	return 0
}

// readAside reads which shards are set aside and reports whether that is news.
func (e *Engine) readAside(ctx context.Context) (changed bool, err error) {
	names, err := e.plan.ledger.AsideNames(ctx)
	if err != nil {
		return false, err
	}
	now := aside{map[string]shardKey{}, map[shardKey]bool{}}
	for _, name := range names {
		key, known := e.aside.records[name]
		if !known {
			x, err := e.plan.ledger.ReadAside(ctx, name)
			if err != nil {
				return false, err
			}
			if x == nil {
				continue
			}
			key = shardKey{x.Source, x.Name, x.Stamp, x.Size}
		}
		now.records[name], now.shards[key] = key, true
	}
	changed = len(now.shards) != len(e.aside.shards)
	for key := range now.shards {
		changed = changed || !e.aside.shards[key]
	}
	e.aside, e.tenancy.aside = now, now.shards
	if n, most := int64(len(now.shards)), e.failedMax(); n > most {
		return false, fmt.Errorf("%w: %d are set aside, shards_failed_max is %d: allow them with --set shards_failed_max=%d, or read them again with --take-up",
			ErrShardsFailed, n, most, n)
	}
	return changed, nil
}

// flagged is a listing in which the shards that are set aside are marked.
func (e *Engine) flagged(c *ledger.Commit) *ledger.Commit {
	if len(e.aside.shards) == 0 {
		return c
	}
	again := *c
	again.Shards = slices.Clone(c.Shards)
	for i := range again.Shards {
		again.Shards[i].Aside = e.aside.shards[keyOf(again.Shards[i])]
	}
	return &again
}

// readsInput reports whether tasks of a pass read shards.
func readsInput(p plan.Pass) bool {
	return p.Section == 0 && (p.Kind == plan.Segment || p.Kind == plan.Calibrate)
}

// relist looks whether shards were set aside since, and if so begins the passes anew: tasks
// of packs without any of them have the keys that they had, and their commits stand.
func (e *Engine) relist(ctx context.Context) (bool, error) {
	if e.failedMax() == 0 {
		return false, nil
	}
	changed, err := e.readAside(ctx)
	if err != nil || !changed {
		return false, err
	}
	e.closePool()
	e.account, e.commits, e.states = newAccountOf(e.plan), plan.Commits{}, newStates(e.plan.Graph)
	e.filedPlan.restart()
	for i, c := range e.counts { // what this worker ran it will find committed
		e.counts[i].Kept = -c.Run
	}
	e.listed(e.tenancy.listing)
	e.plan.log.Info("input files are set aside: the run goes on without them", "files", len(e.aside.shards))
	return true, nil
}

// setAside sets the shards of a task that failed aside. An error where it may not says what
// the task failed of.
func (e *Engine) setAside(ctx context.Context, t plan.Task, shards []plan.Shard, cause error) error {
	var list []ledger.SetAside
	for _, s := range shards {
		list = append(list, ledger.SetAside{Source: s.Source, Name: s.Name, Size: s.Size, Stamp: s.Stamp, Pass: t.Pass, Worker: e.workerID(),
			Reason: e.plan.Pipeline.secrets.err(cause).Error()})
	}
	_, err := e.plan.ledger.PutAside(ctx, e.failedMax(), list...)
	if errors.Is(err, ledger.ErrBudget) {
		return fmt.Errorf("%s: %w: %w; as many are set aside already as shards_failed_max allows, %d: mend the file or allow more, --take-up reads again those that are set aside",
			t.Pass, ErrShardsFailed, cause, e.failedMax())
	}
	if err != nil {
		return errors.Join(cause, err)
	}
	for _, s := range shards {
		e.plan.log.Warn("an input file is set aside: its task fails", "file", shardName(s), "pass", t.Pass, "error", cause)
	}
	return nil
}

func (e *Engine) workerID() string {
	if e.claims == nil {
		return ""
	}
	return e.claims.ID()
}

// failed settles what a task failed of. A shard's own failure sets the shard aside; c is the
// commit where another worker was luckier.
func (s *shift) failed(ctx context.Context, t plan.Task, err error) (c *product, _ error) {
	var own *shardError
	if e := s.e; !errors.As(err, &own) || e.failedMax() == 0 {
		return nil, err
	}
	commits, stats, found := s.e.resumeAll(ctx, []plan.Task{t})
	if found != nil {
		return nil, errors.Join(err, found)
	}
	if commits[0] != nil {
		return &product{commits[0], stats[0]}, nil
	}
	return nil, s.e.setAside(ctx, t, ofFile(t, own.shard), err)
}

// ofFile is the shard of a task that is meant.
func ofFile(t plan.Task, shard corpus.Shard) []plan.Shard {
	return slices.DeleteFunc(slices.Clone(t.Work.Shards), func(x plan.Shard) bool { return x.Name != shard.Name || x.Source != shard.Source })
}

// failedByKey is [shift.failed] of a task that is run by its key: it stays failed, and who
// lists the tasks again finds another in its place.
func (e *Engine) failedByKey(ctx context.Context, t plan.Task, err error) error {
	var own *shardError
	if !errors.As(err, &own) || e.failedMax() == 0 {
		return err
	}
	if failed := e.setAside(ctx, t, ofFile(t, own.shard), err); failed != nil {
		return failed
	}
	return fmt.Errorf("%w; %s is set aside: list the tasks again", err, own.shard)
}

// asidePoison sets the shards of a task aside that workers die of, and reports whether the
// run goes on without them.
func (e *Engine) asidePoison(ctx context.Context, t plan.Task, d *claims.DeadlyError) (bool, error) {
	shards := slices.DeleteFunc(slices.Clone(t.Work.Shards), func(s plan.Shard) bool { return s.Aside })
	if e.failedMax() == 0 || len(shards) == 0 {
		return false, nil
	}
	err := e.setAside(ctx, t, shards, fmt.Errorf("%d workers died of %s: %s", len(d.Workers), t.Label, strings.Join(d.Workers, ", ")))
	if errors.Is(err, ErrShardsFailed) {
		return false, nil // said by who ends the run
	}
	return err == nil, err
}

// settleAside reads which shards are set aside when a session begins: those that are to be
// taken up, and records of files that the input has no more as they were, are removed.
func (e *Engine) settleAside(ctx context.Context) error {
	there := map[shardKey]bool{}
	if !e.plan.Options.TakeUp {
		for _, s := range e.tenancy.listing.Shards {
			there[keyOf(s)] = true
		}
	}
	n, err := e.plan.ledger.TakeUp(ctx, func(x *ledger.SetAside) bool {
		return !there[shardKey{x.Source, x.Name, x.Stamp, x.Size}]
	})
	if err != nil {
		return err
	}
	if n > 0 {
		e.plan.log.Info("input files that were set aside are taken up, or are others now", "files", n)
	}
	_, err = e.readAside(ctx)
	return err
}

package run

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"time"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/ledger/claims"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/store"
)

// passState is where a pass stands, as this worker knows it.
type passState struct {
	pass   plan.Pass
	tasks  plan.Tasks // those that the commits so far give
	whole  bool       // they are all
	lots   []plan.Lot
	bytes  map[string]int64 // that lots read, by name
	done   map[string]int   // lots whose tasks are all committed, by name: how many tasks
	tops   map[string]claims.Top
	heads  map[int]*plan.Head // by number, until all tasks are known
	seen   int                // heads of all passes when its tasks were last asked for
	losses losses
	ranges map[string]rangeVersions
	parts  int
	filed  bool
	closed bool
	ended  []endedLot // of a pass that is closed, in its order
	// committed are the keys that had commits when this worker came to the pass; nil before.
	committed map[string]bool
}

// rangeVersions are those at which the ranges of a file were read.
type rangeVersions struct {
	version string
	differ  bool
}

// endedLot is what is kept of a lot when its pass is whole.
type endedLot struct {
	name string
	keys []string
}

// tasksDone is how many tasks of the pass are known to be committed.
func (ps *passState) tasksDone() (n int) {
	for _, k := range ps.done {
		n += k
	}
	return n
}

// ErrIdle ends a worker that found nothing to do for [Options.ExitWhenIdle].
var ErrIdle = errors.New("nothing was left to do for this worker, and the run is not whole yet")

// passes works until every pass is whole. A worker takes tasks of the first pass that has
// some for it; while others finish the last of one, it goes on to what later passes can do
// already. It works on one pass at a time: what two need is not in its memory at once.
func (e *Engine) passes(ctx context.Context) error {
	defer e.closePool()
	var idle time.Time // since when there is nothing to do
	wait := pollEvery
	for {
		did, err := e.round(ctx)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(e.states, func(ps *passState) bool { return !ps.closed }) {
			return nil
		}
		if did {
			idle, wait = time.Time{}, pollEvery
			continue
		}
		if idle.IsZero() {
			idle = time.Now()
		}
		if after := e.plan.Options.ExitWhenIdle; after > 0 && time.Since(idle) >= after {
			return ErrIdle
		}
		if err := e.sameSession(ctx); err != nil {
			return err
		}
		if err := pauseFor(ctx, wait); err != nil {
			return err
		}
		wait = min(wait*3/2, pollMax, e.claims.Poll())
	}
}

// pollEvery is how often a process looks for what others did, at first; pollMax bounds the
// pause after it found nothing many times.
const (
	pollEvery = 100 * time.Millisecond
	pollMax   = 5 * time.Second
)

func pauseFor(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

// round works on the first pass that has something to do, and reports whether there was.
func (e *Engine) round(ctx context.Context) (did bool, err error) {
	for _, ps := range e.states {
		if ps.closed {
			continue
		}
		if err := e.expand(ctx, ps); err != nil {
			return false, err
		}
		if len(ps.lots) == 0 && !ps.whole {
			continue
		}
		worked := false
		if len(ps.done) < len(ps.lots) {
			worked, err = e.workOn(ctx, ps)
		}
		if err != nil {
			return false, err
		}
		if ps.whole && len(ps.done) == len(ps.lots) {
			did = true
			if readsInput(ps.pass) {
				if again, err := e.relist(ctx); again || err != nil {
					return true, err
				}
			}
			if err := e.closePass(ctx, ps); err != nil {
				return false, err
			}
			continue
		}
		if worked {
			return true, nil
		}
	}
	return did, nil
}

// expand asks the plan for the tasks of a pass, if commits came since it was last asked.
func (e *Engine) expand(ctx context.Context, ps *passState) error {
	if ps.whole || ps.seen == e.known {
		return nil
	}
	ps.seen = e.known
	graph := e.plan.Graph
	ps.tasks, ps.whole = graph.Tasks(ps.pass, e.commits)
	if !ps.whole {
		ps.lots = graph.Lots(ps.pass, ps.tasks, graph.Total(ps.pass, e.commits))
		return nil
	}
	ps.lots = graph.Lots(ps.pass, ps.tasks, ps.tasks.Len())
	c := &plan.Committed{Keys: ps.tasks.Keys()}
	var label func(int) string
	switch tasks := ps.tasks; {
	case tasks.Made():
		label = tasks.Label
	case ps.pass.Kind == plan.Assemble: // nothing hangs on it
		label = func(int) string { return "" }
	}
	c.Heads = plan.NewHeads(ps.pass, c.Keys, label)
	for i, h := range ps.heads {
		c.Heads.Set(i, h)
	}
	ps.heads = nil
	e.commits[ps.pass.Name] = c
	e.known++
	return e.fileOnce(ctx, ps)
}

// fileOnce writes the tasks of a pass into the run folder, if no other worker does.
func (e *Engine) fileOnce(ctx context.Context, ps *passState) error {
	if ps.tasks.Len() == 0 && ps.pass.Optional() {
		return nil
	}
	list := e.keep(ps.pass.Name, ps.tasks)
	work := e.filing(ps.pass.Name)
	tops, err := e.claims.Tops(ctx, work+".")
	if err != nil {
		return err
	}
	if tops[work].Done > 0 {
		return nil
	}
	c, err := e.claims.Take(ctx, work, tops[work], e.session.id)
	if errors.Is(err, claims.ErrBusy) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := e.write(ctx, ps.pass.Name, ps.tasks, list); err != nil {
		return err
	}
	ps.filed = true
	if err := c.Done(ctx, nil); !errors.Is(err, claims.ErrLost) { // else another wrote the same
		return err
	}
	return nil
}

// orderOfLots are lots in the order in which a worker asks for them: the longest first, as far
// as sizes differ by more than a factor of two, from where its rank begins.
func orderOfLots(lots []plan.Lot, rank, world int) []int {
	list := make([]int, len(lots))
	for i := range list {
		list[i] = i
	}
	class := func(i int) int { return bits.Len64(uint64(max(lots[i].Bytes, 0))) }
	slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(class(b), class(a)) })
	start := len(list) * rank / max(world, 1)
	return slices.Concat(list[start:], list[:start])
}

func (e *Engine) order(ps *passState) []int {
	return orderOfLots(ps.lots, e.plan.Options.Rank, e.plan.Options.World)
}

// look lists the claims of a pass and reads what is said of lots that others did.
func (e *Engine) look(ctx context.Context, ps *passState) (err error) {
	if ps.tops, err = e.claims.Tops(ctx, ps.pass.Name+"/"); err != nil {
		return err
	}
	for i := range ps.lots {
		lot := &ps.lots[i]
		top := ps.tops[lot.Name]
		if _, ok := ps.done[lot.Name]; ok || top.Done == 0 {
			continue
		}
		result, err := e.result(ctx, ps.pass.Name, endedLot{lot.Name, lot.Keys()}, top)
		if errors.Is(err, store.ErrNotExist) { // removed since it was listed: the run has ended, or it was damaged
			result, err = nil, e.sameSession(ctx)
		}
		if err != nil {
			return err
		}
		if result == nil {
			delete(ps.tops, lot.Name)
			continue
		}
		if err := e.absorb(ps, lot, result); err != nil {
			return err
		}
		e.count(ps.pass.Name, 0, lot.Len())
	}
	return nil
}

// result reads what is said of a lot; nil where that is damaged: it is to be done again.
func (e *Engine) result(ctx context.Context, pass string, lot endedLot, top claims.Top) (*ledger.Lot, error) {
	r, err := e.claims.Result(ctx, lot.name, top)
	if err != nil {
		return nil, err
	}
	defer r.Close() //nolint:errcheck // read only
	l, err := ledger.ReadLot(r)
	if err == nil {
		err = lot.fits(l)
	}
	if errors.Is(err, ledger.ErrFileDamaged) {
		e.plan.log.Warn("what a worker said of its tasks is damaged: they are looked up again", "pass", pass, "error", err)
		return nil, e.claims.Remove(ctx, lot.name, top)
	}
	return l, err
}

func (x endedLot) fits(l *ledger.Lot) error {
	if len(l.Commits) != len(x.keys) {
		return fmt.Errorf("%w: it has %d commits of %d tasks", ledger.ErrFileDamaged, len(l.Commits), len(x.keys))
	}
	for i, c := range l.Commits {
		if c.Key != x.keys[i] {
			return fmt.Errorf("%w: commit %d is of another task", ledger.ErrFileDamaged, i)
		}
	}
	return nil
}

// absorb notes that all tasks of a lot are committed.
func (e *Engine) absorb(ps *passState, lot *plan.Lot, l *ledger.Lot) error {
	var lost losses
	if err := json.Unmarshal(l.Sums, &lost); err != nil {
		return fmt.Errorf("%s: %w", lot.Name, err)
	}
	ps.losses.join(lost)
	ps.done[lot.Name] = lot.Len()
	tasks := lot.Tasks()
	for i, c := range l.Commits {
		t := &tasks[i]
		ps.parts += len(c.Parts)
		ps.seeRange(t, c)
		e.remember(c)
		head := c.Head
		head.Pass, head.Key, head.Label, head.Shards = ps.pass.Name, t.Key, t.Label, nil // one string each
		if t.Kind == plan.Assemble {
			head.Label = ""
		}
		if all := e.commits[ps.pass.Name]; all != nil {
			all.Heads.Set(t.Number, &head)
		} else {
			ps.heads[t.Number] = &head
		}
	}
	e.known += len(l.Commits)
	return nil
}

// seeRange notes at which version a range of a file was read.
func (ps *passState) seeRange(t *plan.Task, c *ledger.Commit) {
	if len(t.Work.Shards) != 1 || t.Work.Shards[0].To == 0 || len(c.Seen) != 1 {
		return
	}
	name := shardName(t.Work.Shards[0])
	r, ok := ps.ranges[name]
	if !ok {
		r.version = c.Seen[0].Version
	}
	r.differ = r.differ || r.version != c.Seen[0].Version
	ps.ranges[name] = r
}

// tasksHeld bounds the tasks of a pass that are held when it is whole. Of more, each is read
// from the run folder or asked of the plan again by who needs it.
const tasksHeld = 50_000

// closePass checks a pass that is whole, and lets go what nothing needs any more.
func (e *Engine) closePass(ctx context.Context, ps *passState) error {
	if err := e.atOnce(ctx, ps); err != nil {
		return err
	}
	keys := e.commits[ps.pass.Name].Keys
	tasks := len(keys)
	for _, lot := range ps.lots {
		n := lot.Len()
		ps.ended = append(ps.ended, endedLot{lot.Name, keys[:n:n]})
		keys = keys[n:]
	}
	if ps.tasks.Len() > tasksHeld && !ps.tasks.Made() {
		e.letGo(ps.pass.Name)
	}
	e.progress.whole(ps.pass, tasks)
	ps.bytes = nil
	ps.closed, ps.committed, ps.tops, ps.lots, ps.tasks = true, nil, nil, nil, plan.Tasks{}
	return ps.losses.check(e.plan.Pipeline, ps.pass.Name)
}

package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/segment"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// resumeAll finds the commits of tasks, with their statistics; nil for those that are to
// be run. It takes back commits that are damaged or of which something is gone, and those
// of input that holds something else now.
func (e *Engine) resumeAll(ctx context.Context, tasks []plan.Task) (commits []*ledger.Commit, stats []*ledger.Stats, err error) {
	commits, stats = make([]*ledger.Commit, len(tasks)), make([]*ledger.Stats, len(tasks))
	each := func(do func(ctx context.Context, i int) error) error {
		g, ctx := errgroup.WithContext(ctx)
		g.SetLimit(e.plan.Options.Workers)
		for i := range tasks {
			g.Go(func() error { return do(ctx, i) })
		}
		return g.Wait()
	}
	err = each(func(ctx context.Context, i int) (err error) {
		commits[i], err = e.found(ctx, tasks[i])
		return err
	})
	if err == nil {
		err = e.outdated(ctx, tasks, commits)
	}
	if err != nil {
		return nil, nil, err
	}
	return commits, stats, each(func(ctx context.Context, i int) (err error) {
		if commits[i] == nil {
			return nil
		}
		stats[i], err = e.plan.ledger.Stats(ctx, commits[i])
		if errors.Is(err, ledger.ErrStatsDamaged) {
			commits[i] = nil
			return e.plan.ledger.Revoke(ctx, tasks[i].Pass, tasks[i].Key)
		}
		return err
	})
}

// found finds the commit of a task. It takes back one that is damaged or of which something
// is gone: parts, rejects or quarantine that somebody removed or that the pipeline wants in
// another folder now.
func (e *Engine) found(ctx context.Context, t plan.Task) (*ledger.Commit, error) {
	c, err := e.committed(ctx, t.Pass, t.Key)
	if c == nil || err != nil {
		return nil, err
	}
	whole, err := e.present(ctx, c)
	if err != nil || whole {
		return c, err
	}
	return nil, e.plan.ledger.Revoke(ctx, t.Pass, t.Key)
}

// committed finds a commit. One that is damaged, by a loss of power, is taken back.
func (e *Engine) committed(ctx context.Context, pass, key string) (*ledger.Commit, error) {
	c, err := e.plan.ledger.Find(ctx, pass, key)
	if errors.Is(err, ledger.ErrDamaged) {
		return nil, e.plan.ledger.Revoke(ctx, pass, key)
	}
	return c, err
}

// present reports whether the parts, rejects and quarantine of a commit are where they
// belong, each with its size, and under [Options.Check] with its bytes. Statistics are
// read anyway.
func (e *Engine) present(ctx context.Context, c *ledger.Commit) (bool, error) {
	for _, o := range e.plan.outlets() {
		for _, p := range o.files(c) {
			ok, err := o.sink.Has(ctx, p)
			if err == nil && ok && e.plan.Options.Check {
				ok, err = sameParts(ctx, o.folder(), p)
			}
			if err != nil || !ok {
				return false, err
			}
		}
	}
	for _, f := range c.Files {
		if f.Intermediate() || f.Role == ledger.RoleStats {
			continue
		}
		if ok, err := e.holds(ctx, f, nil); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

// sameParts compares the bytes of a part and its companions; those of a sink without a
// folder nobody can.
func sameParts(ctx context.Context, folder store.Store, part stage.Part) (bool, error) {
	if folder == nil {
		return true, nil
	}
	for _, f := range append([]stage.Part{part}, part.Companions...) {
		if ok, err := sameBytes(ctx, folder, f.File, f.SHA256); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

func sameBytes(ctx context.Context, s store.Store, name, digest string) (bool, error) {
	_, sum, err := store.Digest(ctx, s, name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return sum == digest, err
}

// holds reports whether the run folder has a file of a commit with its size, which sizes
// may know, and under [Options.Check] with its bytes.
func (e *Engine) holds(ctx context.Context, f ledger.File, sizes map[string]int64) (bool, error) {
	s := e.plan.ledger.Store
	size, ok := sizes[f.Name]
	if !ok {
		o, err := s.Stat(ctx, f.Name)
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		size = o.Size
	}
	if size != f.Bytes || !e.plan.Options.Check {
		return size == f.Bytes, nil
	}
	return sameBytes(ctx, s, f.Name, f.SHA256)
}

// attempt executes a task. Where something that it reads turns out to be damaged, that
// is made again first.
func (e *Engine) attempt(ctx context.Context, t plan.Task, p *pool) (*product, error) {
	return e.attemptWith(ctx, t, p, func() error {
		e.making.Lock()
		defer e.making.Unlock()
		return e.repair(ctx, t)
	})
}

func (e *Engine) attemptWith(ctx context.Context, t plan.Task, p *pool, repair func() error) (*product, error) {
	c, err := e.execute(ctx, t, p)
	if own := (*shardError)(nil); errors.As(err, &own) || !errors.Is(err, segment.ErrDamaged) && !errors.Is(err, fs.ErrNotExist) {
		return c, err
	}
	e.plan.log.Warn("something that a task reads is damaged: looking for what is to be made again", "task", t.Label, "error", err)
	if failed := repair(); failed != nil {
		return nil, errors.Join(err, failed)
	}
	return e.execute(ctx, t, p)
}

// repair compares every byte that a task may read with its commit, and makes again what
// is not as it was.
func (e *Engine) repair(ctx context.Context, t plan.Task) error {
	inputs, err := e.inputs(ctx, t)
	if err != nil {
		return err
	}
	for _, c := range inputs {
		for _, f := range c.Files {
			if !f.Intermediate() {
				continue
			}
			same, err := sameBytes(ctx, e.plan.ledger.Store, f.Name, f.SHA256)
			if err == nil && !same {
				err = e.remake(ctx, c)
			}
			if err != nil {
				return err
			}
			if !same {
				break // all files of the commit are new
			}
		}
	}
	return nil
}

// ensure remakes the files that a task reads where they are gone: an earlier run
// deleted them when nothing needed them any more.
func (e *Engine) ensure(ctx context.Context, t plan.Task) error {
	e.making.Lock()
	defer e.making.Unlock()
	return e.ensureLocked(ctx, t)
}

func (e *Engine) ensureLocked(ctx context.Context, t plan.Task) error {
	inputs, err := e.inputs(ctx, t)
	if err != nil {
		return err
	}
	for _, c := range inputs {
		if e.checked[c.Key] {
			continue
		}
		e.checked[c.Key] = true
		whole, err := e.whole(ctx, c)
		if err == nil && !whole {
			err = e.remake(ctx, c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// whole reports whether the intermediate files of a commit are there, each with its
// size. Their bytes are checked by whoever reads them, and under [Options.Check] here.
func (e *Engine) whole(ctx context.Context, c *ledger.Commit) (bool, error) {
	if err := e.listStored(ctx); err != nil {
		return false, err
	}
	for _, f := range c.Files {
		if !f.Intermediate() {
			continue
		}
		if ok, err := e.holds(ctx, f, e.stored); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

// listStored notes the sizes of all intermediate files, once: one listing in place of a
// question for each.
func (e *Engine) listStored(ctx context.Context) error {
	if e.stored != nil {
		return nil
	}
	stored := map[string]int64{}
	for o, err := range e.plan.ledger.Store.List(ctx, ledger.SegmentsFolder) {
		if err != nil {
			return err
		}
		stored[o.Name] = o.Size
	}
	e.stored = stored
	return nil
}

// mend makes the intermediate files of the run again where some of a task are there
// and not as they were. Those that are all gone were deleted, and nothing needs them.
func (e *Engine) mend(ctx context.Context) error {
	e.making.Lock()
	defer e.making.Unlock()
	for c, err := range e.all(ctx) {
		if err != nil {
			return err
		}
		if e.checked[c.Key] {
			continue
		}
		e.checked[c.Key] = true
		whole, err := e.whole(ctx, c)
		if err != nil {
			return err
		}
		some := slices.ContainsFunc(c.Files, func(f ledger.File) bool {
			_, ok := e.stored[f.Name]
			return ok
		})
		if whole || !some {
			continue
		}
		if err := e.remake(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// remake runs the task of a commit once more, for its files.
func (e *Engine) remake(ctx context.Context, c *ledger.Commit) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("making the files of %s %s (%s) again: %w", c.Pass, c.Key, c.Label, err)
		}
	}()
	t, err := e.task(ctx, c.Pass, c.Key)
	if err == nil {
		err = e.listStored(ctx)
	}
	if err != nil {
		return err
	}
	if err := e.ensureLocked(ctx, t); err != nil {
		return err
	}
	p, err := e.pool(ctx, *e.plan.Graph.Pass(t.Pass), t)
	if err != nil {
		return err
	}
	defer func() {
		for i, s := range p.close() {
			e.seconds[i] += s
		}
	}()
	again, err := e.attemptWith(ctx, t, p, func() error { return e.repair(ctx, t) })
	if err != nil {
		return err
	}
	e.count(c.Pass, 1, 0)
	for _, f := range again.Files { // its statistics were counted when its pass was done
		e.stored[f.Name] = f.Bytes
	}
	return e.publish(ctx, again) // equal to the commit that is there, or an error
}

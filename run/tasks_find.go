package run

import (
	"context"
	"errors"
	"io"
	"io/fs"

	"golang.org/x/sync/errgroup"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/ledger/claims"
	"github.com/corpusmill/corpusmill/plan"
)

// commitReads is how many commits are read at once.
const commitReads = 32

// lotsFolder holds what who lists tasks found of lots that are whole: the next one reads
// that in place of each commit. The end of a run removes it.
const lotsFolder = "tasks/lots/"

// find reads the commits of tasks that have one: those of the run before from its manifest,
// those of a lot that is whole from what is said of it, and only the rest one by one. Who is
// not in the listing of the pass has none; a commit that is damaged is none.
func (l *lister) find(ctx context.Context, pass plan.Pass, tasks []plan.Task) error {
	there := map[string]bool{}
	for id, err := range l.engine.plan.ledger.Committed(ctx, pass.Name) {
		if err != nil {
			return err
		}
		there[id.Key] = true
	}
	if len(there) == 0 {
		return nil
	}
	if err := l.readManifest(ctx); err != nil {
		return err
	}
	tops, err := claims.TopsOf(ctx, l.engine.plan.ledger.Store, pass.Name+"/")
	if err != nil {
		return err
	}
	graph := l.engine.plan.Graph
	lots := graph.Lots(pass, plan.TasksOf(tasks), graph.Total(pass, l.commits))
	inLot := map[string]bool{}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(commitReads)
	for i := range lots {
		for _, key := range lots[i].Keys() {
			inLot[key] = true
		}
		g.Go(func() error { return l.lot(ctx, &lots[i], tops[lots[i].Name], there) })
	}
	for _, t := range tasks { // of lots that are not known whole yet
		if !inLot[t.Key] {
			g.Go(func() error { return l.one(ctx, t.Pass, t.Key, there) })
		}
	}
	return g.Wait()
}

// readManifest reads the commits of the last run that ended, once.
func (l *lister) readManifest(ctx context.Context) error {
	if l.before != nil {
		return nil
	}
	l.before = map[ledger.ID]*ledger.Commit{}
	commits, err := l.engine.plan.ledger.Manifest(ctx)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, ledger.ErrFileDamaged) {
		return nil
	}
	for _, c := range commits {
		l.before[ledger.ID{Pass: c.Pass, Key: c.Key}] = c
	}
	return err
}

// lot finds the commits of a lot.
func (l *lister) lot(ctx context.Context, lot *plan.Lot, top claims.Top, there map[string]bool) error {
	x := endedLot{lot.Name, lot.Keys()}
	whole, unknown := true, 0
	for _, key := range x.keys {
		whole = whole && there[key]
		if l.before[ledger.ID{Pass: lot.Task(0).Pass, Key: key}] == nil {
			unknown++
		}
	}
	if !whole || unknown == 0 || len(x.keys) == 1 {
		return l.each(ctx, lot, there)
	}
	if r := l.said(ctx, x, top); r != nil {
		for _, c := range r.Commits {
			l.note(c)
		}
		return nil
	}
	if err := l.each(ctx, lot, there); err != nil {
		return err
	}
	return l.say(ctx, x)
}

// said is what a worker said of a lot, or who listed tasks before; nil where neither did, or
// it is damaged.
func (l *lister) said(ctx context.Context, x endedLot, top claims.Top) *ledger.Lot {
	s := l.engine.plan.ledger.Store
	read := func(r io.ReadCloser, err error) *ledger.Lot {
		if err != nil {
			return nil // the commits say it too
		}
		defer r.Close() //nolint:errcheck // read only
		if lot, err := ledger.ReadLot(r); err == nil && x.fits(lot) == nil {
			return lot
		}
		return nil
	}
	if top.Done > 0 {
		if lot := read(claims.ResultOf(ctx, s, x.name, top)); lot != nil {
			return lot
		}
	}
	return read(s.Open(ctx, lotsFolder+x.name))
}

// say leaves what was found of a lot for who lists tasks next.
func (l *lister) say(ctx context.Context, x endedLot) error {
	lot := &ledger.Lot{}
	l.mu.Lock()
	for _, key := range x.keys {
		if c := l.found[key]; c != nil {
			lot.Commits = append(lot.Commits, c)
		}
	}
	l.mu.Unlock()
	if len(lot.Commits) < len(x.keys) {
		return nil // some are damaged
	}
	b, err := lot.Encode()
	if err != nil {
		return err
	}
	return l.engine.plan.ledger.WriteFile(ctx, lotsFolder+x.name, b)
}

func (l *lister) each(ctx context.Context, lot *plan.Lot, there map[string]bool) error {
	for _, t := range lot.Tasks() {
		if err := l.one(ctx, t.Pass, t.Key, there); err != nil {
			return err
		}
	}
	return nil
}

// one finds the commit of one task.
func (l *lister) one(ctx context.Context, pass, key string, there map[string]bool) error {
	if !there[key] {
		return nil
	}
	c := l.before[ledger.ID{Pass: pass, Key: key}]
	if c == nil {
		var err error
		if c, err = l.engine.plan.ledger.Find(ctx, pass, key); errors.Is(err, ledger.ErrDamaged) {
			return nil
		} else if err != nil || c == nil {
			return err
		}
	}
	l.note(c)
	return nil
}

func (l *lister) note(c *ledger.Commit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.found[c.Key] = c
}

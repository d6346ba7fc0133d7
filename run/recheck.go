package run

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/store"
)

// InputCheck counts what Options.CheckInput compared, of files that finished tasks read.
type InputCheck struct {
	Files   int   `json:"files"`   // compared
	Bytes   int64 `json:"bytes"`   // of them
	Changed int   `json:"changed"` // of them, which hold something else and are read again
	Unknown int   `json:"unknown"` // not compared: no checksum of them is known
}

// recheck is what a run finds out about input that was read before.
type recheck struct {
	mu     sync.Mutex
	stores map[string]store.Store // by location
	files  map[string]*fileCheck  // by <source>/<name>
}

// fileCheck is what is known of a file over all tasks that read it.
type fileCheck struct {
	bytes                     int64
	compared, changed, warned bool
}

func newRecheck() *recheck {
	return &recheck{stores: map[string]store.Store{}, files: map[string]*fileCheck{}}
}

// file changes what is known of one.
func (r *recheck) file(s plan.Shard, change func(*fileCheck)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.files[shardName(s)]
	if f == nil {
		f = &fileCheck{}
		r.files[shardName(s)] = f
	}
	change(f)
}

func (r *recheck) count() *InputCheck {
	c := &InputCheck{}
	for _, f := range r.files {
		switch {
		case !f.compared:
			c.Unknown++
		default:
			c.Files, c.Bytes = c.Files+1, c.Bytes+f.bytes
			if f.changed {
				c.Changed++
			}
		}
	}
	return c
}

func shardName(s plan.Shard) string { return s.Source + "/" + s.Name }

// moved reports whether a version is known to be another.
func moved(seen ledger.Seen, now string) bool {
	return now != "" && seen.Version != "" && now != seen.Version
}

// outdated takes commits out of the list whose input holds something else than when it was
// read, although names, sizes and stamps are as they were. A file of another version is
// compared by a sample of its blocks, every file under [Options.CheckInput] by all of them.
func (e *Engine) outdated(ctx context.Context, tasks []plan.Task, commits []*ledger.Commit) error {
	all := e.plan.Options.CheckInput
	return e.compare(ctx, comparison{tasks, commits, e.tenancy.current, all, all})
}

// atOnce refuses files of which ranges were read at different versions that do not hold the
// same.
func (e *Engine) atOnce(ctx context.Context, ps *passState) error {
	now := versions{}
	var tasks []plan.Task
	var commits []*ledger.Commit
	differ := false
	for _, r := range ps.ranges {
		differ = differ || r.differ
	}
	if !differ {
		return nil
	}
	for _, t := range ps.tasks.All() {
		if len(t.Work.Shards) != 1 || !ps.ranges[shardName(t.Work.Shards[0])].differ {
			continue
		}
		c, err := e.plan.ledger.Find(ctx, t.Pass, t.Key)
		if err != nil {
			return err
		}
		if c == nil {
			continue // somebody found it out before
		}
		tasks, commits = append(tasks, t), append(commits, c)
		s := t.Work.Shards[0]
		if now.of(s) != "" {
			continue
		}
		in, err := e.storeOf(ctx, s)
		if err != nil {
			return err
		}
		o, err := in.Stat(ctx, s.Name)
		if err != nil {
			return err
		}
		now[hashOf(shardName(s))] = o.Version
	}
	if err := e.compare(ctx, comparison{tasks, commits, now, false, true}); err != nil {
		return err
	}
	if i := slices.Index(commits, nil); i >= 0 {
		return inputErrorf(corpusShard(tasks[i].Work.Shards[0]), "was written to or replaced, and has its old size and time,")
	}
	return nil
}

// comparison is of the input of tasks with what their commits saw of it.
type comparison struct {
	tasks   []plan.Task
	commits []*ledger.Commit // nil where there is none; those of changed input become so
	now     versions
	every   bool // shard, not only those of another version
	all     bool // blocks, not a sample
}

// compare takes back what it takes out. Ranges
// that are read in order are read again together: where one begins hangs on those before.
func (e *Engine) compare(ctx context.Context, c comparison) error {
	changed, amended := make([]bool, len(c.tasks)), make([]*ledger.Commit, len(c.tasks))
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(e.plan.Options.Workers)
	for i, t := range c.tasks {
		if len(t.Work.Shards) > 0 && c.commits[i] != nil {
			g.Go(func() (err error) {
				changed[i], amended[i], err = e.judge(inner, c, i)
				return err
			})
		}
	}
	if err := g.Wait(); err != nil {
		return err
	}
	root, again := roots(c.tasks), map[string]bool{}
	for i := range c.tasks {
		again[root[i]] = again[root[i]] || changed[i]
	}
	for i, t := range c.tasks {
		if c.commits[i] == nil {
			continue
		}
		var err error
		if again[root[i]] {
			c.commits[i] = nil
			err = e.plan.ledger.Revoke(ctx, t.Pass, t.Key)
		} else if amended[i] != nil {
			c.commits[i] = amended[i]
			err = e.plan.ledger.Amend(ctx, amended[i])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// judge compares the shards of one task. Where some have another version and hold the same,
// it gives the commit with the versions that they have now.
func (e *Engine) judge(ctx context.Context, c comparison, number int) (changed bool, amended *ledger.Commit, err error) {
	commit := c.commits[number]
	seen := slices.Clone(commit.Seen)
	for i, s := range c.tasks[number].Work.Shards {
		if i >= len(seen) { // of a source that does not let one look
			seen = append(seen, ledger.Seen{})
		}
		now := c.now.of(s)
		other := moved(seen[i], now)
		if s.Aside || !other && !c.every {
			continue
		}
		same := !other
		if seen[i].Known() {
			if same, err = e.stillHolds(ctx, s, seen[i], c.all); err != nil {
				return false, nil, err
			}
		}
		e.note(c.tasks[number], s, seen[i], same)
		if !same {
			changed = true
		} else if other {
			seen[i].Version = now
			again := *commit
			again.Seen, amended = seen, &again
		}
	}
	return changed, amended, nil
}

// note counts a shard, and warns of a file once.
func (e *Engine) note(t plan.Task, s plan.Shard, seen ledger.Seen, same bool) {
	e.recheck.file(s, func(f *fileCheck) {
		f.changed = f.changed || !same
		if seen.Known() && t.Kind == plan.Segment { // a calibration reads it too
			f.compared, f.bytes = true, f.bytes+seen.Bytes(s.Size)
		}
		if same || f.warned {
			return
		}
		f.warned = true
		why := "it holds something else than when it was read"
		if !seen.Known() {
			why = "it was written to or replaced, and no checksum of it is known"
		}
		e.plan.log.Warn("a file of the input has its old size and time, but "+why+": it is read again", "file", s.Path)
	})
}

// stillHolds reads blocks of a shard.
func (e *Engine) stillHolds(ctx context.Context, s plan.Shard, seen ledger.Seen, all bool) (bool, error) {
	in, err := e.storeOf(ctx, s)
	if err != nil {
		return false, err
	}
	same, err := seen.Holds(ctx, in, s.Name, s.Size, all)
	if err != nil {
		return false, fmt.Errorf("%s: comparing it with what was read of it before: %w", shardName(s), err)
	}
	return same, nil
}

// storeOf is the store that a shard lies in.
func (e *Engine) storeOf(ctx context.Context, s plan.Shard) (store.Store, error) {
	location, ok := strings.CutSuffix(s.Path, "/"+s.Name)
	if !ok {
		return nil, fmt.Errorf("%s lies at %q, which is not below its name", shardName(s), s.Path)
	}
	r := e.recheck
	r.mu.Lock()
	defer r.mu.Unlock()
	if in, ok := r.stores[location]; ok {
		return in, nil
	}
	in, err := e.plan.stores.Open(ctx, location)
	if err == nil {
		r.stores[location] = in
	}
	return in, err
}

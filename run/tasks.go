package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
)

// TaskState says whether a task can be run.
type TaskState string

// States of tasks.
const (
	TaskReady   TaskState = "ready"   // all that it reads is there
	TaskWaiting TaskState = "waiting" // other tasks have to be done first
	TaskDone    TaskState = "done"    // it is committed
)

// Listed is a task of the plan with what can be said of it before it runs.
type Listed struct {
	plan.Task
	State TaskState `json:"state"`
	// Bytes are those that it reads, as they lie in the store; 0 where nobody knows.
	Bytes int64 `json:"estimated_bytes"`
	// Seconds are those of one core that such a task takes about: by them long tasks can be
	// started first. They are of the published recipe for web pages, not of this pipeline.
	Seconds float64 `json:"estimated_seconds"`
}

// Tasks lists the tasks that are known so far: those of passes that hang on commits which
// are not there yet come to be known with these. It makes the run folder the plan's, lists
// the input and files the tasks, as a run does, and runs none.
func (a *App) Tasks(ctx context.Context, p *Pipeline, o Options) ([]Listed, error) {
	o.listOnly = true
	return a.tasks(ctx, p, o)
}

// FiledTasks is [App.Tasks] of the plan in a run folder. The input is not listed again.
func (a *App) FiledTasks(ctx context.Context, f *Filed, o Options) ([]Listed, error) {
	o = f.Options(o)
	o.listOnly, o.filed = true, true
	return a.tasks(ctx, f.Pipeline, o)
}

func (a *App) tasks(ctx context.Context, p *Pipeline, o Options) (_ []Listed, err error) {
	e, closeAll, err := a.openEngine(ctx, p, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = p.secrets.err(errors.Join(err, closeAll())) }()
	if !o.filed {
		if err := e.filePlan(ctx); err != nil {
			return nil, err
		}
	}
	l := &lister{engine: e, commits: plan.Commits{}, found: map[string]*ledger.Commit{}}
	for _, pass := range e.plan.Graph.Passes {
		if err := l.pass(ctx, pass); err != nil {
			return nil, err
		}
	}
	return l.all, nil
}

// openEngine opens a plan, and the folders that it writes to, for one who does not run it
// from end to end.
func (a *App) openEngine(ctx context.Context, p *Pipeline, o Options) (e *Engine, closeAll func() error, err error) {
	pl, err := a.Plan(ctx, p, o)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			err = p.secrets.err(errors.Join(err, pl.Close()))
		}
	}()
	if err := pl.refuseRelative(ctx); err != nil {
		return nil, nil, err
	}
	if err := errors.Join(pl.unseen...); err != nil {
		return nil, nil, err
	}
	if err := pl.CheckMemory(); err != nil {
		return nil, nil, err
	}
	folders, err := pl.tenancy(ctx)
	if err != nil {
		return nil, nil, err
	}
	e = newEngine(pl, folders)
	if o.filed {
		err = e.listedHere(ctx)
	}
	if err == nil {
		err = folders.take(ctx)
	}
	if err != nil {
		return nil, nil, err
	}
	return e, func() error { e.progress.stop(); return pl.Close() }, nil
}

// filePlan writes the plan down, before its tasks.
func (e *Engine) filePlan(ctx context.Context) error {
	if err := e.plan.ledger.WriteFile(ctx, ledger.PlanFile, []byte(planHead+e.plan.Pipeline.YAML())); err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	return errors.Join(e.fileGraph(ctx, e.plan.Graph), e.fileOrigin(ctx))
}

// lister goes through the passes of a plan and says of each task what is known.
type lister struct {
	engine  *Engine
	commits plan.Commits
	mu      sync.Mutex
	found   map[string]*ledger.Commit    // by key
	before  map[ledger.ID]*ledger.Commit // of the manifest; nil until it is read
	all     []Listed
}

func (l *lister) pass(ctx context.Context, pass plan.Pass) error {
	e := l.engine
	tasks, whole := e.plan.Graph.Expand(pass, l.commits)
	if pass.Kind == plan.List {
		return l.list(ctx, pass, tasks)
	}
	if len(tasks) == 0 {
		if whole { // nothing to do: passes behind it go on
			l.commits[pass.Name] = &plan.Committed{Heads: plan.HeadsOf()}
			return e.file(ctx, pass.Name, plan.Tasks{})
		}
		return nil
	}
	if err := l.find(ctx, pass, tasks); err != nil {
		return err
	}
	if whole {
		c, heads := &plan.Committed{}, []*plan.Head(nil)
		for _, t := range tasks {
			c.Keys, heads = append(c.Keys, t.Key), append(heads, headOf(l.found[t.Key]))
		}
		c.Heads = plan.HeadsOf(heads...)
		l.commits[pass.Name] = c
		if err := e.file(ctx, pass.Name, plan.TasksOf(tasks)); err != nil {
			return err
		}
	} else if err := e.fileSome(ctx, pass.Name, tasks); err != nil {
		return err
	}
	for _, t := range tasks {
		bytes, seconds := l.estimate(t, len(tasks))
		l.all = append(l.all, Listed{Task: t, State: l.state(t), Bytes: bytes, Seconds: seconds})
	}
	return nil
}

func headOf(c *ledger.Commit) *plan.Head {
	if c == nil {
		return nil
	}
	return &c.Head
}

// list takes the listing of the input: its own, or that in the run folder.
func (l *lister) list(ctx context.Context, pass plan.Pass, tasks []plan.Task) error {
	e := l.engine
	var c *ledger.Commit
	var err error
	if e.plan.Options.filed {
		c, err = e.commit(ctx, pass.Name, tasks[0].Key)
	} else {
		c = e.tenancy.listing
		err = e.publishListing(ctx, c)
	}
	if err == nil {
		_, err = e.readAside(ctx)
	}
	if err != nil {
		return err
	}
	c = e.flagged(c)
	e.remember(c)
	l.commits[pass.Name] = &plan.Committed{Keys: []string{c.Key}, Heads: plan.HeadsOf(&c.Head)}
	return e.file(ctx, pass.Name, plan.TasksOf(tasks))
}

func (l *lister) state(t plan.Task) TaskState {
	if l.found[t.Key] != nil {
		return TaskDone
	}
	if t.Work.After != "" && l.found[t.Work.After] == nil {
		return TaskWaiting
	}
	for _, in := range t.Inputs {
		for i := in.From; i < in.To; i++ {
			if !l.commits[in.Pass].Heads.Has(i) {
				return TaskWaiting
			}
		}
	}
	return TaskReady
}

// bytesPerSecond is about what a core reads of what tasks of a kind read, as it lies in the
// store: compressed archives in the first section, segments in later ones. Both are measured
// on the recipe fineweb (docs/log.md); otherPerSecond, for keys and edges, is rough.
var bytesPerSecond = map[plan.Kind]float64{plan.Calibrate: 16e6, plan.Segment: 16e6, plan.Assemble: 30e6}

const otherPerSecond = 50e6

// taskSeconds is what a task takes beside its bytes.
const taskSeconds = 0.05

// estimate says what a task, one of so many of its pass, reads and takes about.
func (l *lister) estimate(t plan.Task, of int) (bytes int64, seconds float64) {
	for _, s := range t.Work.Shards {
		if s.To > 0 {
			bytes += s.To - s.From
		} else {
			bytes += max(s.Size, 0)
		}
	}
	for _, in := range t.Inputs {
		bytes += l.stored(t.Kind, in)
	}
	if t.Kind == plan.Group || t.Kind == plan.Elect || t.Kind == plan.Choose { // each reads a range of all
		bytes /= int64(of)
	}
	if t.Kind == plan.Calibrate && t.Work.Rate < 1 {
		bytes = int64(float64(bytes) * t.Work.Rate)
	}
	rate, ok := bytesPerSecond[t.Kind]
	if !ok {
		rate = otherPerSecond
	}
	return bytes, taskSeconds + float64(bytes)/rate
}

// stored are the bytes of an input's files that a task of a kind reads.
func (l *lister) stored(kind plan.Kind, in plan.Input) (bytes int64) {
	c := l.commits[in.Pass]
	for _, key := range c.Keys[in.From:in.To] {
		commit := l.found[key]
		if commit == nil {
			continue
		}
		for _, f := range commit.Files {
			if f.Intermediate() && reads(kind, f.Role) {
				bytes += f.Bytes
			}
		}
	}
	return bytes
}

// reads reports whether tasks of a kind read files of a role whole; small ones are left out.
func reads(kind plan.Kind, role ledger.Role) bool {
	switch kind {
	case plan.Segment, plan.Assemble, plan.Calibrate:
		return role == ledger.RoleDocuments
	case plan.Settle:
		return role == ledger.RoleSample
	case plan.Merge:
		return role == ledger.RoleKeys
	case plan.Group:
		return role == ledger.RoleKeys || role == ledger.RoleSketches || role == ledger.RoleRun
	case plan.Weigh:
		return role == ledger.RoleIndex || role == ledger.RoleCandidates
	}
	return !slices.Contains([]ledger.Role{ledger.RoleDocuments, ledger.RoleKeys, ledger.RoleSketches, ledger.RoleSample, ledger.RoleRun}, role)
}

// fileSome writes the tasks of a pass that are known so far. Nothing names them by number
// yet, so there is no list of their keys.
func (f *filedPlan) fileSome(ctx context.Context, pass string, tasks []plan.Task) error {
	var lines []byte
	byKey := map[string]plan.Task{}
	for _, t := range tasks {
		line, err := json.Marshal(t)
		if err != nil {
			return err
		}
		byKey[t.Key] = t
		lines = append(append(lines, line...), '\n')
	}
	if err := f.ledger.WriteFile(ctx, tasksFile(pass), append(lines, footerOf(len(tasks), lines)...)); err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tasks[pass] = byKey
	return nil
}

package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
)

// Engine carries one plan through its passes.
type Engine struct {
	plan     *Plan
	progress *progress
	done     []*ledger.Commit // of all passes so far, in order of the plan
	account  *account
	tenancy  *tenancy
	*filedPlan
	making  sync.Mutex
	checked map[string]bool  // tasks whose files are known to be there
	stored  map[string]int64 // sizes of the intermediate files when the run began
	seconds []time.Duration  // by stage
	counts  []PassTasks
	pending []plan.Task
	recheck *recheck
}

// ErrPending means that a pass is not committed whole: other processes have its
// remaining tasks.
var ErrPending = errors.New("tasks of this pass are not committed yet")

func newEngine(pl *Plan, t *tenancy) *Engine {
	return &Engine{plan: pl, tenancy: t, account: &account{total: pl.newStats()}, progress: newProgress(pl.Options.Progress), checked: map[string]bool{},
		filedPlan: newFiledPlan(pl.ledger), seconds: make([]time.Duration, len(pl.Pipeline.Stages)), recheck: newRecheck()}
}

// passes expands and runs pass after pass until the parts are written.
func (e *Engine) passes(ctx context.Context) error {
	graph, commits := e.plan.Graph, plan.Commits{}
	for _, pass := range graph.Passes {
		tasks, whole := graph.Expand(pass, commits)
		if !whole {
			return fmt.Errorf("%s: its tasks hang on passes that are not done", pass.Name) // a mistake of ours
		}
		if len(tasks) == 0 && pass.Optional() {
			commits[pass.Name] = &plan.Committed{}
			continue
		}
		if err := e.file(ctx, pass.Name, tasks); err != nil {
			return err
		}
		done, err := e.pass(ctx, pass, tasks)
		if err != nil {
			return err
		}
		c := &plan.Committed{}
		for _, d := range done {
			c.Keys, c.Heads = append(c.Keys, d.Key), append(c.Heads, &d.Head)
		}
		commits[pass.Name] = c
	}
	return nil
}

// pass runs this process's share of the tasks and returns the commits of all, in
// order. It ends only when the pass is committed whole.
func (e *Engine) pass(ctx context.Context, pass plan.Pass, tasks []plan.Task) ([]*ledger.Commit, error) {
	if pass.Kind == plan.List {
		return e.listPass(ctx)
	}
	o := e.plan.Options
	e.account.pass = losses{}
	root := roots(tasks)
	commits, here, err := e.resumeAll(ctx, tasks, func(i int) bool { return rankOf(root[i], o.World) == o.Rank })
	if err != nil {
		return nil, err
	}
	var mine []int
	kept := 0
	for i, t := range tasks {
		if commits[i] != nil {
			kept++
			continue
		}
		e.pending = append(e.pending, t)
		if !o.listOnly && here[i] {
			mine = append(mine, i)
		}
	}
	e.progress.pass(pass.Name, len(tasks), len(tasks)-len(e.pending))
	if err := e.runTasks(ctx, pass, tasks, commits, mine); err != nil {
		done := 0
		for _, i := range mine {
			if commits[i] != nil {
				done++
			}
		}
		e.count(pass.Name, done, kept)
		return nil, err
	}
	if err := e.await(ctx, pass, tasks, commits, root); err != nil {
		return nil, err
	}
	e.count(pass.Name, len(mine), kept)
	e.pending = nil
	if err := e.atOnce(ctx, tasks, commits); err != nil {
		return nil, err
	}
	e.done = append(e.done, commits...)
	return commits, e.account.pass.check(e.plan.Pipeline, pass.Name)
}

// count adds to the tasks of a pass.
func (e *Engine) count(pass string, run, kept int) {
	i := slices.IndexFunc(e.counts, func(c PassTasks) bool { return c.Pass == pass })
	if i < 0 {
		i = len(e.counts)
		e.counts = append(e.counts, PassTasks{Pass: pass})
	}
	e.counts[i].Run += run
	e.counts[i].Kept += kept
}

// rankOf says which process of a world takes a task.
func rankOf(key string, world int) int {
	n, _ := strconv.ParseUint(key[:15], 16, 64) // keys are ours: always hexadecimal
	return int(n % uint64(max(world, 1)))
}

func (e *Engine) runTasks(ctx context.Context, pass plan.Pass, tasks []plan.Task, commits []*ledger.Commit, mine []int) error {
	if len(mine) == 0 {
		return nil
	}
	for _, i := range mine {
		if err := e.ensure(ctx, tasks[i]); err != nil {
			return err
		}
	}
	p, err := e.pool(ctx, pass, tasks[mine[0]])
	if err != nil {
		return err
	}
	defer func() { e.addSeconds(p.close()) }()
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(e.plan.tasksAtOnce(pass.Kind))
	run := func(i int) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		c, err := e.attempt(ctx, tasks[i], p)
		if err != nil {
			return err
		}
		if err := e.publish(ctx, c); err != nil {
			return err
		}
		commits[i] = c.Commit
		e.account.add(i, c.Commit, c.stats)
		e.remember(c.Commit)
		e.fresh(c.Commit)
		e.progress.task()
		return nil
	}
	for _, chain := range chains(tasks, mine) {
		g.Go(func() error {
			for _, i := range chain {
				if err := run(i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// fresh notes that the files of a commit were just written.
func (e *Engine) fresh(c *ledger.Commit) {
	e.making.Lock()
	defer e.making.Unlock()
	e.checked[c.Key] = true
}

func (e *Engine) addSeconds(s []time.Duration) {
	e.making.Lock()
	defer e.making.Unlock()
	for i := range s {
		e.seconds[i] += s[i]
	}
}

// pollEvery is how often a process looks for the commits of others.
const pollEvery = 200 * time.Millisecond

// await waits for the commits of tasks that other processes run. It runs those whose
// commits are damaged.
func (e *Engine) await(ctx context.Context, pass plan.Pass, tasks []plan.Task, commits []*ledger.Commit, root []string) error {
	patience, silence := time.Now().Add(listingWait), time.Now().Add(silenceMax)
	for i := range tasks {
		for commits[i] == nil {
			if e.plan.Options.World <= 1 || e.plan.Options.listOnly {
				return fmt.Errorf("%s: %w", pass.Name, ErrPending)
			}
			c, mine, err := e.resume(ctx, i, tasks[i], false)
			if err == nil && mine {
				e.plan.log.Warn("the commit of another process is damaged: its task is run again here", "task", tasks[i].Label, "pass", pass.Name)
				e.count(pass.Name, 1, 0)
				err = e.runTasks(ctx, pass, tasks, commits, []int{i})
				c = commits[i]
			}
			if err != nil {
				return err
			}
			if c != nil {
				commits[i], silence = c, time.Now().Add(silenceMax)
				break
			}
			if err := e.samePlan(ctx, &patience); err != nil {
				return err
			}
			owner := rankOf(root[i], e.plan.Options.World)
			e.progress.waiting(fmt.Sprintf("%s of rank %d", tasks[i].Label, owner))
			if time.Now().After(silence) {
				silence = time.Now().Add(silenceMax)
				e.plan.log.Warn("nothing that this process waits for was committed for a while: is the process running?",
					"rank", owner, "world_size", e.plan.Options.World, "task", tasks[i].Label, "pass", pass.Name, "waited", silenceMax.String())
			}
			if err := pause(ctx); err != nil {
				return err
			}
		}
		e.remember(commits[i])
	}
	return nil
}

// silenceMax is how long a process waits for another before it says so.
const silenceMax = time.Minute

// samePlan refuses, now and then, to wait for the tasks of a process that runs another
// plan: it will never do this one's. The first process may be late, and what the folder
// says of an earlier day.
func (e *Engine) samePlan(ctx context.Context, patience *time.Time) error {
	if e.plan.Options.Rank == 0 || time.Now().Before(*patience) {
		return nil
	}
	*patience = time.Now().Add(listingWait)
	why, err := e.differs(ctx, e.plan.Graph)
	if err != nil || why == "" {
		return err
	}
	return fmt.Errorf("rank 0 of this run has another plan, and the two would wait for each other: %s", why)
}

func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(pollEvery):
		return nil
	}
}

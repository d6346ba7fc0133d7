package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/ledger/claims"
	"github.com/corpusmill/corpusmill/plan"
)

// Engine carries one plan through its passes.
type Engine struct {
	plan     *Plan
	progress *progress
	account  *account
	tenancy  *tenancy
	*filedPlan
	making  sync.Mutex
	checked map[string]bool  // tasks whose files are known to be there
	stored  map[string]int64 // sizes of the intermediate files when the run began
	seconds []time.Duration  // by stage
	slowest slowest
	counts  []PassTasks
	pending []plan.Task
	recheck *recheck

	aside    aside
	claims   *claims.Folder // nil where one task is run, or tasks are listed
	session  session
	states   []*passState
	commits  plan.Commits // of the passes whose tasks are all known
	known    int          // grows with what is known of commits
	workers  *pool        // of the pass that is worked on
	at       string       // its name
	hands    hands
	finished bool // by this worker
	counting sync.Mutex
}

// ErrPending means that a pass is not committed whole: other processes have its
// remaining tasks.
var ErrPending = errors.New("tasks of this pass are not committed yet")

func newEngine(pl *Plan, t *tenancy) *Engine {
	e := &Engine{plan: pl, tenancy: t, account: newAccountOf(pl), progress: newProgress(pl), checked: map[string]bool{},
		filedPlan: newFiledPlan(pl.ledger), seconds: make([]time.Duration, len(pl.Pipeline.Stages)), recheck: newRecheck(), commits: plan.Commits{}}
	e.states = newStates(pl.Graph)
	return e
}

// newStates are those of passes of which nothing is known.
func newStates(g *plan.Graph) (list []*passState) {
	for _, pass := range g.Passes {
		list = append(list, &passState{pass: pass, done: map[string]int{}, heads: map[int]*plan.Head{}, ranges: map[string]rangeVersions{}, seen: -1})
	}
	return list
}

// openPool makes the workers of a pass, unless they are there, in place of those of another.
func (e *Engine) openPool(ctx context.Context, pass plan.Pass, t plan.Task) (err error) {
	if e.at == pass.Name {
		return nil
	}
	e.closePool()
	e.workers, err = e.pool(ctx, pass, t)
	if err == nil {
		e.at = pass.Name
	}
	return err
}

func (e *Engine) closePool() {
	e.addSeconds(e.workers.close())
	e.workers, e.at = nil, ""
}

// survey expands pass after pass and finds what is committed; it runs nothing. The error
// is [ErrPending] at the first pass that is not whole.
func (e *Engine) survey(ctx context.Context) error {
	for _, pass := range e.plan.Graph.Passes {
		tasks, whole := e.plan.Graph.Expand(pass, e.commits)
		if !whole {
			return fmt.Errorf("%s: its tasks hang on passes that are not done", pass.Name) // a mistake of ours
		}
		if len(tasks) == 0 && pass.Optional() {
			e.commits[pass.Name] = &plan.Committed{Heads: plan.HeadsOf()}
			continue
		}
		if err := e.file(ctx, pass.Name, plan.TasksOf(tasks)); err != nil {
			return err
		}
		if pass.Kind == plan.List {
			if err := e.publishListing(ctx, e.tenancy.listing); err != nil {
				return err
			}
			if _, err := e.readAside(ctx); err != nil {
				return err
			}
			e.listed(e.tenancy.listing)
			continue
		}
		commits, _, err := e.resumeAll(ctx, tasks)
		if err != nil {
			return err
		}
		c, heads := &plan.Committed{}, []*plan.Head(nil)
		for i, d := range commits {
			if d == nil {
				e.pending = append(e.pending, tasks[i])
				continue
			}
			e.remember(d)
			c.Keys, heads = append(c.Keys, d.Key), append(heads, &d.Head)
		}
		e.count(pass.Name, 0, len(tasks)-len(e.pending))
		if len(e.pending) > 0 {
			return fmt.Errorf("%s: %w", pass.Name, ErrPending)
		}
		c.Heads = plan.HeadsOf(heads...)
		e.commits[pass.Name] = c
	}
	return nil
}

// listed notes the listing of the input, less what is set aside.
func (e *Engine) listed(c *ledger.Commit) {
	c = e.flagged(c)
	e.remember(c)
	e.commits[c.Pass] = &plan.Committed{Keys: []string{c.Key}, Heads: plan.HeadsOf(&c.Head)}
	e.states[0].closed = true
	e.known++
}

// count adds to the tasks of a pass.
func (e *Engine) count(pass string, run, kept int) {
	e.counting.Lock()
	defer e.counting.Unlock()
	i := slices.IndexFunc(e.counts, func(c PassTasks) bool { return c.Pass == pass })
	if i < 0 {
		i = len(e.counts)
		e.counts = append(e.counts, PassTasks{Pass: pass})
	}
	e.counts[i].Run += run
	e.counts[i].Kept += kept
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

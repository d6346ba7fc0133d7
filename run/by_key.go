package run

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
)

// TaskRunner runs tasks of the plan in a run folder by their keys: what the plan opens,
// models among it, is opened once, and workers are kept from task to task of a pass. It is
// safe for use by several goroutines; tasks of one pass run side by side, as in a run.
type TaskRunner struct {
	engine *Engine
	close  func() error

	mu    sync.Mutex
	idle  *sync.Cond
	pool  *pool
	pass  string // of the pool and of the tasks that run
	tasks int    // that run
}

// TaskResult is the outcome of a task.
type TaskResult struct {
	Key string `json:"key"`
	// OK says that the task is committed.
	OK bool `json:"ok"`
	// Kept says that it was before, whole, and was not run again.
	Kept    bool    `json:"kept,omitempty"`
	Seconds float64 `json:"seconds"`
	// Documents are those that the task gave, Bytes their text.
	Documents int64  `json:"documents"`
	Bytes     int64  `json:"bytes"`
	Error     string `json:"error,omitempty"`
}

// OpenTasks opens the plan of a run folder to run its tasks. Close what it returns.
func (a *App) OpenTasks(ctx context.Context, f *Filed, o Options) (*TaskRunner, error) {
	o = f.Options(o)
	o.filed = true
	e, closeAll, err := a.openEngine(ctx, f.Pipeline, o)
	if err != nil {
		return nil, withRemedy(err, o)
	}
	r := &TaskRunner{engine: e, close: closeAll}
	r.idle = sync.NewCond(&r.mu)
	return r, nil
}

// Close ends the workers and closes the plan.
func (r *TaskRunner) Close() error {
	r.pool.close()
	return r.engine.plan.Pipeline.secrets.err(r.close())
}

// Run runs a task, or leaves it where its commit and files are whole. The error is that of
// the context; what else went wrong is in the result.
func (r *TaskRunner) Run(ctx context.Context, key string) (TaskResult, error) {
	start := time.Now()
	c, kept, err := r.run(ctx, key)
	if ctx.Err() != nil {
		return TaskResult{}, context.Cause(ctx)
	}
	t := TaskResult{Key: key, OK: err == nil, Kept: kept, Seconds: time.Since(start).Seconds()}
	if err != nil {
		t.Error = r.engine.plan.Pipeline.secrets.err(withRemedy(err, r.engine.plan.Options)).Error()
	} else {
		t.Documents, t.Bytes = c.Documents, c.TextBytes
	}
	return t, nil
}

func (r *TaskRunner) run(ctx context.Context, key string) (c *ledger.Commit, kept bool, err error) {
	e := r.engine
	t, err := e.anyTask(ctx, key)
	if err != nil {
		return nil, false, err
	}
	if c, err = e.found(ctx, t); err != nil || c != nil {
		return c, true, err
	}
	if err := e.ensure(ctx, t); err != nil {
		return nil, false, err
	}
	p, err := r.begin(ctx, t)
	if err != nil {
		return nil, false, err
	}
	defer r.end()
	made, err := e.attempt(ctx, t, p)
	if err != nil {
		return nil, false, e.failedByKey(ctx, t, err)
	}
	if err := e.publish(ctx, made); err != nil {
		return nil, false, err
	}
	e.remember(made.Commit)
	e.fresh(made.Commit)
	return made.Commit, false, nil
}

// begin waits until a task may run: beside others of its pass, as many as the memory takes.
// It gives the workers of the pass.
func (r *TaskRunner) begin(ctx context.Context, t plan.Task) (*pool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.tasks > 0 && (r.pass != t.Pass || r.tasks >= r.engine.plan.tasksAtOnce(t.Kind)) {
		r.idle.Wait()
	}
	if r.pass != t.Pass {
		r.pool.close()
		r.pool, r.pass = nil, ""
		p, err := r.engine.pool(ctx, *r.engine.plan.Graph.Pass(t.Pass), t)
		if err != nil {
			return nil, err
		}
		r.pool, r.pass = p, t.Pass
	}
	r.tasks++
	return r.pool, nil
}

func (r *TaskRunner) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tasks--
	r.idle.Broadcast()
}

// anyTask finds a task of any pass by its key, in the files that are there now: who lists
// tasks may have added some since this process read them.
func (f *filedPlan) anyTask(ctx context.Context, key string) (plan.Task, error) {
	f.mu.Lock()
	for _, tasks := range f.tasks {
		if t, ok := tasks[key]; ok {
			f.mu.Unlock()
			return t, nil
		}
	}
	f.mu.Unlock()
	var filed plan.Graph
	if err := f.ledger.ReadJSON(ctx, graphFile, &filed); err != nil {
		return plan.Task{}, err
	}
	for _, pass := range filed.Passes {
		tasks, err := f.readTasks(ctx, pass.Name)
		if err != nil {
			return plan.Task{}, err
		}
		if t, ok := tasks[key]; ok {
			return t, nil
		}
	}
	return plan.Task{}, fmt.Errorf("the run folder has no task %q: corpusmill tasks lists those that it has", key)
}

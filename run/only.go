package run

import (
	"context"
	"fmt"
)

// listedHere refuses a run folder whose tasks are those of another plan.
func (e *Engine) listedHere(ctx context.Context) error {
	why, err := e.differs(ctx, e.plan.Graph)
	if err == nil && why != "" {
		err = fmt.Errorf("the tasks in the run folder are of another plan: %s; --list-tasks writes those of this one", why)
	}
	return err
}

// only runs one task, as the run folder has it.
func (e *Engine) only(ctx context.Context, key string) error {
	for _, pass := range e.plan.Graph.Passes {
		tasks, err := e.readTasks(ctx, pass.Name)
		if err != nil {
			return err
		}
		t, ok := tasks[key]
		if !ok {
			continue
		}
		if err := e.ensure(ctx, t); err != nil {
			return err
		}
		e.count(pass.Name, 1, 0)
		if err := e.openPool(ctx, pass, t); err != nil {
			return err
		}
		defer e.closePool()
		_, err = e.perform(ctx, t)
		return err
	}
	return fmt.Errorf("the run folder has no task %s: --list-tasks writes and lists them", key)
}

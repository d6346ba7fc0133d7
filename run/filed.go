package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
)

// filedPlan is the plan as it lies in the run folder: the tasks of each pass that was
// expanded, the lists that their inputs name, and the commits that these lead to. It
// keeps what it has read.
type filedPlan struct {
	ledger  *ledger.Ledger
	mu      sync.Mutex
	tasks   map[string]map[string]plan.Task // by pass and key
	lists   map[string]plan.Keys            // by digest
	commits map[string]*ledger.Commit       // by key
}

func newFiledPlan(l *ledger.Ledger) *filedPlan {
	return &filedPlan{ledger: l, tasks: map[string]map[string]plan.Task{}, lists: map[string]plan.Keys{}, commits: map[string]*ledger.Commit{}}
}

func tasksFile(pass string) string  { return "tasks/" + pass + ".jsonl" }
func listFile(digest string) string { return "tasks/lists/" + digest + ".json" }

// file writes the tasks of a pass and the list of their keys, for other processes
// and for what comes after.
func (f *filedPlan) file(ctx context.Context, pass string, tasks []plan.Task) error {
	list, byKey := plan.Keys{Pass: pass, Keys: []string{}}, map[string]plan.Task{}
	var lines []byte
	for _, t := range tasks {
		list.Keys = append(list.Keys, t.Key)
		byKey[t.Key] = t
		line, err := json.Marshal(t)
		if err != nil {
			return err
		}
		lines = append(append(lines, line...), '\n')
	}
	if err := f.ledger.WriteFile(ctx, tasksFile(pass), lines); err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	b, err := json.Marshal(list)
	if err != nil {
		return err
	}
	if _, err := f.ledger.Store.PutIfAbsent(ctx, listFile(list.Digest()), b); err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tasks[pass], f.lists[list.Digest()] = byKey, list
	return nil
}

func (f *filedPlan) remember(c *ledger.Commit) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.commits[c.Key] = c
}

// task finds a task of a pass by its key.
func (f *filedPlan) task(ctx context.Context, pass, key string) (plan.Task, error) {
	f.mu.Lock()
	tasks := f.tasks[pass]
	f.mu.Unlock()
	if tasks == nil {
		var err error
		if tasks, err = f.readTasks(ctx, pass); err != nil {
			return plan.Task{}, err
		}
	}
	t, ok := tasks[key]
	if !ok {
		return t, fmt.Errorf("pass %s has no task %s: list them with --list-tasks", pass, key)
	}
	return t, nil
}

func (f *filedPlan) readTasks(ctx context.Context, pass string) (map[string]plan.Task, error) {
	tasks := map[string]plan.Task{}
	r, err := f.ledger.Store.Open(ctx, tasksFile(pass))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	} else if err == nil {
		dec := json.NewDecoder(r)
		for err == nil && dec.More() {
			var t plan.Task
			if err = dec.Decode(&t); err == nil {
				tasks[t.Key] = t
			}
		}
		err = errors.Join(err, r.Close())
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", tasksFile(pass), err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tasks[pass] = tasks
	return tasks, nil
}

// inputs are the commits that a task reads, in the order of its inputs.
func (f *filedPlan) inputs(ctx context.Context, t plan.Task) ([]*ledger.Commit, error) {
	var all []*ledger.Commit
	for _, in := range t.Inputs {
		commits, err := f.input(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("task %s: %w", t.Key, err)
		}
		all = append(all, commits...)
	}
	return all, nil
}

// input are the commits that one input names.
func (f *filedPlan) input(ctx context.Context, in plan.Input) ([]*ledger.Commit, error) {
	list, err := f.list(ctx, in.List)
	if err != nil {
		return nil, err
	}
	if in.From < 0 || in.To > len(list.Keys) || in.From > in.To {
		return nil, fmt.Errorf("an input is %d to %d of the %d tasks of %s", in.From, in.To, len(list.Keys), in.Pass)
	}
	var commits []*ledger.Commit
	for _, key := range list.Keys[in.From:in.To] {
		c, err := f.commit(ctx, in.Pass, key)
		if err != nil {
			return nil, err
		}
		commits = append(commits, c)
	}
	return commits, nil
}

func (f *filedPlan) list(ctx context.Context, digest string) (plan.Keys, error) {
	f.mu.Lock()
	list, ok := f.lists[digest]
	f.mu.Unlock()
	if ok {
		return list, nil
	}
	if err := f.ledger.ReadJSON(ctx, listFile(digest), &list); err != nil {
		return list, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lists[digest] = list
	return list, nil
}

func (f *filedPlan) commit(ctx context.Context, pass, key string) (*ledger.Commit, error) {
	f.mu.Lock()
	c := f.commits[key]
	f.mu.Unlock()
	if c != nil {
		return c, nil
	}
	c, err := f.ledger.Find(ctx, pass, key)
	if err == nil && c == nil {
		err = fmt.Errorf("%s: task %s: %w", pass, key, ErrPending)
	}
	if err != nil {
		return nil, err
	}
	f.remember(c)
	return c, nil
}

// forget removes the tasks and lists of earlier plans.
func (f *filedPlan) forget(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	keep := map[string]bool{}
	for pass := range f.tasks {
		keep[tasksFile(pass)] = true
	}
	for digest := range f.lists {
		keep[listFile(digest)] = true
	}
	for o, err := range f.ledger.Store.List(ctx, "tasks/") {
		if err == nil && !keep[o.Name] {
			err = f.ledger.Store.Remove(ctx, o.Name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

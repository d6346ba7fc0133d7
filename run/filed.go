package run

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/zeebo/xxh3"
)

// filedPlan is the plan as it lies in the run folder: the tasks of each pass that was
// expanded, the lists that their inputs name, and the commits that these lead to. It
// keeps what it has read.
type filedPlan struct {
	ledger  *ledger.Ledger
	mu      sync.Mutex
	tasks   map[string]map[string]plan.Task // by pass and key, of files that were read
	given   map[string]plan.Tasks           // by pass, of the plan at hand
	lists   map[string]plan.Keys            // by digest
	commits map[string]*ledger.Commit       // by key
}

func newFiledPlan(l *ledger.Ledger) *filedPlan {
	return &filedPlan{ledger: l, tasks: map[string]map[string]plan.Task{}, given: map[string]plan.Tasks{}, lists: map[string]plan.Keys{}, commits: map[string]*ledger.Commit{}}
}

// graphFile is the plan that the tasks in the run folder are of.
const graphFile = "tasks/graph.json"

// fileGraph writes the plan down, before its tasks.
func (f *filedPlan) fileGraph(ctx context.Context, g *plan.Graph) error {
	if err := f.ledger.WriteJSON(ctx, graphFile, g); err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	return nil
}

// differs says where the plan in the run folder differs from this one, "" where it does
// not or there is none.
func (f *filedPlan) differs(ctx context.Context, g *plan.Graph) (string, error) {
	var filed plan.Graph
	err := f.ledger.ReadJSON(ctx, graphFile, &filed)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("%w; --list-tasks writes it again", err)
	}
	return g.Difference(&filed), nil
}

func tasksFile(pass string) string  { return "tasks/" + pass + ".jsonl" }
func listFile(digest string) string { return "tasks/lists/" + digest + ".json" }

// keep notes the tasks of a pass and the list of their keys, which it returns.
func (f *filedPlan) keep(pass string, tasks plan.Tasks) plan.Keys {
	list := plan.Keys{Pass: pass, Keys: tasks.Keys()}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.given[pass], f.lists[list.Digest()] = tasks, list
	return list
}

// restart forgets all tasks: those of the passes that begin anew may be others.
func (f *filedPlan) restart() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.given)
	clear(f.lists)
	clear(f.tasks)
}

// letGo forgets the tasks of a pass, but not that they are of the plan.
func (f *filedPlan) letGo(pass string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.given[pass] = plan.Tasks{}
}

// file keeps the tasks of a pass and the list of their keys, and writes both for other
// processes and for what comes after.
func (f *filedPlan) file(ctx context.Context, pass string, tasks plan.Tasks) error {
	return f.write(ctx, pass, tasks, f.keep(pass, tasks))
}

// write writes tasks a line each, and the list of their keys.
func (f *filedPlan) write(ctx context.Context, pass string, tasks plan.Tasks, list plan.Keys) error {
	w, err := f.ledger.Create(ctx, ledger.File{Name: tasksFile(pass)})
	if err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	buffered, sum := bufio.NewWriterSize(w, 1<<16), xxh3.New()
	for _, t := range tasks.All() {
		line, err := json.Marshal(t)
		if err == nil {
			line = append(line, '\n')
			_, _ = sum.Write(line) // never fails
			_, err = buffered.Write(line)
		}
		if err != nil {
			return errors.Join(fmt.Errorf("run folder: %w", err), w.Abort())
		}
	}
	_, err = buffered.Write(footer(tasks.Len(), sum.Sum64()))
	if err == nil {
		err = buffered.Flush()
	}
	if err != nil {
		return errors.Join(fmt.Errorf("run folder: %w", err), w.Abort())
	}
	if _, err := w.Commit(ctx); err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	b, err := json.Marshal(list)
	if err != nil {
		return err
	}
	if err := f.fileList(ctx, listFile(list.Digest()), b); err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	return nil
}

// fileList writes a list where there is none, or one that is damaged.
func (f *filedPlan) fileList(ctx context.Context, name string, b []byte) error {
	created, err := f.ledger.Store.PutIfAbsent(ctx, name, b)
	if err != nil || created {
		return err
	}
	old, err := f.ledger.ReadFile(ctx, name)
	if err == nil && bytes.Equal(old, b) {
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // removed since, by who ends a run of another plan
		return err
	}
	return f.ledger.WriteFile(ctx, name, b)
}

// commitsHeld bounds how many commits are held. Of more, each is read when a task needs it.
const commitsHeld = 50_000

func (f *filedPlan) remember(c *ledger.Commit) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.commits) >= commitsHeld {
		clear(f.commits)
	}
	f.commits[c.Key] = c
}

// task finds a task of a pass by its key.
func (f *filedPlan) task(ctx context.Context, pass, key string) (plan.Task, error) {
	f.mu.Lock()
	tasks, given := f.tasks[pass], f.given[pass]
	f.mu.Unlock()
	for i := range given.Len() { // rarely asked
		if given.Key(i) == key {
			return given.At(i), nil
		}
	}
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

// taskFooter is the last line of a file of tasks.
type taskFooter struct {
	Tasks int    `json:"tasks"`
	Sum   string `json:"xxh3"` // of the lines before
}

func footerOf(tasks int, lines []byte) []byte { return footer(tasks, xxh3.Hash(lines)) }

func footer(tasks int, sum uint64) []byte {
	b, _ := json.Marshal(taskFooter{tasks, fmt.Sprintf("%016x", sum)}) // of a number and a string
	return append(b, '\n')
}

func (f *filedPlan) readTasks(ctx context.Context, pass string) (map[string]plan.Task, error) {
	tasks := map[string]plan.Task{}
	b, err := f.ledger.ReadFile(ctx, tasksFile(pass))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err == nil {
		if tasks, err = parseTasks(b); err != nil {
			return nil, fmt.Errorf("%s: %w; --list-tasks writes it again", tasksFile(pass), err)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tasks[pass] = tasks
	return tasks, nil
}

var errTasks = errors.New("damaged: its footer does not fit")

func parseTasks(b []byte) (map[string]plan.Task, error) {
	tasks, n := map[string]plan.Task{}, bytes.LastIndexByte(bytes.TrimSuffix(b, []byte("\n")), '\n')+1
	lines := b[:n]
	count := bytes.Count(lines, []byte("\n"))
	if !bytes.Equal(b[n:], footerOf(count, lines)) {
		return nil, errTasks
	}
	for line := range bytes.Lines(lines) {
		var t plan.Task
		if err := json.Unmarshal(line, &t); err != nil {
			return nil, err
		}
		tasks[t.Key] = t
	}
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
	if list.Digest() != digest {
		return list, fmt.Errorf("%s is damaged: it has another digest; --list-tasks writes it again", listFile(digest))
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
	if errors.Is(err, ledger.ErrDamaged) {
		err = fmt.Errorf("%w; a run of all tasks, or --list-tasks, takes it back, and its task is to be run again", err)
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
	keep[graphFile], keep[originFile] = true, true
	for pass := range f.given {
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

package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/run"
	"github.com/corpusmill/corpusmill/store"
)

// counted is a run folder whose requests are counted.
type counted struct {
	dir    string
	counts map[string]int
	mu     sync.Mutex
	all    atomic.Int64
	// commits, where it is positive, is after how many commits stop is called.
	commits atomic.Int64
	stop    context.CancelFunc
}

type stopping struct {
	asked
	c *counted
}

func (s stopping) PutIfAbsent(ctx context.Context, name string, data []byte) (bool, error) {
	if strings.HasPrefix(name, "commits/segment/") && s.c.commits.Add(-1) == 0 {
		s.c.stop()
	}
	return s.asked.PutIfAbsent(ctx, name, data)
}

func (c *counted) app(t *testing.T) (*run.App, *run.Pipeline, run.Options) {
	t.Helper()
	app := corpusmill.App()
	app.Stores = func(store.Server) store.Schemes {
		return store.Schemes{"asked://": func(_ context.Context, location string) (store.Store, error) {
			return stopping{asked{store.Local(strings.TrimPrefix(location, "asked://")), &c.mu, c.counts, &c.all}, c}, nil
		}}
	}
	p, err := app.Parse("p.yaml", []byte("packs: { files: 1 }\nsource: { jsonl: { paths: ["+c.dir+"/in/*.jsonl] } }\nstages: [ { exact_dedup: {} } ]\nsink: { jsonl: { dir: "+c.dir+"/out } }\nrejects: { jsonl: { dir: "+c.dir+"/rejects } }\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	return app, p, run.Options{Dir: "asked://" + c.dir + "/run", Workers: 1, Memory: 1 << 30}
}

// list lists the tasks, and gives how many are done and how many requests that took.
func (c *counted) list(t *testing.T) (done int, requests int64) {
	t.Helper()
	app, p, o := c.app(t)
	c.all.Store(0)
	tasks, err := app.Tasks(t.Context(), p, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range tasks {
		if x.State == run.TaskDone {
			done++
		}
	}
	return done, c.all.Load()
}

// Who lists tasks asks for each lot and not for each task: in the midst of a run by workers,
// behind its end, and, from the second time on, where tasks are run by key.
func TestRequestsOfTasks(t *testing.T) {
	const tasks, lots, beside = 1500, 70, 60
	c := &counted{dir: t.TempDir(), counts: map[string]int{}}
	for i := range tasks {
		writeFile(t, fmt.Sprintf("%s/in/%04d.jsonl", c.dir, i), fmt.Appendf(nil, "{\"text\":\"number %d of them\"}\n", i))
	}
	c.commits.Store(tasks / 2)
	ctx, stop := context.WithCancel(t.Context())
	c.stop = stop
	app, p, o := c.app(t)
	if _, err := app.Run(ctx, p, o); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	done, n := c.list(t)
	t.Logf("stopped: %d tasks are done, %d requests", done, n)
	if done < tasks/2-1 || n > lots/2+tasks/64+beside {
		t.Errorf("a run that was stopped: %d tasks are done, %d requests", done, n)
	}
	if _, err := app.Run(t.Context(), p, o); err != nil {
		t.Fatal(err)
	}
	done, n = c.list(t)
	t.Logf("ended: %d tasks are done, %d requests", done, n)
	if done < tasks || n > beside {
		t.Errorf("a run that ended: %d tasks are done, %d requests", done, n)
	}
	for _, name := range []string{"manifest.jsonl", "tasks/lots"} { // as where another engine runs tasks by key
		if err := os.RemoveAll(filepath.Join(c.dir, "run", name)); err != nil {
			t.Fatal(err)
		}
	}
	whole, first := c.list(t)
	done, n = c.list(t)
	t.Logf("by key: %d tasks are done, %d requests, then %d", done, first, n)
	single := int64(whole - tasks) // of passes whose tasks are a lot each
	if whole < tasks || done != whole || first > tasks+2*lots+single+beside || n > lots+single+beside {
		t.Errorf("by key: %d and %d tasks are done, %d requests and then %d", whole, done, first, n)
	}
	// A commit that is gone is not done, whatever was said of its lot.
	names, err := filepath.Glob(c.dir + "/run/commits/segment/*.json")
	if err != nil || len(names) != tasks {
		t.Fatal(len(names), err)
	}
	if err := os.Remove(names[7]); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if again, _ := c.list(t); again >= done {
		t.Errorf("%d tasks are done without one of %d commits", again, done)
	}
	// What was said of a lot and is damaged is not believed.
	said, err := filepath.Glob(c.dir + "/run/tasks/lots/segment/*")
	if err != nil || len(said) < lots/2 {
		t.Fatal(len(said), err)
	}
	for _, name := range said {
		writeFile(t, name, []byte("{}\n"))
	}
	if again, _ := c.list(t); again < tasks-1 {
		t.Errorf("%d tasks are done where records are damaged", again)
	}
}

package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/run"
	"github.com/corpusmill/corpusmill/store"
)

// lateStore has a file only from the second time on that it is asked for it.
type lateStore struct {
	store.Store
	name  string
	asked *atomic.Int64
}

func (s lateStore) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	if name == s.name && s.asked.Add(1) == 1 {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return s.Store.Open(ctx, name)
}

// ofRank finds a commit of a pass, and the rank of its task, of two.
func ofRank(t *testing.T, dir, pass string) (name string, rank int) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "commits", pass, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if n, err := strconv.ParseUint(filepath.Base(name)[:15], 16, 64); err == nil {
			return filepath.Base(name), int(n % 2)
		}
	}
	t.Fatalf("no task of %d in %s has a key", len(names), pass)
	return "", 0
}

// A commit or the statistics of another process that are damaged do not stop those who
// need them, and nobody waits for a process that thinks the task done: whoever meets the
// damage, when it begins or while it waits, runs the task.
func TestDamagedCommitOfAnotherRank(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, 8)
	want := newGolden(t, in)
	want.run(t)
	wanted := want.bytes(t)
	for _, late := range []bool{false, true} {
		for _, folder := range []string{"commits", "stats"} {
			for _, pass := range []string{"segment", "assemble", "minhash-group"} {
				if folder == "stats" && pass == "minhash-group" {
					continue // it counts nothing
				}
				t.Run(fmt.Sprintf("%s of %s, late %v", folder, pass, late), func(t *testing.T) {
					g := newGolden(t, in)
					g.run(t)
					dir := g.dir + "/run"
					file, owner := ofRank(t, dir, pass)
					damaged := filepath.Join(dir, folder, pass, file)
					b, err := os.ReadFile(damaged)
					if err != nil {
						t.Fatal(err)
					}
					writeFile(t, damaged, bytes.Replace(b, []byte(`"`), []byte(`'`), 3))
					asked := new(atomic.Int64)
					app := corpusmill.App()
					app.Stores = func(store.Server) store.Schemes {
						return store.Schemes{"late://": func(_ context.Context, location string) (store.Store, error) {
							s := store.Store(store.Local(strings.TrimPrefix(location, "late://")))
							if late {
								s = lateStore{s, "commits/" + pass + "/" + file, asked}
							}
							return s, nil
						}}
					}
					yaml, err := os.ReadFile(g.pipeline)
					if err != nil {
						t.Fatal(err)
					}
					p, err := app.Parse("golden.yaml", yaml, nil)
					if err != nil {
						t.Fatal(err)
					}
					s, err := app.Run(t.Context(), p, run.Options{Dir: "late://" + dir, Workers: 2, Memory: 1 << 30, Rank: 1 - owner, World: 2})
					if err != nil || s.TasksRun != 1 {
						t.Fatalf("%+v, %v", s, err)
					}
					if late && asked.Load() < 2 {
						t.Errorf("the commit was asked for %d times: it was not waited for", asked.Load())
					}
					same(t, damaged, g.bytes(t), wanted)
				})
			}
		}
	}
}

// A damaged listing of the input is written anew by the first process, for which the
// others wait.
func TestDamagedListing(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, 4)
	g, want := newGolden(t, in), newGolden(t, in)
	want.run(t)
	g.run(t)
	names, err := filepath.Glob(g.dir + "/run/commits/list/*.json")
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	writeFile(t, names[0], []byte("{"))
	waiting := program(t, g.args("--rank", "1", "--world-size", "2")...)
	lines, err := waiting.StderrPipe()
	if err == nil {
		err = waiting.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	said := bufio.NewScanner(lines)
	found := false
	for !found && said.Scan() {
		found = strings.Contains(said.Text(), "waiting for the listing of rank 0")
	}
	output(t, program(t, g.args("--rank", "0", "--world-size", "2")...))
	for said.Scan() { // to its end
	}
	if err := waiting.Wait(); err != nil || !found {
		t.Errorf("waited: %v; %v", found, err)
	}
	same(t, "a damaged listing", g.bytes(t), want.bytes(t))
}

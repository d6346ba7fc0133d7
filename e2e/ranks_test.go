package e2e_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// oneOf finds a commit of a pass.
func oneOf(t *testing.T, dir, pass string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "commits", pass, "*.json"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%d commits of %s, %v", len(names), pass, err)
	}
	return filepath.Base(names[len(names)/2])
}

// A commit or the statistics of a task that are damaged do not stop any process of a run:
// who comes upon them runs the task.
func TestDamagedCommitOfAnotherProcess(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, 8)
	want := newGolden(t, in)
	want.run(t)
	wanted := want.bytes(t)
	for _, folder := range []string{"commits", "stats"} {
		for _, pass := range []string{"segment", "assemble", "minhash-group"} {
			if folder == "stats" && pass == "minhash-group" {
				continue // it counts nothing
			}
			t.Run(fmt.Sprintf("%s of %s", folder, pass), func(t *testing.T) {
				g := newGolden(t, in)
				g.run(t)
				damaged := filepath.Join(g.dir, "run", folder, pass, oneOf(t, g.dir+"/run", pass))
				b, err := os.ReadFile(damaged)
				if err != nil {
					t.Fatal(err)
				}
				writeFile(t, damaged, bytes.Replace(b, []byte(`"`), []byte(`'`), 3))
				if s := g.run(t, "--rank", "1", "--world-size", "2"); s.TasksRun != 1 {
					t.Errorf("%d tasks run", s.TasksRun)
				}
				same(t, damaged, g.bytes(t), wanted)
			})
		}
	}
}

// A damaged listing of the input is written anew, by whichever process comes first.
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
	g.run(t, "--rank", "1", "--world-size", "2")
	same(t, "a damaged listing", g.bytes(t), want.bytes(t))
}

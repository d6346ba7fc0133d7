package e2e_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/run"
)

// listed are the tasks of a run folder or pipeline.
func listed(t *testing.T, args ...string) (list []run.Listed) {
	t.Helper()
	out := output(t, program(t, append([]string{"tasks", "--json", "--memory", "1GiB"}, args...)...))
	for line := range bytes.Lines(out) {
		var task run.Listed
		if err := json.Unmarshal(line, &task); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		list = append(list, task)
	}
	return list
}

// taskProcess is a process that runs tasks whose keys it is written.
type taskProcess struct {
	c   *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

func startTasks(t *testing.T, dir, folder string) *taskProcess {
	t.Helper()
	p := &taskProcess{c: program(t, "task", "--run", folder, "--workers", "1", "--memory", "1GiB", "-")}
	p.c.Dir, p.c.Stderr = dir, os.Stderr
	var err error
	if p.in, err = p.c.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.out = bufio.NewScanner(out)
	if err := p.c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.c.Process.Kill() })
	return p
}

// run has a task run and returns its result; false when the process is gone.
func (p *taskProcess) run(t *testing.T, key string) (r run.TaskResult, ok bool) {
	t.Helper()
	if _, err := fmt.Fprintln(p.in, key); err != nil || !p.out.Scan() {
		return r, false
	}
	if err := json.Unmarshal(p.out.Bytes(), &r); err != nil || r.Key != key {
		t.Fatalf("%q: %v", p.out.Bytes(), err)
	}
	return r, true
}

// Two processes that know the run folder alone run the tasks in random order, some twice,
// and one of them is killed: the bytes are those of a run. The pipeline has relative paths,
// and the processes another working directory.
func TestTasksByKey(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, 12)
	want := newGolden(t, in)
	s := want.run(t)
	project := golden{dir: t.TempDir()}
	project.pipeline = filepath.Join(project.dir, "golden.yaml")
	if err := os.Symlink(in, filepath.Join(project.dir, ".in")); err != nil {
		t.Fatal(err)
	}
	writeFile(t, project.pipeline, []byte(strings.NewReplacer("IN", ".in", "OUT", "out").Replace(goldenPipeline)))
	first := program(t, "tasks", "golden.yaml", "--run", "run", "--memory", "1GiB", "--json")
	first.Dir = project.dir
	if n := bytes.Count(output(t, first), []byte("\n")); n != 12 {
		t.Fatalf("%d tasks are ready, want the 12 segments", n)
	}

	folder, rng := filepath.Join(project.dir, "run"), rand.New(rand.NewPCG(1, 2))
	processes := []*taskProcess{startTasks(t, t.TempDir(), folder), startTasks(t, t.TempDir(), folder)}
	done, killed := 0, false
	for tasks := listed(t, folder); len(tasks) > 0; tasks = listed(t, folder) {
		rng.Shuffle(len(tasks), func(i, j int) { tasks[i], tasks[j] = tasks[j], tasks[i] })
		for _, task := range tasks {
			if task.State != run.TaskReady || task.Seconds <= 0 || task.Bytes <= 0 && task.Pass != "minhash-resolve" && task.Pass != "exact_dedup-resolve" {
				t.Errorf("%+v", task)
			}
			at := rng.IntN(2)
			r, ok := processes[at].run(t, task.Key)
			if !ok || !r.OK || r.Kept {
				t.Fatalf("task %s: %+v, %v", task.Label, r, ok)
			}
			if r, ok = processes[1-at].run(t, task.Key); !ok || !r.OK || !r.Kept {
				t.Errorf("task %s once more: %+v, %v", task.Label, r, ok)
			}
			if done++; done == 5 && !killed {
				killed = true
				_, _ = fmt.Fprintln(processes[0].in, tasks[len(tasks)-1].Key)
				if err := processes[0].c.Process.Kill(); err != nil {
					t.Fatal(err)
				}
				processes[0] = startTasks(t, t.TempDir(), folder)
				break // what the killed one has done is not known
			}
		}
	}
	for _, p := range processes { // the end of the keys is the end of the process
		if err := p.in.Close(); err != nil {
			t.Error(err)
		}
		if p.out.Scan() {
			t.Errorf("one line too many: %s", p.out.Text())
		}
		if err := p.c.Wait(); err != nil {
			t.Error(err)
		}
	}
	last := program(t, "run", "golden.yaml", "--run", "run", "--memory", "1GiB", "--json")
	last.Dir = project.dir
	var sum run.Summary
	if err := json.Unmarshal(output(t, last), &sum); err != nil || sum.TasksRun != 0 || sum.TasksKept != s.TasksRun {
		t.Errorf("the last run: %+v, %v", sum, err)
	}
	got, wanted := project.bytes(t), want.bytes(t)
	for _, m := range []map[string]string{got, wanted} {
		delete(m, "run/tasks/origin.json")
		for name := range m { // plans name their inputs by where they lie
			if strings.HasPrefix(name, "run/tasks/") || strings.HasPrefix(name, "run/commits/") || strings.HasPrefix(name, ".in") || name == "run/input.json" || name == "run/manifest.jsonl" {
				delete(m, name)
			}
		}
	}
	same(t, "tasks by key", got, wanted)
}

// A task is ready when its own input is there, not when the pass before is whole.
func TestTasksAheadOfTheirPass(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, 4)
	g := newGoldenOf(t, in, strings.Replace(goldenPipeline, "  - exact_dedup: {}", "  - checkpoint: {}\n  - exact_dedup: {}", 1))
	tasks := listed(t, g.pipeline, "--run", g.dir+"/run", "--all")
	if len(tasks) != 4 {
		t.Fatalf("%d tasks are known, want the 4 segments", len(tasks))
	}
	output(t, program(t, "task", "--run", g.dir+"/run", tasks[2].Key))
	counts := map[string]int{}
	var behind string
	for _, task := range listed(t, g.dir+"/run", "--all") {
		counts[task.Pass+" "+string(task.State)]++
		if task.Pass == "segment.checkpoint" {
			behind = task.Key
		}
	}
	if want := map[string]int{"segment ready": 3, "segment done": 1, "segment.checkpoint ready": 1}; fmt.Sprint(counts) != fmt.Sprint(want) {
		t.Fatalf("%v, want %v", counts, want)
	}
	var r run.TaskResult
	if err := json.Unmarshal(output(t, program(t, "task", "--run", g.dir+"/run", behind)), &r); err != nil || !r.OK || r.Documents == 0 {
		t.Errorf("%+v, %v", r, err)
	}
	g.run(t)
	if left := listed(t, g.dir+"/run"); len(left) != 0 {
		t.Errorf("a run that is whole has tasks left: %+v", left)
	}
}

// What a folder does not say of its plan in YAML it says beside it; what it cannot say is
// refused.
func TestTasksElsewhere(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, 2)
	limited := newGolden(t, in)
	for _, task := range listed(t, limited.pipeline, "--run", limited.dir+"/run", "--limit", "7", "--sample", "0.9") {
		output(t, program(t, "task", "--run", limited.dir+"/run", task.Key))
	}
	if s := limited.run(t, "--limit", "7", "--sample", "0.9"); s.TasksRun == 0 || s.TasksKept != 2 {
		t.Errorf("%+v", s)
	}

	// the folder of the plan is gone, and input or output hang on it
	for _, c := range []struct {
		in, out string
		code    int
		says    string
	}{
		{in, t.TempDir() + "/out", 0, ""},
		{"in", t.TempDir() + "/out", 1, "in/first"},
		{in, "out", 1, "out"},
	} {
		dir := filepath.Join(t.TempDir(), "project")
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(in, filepath.Join(dir, "in")); err != nil {
			t.Fatal(err)
		}
		writeFile(t, dir+"/p.yaml", []byte(strings.NewReplacer("IN", c.in, "OUT", c.out).Replace(goldenPipeline)))
		p, folder := program(t, "tasks", "p.yaml", "--run", t.TempDir()+"/run", "--json"), ""
		p.Dir, folder = dir, p.Args[4]
		key := keyIn(t, output(t, p))
		if err := os.Rename(dir, dir+"-moved"); err != nil {
			t.Fatal(err)
		}
		elsewhere := program(t, "task", "--run", folder, key)
		elsewhere.Dir = t.TempDir()
		code, stderr := exit(t, elsewhere)
		if code != c.code || !strings.Contains(stderr, c.says) || code != 0 && !strings.Contains(stderr, "which is not on this machine") {
			t.Errorf("in %s, out %s: exit code %d: %s", c.in, c.out, code, stderr)
		}
		if left, _ := os.ReadDir(elsewhere.Dir); len(left) > 0 {
			t.Errorf("in %s, out %s: it wrote into its working directory: %v", c.in, c.out, left)
		}
	}
}

func keyIn(t *testing.T, line []byte) string {
	t.Helper()
	var task run.Listed
	if err := json.NewDecoder(bytes.NewReader(line)).Decode(&task); err != nil {
		t.Fatal(err)
	}
	return task.Key
}

// A process that is tied to its parent ends with it, although its input stays open.
func TestTaskDiesWithParent(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, 2)
	g := newGolden(t, in)
	listed(t, g.pipeline, "--run", g.dir+"/run")
	keys, hold, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer hold.Close() //nolint:errcheck // nothing is written
	p := program(t, "task", "--run", g.dir+"/run", "-")
	sh := exec.Command("sh", append([]string{"-c", `"$@" <&3 & echo $!; wait`, "sh"}, p.Args...)...)
	sh.Env, sh.ExtraFiles = append(p.Env, "CORPUSMILL_DIE_WITH_PARENT=1"), []*os.File{keys}
	out, err := sh.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := sh.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintln(hold, "nobody"); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if result, err := lines.ReadString('\n'); err != nil || !strings.Contains(result, "nobody") { // it is at work
		t.Fatal(result, err)
	}
	child, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(child, syscall.SIGKILL) })
	if err := errAlive(child); err != nil {
		t.Fatalf("the child has ended before its parent: %v", err)
	}
	if err := sh.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = sh.Wait()
	for n := 0; errAlive(child) == nil; n++ {
		if n > 3000 { // a minute: it has five seconds
			t.Fatal("the child lives on")
		}
		time.Sleep(20 * time.Millisecond)
	}
	p = program(t, "task", "--run", g.dir+"/run", "-") // the parent that was told of is not the parent
	p.Env = append(p.Env, fmt.Sprintf("CORPUSMILL_DIE_WITH_PARENT=%d", child))
	p.Stdin = keys
	if code, stderr := exit(t, p); code != 75 || !strings.Contains(stderr, "has ended") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

// errAlive is nil while a process lives; a zombie does not.
func errAlive(pid int) error {
	if err := syscall.Kill(pid, 0); err != nil {
		return err
	}
	if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil && bytes.Contains(stat, []byte(") Z ")) {
		return syscall.ESRCH
	}
	return nil
}

package e2e_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format/warc"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/run"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/s3/s3test"
)

// The run folder and the parts on an object store are the same bytes as in
// folders, and a server that dies in the middle loses nothing.
func TestRunOnObjectStore(t *testing.T) {
	gw := s3test.StartGateway(t)
	in := t.TempDir()
	goldenInput(t, in, 8)
	local := newGolden(t, in)
	local.run(t)

	place := gw.Location()
	yaml, err := os.ReadFile(local.pipeline)
	if err != nil {
		t.Fatal(err)
	}
	o := gw.Settings()
	text := strings.Replace(string(yaml), filepath.Join(local.dir, "out"), place+"/out", 1) +
		fmt.Sprintf("\ns3: { endpoint: %q, region: %q, path_style: true, insecure: true }\n", o.Endpoint, o.Region)
	pipeline := writeFile(t, filepath.Join(t.TempDir(), "s3.yaml"), []byte(text))
	start := func() *exec.Cmd {
		c := program(t, "run", pipeline, "--run", place+"/run", "--memory", "1GiB")
		c.Env = append(c.Env, "AWS_ACCESS_KEY_ID="+o.AccessKey, "AWS_SECRET_ACCESS_KEY="+o.SecretKey)
		return c
	}
	c := start()
	var stderr bytes.Buffer
	c.Stderr = &stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(400 * time.Millisecond)
	gw.Kill()
	time.Sleep(300 * time.Millisecond)
	_ = c.Process.Kill()
	_ = c.Wait()
	gw.Restart(t)
	if code, msg := exit(t, start()); code != 0 {
		t.Fatalf("exit code %d: %s", code, msg)
	}
	remote, err := gw.Schemes().Open(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "object store", digests(t, remote), digests(t, store.Local(local.dir)))
}

// digests reads the files whose bytes are promised and do not name their folder.
func digests(t *testing.T, s store.Store) map[string]string {
	t.Helper()
	sums := map[string]string{}
	for _, prefix := range []string{"out/", "run/rejects/", "run/segments/", "run/commits/", "run/manifest.jsonl", "run/stats.json", "run/sizing.json"} {
		for o, err := range s.List(t.Context(), prefix) {
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(path.Base(o.Name), "_corpusmill") {
				continue // names the run that wrote the folder
			}
			r, err := s.Open(t.Context(), o.Name)
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(r)
			if err := errors.Join(err, r.Close()); err != nil {
				t.Fatal(err)
			}
			sums[o.Name] = fmt.Sprintf("%x", b)
		}
	}
	if len(sums) < 20 {
		t.Fatalf("only %d files", len(sums))
	}
	return sums
}

// A disk that fills fails the run loudly, commits nothing broken, and the same
// line finishes it once there is room.
func TestDiskFull(t *testing.T) {
	if os.Geteuid() != 0 || runtime.GOOS != "linux" {
		t.Skip("needs root on Linux to mount a small tmpfs")
	}
	in := t.TempDir()
	goldenInput(t, in, 8)
	ref := newGolden(t, in)
	ref.run(t)
	g := newGolden(t, in)
	small := filepath.Join(g.dir, "run")
	if err := os.MkdirAll(small, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", small, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("cannot mount a tmpfs here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(small, 0) })
	code, msg := exit(t, program(t, g.args()...))
	if code != 1 || !strings.Contains(msg, "no space left") || !strings.Contains(msg, "the disk at "+small+", ") || !strings.Contains(msg, "run the same line again") {
		t.Fatalf("exit code %d: %s", code, msg)
	}
	if err := syscall.Mount("tmpfs", small, "tmpfs", syscall.MS_REMOUNT, "size=64m"); err != nil {
		t.Fatal(err)
	}
	g.run(t)
	same(t, "after the disk had filled", g.bytes(t), ref.bytes(t))
}

// peak runs the program and returns its largest resident memory.
func peak(t *testing.T, c *exec.Cmd) (code int, stderr string, rss int64) {
	t.Helper()
	debug.FreeOSMemory()                                      // the figure of a child begins with the size of who starts it,
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // or, on Linux, with the largest that this ever was
	code, stderr = exit(t, c)
	return code, stderr, c.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
}

// Bad input of every kind in one run: each gets its line in the quarantine, the
// rest is processed, and memory stays below the budget.
func TestBadInput(t *testing.T) {
	in := t.TempDir()
	const good = `{"id":"%s","text":"A good line that is here to stay, number %s."}` + "\n"
	writeFile(t, filepath.Join(in, "a-good.jsonl"), fmt.Appendf(nil, good+good, "g1", "one", "g2", "two"))
	writeFile(t, filepath.Join(in, "b-empty.jsonl"), nil)
	writeFile(t, filepath.Join(in, "c-utf8.jsonl"), fmt.Appendf(nil, good+"{\"id\":\"u\",\"text\":\"\xff\xfe\"}\n"+good, "g3", "three", "g4", "four"))
	writeFile(t, filepath.Join(in, "d-json.jsonl"), fmt.Appendf(nil, "{\"id\": nope\n[]\n{\"id\":\"no text\"}\n"+good, "g5", "five"))
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range 2000 {
		fmt.Fprintf(w, good, fmt.Sprintf("z%d", i), fmt.Sprint(rng.Uint64()))
	}
	_ = w.Close()
	writeFile(t, filepath.Join(in, "e-cut.jsonl.gz"), z.Bytes()[:z.Len()/2])
	hugeLine(t, filepath.Join(in, "f-huge.jsonl"), 200<<20)
	yaml := fmt.Sprintf("source: { jsonl: { paths: [%q] } }\nstages: [exact_dedup]\nsink: { jsonl: {} }\n", in+"/*")
	dir := t.TempDir()
	pipeline := writeFile(t, filepath.Join(dir, "p.yaml"), []byte(yaml))
	const budget = 512 << 20
	code, msg, rss := peak(t, program(t, "run", pipeline, "--run", dir+"/run", "--memory", "512MiB", "--workers", "2"))
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, msg)
	}
	t.Logf("peak RSS %d MiB", rss>>20)
	if rss > budget {
		t.Errorf("peak RSS %d MiB is over the budget", rss>>20)
	}
	var stats ledger.Stats
	l := &ledger.Ledger{Store: store.Local(dir + "/run")}
	if err := l.ReadJSON(t.Context(), "stats.json", &stats); err != nil {
		t.Fatal(err)
	}
	if stats.Documents < 500 || stats.QuarantinedSum() != 6 {
		t.Errorf("%d documents, %d in quarantine, want 6", stats.Documents, stats.QuarantinedSum())
	}
	got := quarantine(t, dir+"/run")
	for _, want := range []string{
		`"shard":"jsonl/c-utf8.jsonl","record":1,"offset":69`,
		`"shard":"jsonl/d-json.jsonl","record":0,"offset":0`,
		`"shard":"jsonl/d-json.jsonl","record":1,"offset":12`,
		`"shard":"jsonl/d-json.jsonl","record":2,"offset":15`,
		`"shard":"jsonl/e-cut.jsonl.gz"`,
		`"shard":"jsonl/f-huge.jsonl","record":1,"offset":69`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("quarantine has no %s:\n%s", want, got)
		}
	}
}

func hugeLine(t *testing.T, name string, n int) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	fmt.Fprintf(w, `{"id":"before","text":"A line of its own that comes before it all."}`+"\n"+`{"id":"huge","text":"`)
	for range n / 1024 {
		_, _ = w.WriteString(strings.Repeat("huge text ", 103)[:1024])
	}
	fmt.Fprintf(w, `"}`+"\n"+`{"id":"after","text":"A line of its own that comes after it all."}`+"\n")
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// A folder without rights is a clear error before anything is read.
func TestFolderWithoutRights(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, 2)
	g := newGolden(t, in)
	if err := os.Chmod(filepath.Join(in, "first"), 0); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(filepath.Join(in, "first"), 0o755) //nolint:errcheck // only tidies up
	c := program(t, g.args()...)
	if os.Geteuid() == 0 {
		if err := os.Chmod(g.dir, 0o777); err != nil {
			t.Fatal(err)
		}
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		for d := g.dir; d != "/"; d = filepath.Dir(d) { // let nobody reach its folder
			_ = os.Chmod(d, 0o777|os.ModeSticky)
		}
		copied := filepath.Join(g.dir, "program")
		b, err := os.ReadFile(c.Path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(copied, b, 0o755); err != nil {
			t.Fatal(err)
		}
		c.Path = copied
		for d := in; d != "/"; d = filepath.Dir(d) {
			_ = os.Chmod(d, 0o777|os.ModeSticky)
		}
	}
	if code, msg := exit(t, c); code != 1 || !strings.Contains(msg, "permission denied") || !strings.Contains(msg, "first") {
		t.Errorf("exit code %d: %s", code, msg)
	}
}

// SIGTERM stops cleanly with 75, and so does a run while others work on it by another plan.
// A process that is suspended holds nobody up for longer than the expiry, and ends as if
// nothing had been when it goes on.
func TestSignalAndLock(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, goldenShards)
	ref, g := newGolden(t, in), newGolden(t, in)
	ref.run(t)
	try := func() (*exec.Cmd, *bytes.Buffer, bool) {
		t.Helper()
		c := program(t, g.args("--workers", "1", "--claim-expiry", "2s")...)
		stderr := &bytes.Buffer{}
		c.Stderr = stderr
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		for had := g.commits(t); g.commits(t) < had+3 && errAlive(c.Process.Pid) == nil; {
			time.Sleep(time.Millisecond)
		}
		for errAlive(c.Process.Pid) == nil {
			suspend(t, c)
			claimed, _ := filepath.Glob(g.dir + "/run/claims/segment/*.000000")
			done, _ := filepath.Glob(g.dir + "/run/claims/segment/*.done")
			if len(claimed) > len(done) { // it has something
				return c, stderr, true
			}
			_ = c.Process.Signal(syscall.SIGCONT)
			time.Sleep(time.Millisecond)
		}
		if err := c.Wait(); err != nil {
			t.Fatalf("%v: %s", err, stderr)
		}
		return nil, nil, false
	}
	suspended := func() (*exec.Cmd, *bytes.Buffer) {
		t.Helper()
		for range 20 {
			if c, stderr, ok := try(); ok {
				return c, stderr
			}
			for _, folder := range []string{"/run", "/out"} { // it was faster than who looks on: once more
				if err := os.RemoveAll(g.dir + folder); err != nil {
					t.Fatal(err)
				}
			}
		}
		t.Fatal("every run ended before it could be suspended")
		return nil, nil
	}
	c, stderr := suspended()
	if code, msg := exit(t, program(t, g.args("--set", "stages.c4_quality.min_sentences=4")...)); code != 75 || !strings.Contains(msg, "by another plan") || !strings.Contains(msg, "stage c4_quality has other settings") {
		t.Errorf("locked: exit code %d: %s", code, msg)
	}
	_ = c.Process.Signal(syscall.SIGTERM)
	_ = c.Process.Signal(syscall.SIGCONT)
	_ = c.Wait()
	if code := c.ProcessState.ExitCode(); code != 75 {
		t.Errorf("SIGTERM: exit code %d: %s", code, stderr.String())
	}
	c, stderr = suspended()
	if code, msg := exit(t, program(t, g.args("--claim-expiry", "1m", "--exit-when-idle", "1s")...)); code != 75 || !strings.Contains(msg, "nothing was left to do") {
		t.Errorf("idle: exit code %d: %s", code, msg)
	}
	g.run(t, "--claim-expiry", "2s")
	same(t, "beside a suspended process", g.bytes(t), withWorker(t, g, ref.bytes(t)))
	_ = c.Process.Signal(syscall.SIGCONT)
	if err := c.Wait(); err != nil {
		t.Errorf("the suspended process: %v: %s", err, stderr.String())
	}
	same(t, "after it went on", g.bytes(t), ref.bytes(t))
}

// suspend stops a process, and returns when all of it stands still or has ended.
func suspend(t *testing.T, c *exec.Cmd) {
	t.Helper()
	if err := c.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	runs := func(thread string) bool {
		stat, err := os.ReadFile(thread)
		return err == nil && !bytes.Contains(stat, []byte(") T ")) && !bytes.Contains(stat, []byte(") Z "))
	}
	for {
		threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", c.Process.Pid)) // none but on Linux
		if !slices.ContainsFunc(threads, runs) {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// withWorker are files with those of a run folder that say who works on it.
func withWorker(t *testing.T, g golden, files map[string]string) map[string]string {
	t.Helper()
	files = maps.Clone(files)
	for name, sum := range g.bytes(t) {
		if strings.HasPrefix(name, "run/workers/") {
			files[name] = sum
		}
	}
	return files
}

// Panicky panics on some documents.
type Panicky struct{}

func (Panicky) Apply(d *corpus.Document) (corpus.Verdict, error) {
	switch d.ID {
	case "p":
		panic("a bug")
	case "e":
		return corpus.Keep, errors.New("cannot be done")
	}
	return corpus.Keep, nil
}

func TestPanicCostsOneDocument(t *testing.T) {
	in := t.TempDir()
	writeFile(t, in+"/x.jsonl", []byte(`{"id":"a","text":"one"}`+"\n"+`{"id":"p","text":"two"}`+"\n"+`{"id":"e","text":"three"}`+"\n"+`{"id":"b","text":"four"}`+"\n"))
	s, dir, err := inProcess(t, fmt.Sprintf("source: { jsonl: { paths: [%q] } }\nstages: [panicky, exact_dedup]\nsink: { jsonl: {} }", in+"/*.jsonl"),
		stage.Define[Panicky]("panicky", 1))
	if err != nil || s.Documents != 2 || s.Quarantined != 2 {
		t.Fatalf("%+v, %v", s, err)
	}
	q := quarantine(t, dir)
	if !strings.Contains(q, "panic: a bug") || !strings.Contains(q, "robust_test.go") || !strings.Contains(q, `"stage":"panicky"`) || !strings.Contains(q, "cannot be done") {
		t.Error(q)
	}
}

func TestErrorsMax(t *testing.T) {
	in := t.TempDir()
	writeFile(t, in+"/x.jsonl", []byte(`{"text":"one that is read"}`+"\n"+strings.Repeat("nope\n", 101)))
	f := func(setting string, want error) {
		t.Helper()
		_, _, err := inProcess(t, fmt.Sprintf("source: { jsonl: { paths: [%q] } }\nsink: { jsonl: {} }\n%s", in+"/*.jsonl", setting))
		if !errors.Is(err, want) {
			t.Errorf("%q: %v", setting, err)
		}
	}
	f("", run.ErrTooManyErrors)
	f("errors_max: 101", nil)
	f("errors_max: 100", run.ErrTooManyErrors)
	f("errors_max: off", nil)
}

// Closing counts how often it was closed.
type Closing struct{}

var closings int

func (Closing) Apply(*corpus.Document) (corpus.Verdict, error) { return corpus.Keep, nil }
func (Closing) HoldsBytes(workers int) int64                   { return int64(workers) << 40 }
func (Closing) Close() error                                   { closings++; return nil }

// What a stage holds is closed, however the run ends, and counts as memory.
func TestStagesAreClosed(t *testing.T) {
	in := writeFile(t, t.TempDir()+"/x.jsonl", []byte(`{"id":"a","text":"one"}`))
	closings = 0
	_, _, err := inProcess(t, fmt.Sprintf("source: { jsonl: { paths: [%q] } }\nstages: [closing]\nsink: { jsonl: {} }", in), stage.Define[Closing]("closing", 1))
	if err == nil || !strings.Contains(err.Error(), "memory") || closings != 1 {
		t.Errorf("2 TiB of a stage in 4 GiB: %v, closed %d times", err, closings)
	}
	for _, c := range []struct{ stages, sink, want string }{
		{"closing, quality_classifier: {model: none}", "{}", "none"},
		{"closing, exact_dedup: {keep: {max: nothing}}", "{}", "nothing"},
		{"closing, c4_quality: {per: [lang]}", "{}", "per"},
		{"closing", "{dir: 's3://'}", "s3"},
	} {
		closings = 0
		_, _, err := inProcess(t, fmt.Sprintf("source: { jsonl: { paths: [%q] } }\nstages: [%s]\nsink: { jsonl: %s }", in, c.stages, c.sink), stage.Define[Closing]("closing", 1))
		if err == nil || !strings.Contains(err.Error(), c.want) || closings != 1 {
			t.Errorf("%s, %s: %v, closed %d times", c.stages, c.sink, err, closings)
		}
	}
}

// A stage of a program that has the name of another is refused, not shadowed.
func TestTwoStagesOfOneName(t *testing.T) {
	_, err := corpusmill.App(stage.Define[Closing]("pii", 1)).Parse("t.yaml", []byte("source: { jsonl: { paths: [x] } }\nsink: { jsonl: {} }"), nil)
	if err == nil || !strings.Contains(err.Error(), "two stages called pii") {
		t.Error(err)
	}
}

// Clocked gives another answer at every call: the second run of a task must not
// pass for the first.
type Clocked struct{}

func (Clocked) Apply(d *corpus.Document) (corpus.Verdict, error) {
	d.Text = time.Now().String()
	return corpus.Keep, nil
}

func TestStageThatIsNotDeterministic(t *testing.T) {
	in, dir := t.TempDir(), t.TempDir()
	writeFile(t, in+"/x.jsonl", []byte(`{"id":"a","text":"one"}`))
	app := corpusmill.App(stage.Define[Clocked]("clocked", 1))
	p, err := app.Parse("t.yaml", fmt.Appendf(nil, "source: { jsonl: { paths: [%q] } }\nstages: [clocked]\nsink: { jsonl: {} }", in+"/*"), nil)
	if err != nil {
		t.Fatal(err)
	}
	o := run.Options{Dir: dir}
	tasks, err := app.Pending(t.Context(), p, o)
	if err != nil || len(tasks) != 1 {
		t.Fatal(tasks, err)
	}
	o.Only = tasks[0].Key
	if _, err := app.Run(t.Context(), p, o); err != nil {
		t.Fatal(err)
	}
	if _, err := app.Run(t.Context(), p, o); !errors.Is(err, ledger.ErrNotDeterministic) {
		t.Errorf("the second run gave %v", err)
	}
}

// Upper makes texts equal that were not: it stands between two cuts.
type Upper struct{}

func (Upper) Apply(d *corpus.Document) (corpus.Verdict, error) {
	d.Text = strings.ToUpper(d.Text)
	return corpus.Keep, nil
}

// Two cuts: the weights of the first cut's clusters arrive in the second.
func TestTwoCuts(t *testing.T) {
	in := t.TempDir()
	var b bytes.Buffer
	for i, text := range []string{"one", "one", "One", "ONE", "two", "Two"} {
		line, _ := json.Marshal(map[string]string{"id": fmt.Sprint(i), "text": text})
		b.Write(append(line, '\n'))
	}
	writeFile(t, in+"/a.jsonl", b.Bytes())
	s, dir, err := inProcess(t, fmt.Sprintf("source: { jsonl: { paths: [%q] } }\nstages:\n- exact_dedup: {keep: first}\n- upper\n- exact_dedup: {as: again, keep: first}\nsink: { jsonl: {} }", in+"/*"),
		stage.Define[Upper]("upper", 1))
	if err != nil || s.Documents != 2 {
		t.Fatalf("%+v, %v", s, err)
	}
	docs := readParts(t, dir+"/parts")
	if docs["0"]["cluster_size"] != 4.0 || docs["4"]["cluster_size"] != 2.0 || docs["0"]["cluster_id"] != "0" {
		t.Errorf("%v", docs)
	}
}

// Survivors are the same when documents come in other files and another order.
func TestSurvivorsDoNotDependOnOrder(t *testing.T) {
	survivors := func(seed uint64) map[string]bool {
		var lines []string
		rng := rand.New(rand.NewPCG(1, 9))
		for i := range 300 {
			story := rand.New(rand.NewPCG(rng.Uint64N(60), 1))
			text := "The story"
			for range 60 {
				text += fmt.Sprintf(" of%d", story.IntN(500))
			}
			if n := rng.IntN(3); n > 0 {
				text += strings.Repeat(" and it ends", n)
			}
			line, _ := json.Marshal(map[string]string{"id": fmt.Sprintf("doc-%d", i), "text": text})
			lines = append(lines, string(line))
		}
		rng = rand.New(rand.NewPCG(seed, 1))
		rng.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		in := t.TempDir()
		for f := range 5 {
			writeFile(t, fmt.Sprintf("%s/%d.jsonl", in, f), []byte(strings.Join(lines[f*60:(f+1)*60], "\n")))
		}
		s, dir, err := inProcess(t, fmt.Sprintf("source: { name: s, jsonl: { paths: [%q] } }\nstages: [exact_dedup, minhash]\nsink: { jsonl: {} }", in+"/*"))
		if err != nil {
			t.Fatal(err)
		}
		kept := map[string]bool{}
		for id := range readParts(t, dir+"/parts") {
			kept[id] = true
		}
		if int64(len(kept)) != s.Documents {
			t.Fatalf("%d read, %d written", len(kept), s.Documents)
		}
		return kept
	}
	want := survivors(1)
	if len(want) < 30 || len(want) > 120 {
		t.Fatalf("%d survivors show nothing", len(want))
	}
	for seed := uint64(2); seed < 5; seed++ {
		if got := survivors(seed); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("order %d: %d survivors, not the same as %d", seed, len(got), len(want))
		}
	}
}

// archive packs pages as a WARC file, one gzip member a record, and returns where
// each record ends.
func archive(t *testing.T, pages ...string) (b []byte, ends []int) {
	t.Helper()
	var out bytes.Buffer
	w := warc.NewWriter(&out, warc.WriterOptions{Compression: warc.Gzip})
	for i, page := range pages {
		h, block, err := warc.NewResponse(fmt.Sprintf("https://a.example/%d", i), time.Unix(1_700_000_000, 0), 200, "OK",
			[]warc.Field{{Name: "Content-Type", Value: "text/html"}}, []byte(page))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.WriteRecord(h, block); err != nil {
			t.Fatal(err)
		}
		ends = append(ends, out.Len())
	}
	return out.Bytes(), ends
}

// Damaged archives and hostile pages: each costs itself alone.
func TestBadArchives(t *testing.T) {
	in, dir := t.TempDir(), t.TempDir()
	page := func(s string) string {
		return "<html><body><article><p>" + strings.Repeat("A page about the "+s+" that is long enough to be found by an extractor. ", 8) + "</p></article></body></html>"
	}
	nested := strings.Repeat("<div><b>", 50_000) + page("depths")
	whole, ends := archive(t, page("first"), page("second"), page("third"))
	writeFile(t, in+"/a-cut.warc.gz", whole[:ends[1]+(ends[2]-ends[1])/2])
	broken := bytes.Clone(whole)
	for i := ends[0] + 40; i < ends[0]+60; i++ {
		broken[i] ^= 0xA5
	}
	writeFile(t, in+"/b-flipped.warc.gz", broken)
	hostile, _ := archive(t, nested, page("good"), "", strings.Repeat("<table><tr><td>", 20_000), "<p>"+strings.Repeat("&amp;<!--", 100_000))
	writeFile(t, in+"/c-hostile.warc.gz", hostile)
	writeFile(t, in+"/d-length.warc", []byte("WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://b.example/\r\nContent-Length: 999999\r\n\r\nHTTP/1.1 200 OK\r\n\r\nshort"))
	writeFile(t, in+"/e-empty.warc.gz", nil)
	writeFile(t, in+"/f-noise.warc.gz", bytes.Repeat([]byte{0x1f, 0x8b, 0xff, 7}, 1000))
	pipeline := writeFile(t, dir+"/p.yaml", fmt.Appendf(nil, "source: { warc: { paths: [%q] } }\nstages: [html_text, exact_dedup]\nsink: { jsonl: {} }\nshards_lost_max: off\n", in+"/*"))
	code, msg, rss := peak(t, program(t, "run", pipeline, "--run", dir+"/run", "--memory", "512MiB", "--workers", "2"))
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, msg)
	}
	t.Logf("peak RSS %d MiB", rss>>20)
	if rss > 512<<20 {
		t.Errorf("peak RSS %d MiB is over the budget", rss>>20)
	}
	found := map[string]bool{}
	for _, d := range readParts(t, dir+"/run/parts") {
		for _, word := range []string{"first", "second", "third", "depths", "good"} {
			if strings.Contains(d["text"].(string), "the "+word+" that") {
				found[word] = true
			}
		}
	}
	if len(found) != 5 {
		t.Errorf("only %v came through", found)
	}
	q := quarantine(t, dir+"/run")
	for _, shard := range []string{"a-cut.warc.gz", "b-flipped.warc.gz", "d-length.warc", "f-noise.warc.gz"} {
		if !strings.Contains(q, shard) {
			t.Errorf("nothing of %s is in quarantine:\n%s", shard, q)
		}
	}
}

// Models are named once, with the digest that they must have.
func TestModelsByName(t *testing.T) {
	in := t.TempDir()
	writeFile(t, in+"/x.jsonl", []byte(`{"id":"a","text":"the mill grinds the grain that the river brings"}`+"\n"+`{"id":"b","text":"casino bonus win"}`))
	const file = "../purify/fasttext/testdata/softmax.bin"
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	yaml := fmt.Sprintf("models: { small: { path: %s, sha256: %x } }\nsource: { jsonl: { paths: [%q] } }\n"+
		"stages: [ { quality_classifier: { model: small, label: en, min_score: 0.5 } } ]\nsink: { jsonl: {} }", file, sha256.Sum256(b), in+"/*")
	s, _, err := inProcess(t, yaml)
	if err != nil || s.Documents != 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	_, _, err = inProcess(t, strings.Replace(yaml, "sha256: ", "sha256: 00", 1))
	if err == nil || !strings.Contains(err.Error(), "the pipeline wants 00") {
		t.Errorf("a wrong digest: %v", err)
	}
}

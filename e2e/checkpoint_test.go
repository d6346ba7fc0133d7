package e2e_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// checkpointed is the golden pipeline with a checkpoint behind its first rules.
func checkpointed(t *testing.T, in string) golden {
	t.Helper()
	g := newGolden(t, in)
	yaml, err := os.ReadFile(g.pipeline)
	if err != nil {
		t.Fatal(err)
	}
	const at = "  - c4_quality:"
	text := strings.Replace(string(yaml), at, "  - checkpoint: {}\n"+at, 1)
	if text == string(yaml) {
		t.Fatal("the golden pipeline has no c4_quality")
	}
	writeFile(t, g.pipeline, []byte(text))
	return g
}

// parts returns the digest of every part.
func (g golden) parts(t testing.TB) map[string]string {
	t.Helper()
	only := map[string]string{}
	for name, sum := range g.bytes(t) {
		if strings.HasPrefix(name, "out/") {
			only[name] = sum
		}
	}
	return only
}

// A checkpoint changes no byte of the output, and what stands before it is not run
// again when something behind it changes.
func TestCheckpoint(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, goldenShards)
	plain, g := newGolden(t, in), checkpointed(t, in)
	whole := plain.run(t)
	s := g.run(t)
	if s.TasksRun != whole.TasksRun+goldenShards {
		t.Errorf("%d tasks run, %d without a checkpoint", s.TasksRun, whole.TasksRun)
	}
	same(t, "with a checkpoint", g.parts(t), plain.parts(t))

	s = g.run(t, "--set", "stages.c4_quality.min_sentences=9")
	if s.TasksKept != goldenShards {
		t.Errorf("a rule behind the checkpoint: %d tasks run, %d kept", s.TasksRun, s.TasksKept)
	}

	// only what the checkpoint stored is kept: it is enough
	stored := func(pass string) (n int) {
		names, _ := filepath.Glob(filepath.Join(g.dir, "run", "commits", pass, "*.json"))
		for _, name := range names {
			key := strings.TrimSuffix(filepath.Base(name), ".json")
			if _, err := os.Stat(filepath.Join(g.dir, "run", "segments", key+".docs")); err == nil {
				n++
			}
		}
		return n
	}
	g.run(t, "--set", "segments=checkpoints")
	if a, b := stored("segment"), stored("segment.checkpoint"); a != goldenShards || b != 0 {
		t.Errorf("segments: checkpoints left %d segments of the checkpoint and %d others", a, b)
	}
	s = g.run(t, "--set", "segments=checkpoints", "--set", "stages.c4_quality.min_sentences=7")
	if s.TasksKept != goldenShards {
		t.Errorf("the same from what the checkpoint stored: %d tasks run, %d kept", s.TasksRun, s.TasksKept)
	}
}

// Output that is as it was changes nothing behind it: a stage that does the same
// under another setting repeats its own section alone.
func TestEqualOutputStopsAChange(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, goldenShards)
	g := newGolden(t, in)
	all := g.run(t)
	s := g.run(t, "--set", "stages.gopher_quality.max_words=99999999")
	if s.TasksRun != goldenShards || s.TasksKept != all.TasksRun-goldenShards {
		t.Errorf("a limit that drops none: %d tasks run, %d kept", s.TasksRun, s.TasksKept)
	}
	s = g.run(t, "--set", "rejects.text_sample=0.5")
	const grouping = 4 // groups and resolves of two stages
	if s.TasksKept < grouping {
		t.Errorf("more text of rejects: %d tasks run, %d kept", s.TasksRun, s.TasksKept)
	}
	// a column that no grouping stage reads groups nothing anew
	b, err := os.ReadFile(g.pipeline)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, g.pipeline, bytes.Replace(b, []byte("  - exact_dedup"), []byte("  - fineweb_quality: { annotate: true }\n  - exact_dedup"), 1))
	s = g.run(t)
	if s.TasksKept != grouping || s.TasksRun != all.TasksRun-grouping {
		t.Errorf("a column before the cut: %d tasks run, %d kept", s.TasksRun, s.TasksKept)
	}
}

// What lies between passes and is not as it was is made again where it is needed; a
// commit that is cut is no commit.
func TestDamageBetweenPasses(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, goldenShards)
	g := newGolden(t, in)
	g.run(t)
	want := g.bytes(t)
	change := func(pattern string, change func([]byte) []byte) {
		t.Helper()
		names, _ := filepath.Glob(filepath.Join(g.dir, "run", pattern))
		if len(names) == 0 {
			t.Fatalf("nothing is called %s", pattern)
		}
		b, err := os.ReadFile(names[len(names)/2])
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, names[len(names)/2], change(b))
	}
	half := func(b []byte) []byte { return b[:len(b)/2] }
	for _, pattern := range []string{"segments/*.docs", "segments/*.index", "segments/*.exact_dedup.keys", "segments/*.minhash.sketch", "segments/*.edges", "segments/*.edits"} {
		change(pattern, half)
	}
	g.run(t, "--set", "stages.late_quality.min_words=100") // reads the documents and the edits alone
	change("commits/assemble/*.json", half)
	change("commits/minhash-group/*.json", func([]byte) []byte { return nil })
	g.run(t)
	got := g.bytes(t)
	for name, sum := range want {
		if strings.HasPrefix(name, "out/") && got[name] != sum {
			t.Errorf("%s is not as it was", name)
		}
	}
	if out := output(t, program(t, "verify", filepath.Join(g.dir, "run"), "--json")); !strings.Contains(string(out), `"unfinished":false`) {
		t.Errorf("verify: %s", out)
	}
}

// Statistics of a task that are gone or damaged are those of no task: it alone is run
// again, and gives what it gave.
func TestDamagedStatisticsAreMadeAgain(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, goldenShards)
	g := newGolden(t, in)
	all := g.run(t).TasksRun
	want := g.bytes(t)
	for _, c := range []struct {
		what, pattern string
		change        func([]byte) []byte // nil removes the file
	}{
		{"removed", "stats/segment/*.json", nil},
		{"cut", "stats/assemble/*.json", func(b []byte) []byte { return b[:len(b)/2] }},
		{"one digit changed", "stats/segment/*.json", func(b []byte) []byte {
			i := bytes.IndexAny(b, "123456789")
			b[i] ^= 1
			return b
		}},
		{"zeroed, as by a loss of power", "stats/assemble/*.json", func(b []byte) []byte { return make([]byte, len(b)) }},
	} {
		names, _ := filepath.Glob(filepath.Join(g.dir, "run", c.pattern))
		if len(names) < 2 {
			t.Fatalf("%d files are called %s", len(names), c.pattern)
		}
		name := names[len(names)/2]
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if c.change == nil {
			err = os.Remove(name)
		} else {
			writeFile(t, name, c.change(b))
		}
		if err != nil {
			t.Fatal(err)
		}
		verify := program(t, "verify", filepath.Join(g.dir, "run"))
		rel, _ := filepath.Rel(filepath.Join(g.dir, "run"), name)
		if out, err := verify.CombinedOutput(); err == nil || !strings.Contains(string(out), "file "+filepath.ToSlash(rel)+": ") ||
			!strings.Contains(string(out), ": 1 mismatches") {
			t.Errorf("%s: verify says %s", c.what, out)
		}
		if s := g.run(t); s.TasksRun != 1 || s.TasksKept != all-1 {
			t.Errorf("%s: %d tasks run, %d kept", c.what, s.TasksRun, s.TasksKept)
		}
		same(t, c.what, g.bytes(t), want)
		output(t, program(t, "verify", filepath.Join(g.dir, "run")))
	}
}

// Listing the tasks of other settings takes back nothing.
func TestListingTasksChangesNothing(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, 4)
	g := newGolden(t, in)
	g.run(t)
	had := g.commits(t)
	output(t, program(t, g.args("--set", "stages.late_quality.min_words=100", "--list-tasks")...))
	if n := g.commits(t); n != had {
		t.Errorf("%d commits were there, %d are after --list-tasks", had, n)
	}
}

// A task is run for the plan that listed it, by nobody's other settings; three
// checkpoints with nothing between them are three sections.
func TestTasksOfAnotherPlan(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, 3)
	g := newGolden(t, in)
	b, err := os.ReadFile(g.pipeline)
	if err != nil {
		t.Fatal(err)
	}
	const three = "  - checkpoint: { as: a }\n  - checkpoint: { as: b }\n  - checkpoint: { as: c }\n"
	writeFile(t, g.pipeline, bytes.Replace(b, []byte("  - gopher_quality"), []byte(three+"  - gopher_quality"), 1))
	list := string(output(t, program(t, g.args("--list-tasks")...)))
	pass, rest, _ := strings.Cut(list, "\t")
	key, _, _ := strings.Cut(rest, "\t")
	if pass != "segment" {
		t.Fatalf("the first pass is %q", pass)
	}
	for _, change := range [][]string{{"--limit", "3"}, {"--sample", "0.5"}, {"--set", "seed=7"}, {"--set", "stages.gopher_quality.min_words=3"}} {
		out, err := program(t, g.args(append(change, "--only-task", key)...)...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "are of another plan") {
			t.Errorf("%v: %v %s", change, err, out)
		}
	}
	output(t, program(t, g.args("--only-task", key)...))
	s := g.run(t)
	want := g.bytes(t)
	if s.TasksKept != 1 {
		t.Errorf("%d tasks were kept", s.TasksKept)
	}
	again := newGolden(t, in)
	again.run(t)
	for name, sum := range again.bytes(t) {
		if strings.HasPrefix(name, "out/") && want[name] != sum {
			t.Errorf("%s differs from that without checkpoints", name)
		}
	}
	g.run(t, "--set", "segments=delete")
	if s := g.run(t, "--set", "stages.token_count.tokenizer=r50k_base"); s.Documents == 0 {
		t.Error("nothing is left")
	}
}

// What lies between passes and has its size, but other bytes, is made again by the run
// that reads it; finished files by one that checks them, which verify asks for.
func TestOtherBytesAreMadeAgain(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, 8)
	g, ref := newGolden(t, in), newGolden(t, in)
	g.run(t)
	late := []string{"--set", "stages.late_quality.min_words=100"}
	ref.run(t, late...)
	flip := func(pattern string) {
		t.Helper()
		names, _ := filepath.Glob(filepath.Join(g.dir, pattern))
		if len(names) == 0 {
			t.Fatalf("nothing is called %s", pattern)
		}
		b, err := os.ReadFile(names[len(names)/2])
		if err != nil {
			t.Fatal(err)
		}
		b[len(b)/3] ^= 4
		writeFile(t, names[len(names)/2], b)
	}
	for _, pattern := range []string{"run/segments/*.docs", "run/segments/*.edits"} { // these the other plan reads
		flip(pattern)
	}
	g.run(t, late...)
	g.verify(t)
	same(t, "read with other bytes", g.bytes(t), ref.bytes(t))

	for _, pattern := range []string{"run/segments/*.index", "run/segments/*.minhash.sketch", "run/segments/*.edges", "run/rejects/*.jsonl.zst", "run/quarantine/*", "out/part-*"} {
		flip(pattern)
		code, msg := exit(t, program(t, "verify", g.dir+"/run"))
		if code != 1 || !strings.Contains(msg, "corpusmill run PIPELINE --run "+g.dir+"/run --check") {
			t.Errorf("%s: verify: %d, %s", pattern, code, msg)
		}
		if s := g.run(t, append([]string{"--check"}, late...)...); s.TasksRun != 1 {
			t.Errorf("%s: %d tasks were run again", pattern, s.TasksRun)
		}
		g.verify(t)
		same(t, pattern, g.bytes(t), ref.bytes(t))
	}
	names, _ := filepath.Glob(filepath.Join(g.dir, "run/quarantine/*"))
	if err := os.Remove(names[0]); err != nil {
		t.Fatal(err)
	}
	g.run(t, late...)
	same(t, "quarantine removed", g.bytes(t), ref.bytes(t))
}

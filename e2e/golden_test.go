package e2e_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/run"
)

// goldenShards is the number of shards of the golden corpus, in two patterns.
const goldenShards = 26

const goldenPipeline = `
name: golden
packs: { files: 1 }
source:
  - { name: first, jsonl: { paths: ["IN/first/**/*.jsonl"] } }
  - { name: second, jsonl: { paths: ["IN/second/*.jsonl"] } }
stages:
  - gopher_quality: { words: uax29 }
  - c4_quality: { words: uax29 }
  - exact_dedup: {}
  - minhash: {}
  - gopher_quality: { as: late_quality, words: uax29, min_words: 60 }
  - token_count: {}
sink:
  parquet: { dir: "OUT", part_bytes: 100KiB }
rejects: { jsonl: {}, text_sample: 0.3 }
sizing:
  cluster: { gpu: h100-sxm, gpus: 8, days: 1 }
`

// goldenInput writes the corpus: prose of a small grammar, good and bad, with
// exact copies and near copies across shards and sources, and broken lines.
func goldenInput(t testing.TB, dir string, shards int) {
	t.Helper()
	rng := rand.New(rand.NewPCG(7, 7))
	words := strings.Fields(`the of and to that have with be river stone garden bridge market winter letter harbour
		travels carries opens repairs remembers gathers quiet narrow bright ancient careful wooden distant family
		teacher engine village mountain story paper window number season evening copper glass island forest`)
	prose := func(n int) string {
		var b strings.Builder
		for i := range n {
			if i%11 == 0 {
				if i > 0 {
					b.WriteString(". ")
				}
				if i%44 == 0 && i > 0 {
					b.WriteString("\n")
				}
				b.WriteString("The")
			}
			b.WriteString(" " + words[rng.IntN(len(words))])
		}
		return b.String() + ".\n"
	}
	var made []string
	for s := range shards {
		var file bytes.Buffer
		for d := range 60 {
			var text string
			switch k := rng.IntN(10); {
			case k == 0 && len(made) > 0:
				text = made[rng.IntN(len(made))]
			case k == 1 && len(made) > 0:
				text = made[rng.IntN(len(made))] + prose(6)
			case k == 2:
				text = prose(20)
			case k == 3:
				text = strings.Repeat("# ", 80) + prose(60)
			default:
				text = prose(50 + rng.IntN(200))
			}
			made = append(made, text)
			line, err := json.Marshal(map[string]any{"id": fmt.Sprintf("d%d-%d", s, d), "text": text,
				"url": fmt.Sprintf("https://host%d.example/%d/%d", rng.IntN(9), s, d), "score": d})
			if err != nil {
				t.Fatal(err)
			}
			file.Write(append(line, '\n'))
			if d == 30 && s%9 == 0 {
				file.WriteString("{\"id\": broken\n")
			}
		}
		name := fmt.Sprintf("%s/first/p%d/s%02d.jsonl", dir, s%2, s)
		if s%3 == 0 {
			name = fmt.Sprintf("%s/second/s%02d.jsonl", dir, s)
		}
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, file.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// golden is one place to run the golden pipeline in.
type golden struct{ dir, pipeline string }

func newGolden(t testing.TB, in string) golden {
	t.Helper()
	return newGoldenOf(t, in, goldenPipeline)
}

func newGoldenOf(t testing.TB, in, pipeline string) golden {
	t.Helper()
	g := golden{dir: t.TempDir()}
	g.pipeline = filepath.Join(g.dir, "golden.yaml")
	yaml := strings.NewReplacer("IN", in, "OUT", filepath.Join(g.dir, "out")).Replace(pipeline)
	if err := os.WriteFile(g.pipeline, []byte(yaml), 0o644); err != nil {
		t.Fatal(err)
	}
	return g
}

func (g golden) args(more ...string) []string {
	return append([]string{"run", g.pipeline, "--run", filepath.Join(g.dir, "run"), "--memory", "1GiB"}, more...)
}

func (g golden) run(t testing.TB, more ...string) run.Summary {
	t.Helper()
	var s run.Summary
	if err := json.Unmarshal(output(t, program(t, g.args(append(more, "--json")...)...)), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// bytes returns the digest of every file whose bytes are promised: parts,
// rejects, quarantine, manifest, statistics, sizing.
func (g golden) bytes(t testing.TB) map[string]string {
	t.Helper()
	sums := map[string]string{}
	err := filepath.WalkDir(g.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(g.dir, path)
		if strings.HasPrefix(filepath.Base(rel), ".") || strings.HasPrefix(filepath.Base(rel), "_corpusmill") || rel == "run/run.json" || // which run, not what it made
			rel == "golden.yaml" || rel == "run/report.html" || strings.HasSuffix(rel, "plan.yaml") ||
			strings.Contains(filepath.Base(rel), "timings") {
			return nil
		}
		b, err := os.ReadFile(path)
		sum := sha256.Sum256(b)
		sums[filepath.ToSlash(rel)] = hex.EncodeToString(sum[:])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sums
}

func same(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if got[name] == "" {
			t.Errorf("%s: %s is missing", what, name)
		} else if got[name] != want[name] {
			t.Errorf("%s: %s differs", what, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if want[name] == "" {
			t.Errorf("%s: %s is one too many", what, name)
		}
	}
}

// commits counts the committed tasks of a run folder.
func (g golden) commits(t testing.TB) int {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(g.dir, "run", "commits", "*", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	listed, _ := filepath.Glob(filepath.Join(g.dir, "run", "commits", "list", "*.json"))
	return len(names) - len(listed) // the listing of the input is no task that is counted
}

// The promise of the engine: the same bytes at any worker count, in any order of
// tasks, with any number of processes, after any kill.
func TestGoldenRun(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, goldenShards)
	ref := newGolden(t, in)
	start := time.Now()
	s := ref.run(t, "--workers", "1")
	took := time.Since(start)
	want := ref.bytes(t)
	if s.Parts < 5 || s.Documents < 300 || s.Quarantined != 3 {
		t.Fatalf("the golden corpus is too small to show anything: %+v", s)
	}

	t.Run("workers", func(t *testing.T) {
		for _, n := range []string{"2", "5"} {
			g := newGolden(t, in)
			g.run(t, "--workers", n)
			same(t, n+" workers", g.bytes(t), want)
		}
	})
	t.Run("counts", func(t *testing.T) { checkCounts(t, ref) })
	t.Run("again", func(t *testing.T) {
		if again := ref.run(t); again.TasksRun != 0 || again.TasksKept != s.TasksRun {
			t.Errorf("a second run ran %d tasks and kept %d of %d", again.TasksRun, again.TasksKept, s.TasksRun)
		}
		same(t, "second run", ref.bytes(t), want)
	})
	t.Run("ranks", func(t *testing.T) { testRanks(t, newGolden(t, in), want) })
	t.Run("tasks in random order", func(t *testing.T) { testTaskOrder(t, newGolden(t, in), want) })
	t.Run("kill", func(t *testing.T) {
		testKill(t, killing{func() golden { return newGolden(t, in) }, want, took, s.TasksRun, goldenShards, *kills})
	})
}

func testRanks(t *testing.T, g golden, want map[string]string) {
	var wg sync.WaitGroup
	for rank := range 3 {
		wg.Go(func() {
			c := program(t, g.args("--workers", "1", "--rank", fmt.Sprint(rank), "--world-size", "3")...)
			if out, err := c.CombinedOutput(); err != nil {
				t.Errorf("rank %d: %v\n%s", rank, err, out)
			}
		})
	}
	wg.Wait()
	same(t, "three processes", g.bytes(t), want)
}

func testTaskOrder(t *testing.T, g golden, want map[string]string) {
	rng := rand.New(rand.NewPCG(3, 3))
	for range 20 {
		var keys []string
		for line := range strings.Lines(string(output(t, program(t, g.args("--list-tasks")...)))) {
			keys = append(keys, strings.Split(line, "\t")[1])
		}
		if len(keys) == 0 {
			break
		}
		rng.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		for _, key := range keys {
			times := 1 + rng.IntN(4)/3
			for range times {
				output(t, program(t, g.args("--workers", "1", "--only-task", key)...))
			}
		}
	}
	if s := g.run(t); s.TasksRun != 0 {
		t.Errorf("%d tasks were left", s.TasksRun)
	}
	same(t, "tasks one by one", g.bytes(t), want)
}

// kills is the number of moments at which a run is killed.
var kills = flag.Int("kills", 10, "moments at which each graph of the golden tests is killed")

// killing is what a test of kills knows of the run that nobody killed.
type killing struct {
	place           func() golden
	want            map[string]string
	took            time.Duration
	tasks, segments int // tasks in all, and those of the first pass of them
	kills           int
}

// target is the number of commits at which the i-th run is killed: half of them spread
// over the whole run, half over the short passes of the cut.
func (k killing) target(i, n int) int {
	if i%2 == 0 {
		return i * k.tasks / n
	}
	return k.segments + i/2%5
}

func testKill(t *testing.T, k killing) {
	n, tasks := k.kills, k.tasks
	if testing.Short() {
		n = 6
	}
	rng := rand.New(rand.NewPCG(5, 5))
	passes := map[string]int{}
	for i := range n {
		g := k.place()
		c := program(t, g.args("--workers", "2")...)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		target := k.target(i, n)
		for start := time.Now(); g.commits(t) < target && time.Since(start) < 20*k.took; {
			time.Sleep(200 * time.Microsecond)
		}
		time.Sleep(time.Duration(rng.Int64N(int64(6 * time.Millisecond))))
		_ = c.Process.Kill()
		_ = c.Wait()
		had := g.commits(t)
		dirs, _ := filepath.Glob(filepath.Join(g.dir, "run", "commits", "*"))
		passes[fmt.Sprintf("commits of %d passes", len(dirs))]++
		s := g.run(t)
		if s.TasksKept != had || s.TasksRun != tasks-had {
			t.Errorf("killed at %d commits: then %d tasks run, %d kept", had, s.TasksRun, s.TasksKept)
		}
		same(t, fmt.Sprintf("killed at %d commits", had), g.bytes(t), k.want)
		if i%3 == 0 {
			g.verify(t)
		}
	}
	t.Logf("the kills left %v", passes)
	if !testing.Short() && len(passes) < 4 { // a machine decides how many exactly
		t.Errorf("the kills did not spread over the passes: %v", passes)
	}
}

// verify lets the program check the run folder: files, and that each document is
// accounted for.
func (g golden) verify(t *testing.T) {
	t.Helper()
	if out := string(output(t, program(t, "verify", "--deep", filepath.Join(g.dir, "run")))); !strings.Contains(out, "every document accounted for") {
		t.Error(out)
	}
}

// checkCounts checks that every document is accounted for.
func checkCounts(t *testing.T, g golden) {
	b, err := os.ReadFile(filepath.Join(g.dir, "run", "stats.json"))
	if err != nil {
		t.Fatal(err)
	}
	var s ledger.Stats
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	var docs int64
	for _, src := range s.Sources {
		var skipped int64
		for _, n := range src.Skipped {
			skipped += n
		}
		if src.Read != src.Documents+skipped+src.Quarantined {
			t.Errorf("source %s: read %d != %d documents + %d skipped + %d quarantined", src.Name, src.Read, src.Documents, skipped, src.Quarantined)
		}
		docs += src.Documents
	}
	docs = checkStages(t, s.Stages, nil, docs)
	if docs != s.Documents+s.Unrouted {
		t.Errorf("%d documents left the last stage, %d are in the parts, %d in none", docs, s.Documents, s.Unrouted)
	}
	for by, names := range s.By {
		var sum ledger.Yield
		for _, y := range names {
			sum.Add(y)
		}
		if sum.Documents != s.Documents || sum.Tokens != s.Tokens || sum.Bytes != s.Bytes || sum.Words != s.Words || s.Words == 0 {
			t.Errorf("by %s: %+v, in all %+v", by, sum, s.Yield)
		}
	}
}

// checkStages checks that what leaves a stage enters the next one, in a case of a switch
// or outside of all, and returns what leaves the last.
func checkStages(t *testing.T, stages []*ledger.StageStats, in *ledger.Branch, docs int64) int64 {
	for _, st := range stages {
		if (st.Branch == nil) != (in == nil) || in != nil && *in != *st.Branch {
			continue
		}
		if st.In != docs {
			t.Errorf("%s: %d documents in, %d left the stage before", st.Name, st.In, docs)
		}
		if st.In+st.Split != st.Kept+st.RejectedSum()+st.Quarantined {
			t.Errorf("%s: in %d + split %d != kept %d + rejected %d + quarantined %d", st.Name, st.In, st.Split, st.Kept, st.RejectedSum(), st.Quarantined)
		}
		for by, flows := range st.By {
			var in, kept int64
			for _, f := range flows {
				in += f.In
				kept += f.Kept
			}
			if in != st.In || kept != st.Kept {
				t.Errorf("%s by %s: in %d of %d, kept %d of %d", st.Name, by, in, st.In, kept, st.Kept)
			}
		}
		docs = st.Kept
		if st.Switch == nil {
			continue
		}
		sent := st.Switch.Default
		docs = checkStages(t, stages, &ledger.Branch{Switch: st.Name, Default: true}, sent)
		for name, n := range st.Switch.Cases {
			sent += n
			docs += checkStages(t, stages, &ledger.Branch{Switch: st.Name, Case: name}, n)
		}
		if sent != st.In {
			t.Errorf("%s: %d documents in, %d in its cases", st.Name, st.In, sent)
		}
	}
	return docs
}

// A change of a fine filter repeats no extraction; a shard of new documents
// sorted last rewrites only the last part group.
func TestGoldenChanges(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, goldenShards)
	g := newGolden(t, in)
	g.run(t)
	commits := func() map[string]bool {
		seen := map[string]bool{}
		names, _ := filepath.Glob(filepath.Join(g.dir, "run", "commits", "*", "*.json"))
		for _, name := range names {
			seen[name] = true
		}
		return seen
	}
	before := commits()
	g.run(t, "--set", "stages.late_quality.min_words=100")
	for name := range commits() {
		if assemble := strings.Contains(name, "/assemble/"); before[name] == assemble {
			t.Errorf("fine filter changed: %s, committed before: %v", name, before[name])
		}
	}
	g.run(t)
	files := g.bytes(t)
	line, _ := json.Marshal(map[string]string{"id": "new", "text": strings.Repeat("A wholly new page that have the word of stone and that is with us to be read. ", 9)})
	if err := os.WriteFile(filepath.Join(in, "second", "s99.jsonl"), line, 0o644); err != nil {
		t.Fatal(err)
	}
	g.run(t)
	var changed []string
	for name, sum := range g.bytes(t) {
		if strings.HasPrefix(name, "out/") && files[name] != sum {
			changed = append(changed, name)
		}
	}
	if len(changed) > 1 {
		t.Errorf("a new last shard rewrote %v", changed)
	}
}

// With segments: delete nothing stays behind, and what a later change needs again
// is made again.
func TestDeletedSegmentsAreRemade(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, 6)
	deleting := []string{"--set", "segments=delete"}
	g, fresh := newGolden(t, in), newGolden(t, in)
	g.run(t, deleting...)
	left, err := filepath.Glob(filepath.Join(g.dir, "run", "segments", "*"))
	if err != nil || len(left) > 0 {
		t.Fatalf("left behind: %v, %v", left, err)
	}
	change := append(deleting, "--set", "stages.late_quality.min_words=100")
	g.run(t, change...)
	fresh.run(t, change...)
	same(t, "after segments were deleted", g.bytes(t), fresh.bytes(t))
}

// A setting changed and changed back leads to the first bytes again, though the
// files that only the first plan needed were removed in between.
func TestThereAndBackAgain(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, 6)
	g, fresh := newGolden(t, in), newGolden(t, in)
	fresh.run(t)
	g.run(t)
	g.run(t, "--set", "stages.minhash.min_similarity=0.99", "--set", "stages.gopher_quality.min_words=90")
	g.run(t)
	same(t, "there and back", g.bytes(t), fresh.bytes(t))
}

// A run under other settings that is killed while it writes parts must not leave
// its parts among those of the settings that follow.
func TestKilledUnderOtherSettings(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, goldenShards)
	g, fresh := newGolden(t, in), newGolden(t, in)
	fresh.run(t)
	first := g.run(t)
	assembled := func() int {
		names, _ := filepath.Glob(filepath.Join(g.dir, "run", "commits", "assemble", "*.json"))
		return len(names)
	}
	if assembled() != first.Parts || first.Parts < 5 {
		t.Fatalf("%d assemble tasks, %d parts", assembled(), first.Parts)
	}
	c := program(t, g.args("--workers", "1", "--set", "stages.late_quality.min_words=100")...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for start := time.Now(); assembled() < first.Parts+2 && time.Since(start) < 20*time.Second; {
		time.Sleep(100 * time.Microsecond)
	}
	_ = c.Process.Kill()
	_ = c.Wait()
	g.run(t)
	got, want := g.bytes(t), fresh.bytes(t)
	for name := range got {
		if want[name] == "" && strings.HasPrefix(name, "out/") {
			t.Errorf("%s was left behind", name)
		}
	}
	for name, sum := range want {
		if got[name] != sum && (strings.HasPrefix(name, "out/") || strings.HasSuffix(name, "manifest.jsonl") || strings.HasSuffix(name, "stats.json")) {
			t.Errorf("%s is not what the settings give", name)
		}
	}
}

// Parts that somebody removed, and parts that should lie in another folder now, are
// written again; nothing else is done twice.
func TestMissingPartsAreWrittenAgain(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, goldenShards)
	g := newGolden(t, in)
	first := g.run(t)
	want := g.bytes(t)
	parts, err := filepath.Glob(filepath.Join(g.dir, "out", "part-*"))
	if err != nil || len(parts) < 5 {
		t.Fatal(parts, err)
	}
	if err := os.Remove(parts[2]); err != nil {
		t.Fatal(err)
	}
	if s := g.run(t); s.TasksRun != 1 {
		t.Errorf("one part was gone, %d tasks ran", s.TasksRun)
	}
	same(t, "a part was removed", g.bytes(t), want)

	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	if s := g.run(t, "--set", "sink.parquet.dir="+elsewhere); s.TasksRun != first.Parts {
		t.Errorf("the folder changed: %d tasks ran for %d parts", s.TasksRun, first.Parts)
	}
	moved, _ := filepath.Glob(filepath.Join(elsewhere, "*.parquet"))
	if len(moved) != len(parts) {
		t.Errorf("%d of %d parts are in the new folder", len(moved), len(parts))
	}
}

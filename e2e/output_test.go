package e2e_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/ledger"
	parts "github.com/corpusmill/corpusmill/output"
	"github.com/corpusmill/corpusmill/run"
	"github.com/corpusmill/corpusmill/store"
)

// docsOf are lines of n documents whose ids and texts begin with a word.
func docsOf(word string, n int) []byte {
	var b []byte
	for i := range n {
		b = fmt.Appendf(b, "{\"id\":\"%s-%d\",\"text\":\"%s text number %d\"}\n", word, i, word, i)
	}
	return b
}

// rowsOf is the number of rows that a reader of the manifests sees of each set.
func rowsOf(t *testing.T, dir string) map[string]int64 {
	t.Helper()
	sets, err := parts.Sets(t.Context(), store.Local(dir))
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]int64{}
	for _, m := range sets {
		if len(m.Parts) > 0 {
			rows[m.Set] = m.Documents
		}
		for _, p := range m.Parts {
			if b, err := os.ReadFile(filepath.Join(dir, p.File)); err != nil || fmt.Sprintf("%x", sha256.Sum256(b)) != p.SHA256 {
				t.Errorf("set %q: %s is not as its manifest says: %v", m.Set, p.File, err)
			}
		}
	}
	return rows
}

// dirBytes are the files of a folder by name.
func dirBytes(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	names, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(name)] = string(b)
	}
	return files
}

const dailyPipeline = `
name: daily
source: { jsonl: { paths: ["IN/DAY/*.jsonl"] } }
stages: [exact_dedup]
sink: { append: "DAY", jsonl: { dir: OUT, part_bytes: 1 } }
`

// Thirty days append to one folder; three of the runs are killed and resumed, one runs
// twice, one again with more input, one with less and --replace. After each a reader of
// the manifests sees the days so far, and no byte of another day has changed.
func TestThirtyDaysInOneFolder(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	app := corpusmill.App()
	want := map[string]int64{}
	var before map[string]string
	check := func(day string) {
		t.Helper()
		if got := rowsOf(t, out); !maps.Equal(got, want) {
			t.Errorf("after day %s the folder has %v, want %v", day, got, want)
		}
		now := dirBytes(t, out)
		for name, b := range before {
			if !strings.Contains(name, day) && now[name] != b {
				t.Errorf("day %s changed %s", day, name)
			}
		}
		before = now
	}
	pipeline := func(day string) string {
		return strings.NewReplacer("IN", in, "OUT", out, "DAY", day).Replace(dailyPipeline)
	}
	do := func(day string, o run.Options) error {
		p, err := app.Parse("daily.yaml", []byte(pipeline(day)), nil)
		if err != nil {
			t.Fatal(err)
		}
		o.Dir, o.Workers = filepath.Join(dir, "runs", day), 2
		_, err = app.Run(t.Context(), p, o)
		return err
	}
	for i := range 30 {
		day := fmt.Sprintf("2026-11-%02d", i+1)
		n := 3 + i%3
		file := writeFile(t, filepath.Join(in, day, "a.jsonl"), docsOf(day, n))
		if i%10 == 5 { // killed before the run, in it, or when its folder is taken
			killDaily(t, writeFile(t, filepath.Join(dir, "daily.yaml"), []byte(pipeline(day))), filepath.Join(dir, "runs", day), i/10)
			if got := rowsOf(t, out); !maps.Equal(got, want) {
				want[day] = int64(n) // it was killed behind the put
			}
			check(day)
		}
		if err := do(day, run.Options{}); err != nil {
			t.Fatal(err)
		}
		want[day] = int64(n)
		check(day)
		switch i {
		case 7: // twice
			if err := do(day, run.Options{}); err != nil {
				t.Error(err)
			}
		case 12: // grown
			writeFile(t, filepath.Join(in, day, "b.jsonl"), docsOf("more", 2))
			if err := do(day, run.Options{}); err != nil {
				t.Error(err)
			}
			want[day] += 2
		case 20: // its file is gone, another is there
			writeFile(t, filepath.Join(in, day, "c.jsonl"), docsOf("other", 1))
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
			err := do(day, run.Options{})
			if err == nil || !strings.Contains(err.Error(), "1 of the 1 files that the parts in "+out+" were made of are no input any more, the first is "+file) ||
				!strings.Contains(err.Error(), fmt.Sprintf("to keep these parts, append under another name than %q or name another folder;", day)) {
				t.Error(err)
			}
			check(day)
			if err := do(day, run.Options{Replace: true}); err != nil {
				t.Error(err)
			}
			want[day] = 1
			check(day)
			if err := do(day, run.Options{}); err != nil {
				t.Errorf("once it was replaced: %v", err)
			}
		}
		check(day)
	}
	if names, _ := filepath.Glob(out + "/part-*"); len(names) != sum(want) {
		t.Errorf("%d parts of %d documents: one each, and none is left over", len(names), sum(want))
	}
}

func sum(m map[string]int64) (n int) {
	for _, x := range m {
		n += int(x)
	}
	return n
}

// killDaily starts the program and kills it as soon as its run folder has so many tasks.
func killDaily(t *testing.T, pipeline, dir string, commits int) {
	t.Helper()
	c := program(t, "run", pipeline, "--run", dir)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for start := time.Now(); time.Since(start) < 5*time.Second; time.Sleep(200 * time.Microsecond) {
		if names, _ := filepath.Glob(dir + "/commits/*/*.json"); len(names) > commits {
			break
		}
	}
	_ = c.Process.Kill()
	_ = c.Wait()
}

// What is refused is refused with 2 before a byte is written, in words; and what is no
// reason to ask is none.
func TestFoldersThatAreRefused(t *testing.T) {
	const plain = "name: %s\nsource: { jsonl: { paths: [\"%s\"] } }\nstages: []\nsink: { jsonl: { dir: %s } }\n%s"
	for _, c := range []struct {
		name     string
		before   []string // arguments of a run that is to succeed, of the pipeline first.yaml
		change   func(t *testing.T, dir string)
		pipeline string // second.yaml
		args     []string
		want     string // "" is no refusal
	}{
		{name: "another run", before: []string{"--run", "one"}, args: []string{"--run", "two"},
			want: "sink: out holds the parts of another run ("},
		{name: "another run, replacing", before: []string{"--run", "one"}, args: []string{"--run", "two", "--replace"}},
		{name: "another pipeline", before: []string{"--run", "one"}, pipeline: fmt.Sprintf(plain, "b", "in/*.jsonl", "out", ""), args: []string{"--run", "one"},
			want: "sink: out holds the parts of pipeline a, this is b"},
		{name: "limit", before: []string{"--run", "one"}, args: []string{"--run", "one", "--limit", "1"},
			want: "sink: out holds the parts of a whole run, with --limit 1 there would be less"},
		{name: "sample", before: []string{"--run", "one"}, args: []string{"--run", "one", "--sample", "0.5"},
			want: "sink: out holds the parts of a whole run, with --sample 0.5 there would be others"},
		{name: "limit, then all", before: []string{"--run", "one", "--limit", "1"}, args: []string{"--run", "one"}},
		{name: "changed settings", before: []string{"--run", "one"}, args: []string{"--run", "one", "--set", "stages=[{gopher_quality: {}}]", "--set", "seed=2"}},
		{name: "foreign files", change: func(t *testing.T, dir string) { writeFile(t, dir+"/out/theirs.jsonl", nil) }, args: []string{"--run", "one"},
			want: "sink: out holds theirs.jsonl, which no run of this folder wrote"},
		{name: "a shard that is gone", before: []string{"--run", "one"}, args: []string{"--run", "one"},
			change: func(t *testing.T, dir string) {
				writeFile(t, dir+"/in/b.jsonl", docsOf("b", 1))
				_ = os.Remove(dir + "/in/a.jsonl")
			},
			want: "1 of the 1 files that the parts in "},
		{name: "a shard that changed and one that moved", before: []string{"--run", "one"}, args: []string{"--run", "one"},
			pipeline: fmt.Sprintf(plain, "a", "moved/*.jsonl", "out", ""),
			change: func(t *testing.T, dir string) {
				_ = os.Rename(dir+"/in", dir+"/moved")
				writeFile(t, dir+"/moved/b.jsonl", docsOf("b", 1))
			}},
		{name: "another day by the same names", before: []string{"--run", "one"}, args: []string{"--run", "one"},
			pipeline: fmt.Sprintf(plain, "a", "day2/*.jsonl", "out", ""),
			change:   func(t *testing.T, dir string) { writeFile(t, dir+"/day2/a.jsonl", docsOf("a", 7)) },
			want:     "append to the folder (append: NAME, such as the day)"},
		{name: "a pattern that covers the sink", pipeline: fmt.Sprintf(plain, "a", "**", "in/out", ""), args: []string{"--run", "one"},
			want: "source jsonl: its pattern covers the folder of the sink, "},
		{name: "a pattern that covers the run folder", pipeline: fmt.Sprintf(plain, "a", "in/**/*.jsonl", "out", ""), args: []string{"--run", "in/run"},
			want: "source jsonl: its pattern covers the run folder, "},
		{name: "a pattern that covers the rejects", pipeline: fmt.Sprintf(plain, "a", "in/**/*.jsonl.zst", "out", "rejects: { jsonl: { dir: in/rejects } }"), args: []string{"--run", "one"},
			want: "source jsonl: its pattern covers the folder of the rejects, "},
		{name: "a pattern that takes none of its files", pipeline: fmt.Sprintf(plain, "a", "**/a.jsonl", "in/out", ""), args: []string{"--run", "in/run"}},
		{name: "a file of the sink's folder", pipeline: fmt.Sprintf(plain, "a", "in/a.jsonl", "in", ""), args: []string{"--run", "one"},
			want: "sink: in holds a.jsonl"},
		{name: "one folder for two", pipeline: fmt.Sprintf(plain, "a", "in/a.jsonl", "out", "rejects: { jsonl: { dir: ./out } }"), args: []string{"--run", "one"},
			want: "is the folder of the sink too"},
		{name: "the run folder itself", pipeline: fmt.Sprintf(plain, "a", "in/a.jsonl", "one", ""), args: []string{"--run", "one"},
			want: "is the run folder: give the parts a folder of their own"},
		{name: "a folder of the run's own", pipeline: fmt.Sprintf(plain, "a", "in/a.jsonl", "one/segments", ""), args: []string{"--run", "one"},
			want: "one/segments is a folder that the run keeps its own files in"},
		{name: "rejects below a folder of the run's own", pipeline: fmt.Sprintf(plain, "a", "in/a.jsonl", "out", "rejects: { jsonl: { dir: one/Commits/rejects } }"), args: []string{"--run", "one"},
			want: "one/Commits/rejects is a folder that the run keeps its own files in"},
		{name: "a folder beside the run's own", pipeline: fmt.Sprintf(plain, "a", "in/a.jsonl", "one/segments-out", ""), args: []string{"--run", "one"}},
		{name: "a set without a name", pipeline: "name: a\nsource: { jsonl: { paths: [in/a.jsonl] } }\nsink: { append: '', jsonl: { dir: out } }\n", args: []string{"--run", "one"},
			want: `append: "" is no name of a set`},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			writeFile(t, dir+"/in/a.jsonl", docsOf("a", 3))
			writeFile(t, dir+"/first.yaml", fmt.Appendf(nil, plain, "a", "in/*.jsonl", "out", ""))
			do := func(file string, args []string) (int, string) {
				p := program(t, append([]string{"run", file}, args...)...)
				p.Dir = dir
				return exit(t, p)
			}
			if c.before != nil {
				if code, stderr := do("first.yaml", c.before); code != 0 {
					t.Fatal(stderr)
				}
			}
			if c.change != nil {
				c.change(t, dir)
			}
			file := "first.yaml"
			if c.pipeline != "" {
				file = "second.yaml"
				writeFile(t, dir+"/second.yaml", []byte(c.pipeline))
			}
			before := tree(t, dir)
			code, stderr := do(file, c.args)
			if c.want == "" {
				if code != 0 && code != 5 {
					t.Errorf("exit code %d: %s", code, stderr)
				}
				return
			}
			if code != 2 || !strings.Contains(stderr, c.want) {
				t.Errorf("exit code %d, want 2 and %q: %s", code, c.want, stderr)
			}
			if after := tree(t, dir); !maps.Equal(before, after) {
				t.Errorf("it wrote: %v", slices.Sorted(maps.Keys(after)))
			}
		})
	}
}

// tree is every file below a folder with its time and size.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil {
			files[path] = fmt.Sprint(info.ModTime(), info.Size())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// A run of before folders had owners goes on in its own: its parts are adopted, and a
// run folder that does not name them is refused.
func TestPartsOfBeforeAreAdopted(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir+"/in/a.jsonl", docsOf("a", 3))
	file := writeFile(t, dir+"/p.yaml", fmt.Appendf(nil, "name: p\nsource: { jsonl: { paths: [%q] } }\nstages: []\nsink: { jsonl: { dir: %q } }\n", dir+"/in/*.jsonl", dir+"/out"))
	do := func(args ...string) (int, string) {
		return exit(t, program(t, append([]string{"run", file}, args...)...))
	}
	if code, stderr := do("--run", dir+"/run"); code != 0 {
		t.Fatal(stderr)
	}
	aged(t, dir+"/run", dir+"/out")
	if code, stderr := do("--run", dir+"/other"); code != 2 || !strings.Contains(stderr, "holds part-00000-000.jsonl.zst, which no run of this folder wrote") {
		t.Errorf("%d: %s", code, stderr)
	}
	writeFile(t, dir+"/in/b.jsonl", docsOf("b", 2))
	if code, stderr := do("--run", dir+"/run"); code != 0 {
		t.Fatal(stderr)
	}
	if got := rowsOf(t, dir+"/out"); !maps.Equal(got, map[string]int64{"": 5}) {
		t.Errorf("%v", got)
	}
	if _, err := os.Stat(dir + "/out/part-00000-000.jsonl.zst"); err == nil {
		t.Error("the old part is still there")
	}
}

// aged makes a run and its output what they were before folders had manifests.
func aged(t *testing.T, dir, out string) {
	t.Helper()
	found, err := filepath.Glob(out + "/part-*")
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	if err := os.Rename(found[0], out+"/part-00000-000.jsonl.zst"); err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{out + "/_corpusmill*", dir + "/rejects/_corpusmill*", dir + "/run.json", dir + "/input.json"} {
		names, _ := filepath.Glob(pattern)
		for _, name := range names {
			if err := os.Remove(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	commits, _ := filepath.Glob(dir + "/commits/*/*.json")
	for _, name := range append(commits, dir+"/manifest.jsonl") {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, name, []byte(strings.ReplaceAll(string(b), filepath.Base(found[0]), "part-00000-000.jsonl.zst")))
	}
}

// The parts of a run whose folder another run has taken are told to be gone, by whoever
// reads the run.
func TestReadersOfAReplacedRun(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir+"/in/a.jsonl", docsOf("a", 3))
	file := writeFile(t, dir+"/p.yaml", fmt.Appendf(nil, "name: p\nsource: { jsonl: { paths: [%q] } }\nstages: []\nsink: { jsonl: { dir: %q } }\n", dir+"/in/*.jsonl", dir+"/out"))
	for _, args := range [][]string{{"--run", dir + "/one"}, {"--run", dir + "/two", "--replace"}} {
		if code, stderr := exit(t, program(t, append([]string{"run", file}, args...)...)); code != 0 {
			t.Fatal(stderr)
		}
	}
	for _, args := range [][]string{{"verify", "--json"}, {"export"}, {"show", "--why", "a-1"}} {
		command := []string{args[0], dir + "/one"}
		if args[0] == "export" {
			command = append(command, "arrow")
		}
		c := program(t, append(command, args[1:]...)...)
		out, err := c.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "another run has replaced the parts of this one") {
			t.Errorf("%v: %v, %s", args, err, out)
		}
	}
	var v struct{ Problems []string }
	if err := json.Unmarshal(output(t, program(t, "verify", dir+"/two", "--json")), &v); err != nil || len(v.Problems) > 0 {
		t.Error(v.Problems, err)
	}
}

// late is a run folder that another process begins just after its id was looked for.
type late struct {
	store.Store
	looked bool
}

func (s *late) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	if name == ledger.IDFile && !s.looked {
		s.looked = true
		return nil, fs.ErrNotExist
	}
	return s.Store.Open(ctx, name)
}

// A worker that comes while another begins the run takes the folders for its own run's.
func TestRunBegunMeanwhile(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir+"/in/a.jsonl", docsOf("a", 3))
	app := corpusmill.App()
	stores := app.Stores
	app.Stores = func(s store.Server) store.Schemes {
		all := stores(s)
		all["late://"] = func(context.Context, string) (store.Store, error) {
			return &late{Store: store.Local(dir + "/run")}, nil
		}
		return all
	}
	p, err := app.Parse("p.yaml", fmt.Appendf(nil, "source: { jsonl: { paths: [%q] } }\nsink: { jsonl: { dir: %q } }\nrejects: { jsonl: { dir: %q } }\n", dir+"/in/*", dir+"/out", dir+"/rejects"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{dir + "/run", "late://run"} {
		if s, err := app.Run(t.Context(), p, run.Options{Dir: folder, Memory: 1 << 30, Workers: 1}); err != nil || s.Documents != 3 {
			t.Errorf("%s: %v", folder, err)
		}
	}
}

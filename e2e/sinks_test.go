package e2e_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/ledger"
)

// sinksPipeline has three sinks: of some documents, of others in folders by host, and of
// few.
var sinksPipeline = strings.Replace(goldenPipeline, `  parquet: { dir: "OUT", part_bytes: 100KiB }
`, `  - { name: first, where: "source = 'first'", jsonl: { dir: "OUT/first", part_bytes: 100KiB } }
  - { name: hosts, where: "not host in ['host0.example'] and tokens >= 100", partition_by: [host, source], parquet: { dir: "OUT/hosts", part_bytes: 30KiB } }
  - { name: few, where: "tokens > 250", jsonl: { dir: "OUT/few" } }
`, 1)

// outputs are the digests of the parts below a folder.
func outputs(t *testing.T, g golden, prefix string) map[string]string {
	t.Helper()
	return maps.Collect(func(yield func(string, string) bool) {
		for name, sum := range g.bytes(t) {
			if strings.HasPrefix(name, "out/"+prefix) && !yield(name, sum) {
				return
			}
		}
	})
}

// Several sinks are fed by one pass: the same bytes at any number of workers and
// processes, in any order of tasks, after any kill; every document counts once.
func TestGoldenSinks(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, goldenShards)
	ref := newGoldenOf(t, in, sinksPipeline)
	s := ref.run(t, "--workers", "1")
	want := ref.bytes(t)
	g := newGoldenOf(t, in, sinksPipeline)
	g.run(t, "--workers", "5")
	same(t, "5 workers", g.bytes(t), want)
	testRanks(t, newGoldenOf(t, in, sinksPipeline), want)
	testTaskOrder(t, newGoldenOf(t, in, sinksPipeline), want)

	killed := newGoldenOf(t, in, sinksPipeline)
	for _, commits := range []int{goldenShards / 2, goldenShards + 4, s.TasksRun - 1} {
		killAt(t, killed, commits)
	}
	killed.run(t)
	same(t, "killed three times", killed.bytes(t), want)
	sinkCounts(t, ref, s.Documents)
	if text := string(output(t, program(t, "verify", ref.dir+"/run"))); !strings.Contains(text, "every document accounted for") {
		t.Error(text)
	}

	// A sink more, and one less, writes no byte of the others anew.
	more := strings.NewReplacer("IN", in, "OUT", ref.dir+"/out").Replace(strings.Replace(sinksPipeline, "rejects:", "  - { name: more, jsonl: { dir: \"OUT/more\" } }\nrejects:", 1))
	writeFile(t, ref.pipeline, []byte(more))
	again := ref.run(t)
	if n := len(outputs(t, ref, "more/")); again.TasksRun != s.TasksRun-again.TasksKept || n == 0 || again.TasksKept < goldenShards {
		t.Errorf("a sink more: %d tasks ran, %d were kept, %d parts", again.TasksRun, again.TasksKept, n)
	}
	for _, sink := range []string{"first/", "hosts/", "few/"} {
		if got, before := outputs(t, ref, sink), only(want, "out/"+sink); !maps.Equal(got, before) {
			t.Errorf("a sink more changed %s: %v, before %v", sink, slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(before)))
		}
	}
	if code, stderr := exit(t, program(t, "export", ref.dir+"/run", "arrow")); code != 2 || !strings.Contains(stderr, "several sinks: say which with --from: first, hosts, few, more") {
		t.Errorf("%d: %s", code, stderr)
	}
	output(t, program(t, "export", ref.dir+"/run", "arrow", "--from", "more"))
}

// only are the entries whose names begin so.
func only(files map[string]string, prefix string) map[string]string {
	m := maps.Clone(files)
	maps.DeleteFunc(m, func(name, _ string) bool { return !strings.HasPrefix(name, prefix) })
	return m
}

// killAt kills a run once it has so many commits, or lets it end.
func killAt(t *testing.T, g golden, commits int) {
	t.Helper()
	c := program(t, g.args("--workers", "2")...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = c.Wait(); close(ended) }()
	for g.commits(t) < commits {
		select {
		case <-ended:
			return
		default:
		}
	}
	_ = c.Process.Kill()
	<-ended
}

func sinkCounts(t *testing.T, g golden, documents int64) {
	t.Helper()
	b, err := os.ReadFile(g.dir + "/run/stats.json")
	if err != nil {
		t.Fatal(err)
	}
	var s ledger.Stats
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	last := s.Stages[len(s.Stages)-1]
	if s.Documents != documents || s.Unrouted == 0 || last.Kept != s.Documents+s.Unrouted || len(s.Sinks) != 3 || s.By["lang"] == nil {
		t.Errorf("%d documents, %d in no sink, %d passed; sinks %v", s.Documents, s.Unrouted, last.Kept, s.Sinks)
	}
	var all int64
	for name, y := range s.Sinks {
		if y.Documents == 0 || y.Documents >= s.Documents || y.Tokens >= s.Tokens {
			t.Errorf("sink %s: %+v of %+v", name, y, s.Yield)
		}
		all += y.Documents
	}
	if all <= s.Documents {
		t.Errorf("the sinks overlap, and have %d of %d documents", all, s.Documents)
	}
	first := readParts(t, g.dir+"/out/first")
	for id, d := range first {
		if d["source"] != "first" {
			t.Errorf("%s of source %v is in the sink of the first", id, d["source"])
		}
	}
	if int64(len(first)) != s.Sinks["first"].Documents {
		t.Errorf("%d documents in the sink first, counted %d", len(first), s.Sinks["first"].Documents)
	}
}

// Partitions have folders as Hive names them, the files lack the columns, and our own
// readers and others find them in the names.
func TestPartitions(t *testing.T) {
	dir := t.TempDir()
	var lines []byte
	values := []string{"en", "zh", "a/b=c", "50% é", "de", "fr", "it", ""}
	for i := range 64 {
		line, err := json.Marshal(map[string]any{"id": fmt.Sprint("d", i), "text": fmt.Sprint("text ", i), "url": "http://" + values[i%len(values)] + "/"})
		if err != nil {
			t.Fatal(err)
		}
		lines = append(append(lines, line...), '\n')
	}
	writeFile(t, dir+"/in/a.jsonl", lines)
	file := writeFile(t, dir+"/p.yaml", fmt.Appendf(nil, "name: p\nsource: { jsonl: { paths: [%q] } }\nstages: []\nsink: { partition_by: [host], parquet: { dir: %q } }\n", dir+"/in/*.jsonl", dir+"/out"))
	output(t, program(t, "run", file, "--run", dir+"/run"))
	found, _ := filepath.Glob(dir + "/out/*/*.parquet")
	folders := map[string]bool{}
	for _, f := range found {
		folders[filepath.Base(filepath.Dir(f))] = true
	}
	want := []string{"host=50%25 é", "host=__HIVE_DEFAULT_PARTITION__", "host=a", "host=de", "host=en", "host=fr", "host=it", "host=zh"}
	if got := slices.Sorted(maps.Keys(folders)); !slices.Equal(got, want) || len(found) != len(want) {
		t.Errorf("%q, want %q", got, want)
	}
	out := string(output(t, program(t, "verify", dir+"/run")))
	if !strings.Contains(out, "8 parts") {
		t.Error(out)
	}
	text := string(output(t, program(t, "show", dir+"/run", "--why", "d1", "--json")))
	if !strings.Contains(text, "host=zh/part-00000-000.") {
		t.Error(text)
	}
	python := os.Getenv("CORPUSMILL_TEST_PYTHON")
	if python == "" {
		t.Skip("CORPUSMILL_TEST_PYTHON is not set: other readers are not asked")
	}
	script := `
import sys, pyarrow.dataset as ds, polars as pl, duckdb
out = sys.argv[1]
want = {None: 8, "50% é": 8, "a": 8, "de": 8, "en": 8, "fr": 8, "it": 8, "zh": 8}
def count(hosts):
    n = {}
    for h in hosts: n[h] = n.get(h, 0) + 1
    return n
a = ds.dataset(out, format="parquet", partitioning="hive").to_table(columns=["id", "host"]).column("host").to_pylist()
p = pl.read_parquet(out + "/**/*.parquet", hive_partitioning=True).get_column("host").to_list()
d = [r[0] for r in duckdb.sql(f"select host from read_parquet('{out}/**/*.parquet', hive_partitioning=true)").fetchall()]
for name, got in (("pyarrow", a), ("polars", p), ("duckdb", d)):
    assert count(got) == want, (name, count(got))
`
	if b, err := exec.Command(python, "-c", script, dir+"/out").CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, b)
	}
}

// What is wrong with a sink is told with its place, before anything runs.
func TestSinksThatAreRefused(t *testing.T) {
	const head = "source: { jsonl: { paths: [in/*.jsonl] } }\nstages: []\n"
	for sink, want := range map[string]string{
		"sink:\n- jsonl: {}\n- jsonl: {}":                                          `:5:3: two sinks are called "jsonl": give them a name`,
		"sink:\n- { name: a b, jsonl: {} }":                                        `:4:11: sink name "a b": use letters`,
		"sink: []":                                                                 `:3:7: sink: want 1 to 64 sinks`,
		"sink: { where: \"tokens > 'x'\", jsonl: {} }":                             `:3:16: where: character 10: column tokens is a number, 'x' is none`,
		"sink: { where: lang = , jsonl: {} }":                                      `:3:16: where: character 7: want a number`,
		"sink: { where: \"langs = 'x'\", jsonl: {} }":                              `:3:16: where: character 1: there is no column "langs"; did you mean "lang"?`,
		"sink: { where: \"tokens > 1 or qqqqqqqq = 'x'\", jsonl: {} }":             `:3:16: where: character 15: there is no column "qqqqqqqq"; known: id, url`,
		"sink: { partition_by: [qqqqqqqq], jsonl: {} }":                            `:3:23: partition_by: there is no column "qqqqqqqq"; known: id`,
		"sink: { partition_by: [sorce], jsonl: {} }":                               `:3:23: partition_by: there is no column "sorce"; did you mean "source"?`,
		"sink: { partition_by: [text], jsonl: {} }":                                `:3:23: partition_by: text is a column of long texts: want one of short texts, whole numbers or days`,
		"sink: { partition_by: [lang_score], jsonl: {} }":                          `partition_by: lang_score is a column of type float64`,
		"sink: { partition_by: [lang, lang], jsonl: {} }":                          `partition_by: lang is named twice`,
		"sink: [{ name: a, jsonl: { dir: x } }, { name: b, jsonl: { dir: ./x } }]": `is the folder of the sink a too`,
		"sink: { where: lang = 'en', jsonl: {} }":                                  `:3:16: where: sink goes by the column lang, which nothing sets: put language among the stages`,
		"sink: [{ name: x, where: not tokens >= 3, jsonl: {} }]":                   `:3:26: where: sink x goes by the column tokens, which nothing sets: put token_count among the stages`,
		"sink: { where: url != null, partition_by: [source, lang], jsonl: {} }":    `:3:43: partition_by: sink goes by the column lang, which nothing sets: put language among the stages`,
		"sink: { where: \"source in ['json']\", jsonl: {} }":                       `:3:16: where: no source is called "json"; did you mean "jsonl"?`,
		"sink: { jsonl: {}, wher: x }":                                             `:3:20: unknown key "wher"; did you mean "where"?`,
		"sink: { jsonl: {}, qqqqqqqq: x }":                                         `:3:20: unknown sink "qqqqqqqq": settings of a sink stand below its name`,
	} {
		dir := t.TempDir()
		writeFile(t, dir+"/in/a.jsonl", docsOf("a", 1))
		writeFile(t, dir+"/p.yaml", []byte(head+sink+"\n"))
		for _, command := range []string{"check", "run"} {
			code, stderr := exit(t, programIn(t, dir, command, "p.yaml"))
			if code != 2 || !strings.Contains(stderr, want) {
				t.Errorf("%s %s: exit code %d: %s, want %s", command, sink, code, stderr, want)
			}
		}
		if _, err := os.Stat(dir + "/runs"); err == nil {
			t.Errorf("%s: a run folder was made", sink)
		}
	}
}

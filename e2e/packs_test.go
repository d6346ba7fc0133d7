package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/store"
)

// packedPipeline is the golden pipeline with about four files a task; its parts can be
// read as lines.
var packedPipeline = strings.NewReplacer("packs: { files: 1 }", "packs: { files: 4 }", `parquet: { dir: "OUT", part_bytes: 100KiB }`,
	`jsonl: { dir: "OUT", part_bytes: 100KiB }`).Replace(goldenPipeline)

var alone = []string{"--set", "packs.files=1"}

// lines reads the compressed JSONL files of a folder, in order of their names.
func lines(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	names, _ := filepath.Glob(dir + "/*.jsonl.zst")
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := decompress(f)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Close()
		all = slices.AppendSeq(all, strings.Lines(string(b)))
	}
	return all
}

var rejectText = regexp.MustCompile(`,"text":"(?:[^"\\]|\\.)*"`)

// sameDocuments compares what two runs that differ in their tasks alone made of the
// same input: parts but for where they end, rejects, quarantine, statistics.
func sameDocuments(t *testing.T, a, b golden) {
	t.Helper()
	if x, y := lines(t, a.dir+"/out"), lines(t, b.dir+"/out"); !slices.Equal(x, y) || len(x) < 300 {
		t.Errorf("the parts have %d and %d documents, or other ones", len(x), len(y))
	}
	sorted := func(lines []string) []string { slices.Sort(lines); return lines }
	filedRejects := func(g golden) []string { // the first of each rule of a task have their texts
		all := lines(t, g.dir+"/run/rejects")
		for i, l := range all {
			all[i] = rejectText.ReplaceAllString(l, "")
		}
		return sorted(all)
	}
	if x, y := filedRejects(a), filedRejects(b); !slices.Equal(x, y) || len(x) < 100 {
		t.Errorf("%d and %d rejects, or other ones", len(x), len(y))
	}
	filed := func(g golden) []string { return sorted(slices.Collect(strings.Lines(quarantine(t, g.dir+"/run")))) }
	if x, y := filed(a), filed(b); !slices.Equal(x, y) {
		t.Errorf("in quarantine %q and %q", x, y)
	}
	if x, y := a.bytes(t)["run/stats.json"], b.bytes(t)["run/stats.json"]; x != y || x == "" {
		t.Error("the statistics differ")
	}
	checkCounts(t, a)
}

// segments counts the committed tasks of the first pass.
func (g golden) segments() int {
	names, _ := filepath.Glob(filepath.Join(g.dir, "run", "commits", "segment", "*.json"))
	return len(names)
}

// Packs change nothing that a document has: parts, rejects, quarantine and statistics are
// those of a run whose files are read one by one, but for where part groups end.
func TestPacksChangeNoDocument(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, goldenShards)
	packed, single := newGoldenOf(t, in, packedPipeline), newGoldenOf(t, in, packedPipeline)
	packed.run(t)
	single.run(t, alone...)
	if n := packed.segments(); n < 4 || n > goldenShards/2 || single.segments() != goldenShards {
		t.Fatalf("%d and %d segments", n, single.segments())
	}
	sameDocuments(t, packed, single)

	// Where all documents are one part group, the parts are the same bytes.
	large := []string{"--set", "sink.jsonl.part_bytes=1GiB"}
	packed.run(t, large...)
	single.run(t, slices.Concat(alone, large)...)
	only := func(g golden) []byte {
		parts, _ := filepath.Glob(g.dir + "/out/part-*")
		if len(parts) != 1 {
			t.Fatal(parts)
		}
		b, err := os.ReadFile(parts[0])
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if !bytes.Equal(only(packed), only(single)) {
		t.Error("one part, and not the same bytes")
	}
}

// The promise of the engine, on packs.
func TestGoldenPacks(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, goldenShards)
	ref := newGoldenOf(t, in, packedPipeline)
	start := time.Now()
	s := ref.run(t, "--workers", "1")
	took, want := time.Since(start), ref.bytes(t)
	if s.Parts < 4 || s.Quarantined != 3 {
		t.Fatalf("%+v", s)
	}
	place := func() golden { return newGoldenOf(t, in, packedPipeline) }
	g := place()
	g.run(t, "--workers", "5")
	same(t, "5 workers", g.bytes(t), want)
	t.Run("ranks", func(t *testing.T) { testRanks(t, place(), want) })
	t.Run("tasks in random order", func(t *testing.T) { testTaskOrder(t, place(), want) })
	t.Run("kill", func(t *testing.T) { testKill(t, killing{place, want, took, s.TasksRun, ref.segments(), 10}) })
}

// A small file more is read with the pack that it falls into; the other packs stay.
func TestFileAddedToPacks(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, goldenShards)
	g := newGoldenOf(t, in, packedPipeline)
	segments := func() map[string]bool { // by key: whether they read the new file
		commits, err := (&ledger.Ledger{Store: store.Local(g.dir + "/run")}).Manifest(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		keys := map[string]bool{}
		for _, c := range commits {
			if c.Pass == "segment" {
				keys[c.Key] = slices.ContainsFunc(c.Shards, func(s plan.Shard) bool { return s.Name == "p0/s05.jsonl" })
			}
		}
		return keys
	}
	g.run(t)
	before := segments()
	line, _ := json.Marshal(map[string]string{"id": "new", "text": "A new page."})
	writeFile(t, filepath.Join(in, "first", "p0", "s05.jsonl"), line)
	g.run(t)
	var changed, reading int
	for key, reads := range segments() {
		if _, old := before[key]; !old {
			changed++
		}
		if reads {
			reading++
		}
	}
	if changed != 1 || reading != 1 || len(before) < 4 {
		t.Errorf("of %d packs %d changed, %d have the new file", len(before), changed, reading)
	}
}

// A broken file of a pack loses itself alone, and is named; what is counted is files.
func TestBrokenFileInPack(t *testing.T) {
	in := t.TempDir()
	const good = `{"id":"%s","text":"A good line that is here to stay, number %s."}` + "\n"
	for i := range 20 {
		writeFile(t, fmt.Sprintf("%s/f%02d.jsonl", in, i), fmt.Appendf(nil, good+good, fmt.Sprintf("a%d", i), "one", fmt.Sprintf("b%d", i), fmt.Sprint(i)))
	}
	writeFile(t, in+"/f07.jsonl", []byte("PAR1 is no line\n"))
	writeFile(t, in+"/f08.jsonl", []byte("\x1f\x8b\x08no gzip file"))
	writeFile(t, in+"/f11.jsonl", fmt.Appendf(nil, "{\"id\": nope\n"+good, "x", "eleven"))
	pipeline := writeFile(t, t.TempDir()+"/p.yaml", fmt.Appendf(nil, "source: { jsonl: { paths: [%q] } }\nstages: []\nsink: { jsonl: {} }\n", in+"/*"))
	dir := t.TempDir()
	code, msg := exit(t, program(t, "run", pipeline, "--run", dir))
	if want := "segment: input files could not be read: of 20 files 2 could not be read at all"; code != 1 || !strings.Contains(msg, want) ||
		!strings.Contains(msg, "the first is jsonl/f07.jsonl;") {
		t.Errorf("exit code %d: %s", code, msg)
	}
	output(t, program(t, "run", pipeline, "--run", dir, "--set", "shards_lost_max=2"))
	if got := lines(t, dir+"/parts"); len(got) != 17*2+1 {
		t.Errorf("%d documents", len(got))
	}
	got := quarantine(t, dir)
	for _, want := range []string{`"shard":"jsonl/f07.jsonl"`, `"shard":"jsonl/f08.jsonl"`, `"shard":"jsonl/f11.jsonl","record":0,"offset":0`} {
		if !strings.Contains(got, want) {
			t.Errorf("quarantine has no %s:\n%s", want, got)
		}
	}
	var stats ledger.Stats
	l := &ledger.Ledger{Store: store.Local(dir)}
	if err := l.ReadJSON(t.Context(), ledger.StatsFile, &stats); err != nil {
		t.Fatal(err)
	}
	if s := stats.Sources[0]; s.Shards != 20 || s.ShardsLost != 2 || s.Quarantined != 3 || s.FirstDamaged != "f07.jsonl" {
		t.Errorf("%+v", s)
	}
	if list := output(t, program(t, "run", pipeline, "--run", t.TempDir(), "--list-tasks", "--set", "packs.files=1000")); !bytes.Contains(list, []byte("jsonl/f00.jsonl and following")) {
		t.Errorf("--list-tasks: %s", list)
	}
}

// --limit counts the documents of a file, in a pack too.
func TestLimitInPack(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, 6)
	packed, single := newGoldenOf(t, in, packedPipeline), newGoldenOf(t, in, packedPipeline)
	packed.run(t, "--limit", "7")
	single.run(t, append(alone, "--limit", "7")...)
	a, b := lines(t, packed.dir+"/out"), lines(t, single.dir+"/out")
	if !slices.Equal(a, b) || len(a) == 0 {
		t.Errorf("%d and %d documents, or other ones", len(a), len(b))
	}
}

package e2e_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// everythingPipeline has all that shapes a plan: packs of small files and ranges of large
// ones of each format, a checkpoint, a switch with stages, stored values and a share in its
// cases, groups within columns, and sinks that overlap, one of them in folders.
const everythingPipeline = `
name: golden
packs: { files: 4, bytes: 64KiB, cut: 24KiB }
source:
  - { name: small, jsonl: { paths: ["IN/small/**/*.jsonl"] } }
  - { name: lines, jsonl: { paths: ["IN/lines/*"] } }
  - { name: pages, warc: { paths: ["IN/pages/*"] } }
  - { name: table, parquet: { paths: ["IN/table/*"] } }
stages:
  - html_text: {}
  - checkpoint: {}
  - switch:
      by: source
      cases:
        pages:
          - gopher_quality: { words: uax29 }
          - length_top: { keep_top: 0.9 }
        lines:
          - gopher_quality: { as: measured, words: uax29, annotate: true }
          - c4_quality: { as: strict, words: uax29, min_sentences: 4 }
      default:
        - c4_quality: { words: uax29 }
  - exact_dedup: { within: [source] }
  - minhash: { within: [source, media] }
  - gopher_quality: { as: late_quality, words: uax29, min_words: 60, where: "source != 'table'" }
  - token_count: {}
sink:
  - { name: read, where: "source in ['small', 'lines']", jsonl: { dir: "OUT/read", part_bytes: 200KiB } }
  - { name: hosts, where: "tokens >= 100 and not host in ['host0.example']", partition_by: [host], parquet: { dir: "OUT/hosts", part_bytes: 80KiB } }
  - { name: measured, where: "sig_measured_words > 120", jsonl: { dir: "OUT/measured" } }
rejects: { jsonl: {}, text_sample: 0.3 }
errors_max: 100
sizing:
  cluster: { gpu: h100-sxm, gpus: 8, days: 1 }
`

// everythingInput writes the input of each source.
func everythingInput(t *testing.T) string {
	t.Helper()
	in := t.TempDir()
	whole := t.TempDir()
	goldenInput(t, whole, 2)
	for i, name := range []string{"/second/s00.jsonl", "/first/p1/s01.jsonl"} {
		b, err := os.ReadFile(whole + name)
		if err != nil {
			t.Fatal(err)
		}
		for k, part := range cutEach(b, 10) {
			writeFile(t, fmt.Sprintf("%s/small/%d/%02d.jsonl", in, i, k), part)
		}
	}
	goldenLines(t, in+"/lines", 6)
	goldenArchive(t, in+"/pages", 4)
	goldenTable(t, in+"/table", 3)
	return in
}

// cutEach cuts a file each so many lines.
func cutEach(b []byte, n int) (list [][]byte) {
	all := bytes.SplitAfter(b, []byte("\n"))
	for part := range slices.Chunk(all, n) {
		list = append(list, bytes.Join(part, nil))
	}
	return list
}

// TestGoldenEverything: all at once keeps the promises of the engine: the same bytes at any
// number of workers and processes, in any order of tasks, after any kill, and every document
// is accounted for at each step.
func TestGoldenEverything(t *testing.T) {
	in := everythingInput(t)
	place := func() golden { return newGoldenOf(t, in, everythingPipeline) }
	ref := place()
	start := time.Now()
	s := ref.run(t, "--workers", "1")
	took, want := time.Since(start), ref.bytes(t)

	t.Run("counts", func(t *testing.T) {
		checkCounts(t, ref)
		ref.verify(t)
		stats := ref.stats(t)
		sw := stageOf(t, stats, "switch")
		if len(stats.Sinks) != 3 || stats.Unrouted == 0 || sw.Switch.Cases["pages"] < 50 || sw.Switch.Cases["lines"] < 100 || sw.Switch.Default < 100 {
			t.Errorf("sinks %v, %d in none, the switch sent %+v", stats.Sinks, stats.Unrouted, sw.Switch)
		}
		for _, st := range stats.Stages {
			if st.In == 0 || st.RejectedSum() == 0 && !slices.Contains([]string{"html_text", "checkpoint", "switch", "measured", "token_count"}, st.Name) {
				t.Errorf("%s shows nothing: %d documents in, %d rejected", st.Name, st.In, st.RejectedSum())
			}
		}
		for name, y := range stats.Sinks {
			if y.Documents < 20 || y.Documents >= s.Documents {
				t.Errorf("sink %s has %d documents of %d", name, y.Documents, s.Documents)
			}
		}
	})
	t.Run("units", func(t *testing.T) { // packs of several files, ranges of each large one
		files, ranges := 0, map[string]int{}
		for _, c := range ref.ranges(t) {
			files = max(files, len(c.Shards))
			if c.Shards[0].To > 0 {
				ranges[c.Shards[0].Source+"/"+c.Shards[0].Name]++
			}
		}
		if files < 2 || len(ranges) != 4 || slices.Min(slices.Collect(maps.Values(ranges))) < 2 {
			t.Errorf("packs of up to %d files, ranges %v", files, ranges)
		}
	})
	t.Run("workers", func(t *testing.T) {
		for _, n := range []string{"2", "8"} {
			g := place()
			g.run(t, "--workers", n)
			same(t, n+" workers", g.bytes(t), want)
		}
	})
	t.Run("whole", func(t *testing.T) { // what is counted hangs on no pack and no range
		g := place()
		g.run(t, "--set", "packs.cut=0", "--set", "packs.files=1")
		if got := g.bytes(t)["run/stats.json"]; got != want["run/stats.json"] || got == "" {
			t.Error("the statistics differ from those of files that are read one by one")
		}
	})
	t.Run("ranks", func(t *testing.T) { testRanks(t, place(), want) })
	t.Run("tasks in random order", func(t *testing.T) { testTaskOrder(t, place(), want) })
	t.Run("kill", func(t *testing.T) { testKill(t, killing{place, want, took, s.TasksRun, len(ref.ranges(t)), *kills}) })
	t.Run("kill again and again", func(t *testing.T) {
		g, rng := place(), rand.New(rand.NewPCG(11, 12))
		for had := 0; had < s.TasksRun-2; had = g.commits(t) {
			killAt(t, g, min(had+1+rng.IntN(s.TasksRun/4), s.TasksRun-1))
		}
		g.run(t)
		same(t, "killed again and again", g.bytes(t), want)
		g.verify(t)
	})
	if text := string(output(t, program(t, "show", ref.dir+"/run"))); !strings.Contains(text, "lines: measured") {
		t.Error(text)
	}
}

package e2e_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/format/warc"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/store"
)

// rangePipeline is the golden pipeline over files that are cut each so many bytes.
func rangePipeline(cut, source string) string {
	_, rest, _ := strings.Cut(packedPipeline, "stages:")
	return "packs: { cut: " + cut + " }\nsource: { " + source + ": { paths: [\"IN/*\"] } }\nstages:" + rest
}

// testGoldenRanges reads the files of a folder in ranges: they give what they give as a
// whole, at any number of workers and processes, in any order of tasks, after any kill.
func testGoldenRanges(t *testing.T, in, pipeline string) {
	whole, ref := newGoldenOf(t, in, pipeline), newGoldenOf(t, in, pipeline)
	whole.run(t, "--set", "packs.cut=0")
	start := time.Now()
	s := ref.run(t, "--workers", "1")
	took, want := time.Since(start), ref.bytes(t)
	files := whole.segments()
	if n := ref.segments(); n < 5*files || files > 2 {
		t.Fatalf("%d and %d segments", n, files)
	}
	sameDocuments(t, ref, whole)
	place := func() golden { return newGoldenOf(t, in, pipeline) }
	g := place()
	g.run(t, "--workers", "5")
	same(t, "5 workers", g.bytes(t), want)
	t.Run("ranks", func(t *testing.T) { testRanks(t, place(), want) })
	t.Run("tasks in random order", func(t *testing.T) { testTaskOrder(t, place(), want) })
	t.Run("kill", func(t *testing.T) { testKill(t, killing{place, want, took, s.TasksRun, ref.segments(), 6}) })

	limited := place()
	if s := limited.run(t, "--limit", "7"); limited.segments() != files || s.Documents > int64(7*files) {
		t.Errorf("--limit 7: %d segments, %d documents", limited.segments(), s.Documents)
	}
}

// goldenTable writes the golden corpus as one Parquet file of many row groups.
func goldenTable(t *testing.T, dir string, shards int) {
	t.Helper()
	in, out := t.TempDir(), t.TempDir()
	goldenInput(t, in, shards)
	writing := writeFile(t, t.TempDir()+"/table.yaml", fmt.Appendf(nil, "source: { jsonl: { paths: [%q] } }\nstages: []\n"+
		"sink: { parquet: { dir: %q, row_group_bytes: 20KiB } }\n", in+"/**/*.jsonl", out))
	output(t, program(t, "run", writing, "--run", t.TempDir()))
	files, err := filepath.Glob(out + "/*.parquet")
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, dir+"/table.parquet", b)
}

// A large Parquet file is read in ranges of its row groups.
func TestGoldenRanges(t *testing.T) {
	in := t.TempDir()
	goldenTable(t, in, goldenShards)
	testGoldenRanges(t, in, rangePipeline("40KiB", "parquet"))
}

// goldenLines writes the golden corpus as two files: of lines, some of them broken, with
// other ends and marks; and of gzip members that end within lines, one of them with a wrong
// checksum, another damaged.
func goldenLines(t *testing.T, dir string, shards int) {
	t.Helper()
	in := t.TempDir()
	goldenInput(t, in, shards)
	read := func(pattern string) (b []byte) {
		names, err := filepath.Glob(in + pattern)
		if err != nil || len(names) == 0 {
			t.Fatal(names, err)
		}
		for _, name := range names {
			one, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			b = append(append(b, "\ufeff\n\n"...), one...)
		}
		return bytes.TrimSuffix(b, []byte("\n"))
	}
	plain := read("/first/p1/*.jsonl")
	plain = append(bytes.ReplaceAll(plain[:len(plain)/2], []byte("\n"), []byte("\r\n")), plain[len(plain)/2:]...)
	writeFile(t, dir+"/lines.jsonl", plain)

	var packed bytes.Buffer
	n := 0
	for block := range slices.Chunk(slices.Concat(read("/first/p0/*.jsonl"), read("/second/*.jsonl")), 5_000) {
		w := gzip.NewWriter(&packed)
		if _, err := w.Write(block); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		switch n++; n {
		case 30:
			packed.Bytes()[packed.Len()-6] ^= 1
		case 60:
			packed.Bytes()[packed.Len()-500] ^= 0x55
		}
	}
	writeFile(t, dir+"/blocks.jsonl.gz", packed.Bytes())
}

// Large files of JSON lines are read in ranges, one after the other, the compressed ones
// where a member begins or one reaches into it.
func TestGoldenRangesOfLines(t *testing.T) {
	in := t.TempDir()
	goldenLines(t, in, goldenShards)
	pipeline := strings.Replace(rangePipeline("24KiB, bytes: 64KiB", "jsonl"), "rejects:", "errors_max: 100\nrejects:", 1)
	testGoldenRanges(t, in, pipeline)

	g := newGoldenOf(t, in, pipeline)
	g.run(t)
	within := 0
	for _, c := range g.ranges(t) {
		s := c.Shards[0]
		if c.Next == nil || c.Next.Offset < s.To || c.Next.Offset >= s.To+8<<10 {
			t.Errorf("the range of %s to %d ended at %+v", s.Name, s.To, c.Next)
		} else if c.Next.Skip > 0 {
			within++
		}
	}
	if within < 3 {
		t.Errorf("%d ranges ended where a line reaches into a member", within)
	}
}

// ranges are the commits of the first pass.
func (g golden) ranges(t *testing.T) (list []*ledger.Commit) {
	t.Helper()
	commits, err := (&ledger.Ledger{Store: store.Local(g.dir + "/run")}).Manifest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range commits {
		if c.Pass == "segment" {
			list = append(list, c)
		}
	}
	return list
}

// goldenArchive writes the golden corpus as one archive. A record of it is an archive, and
// behind nine tenths one is damaged: what follows is read with the range that holds it.
func goldenArchive(t *testing.T, dir string, shards int) {
	t.Helper()
	in := t.TempDir()
	goldenInput(t, in, shards)
	names, err := filepath.Glob(in + "/first/*/*.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	second, err := filepath.Glob(in + "/second/*.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := warc.NewWriter(&out, warc.WriterOptions{Compression: warc.Gzip})
	date := time.Unix(1_700_000_000, 0)
	write := func(h warc.RecordHeader, block []byte) {
		if _, _, err := w.WriteRecord(h, block); err != nil {
			t.Fatal(err)
		}
	}
	var offsets []int
	for _, name := range slices.Concat(names, second) {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(b) {
			var d struct{ URL, Text string }
			if json.Unmarshal(line, &d) != nil {
				continue // a broken line of the corpus
			}
			offsets = append(offsets, out.Len())
			write(warc.NewConversion(d.URL, date, "", []byte(d.Text)))
		}
		inner := bytes.Clone(out.Bytes()[:min(out.Len(), 5_000)])
		write(warc.NewConversion("https://host1.example/archive", date, "", inner))
	}
	b := out.Bytes()
	copy(b[offsets[len(offsets)*9/10]+30:], "DAMAGE")
	writeFile(t, dir+"/all.warc.gz", b)
}

// A large archive is read in ranges, one after the other, each from where the one before
// it ended.
func TestGoldenRangesInOrder(t *testing.T) {
	in := t.TempDir()
	goldenArchive(t, in, goldenShards)
	pipeline := strings.Replace(rangePipeline("30KiB", "warc"), "stages:\n", "stages:\n  - html_text: {}\n", 1)
	testGoldenRanges(t, in, pipeline)
	deleting := pipeline + "segments: delete\n"
	g, ref := newGoldenOf(t, in, deleting), newGoldenOf(t, in, pipeline)
	g.run(t)
	first := ref.run(t)
	n, want := first.TasksRun, ref.bytes(t)
	if first.Quarantined != 1 {
		t.Errorf("%d records in quarantine, want the damaged one", first.Quarantined)
	}

	// A commit of a range is gone: the range behind it needs it no more.
	l := &ledger.Ledger{Store: store.Local(ref.dir + "/run")}
	ranges, last := ref.ranges(t), int64(0)
	for i, c := range ranges {
		switch {
		case c.Next == nil || c.Next.Offset < last || i < 3 && c.Next.Record == 0:
			t.Errorf("range %d ended at %+v", i, c.Next)
		default:
			last = c.Next.Offset
		}
	}
	for _, gone := range [][]int{{0}, {1, 2}, {0, 3}} {
		for _, i := range gone {
			if err := l.Revoke(t.Context(), "segment", ranges[i].Key); err != nil {
				t.Fatal(err)
			}
		}
		if s := ref.run(t); s.TasksRun != len(gone) || s.TasksKept != n-len(gone) {
			t.Errorf("without ranges %d: %d tasks run, %d kept", gone, s.TasksRun, s.TasksKept)
		}
		same(t, fmt.Sprintf("without ranges %d", gone), ref.bytes(t), want)
	}

	// Segments that are gone are made again when another setting needs them.
	change := []string{"--set", "stages.late_quality.min_words=100"}
	g.run(t, change...)
	fresh := newGoldenOf(t, in, deleting)
	fresh.run(t, change...)
	same(t, "after segments were deleted", g.bytes(t), fresh.bytes(t))
}

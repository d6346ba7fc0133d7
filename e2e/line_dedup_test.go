package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/dedup"
	"github.com/corpusmill/corpusmill/stage"
)

const linesPipeline = `
name: golden
packs: { files: 1 }
source:
  - { name: first, jsonl: { paths: ["IN/*.jsonl"] } }
stages:
  - exact_dedup: {}
  - line_dedup: { min_documents: 3, max_cut_ratio: 0.6 }
  - minhash: {}
  - token_count: {}
sink:
  jsonl: { dir: "OUT", part_bytes: 20KiB }
rejects: { jsonl: {}, text_sample: 0.3 }
`

// siteInput writes pages of some hosts: each has a menu and notices of its own around
// prose, some pages are copies, some have nothing but what the site repeats.
func siteInput(t *testing.T, dir string, shards int) {
	t.Helper()
	rng := rand.New(rand.NewPCG(8, 9))
	line := func() string {
		return fmt.Sprintf("Prose %d of the river %d and a bridge %d.", rng.IntN(60), rng.IntN(60), rng.IntN(60))
	}
	var made []string
	n := 0
	for s := range shards {
		var file bytes.Buffer
		for range 30 {
			host := rng.IntN(5)
			lines := []string{fmt.Sprintf("Home | About host %d | Contact", host), "", "All rights reserved everywhere"}
			for range rng.IntN(7) {
				lines = append(lines, line())
			}
			if rng.IntN(2) == 0 {
				lines = append(lines, fmt.Sprintf("SUBSCRIBE to host %d\t now", host))
			}
			rng.Shuffle(len(lines)-1, func(i, j int) { lines[i+1], lines[j+1] = lines[j+1], lines[i+1] })
			text := strings.Join(lines, "\n") + []string{"", "\n"}[rng.IntN(2)]
			if len(made) > 0 && rng.IntN(9) == 0 {
				text = made[rng.IntN(len(made))]
			}
			made = append(made, text)
			d := map[string]string{"id": fmt.Sprintf("d%d", n), "text": text, "url": fmt.Sprintf("https://host%d.example/%d", host, n)}
			if rng.IntN(20) == 0 {
				delete(d, "url")
			}
			n++
			b, err := json.Marshal(d)
			if err != nil {
				t.Fatal(err)
			}
			file.Write(append(b, '\n'))
		}
		writeFile(t, fmt.Sprintf("%s/s%02d.jsonl", dir, s), file.Bytes())
	}
}

// A stage that cuts lines keeps the promises of the engine: the same bytes at any number
// of workers, in any number of processes and any order of tasks, after any kill; and what
// it cut is accounted for.
func TestLinesRun(t *testing.T) {
	in := t.TempDir()
	siteInput(t, in, 12)
	ref := newGoldenOf(t, in, linesPipeline)
	start := time.Now()
	s := ref.run(t, "--workers", "1")
	took := time.Since(start)
	want := ref.bytes(t)
	st := stageOf(t, ref.stats(t), "line_dedup")
	if u := st.Units; u == nil || u.In < 1000 || u.Cut < 400 || u.BytesCut < 8000 || st.Rejected["nothing_left"] < 3 || st.Rejected["cut_ratio"] < 3 || s.Documents < 100 {
		t.Fatalf("the corpus is too small to show anything: %d documents, %+v, %v", s.Documents, st.Units, st.Rejected)
	}

	t.Run("counts", func(t *testing.T) { checkCounts(t, ref) })
	t.Run("verify and show", func(t *testing.T) {
		output(t, program(t, "verify", filepath.Join(ref.dir, "run")))
		out := string(output(t, program(t, "show", filepath.Join(ref.dir, "run"))))
		if want := fmt.Sprintf("cut %d of %d lines or windows, %d bytes", st.Units.Cut, st.Units.In, st.Units.BytesCut); !strings.Contains(out, want) {
			t.Errorf("show lacks %q:\n%s", want, out)
		}
	})
	t.Run("workers", func(t *testing.T) {
		for _, n := range []string{"2", "8"} {
			g := newGoldenOf(t, in, linesPipeline)
			g.run(t, "--workers", n)
			same(t, n+" workers", g.bytes(t), want)
		}
	})
	t.Run("ranks", func(t *testing.T) { testRanks(t, newGoldenOf(t, in, linesPipeline), want) })
	t.Run("tasks in random order", func(t *testing.T) { testTaskOrder(t, newGoldenOf(t, in, linesPipeline), want) })
	t.Run("kill", func(t *testing.T) {
		testKill(t, killing{func() golden { return newGoldenOf(t, in, linesPipeline) }, want, took, s.TasksRun, 12, 8})
	})
	t.Run("a setting of what is left", func(t *testing.T) { // elects the same, and drops others
		ref.run(t, "--set", "stages.line_dedup.max_cut_ratio=0.3")
		if st := stageOf(t, ref.stats(t), "line_dedup"); st.Rejected["cut_ratio"] < 10 {
			t.Errorf("%v", st.Rejected)
		}
		ref.run(t)
		same(t, "there and back", ref.bytes(t), want)
	})
}

// Intermediate files that a run deleted are made again when a change needs them.
func TestDeletedUnitsAreRemade(t *testing.T) {
	in := t.TempDir()
	siteInput(t, in, 4)
	const deletes = "segments: delete\n"
	g, ref := newGoldenOf(t, in, deletes+linesPipeline), newGoldenOf(t, in, deletes+linesPipeline)
	g.run(t)
	const change = "stages.minhash.min_similarity=0.9"
	g.run(t, "--set", change)
	ref.run(t, "--set", change)
	same(t, "after a change", g.bytes(t), ref.bytes(t))
}

// A run tells which lines of a document are gone, as long as it keeps its segments.
func TestWhyIsThisLineGone(t *testing.T) {
	in := t.TempDir()
	writeFile(t, in+"/a.jsonl", []byte(`{"id":"1","url":"https://a.example/1","text":"All rights reserved\nOne page of prose that is long\nHome and contact"}
{"id":"2","url":"https://a.example/2","text":"All rights reserved\nTwo\nHome and contact"}
{"id":"3","url":"https://a.example/3","text":"Home and contact"}
{"id":"4","url":"https://b.example/4","text":"Home and contact"}
`))
	for segments, want := range map[string][]string{
		"keep":   {"", "  cut      by line_dedup: parts 0, 2 of its text before that stage, from 0", "  cut      by line_dedup: part 0 of its text", ""},
		"delete": {"", "", "", ""},
	} {
		_, dir, err := inProcess(t, fmt.Sprintf("segments: %s\nsource: { jsonl: { paths: [%q] } }\nstages: [ line_dedup ]\nsink: { jsonl: {} }\nrejects: { jsonl: {} }", segments, in+"/*"))
		if err != nil {
			t.Fatal(err)
		}
		for i, w := range want {
			out := string(output(t, program(t, "show", dir, "--why", fmt.Sprint(i+1))))
			if w == "" && strings.Contains(out, "  cut ") || !strings.Contains(out, w) {
				t.Errorf("segments %s: document %d: want %q in\n%s", segments, i+1, w, out)
			}
		}
	}
}

// oneBit is a line_dedup whose keys are two for all lines of a corpus.
type oneBit struct{}

var collides = &dedup.LineDedup{Scope: "site", By: "normalized_text", MinChars: 1, MinDocuments: 2, KeepRule: stage.Keep{Policy: "max", Column: "text_bytes"}}

func (oneBit) KeyBytes() int                               { return 8 }
func (oneBit) Survivor() stage.Keep                        { return collides.Survivor() }
func (oneBit) Quorum() int                                 { return collides.Quorum() }
func (oneBit) Reads() []string                             { return collides.Reads() }
func (oneBit) Rules() []string                             { return collides.Rules() }
func (oneBit) Left(s string, c stage.Cut) corpus.Verdict   { return collides.Left(s, c) }
func (oneBit) Verifies() bool                              { return true }
func (oneBit) Same(a, b []byte) bool                       { return collides.Same(a, b) }
func (oneBit) Spans(s string, emit func(uint32, int, int)) { collides.Spans(s, emit) }
func (oneBit) Evidence(b []byte, d *corpus.Document, text string) ([]byte, error) {
	return collides.Evidence(b, d, text)
}

func (oneBit) Keys(d *corpus.Document, emit func(stage.Key, uint32)) error {
	return collides.Keys(d, func(k stage.Key, part uint32) { emit(stage.Key{Hi: k.Hi & 1}, part) })
}

// A hash that collides cuts no other line: the outcome is that of a good hash.
func TestCollidingKeysCutNothingElse(t *testing.T) {
	in := t.TempDir()
	siteInput(t, in, 2)
	texts := func(stages string) map[string]string {
		s, dir, err := inProcess(t, fmt.Sprintf("packs: { files: 1 }\nsource: { name: first, jsonl: { paths: [%q] } }\nstages: [ %s ]\nsink: { jsonl: {} }", in+"/*", stages), stage.Define[oneBit]("one_bit", 1))
		if err != nil {
			t.Fatal(err)
		}
		if u := s.Stats.Stages[0].Units; u == nil || u.Cut < 50 {
			t.Fatalf("%s: %+v", stages, u)
		}
		got := map[string]string{}
		for id, d := range readParts(t, dir+"/parts") {
			got[id] = d["text"].(string)
		}
		return got
	}
	want := texts("line_dedup: { min_chars: 1 }")
	if got := texts("one_bit"); !maps.Equal(got, want) {
		for id := range want {
			if got[id] != want[id] {
				t.Errorf("%s: %q, want %q", id, got[id], want[id])
			}
		}
		t.Errorf("%d documents, want %d", len(got), len(want))
	}
}

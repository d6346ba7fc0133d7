package e2e_test

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/ledger"
)

// switchedPipeline has a share and a model on a server in cases of a switch, and a switch
// in a case.
const switchedPipeline = `
name: golden
source:
  - { name: first, jsonl: { paths: ["IN/first/**/*.jsonl"] } }
  - { name: second, jsonl: { paths: ["IN/second/*.jsonl"] } }
stages:
  - c4_quality: { words: uax29 }
  - switch:
      by: source
      cases:
        first:
          - gopher_quality: { words: uax29 }
          - length_top: { keep_top: 0.8 }
        second:
          - embedding_classifier: { server: "SERVER", api: predict, keep_top: 0.7, batch: 7, max_chars: 100000 }
          - switch:
              by: media
              cases: { text/html: [ { gopher_repetition: {} } ] }
              default: [ { gopher_quality: { as: second_quality, words: uax29, annotate: true } } ]
  - length_top: { as: all_top, keep_top: 0.9 }
  - exact_dedup: {}
  - minhash: {}
  - switch:
      as: late
      by: sig_second_quality_words
      cases: { 100: [], 101: [ { gopher_quality: { as: never, min_words: 102 } } ] }
  - token_count: {}
sink:
  parquet: { dir: "OUT", part_bytes: 100KiB }
rejects: { jsonl: {}, text_sample: 0.3 }
`

// A switch keeps the promises of the engine: the same bytes at any number of workers, in
// any number of processes and any order of tasks; and every document is accounted for.
func TestSwitchedRun(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, 12)
	server, _ := scoringServer(t)
	pipeline := strings.Replace(switchedPipeline, "SERVER", server, 1)
	ref := newGoldenOf(t, in, pipeline)
	s := ref.run(t, "--workers", "1")
	want, stats := ref.bytes(t), ref.stats(t)
	if s.Documents < 100 {
		t.Fatalf("%d documents are too few to show anything", s.Documents)
	}

	t.Run("counts", func(t *testing.T) {
		checkCounts(t, ref)
		sw := stageOf(t, stats, "switch")
		if sw.Switch == nil || sw.Switch.Cases["first"] < 100 || sw.Switch.Cases["second"] < 50 || sw.Switch.Default != 0 {
			t.Errorf("the switch sent %+v", sw.Switch)
		}
		if b := stageOf(t, stats, "second_quality").Branch; b == nil || *b != (ledger.Branch{Switch: "switch_2", Default: true}) {
			t.Errorf("second_quality stands in %+v", b)
		}
		// a share is one of the documents that come into the case
		for name, ratio := range map[string]float64{"length_top": 0.8, "embedding_classifier": 0.7, "all_top": 0.9} {
			st := stageOf(t, stats, name)
			if least := ceil(ratio, st.In); st.In == 0 || st.Kept < least || st.Kept > least+5 {
				t.Errorf("%s: %d of %d stay, want %d", name, st.Kept, st.In, least)
			}
			if settled := ref.settled(t, name); settled.Documents != st.In {
				t.Errorf("%s: settled on %d documents, %d come to it", name, settled.Documents, st.In)
			}
		}
	})
	t.Run("verify and show", func(t *testing.T) {
		output(t, program(t, "verify", filepath.Join(ref.dir, "run")))
		out := string(output(t, program(t, "show", filepath.Join(ref.dir, "run"))))
		for _, want := range []string{"\n  first: length_top ", "\n    default: second_quality ", "  by source: first "} {
			if !strings.Contains(out, want) {
				t.Errorf("show lacks %q:\n%s", want, out)
			}
		}
	})
	t.Run("workers", func(t *testing.T) {
		g := newGoldenOf(t, in, pipeline)
		g.run(t, "--workers", "4", "--set", "stages.embedding_classifier.batch=50")
		same(t, "4 workers, other requests", g.bytes(t), want)
	})
	t.Run("ranks", func(t *testing.T) { testRanks(t, newGoldenOf(t, in, pipeline), want) })
	t.Run("tasks in random order", func(t *testing.T) { testTaskOrder(t, newGoldenOf(t, in, pipeline), want) })
	t.Run("plan", func(t *testing.T) { // what the run folder says runs by itself, and finds all done
		if again := ref.run(t); again.TasksRun != 0 {
			t.Errorf("%d tasks run again", again.TasksRun)
		}
		out := output(t, program(t, "run", filepath.Join(ref.dir, "run", "plan.yaml"), "--run", filepath.Join(ref.dir, "run"), "--memory", "1GiB", "--json"))
		if !strings.Contains(string(out), `"tasks_run":0`) {
			t.Errorf("the written plan ran tasks: %s", out)
		}
	})
	t.Run("a share elsewhere", func(t *testing.T) { // is not settled again for a change in another case
		committed := func(pass string) string {
			names, _ := filepath.Glob(filepath.Join(ref.dir, "run", "commits", pass, "*.json"))
			return strings.Join(names, " ")
		}
		shares := []string{"length_top-calibrate", "embedding_classifier-calibrate", "all_top-calibrate"}
		before := map[string]string{}
		for _, pass := range shares {
			before[pass] = committed(pass)
		}
		ref.run(t, "--set", "stages.gopher_quality.min_words=60")
		for _, pass := range shares {
			if kept := committed(pass) == before[pass]; kept != (pass == "embedding_classifier-calibrate") {
				t.Errorf("%s: its tasks are the same: %v", pass, kept)
			}
		}
	})
}

// Cases that hold the same stages give what the plain list gives, byte by byte.
func TestEqualCasesAreAPlainList(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, 6)
	plain := newGolden(t, in)
	const list = "  - gopher_quality: { words: uax29 }\n  - c4_quality: { words: uax29 }\n"
	of := func(name string) string {
		return "[ { gopher_quality: { as: g_" + name + ", words: uax29 } }, { c4_quality: { as: c_" + name + ", words: uax29 } } ]"
	}
	pipeline := strings.Replace(goldenPipeline, list, "  - switch: { by: source, cases: { second: "+of("second")+" }, default: "+of("others")+" }\n", 1)
	if pipeline == goldenPipeline {
		t.Fatal("the golden pipeline has another list")
	}
	switched := newGoldenOf(t, in, pipeline)
	plain.run(t)
	switched.run(t)
	same(t, "in a switch", switched.parts(t), plain.parts(t))
}

// Deduplication within a column keeps what it keeps of each value by itself.
func TestWithin(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, 9)
	jsonl := strings.NewReplacer("parquet: { dir: \"OUT\", part_bytes: 100KiB }", "jsonl: { dir: \"OUT\" }").Replace(goldenPipeline)
	within := strings.NewReplacer("exact_dedup: {}", "exact_dedup: { within: [source] }", "minhash: {}", "minhash: { within: [source] }").Replace(jsonl)
	kept := func(pipeline string) map[string]bool {
		g := newGoldenOf(t, in, pipeline)
		g.run(t)
		ids := map[string]bool{}
		for id := range readParts(t, filepath.Join(g.dir, "out")) {
			ids[id] = true
		}
		return ids
	}
	line := func(source string) string {
		for l := range strings.Lines(jsonl) {
			if strings.Contains(l, "name: "+source+",") {
				return l
			}
		}
		t.Fatalf("no source %s", source)
		return ""
	}
	apart := kept(strings.Replace(jsonl, line("second"), "", 1))
	maps.Copy(apart, kept(strings.Replace(jsonl, line("first"), "", 1)))
	together := kept(within)
	if !maps.Equal(apart, together) {
		t.Errorf("%d documents stay within their source, %d of each source by itself", len(together), len(apart))
	}
	if all := kept(jsonl); len(all) >= len(together) || len(all) == 0 {
		t.Errorf("%d documents stay of all together, %d within their source: the sources share nothing", len(all), len(together))
	}
}

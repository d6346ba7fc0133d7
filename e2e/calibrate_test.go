package e2e_test

import (
	"encoding/json"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/stage"
)

// lengthTop keeps a share of the documents, the longest: a calibrated stage that
// needs no model.
type lengthTop struct {
	// KeepTop is the share.
	KeepTop float64 `yaml:"keep_top" default:"0.5"`
}

func (l *lengthTop) Columns() []corpus.Column {
	return []corpus.Column{{Name: "bytes", Type: corpus.Float, Doc: "length"}}
}

func (l *lengthTop) Measure(d *corpus.Document, v *corpus.Values) error {
	v.Set(0, float64(len(d.Text)))
	return nil
}

func (l *lengthTop) Shares() []stage.Share { return []stage.Share{{Ratio: l.KeepTop, Highest: true}} }

func (l *lengthTop) DecideAt(v *corpus.Values, limits []float64) corpus.Verdict {
	return stage.At(limits[0]).Below("short", v.Get(0))
}

// calibratedPipeline has a share per source before the cut, and one after it.
var calibratedPipeline = strings.NewReplacer(
	"  - exact_dedup: {}\n", "  - length_top: { keep_top: 0.8, per: [source] }\n  - exact_dedup: {}\n",
	"  - minhash: {}\n", "  - minhash: {}\n  - length_top: { as: late_top, keep_top: 0.6 }\n",
	"token_count: {}", "token_count: { also: { cl100k: cl100k_base } }").Replace(goldenPipeline)

func (g golden) stats(t testing.TB) (s ledger.Stats) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(g.dir, "run", "stats.json"))
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func stageOf(t testing.TB, s ledger.Stats, name string) *ledger.StageStats {
	t.Helper()
	for _, st := range s.Stages {
		if st.Name == name {
			return st
		}
	}
	t.Fatalf("no stage %s", name)
	return nil
}

// A share keeps that share of what reaches the stage, of every source by itself
// where asked; and the run is as reproducible as one without.
func TestCalibratedRun(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, goldenShards)
	ref := newGoldenOf(t, in, calibratedPipeline)
	start := time.Now()
	s := ref.run(t, "--workers", "1")
	took := time.Since(start)
	want, stats := ref.bytes(t), ref.stats(t)

	t.Run("shares", func(t *testing.T) {
		early, late := stageOf(t, stats, "length_top"), stageOf(t, stats, "late_top")
		for source, f := range early.By["source"] {
			// equal lengths stay together: a little more than the share may stay
			if least := ceil(0.8, f.In); f.Kept < least || f.Kept > least+5 {
				t.Errorf("source %s: %d of %d stay, want %d", source, f.Kept, f.In, least)
			}
		}
		if least := ceil(0.6, late.In); late.Kept < least || late.Kept > least+5 {
			t.Errorf("after the cut %d of %d stay, want %d", late.Kept, late.In, least)
		}
	})
	t.Run("counts", func(t *testing.T) {
		checkCounts(t, ref)
		if n := stats.Counts["sig_token_count_cl100k"]; n < stats.Tokens/2 || n > stats.Tokens*2 {
			t.Errorf("%d tokens of cl100k_base, %d of o200k_base", n, stats.Tokens)
		}
	})
	t.Run("show", func(t *testing.T) {
		out := string(output(t, program(t, "show", filepath.Join(ref.dir, "run"))))
		for _, want := range []string{"95 % interval", "length_top: highest 0.8 by bytes", "late_top: highest 0.6 by bytes", "tokens/word"} {
			if !strings.Contains(out, want) || strings.Contains(out, "%!") {
				t.Errorf("show lacks %q:\n%s", want, out)
			}
		}
	})
	t.Run("workers", func(t *testing.T) {
		g := newGoldenOf(t, in, calibratedPipeline)
		g.run(t, "--workers", "3")
		same(t, "3 workers", g.bytes(t), want)
	})
	t.Run("ranks", func(t *testing.T) { testRanks(t, newGoldenOf(t, in, calibratedPipeline), want) })
	t.Run("tasks in random order", func(t *testing.T) { testTaskOrder(t, newGoldenOf(t, in, calibratedPipeline), want) })
	t.Run("kill", func(t *testing.T) {
		for i := range 8 {
			g := newGoldenOf(t, in, calibratedPipeline)
			c := program(t, g.args("--workers", "2")...)
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			for start := time.Now(); g.commits(t) < i*s.TasksRun/8 && time.Since(start) < 20*took; {
				time.Sleep(200 * time.Microsecond)
			}
			_ = c.Process.Kill()
			_ = c.Wait()
			g.run(t)
			same(t, "killed", g.bytes(t), want)
		}
	})
	t.Run("segments deleted", func(t *testing.T) {
		g, fresh := newGoldenOf(t, in, calibratedPipeline), newGoldenOf(t, in, calibratedPipeline)
		g.run(t, "--set", "segments=delete")
		change := []string{"--set", "segments=delete", "--set", "stages.late_top.keep_top=0.3"}
		g.run(t, change...)
		fresh.run(t, change...)
		same(t, "segments deleted", g.bytes(t), fresh.bytes(t))
	})
}

func ceil(ratio float64, n int64) int64 { return int64(math.Ceil(ratio*float64(n) - 1e-9)) }

// A sample of the input settles a limit near the exact one, says so by its
// interval, and is the same at any worker count.
func TestCalibrationBySample(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, goldenShards)
	pipeline := strings.Replace(calibratedPipeline, ", per: [source]", "", 1)
	sampled := []string{"--set", "calibration.bytes=400KiB", "--set", "calibration.shards=9"}
	exact, one, two := newGoldenOf(t, in, pipeline), newGoldenOf(t, in, pipeline), newGoldenOf(t, in, pipeline)
	exact.run(t, "--set", "calibration.exact=true")
	one.run(t, append(sampled, "--workers", "1")...)
	two.run(t, append(sampled, "--workers", "4")...)
	same(t, "sampled calibration, 4 workers", two.bytes(t), one.bytes(t))

	whole, part := exact.settled(t, "length_top"), one.settled(t, "length_top")
	if whole.Low != whole.Limit || whole.High != whole.Limit {
		t.Errorf("all documents were seen, yet the limit has an interval: %+v", whole)
	}
	if part.Documents >= whole.Documents/2 || part.Documents < 20 {
		t.Errorf("%d of %d documents are no sample", part.Documents, whole.Documents)
	}
	if !(part.Low < part.Limit && part.Limit < part.High) || whole.Limit < part.Low || whole.Limit > part.High {
		t.Errorf("limit %g (%g to %g) of the sample, %g of all", part.Limit, part.Low, part.High, whole.Limit)
	}
}

func (g golden) settled(t testing.TB, label string) ledger.Settled {
	t.Helper()
	names, _ := filepath.Glob(filepath.Join(g.dir, "run", "commits", label+"-settle", "*.json"))
	if len(names) != 1 {
		t.Fatalf("%d settle commits of %s", len(names), label)
	}
	b, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	var c ledger.Commit
	if err := json.Unmarshal(b, &c); err != nil || len(c.Settled) != 1 {
		t.Fatal(string(b), err)
	}
	return c.Settled[0]
}

// scoringServer is a model on a server: the score of a text is its length. While it is
// broken it refuses.
func scoringServer(t *testing.T) (url string, broken *atomic.Bool) {
	broken = &atomic.Bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q struct{ Inputs [][]string }
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil || broken.Load() {
			http.Error(w, "out of order", http.StatusBadRequest)
			return
		}
		rows := make([][]map[string]any, len(q.Inputs))
		for i, x := range q.Inputs {
			rows[i] = []map[string]any{{"label": "LABEL_0", "score": len(x[0])}}
		}
		_ = json.NewEncoder(w).Encode(rows)
	}))
	t.Cleanup(server.Close)
	return server.URL, broken
}

// A model on a server scores batches; the outcome does not depend on how they are
// cut, and a server that fails costs nothing but time.
func TestScoredByServer(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, 8)
	server, broken := scoringServer(t)
	pipeline := strings.Replace(goldenPipeline, "  - exact_dedup: {}\n",
		"  - embedding_classifier: { server: \""+server+"\", api: predict, keep_top: 0.7, batch: 7, max_chars: 100000 }\n  - exact_dedup: {}\n", 1)
	one, three, failed := newGoldenOf(t, in, pipeline), newGoldenOf(t, in, pipeline), newGoldenOf(t, in, pipeline)
	one.run(t, "--workers", "1")
	three.run(t, "--workers", "3", "--set", "stages.embedding_classifier.batch=50")
	same(t, "3 workers, other requests", three.bytes(t), one.bytes(t))
	checkCounts(t, one)
	st := stageOf(t, one.stats(t), "embedding_classifier")
	if least := ceil(0.7, st.In); st.Kept < least || st.Kept > least+5 || st.Quarantined > 0 {
		t.Errorf("%d of %d stay, want %d; %d in quarantine", st.Kept, st.In, least, st.Quarantined)
	}

	broken.Store(true)
	out, err := program(t, failed.args()...).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "out of order") {
		t.Errorf("the server refused, yet: %v\n%s", err, out)
	}
	broken.Store(false)
	failed.run(t)
	same(t, "after the server was back", failed.bytes(t), one.bytes(t))
}

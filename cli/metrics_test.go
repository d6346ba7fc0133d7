package cli

import (
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/run"
)

// TestMetrics writes the text format: help and type once a name, then its samples.
func TestMetrics(t *testing.T) {
	m := &metricsServer{pipeline: "a\"b\\c\nd", now: halfway(), said: time.Now()}
	m.now.Stages = []run.StageProgress{{Name: "minhash", In: 10, Kept: 7, Dropped: 3}}
	text := string(m.text())
	for _, want := range []string{
		`corpusmill_run_info{pipeline="a\"b\\c\nd"} 1` + "\n", `corpusmill_pass_bytes{pass="segment"} 9.99e+08` + "\n",
		"# TYPE corpusmill_pass_seconds_total counter\ncorpusmill_pass_seconds_total{pass=\"segment\"} 100\n",
		`corpusmill_stage_dropped_documents_total{stage="minhash"} 3` + "\n", "\ncorpusmill_waiting 0\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	sample := regexp.MustCompile(`^[a-z_]+(\{[a-z]+="([^"\\\n]|\\.)*"\})? [0-9.e+-]+$`)
	seen := map[string]bool{}
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		if strings.HasPrefix(line, "# HELP") && seen[line] || !strings.HasPrefix(line, "# ") && !sample.MatchString(line) {
			t.Errorf("line %q", line)
		}
		seen[line] = true
	}
	if strings.Contains(text, "exit_code") {
		t.Error("a run under way has an exit code")
	}
	if err := m.close(&run.Summary{}, exitGate); err != nil || !strings.Contains(string(m.text()), "\ncorpusmill_run_exit_code 4\n") {
		t.Errorf("%v\n%s", err, m.text())
	}
}

// TestHealth answers for a worker that works, one that waits for others, and one that is
// silent.
func TestHealth(t *testing.T) {
	f := func(now run.Progress, silent time.Duration, code int, words string) {
		t.Helper()
		m := &metricsServer{now: now, said: time.Now().Add(-silent)}
		w := httptest.NewRecorder()
		m.health(w, nil)
		if w.Code != code || !strings.Contains(w.Body.String(), words) {
			t.Errorf("%d %s, want %d %s", w.Code, w.Body, code, words)
		}
	}
	waiting := run.Progress{Pass: "segment", Waiting: "a.warc.gz", WaitingSince: time.Now().Add(-time.Hour)}
	f(run.Progress{}, 0, 200, "ok: starting")
	f(run.Progress{}, time.Hour, 200, "ok: starting") // a crawl, or models that load
	f(halfway(), 0, 200, "ok: working on assemble")
	f(waiting, 0, 200, "ok: waiting for a.warc.gz, 1:00 h")
	f(halfway(), aliveFor-time.Second, 200, "ok")
	f(halfway(), aliveFor+time.Second, 503, "silent for 1:01 min")
}

// TestUnderWay says how far a run is that has not ended.
func TestUnderWay(t *testing.T) {
	u := underWay{Workers: 2, Passes: []passUnderWay{{"segment", 1200, 300}, {"assemble", 0, 0}}}
	if got := strings.Join(u.lines(), "\n"); got != "this run is under way, by 2 workers\ntasks done: segment 300 of 1,200" {
		t.Error(got)
	}
	u.Workers = 0
	if got := u.lines()[0]; !strings.HasSuffix(got, "nobody works on it, the same line goes on") {
		t.Error(got)
	}
}

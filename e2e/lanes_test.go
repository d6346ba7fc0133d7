package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/run"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// numberOf is the number of a document of laneInput, by its text.
func numberOf(text string) int {
	n, _ := strconv.Atoi(text[len("document "):len("document 00000")])
	return n
}

// batchOf is its reader batch.
func batchOf(text string) int { return numberOf(text) / 128 }

// laneInput writes so many documents into one file, with as many more bytes each.
func laneInput(t *testing.T, documents, more int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	var b bytes.Buffer
	for i := range documents {
		fmt.Fprintf(&b, "{\"id\":\"d%05d\",\"text\":\"document %05d%s\"}\n", i, i, strings.Repeat(".", more))
	}
	writeFile(t, filepath.Join(dir, "a.jsonl"), b.Bytes())
	return dir
}

// oracle is a model on a server that never says the same twice: a score is the number of
// the request.
type oracle struct {
	mu       sync.Mutex
	requests int
	asked    map[string]int       // requests by document
	answers  map[string][]float64 // by document
	batches  map[int]bool         // that were asked about since begin
	inside   int                  // requests under way, most the most at once
	most     int
	during   func(texts []string) bool // called in each request; false refuses it
}

// serve starts the server.
func (o *oracle) serve(t *testing.T) (address string) {
	t.Helper()
	o.asked, o.answers, o.batches = map[string]int{}, map[string][]float64{}, map[int]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q struct{ Inputs [][]string }
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			return // of a process that was killed
		}
		texts := slices.Concat(q.Inputs...)
		score := o.enter(texts)
		defer o.leave()
		if o.during != nil && !o.during(texts) {
			http.Error(w, "out of order", http.StatusBadRequest)
			return
		}
		rows := make([][]map[string]any, len(texts))
		for i := range texts {
			rows[i] = []map[string]any{{"label": "LABEL_0", "score": score}}
		}
		_ = json.NewEncoder(w).Encode(rows)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func (o *oracle) enter(texts []string) (score float64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.requests++
	score = float64(o.requests)
	for _, s := range texts {
		o.asked[s]++
		o.answers[s] = append(o.answers[s], score)
		o.batches[batchOf(s)] = true
	}
	o.inside++
	o.most = max(o.most, o.inside)
	return score
}

func (o *oracle) leave() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.inside--
}

// begin forgets which batches were asked about, and returns them.
func (o *oracle) begin() map[int]bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	old := o.batches
	o.batches = map[int]bool{}
	return old
}

func (o *oracle) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.requests
}

// answersIn lists the files of answers in a run folder.
func answersIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(dir, "answers"), func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, path)
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return names
}

// turnstile is a stage before the server. It lets few documents on, and from a document on
// it waits until the server is full; then two workers must meet in it, while all requests
// are under way, to let the server answer.
type turnstile struct {
	every, free int // one of every document goes on; those below free do not wait
	full, met   chan struct{}
	meeting     chan struct{}
	once        sync.Once
}

func (s *turnstile) Apply(d *corpus.Document) (corpus.Verdict, error) {
	n := numberOf(d.Text)
	if n >= s.free {
		<-s.full
		select {
		case s.meeting <- struct{}{}:
		case <-s.meeting:
			s.once.Do(func() { close(s.met) })
		case <-s.met:
		}
	}
	if n%s.every != 0 {
		return corpus.Verdict{Rule: "not one of many"}, nil
	}
	return corpus.Keep, nil
}

// 64 requests are under way, neither more nor fewer, however many of them a batch makes,
// and both workers work meanwhile: the server answers only once all of that is so.
func TestServerHoldsNoWorker(t *testing.T) {
	for _, c := range []struct {
		what                     string
		every, free, batch, more int
	}{
		{"a request a document: one batch has too many", 1, 128, 1, 0},
		{"four requests a batch", 1, 20 * 128, 32, 0},
		{"one document of a batch", 128, 64 * 128, 32, 0},
		{"batches that would not fit as they were read", 128, 64 * 128, 32, 5000},
	} {
		s := &turnstile{every: c.every, free: c.free, full: make(chan struct{}), met: make(chan struct{}), meeting: make(chan struct{})}
		var inside atomic.Int32
		o := &oracle{during: func([]string) bool {
			if inside.Add(1) == 64 {
				close(s.full)
			}
			<-s.met
			return true
		}}
		in := laneInput(t, c.free+4*128, c.more)
		app := corpusmill.App(stage.DefineOpen("turnstile", 1, func(context.Context, struct{}, *stage.Env) (*turnstile, error) { return s, nil }))
		p, err := app.Parse("lanes.yaml", fmt.Appendf(nil, "source: { jsonl: { paths: [%q] } }\nstages: [turnstile, embedding_classifier: { server: %q, api: predict, batch: %d, min_score: 0 }]\nsink: { jsonl: {} }",
			in+"/*", o.serve(t), c.batch), nil)
		if err != nil {
			t.Fatal(err)
		}
		sum, err := app.Run(t.Context(), p, run.Options{Dir: t.TempDir(), Workers: 2, Memory: 256 << 20})
		if err != nil {
			t.Fatal(c.what, err)
		}
		if o.most != 64 {
			t.Errorf("%s: %d requests under way, want 64", c.what, o.most)
		}
		if want := (c.free + 4*128) / c.every; sum.Documents != int64(want) {
			t.Errorf("%s: %d documents, want %d", c.what, sum.Documents, want)
		}
	}
}

const lanePipeline = `
source: { name: s, jsonl: { paths: ["IN/*"] } }
stages:
  - embedding_classifier: { server: "SERVER", api: predict, batch: 8, annotate: true }
  - exact_dedup: {}
sink: { jsonl: { dir: "OUT" } }
`

// laneScores are the scores in the parts, by text.
func laneScores(t *testing.T, g golden) map[string]float64 {
	t.Helper()
	scores := map[string]float64{}
	for _, d := range readParts(t, filepath.Join(g.dir, "out")) {
		scores[d["text"].(string)] = d["sig_embedding_classifier_score"].(float64)
	}
	return scores
}

// A run that asks a slow server is killed ten times. Nothing is asked again of a batch
// whose answers were there, and although the server never says the same twice the run has
// one answer to each document: also when all that it made of them is made again.
func TestKilledWhileServerWorks(t *testing.T) {
	const batches, kills = 100, 10
	o := &oracle{}
	var runDir string
	// a process is killed at one of its requests, once so many batches have answers
	type kill struct {
		batches int
		reached chan struct{}
	}
	var next atomic.Pointer[kill]
	o.during = func([]string) bool {
		k := next.Load()
		time.Sleep(200 * time.Millisecond) // a slow server: nothing is asserted of it
		if k != nil && len(answersIn(t, runDir)) >= k.batches {
			select {
			case k.reached <- struct{}{}:
			default:
			}
		}
		return true
	}
	g := newGoldenOf(t, laneInput(t, batches*128, 0), strings.Replace(lanePipeline, "SERVER", o.serve(t), 1))
	runDir = filepath.Join(g.dir, "run")
	var there []int          // batches whose answers were there after each kill
	var later []map[int]bool // and those that were asked about from then on
	for k := range kills {
		now := &kill{len(answersIn(t, runDir)) + k%3, make(chan struct{}, 1)} // by the first answer, or behind some
		next.Store(now)
		for killed := false; !killed; {
			c := program(t, g.args("--workers", "2")...)
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan struct{})
			go func() { defer close(ended); _ = c.Wait() }()
			select {
			case <-now.reached:
				_ = c.Process.Kill()
				killed = true
				<-ended
			case <-ended: // the task has killed three workers, it says, and goes on with the next line
				if code := c.ProcessState.ExitCode(); code != 1 {
					t.Fatalf("exit %d", code)
				}
			}
		}
		for b := range o.begin() {
			for i := range later {
				later[i][b] = true
			}
		}
		there, later = append(there, len(answersIn(t, runDir))), append(later, map[int]bool{})
	}
	next.Store(nil)
	// How many of the dead had the task by then, who looks on cannot know: a request of one may
	// have been served when the next had begun.
	if code, words := exit(t, program(t, g.args("--workers", "2")...)); code != 0 && !strings.Contains(words, "workers die of a task") {
		t.Fatalf("exit %d: %s", code, words)
	}
	g.run(t, "--workers", "2")
	for b := range o.begin() {
		for i := range later {
			later[i][b] = true
		}
	}
	t.Logf("%d requests for %d documents; batches that had answers at the kills: %v", o.requests, batches*128, there)
	for i := range later {
		if len(later[i]) != batches-there[i] {
			t.Errorf("kill %d: %d of %d batches had answers, and %d were asked about again or for the first time", i, there[i], batches, len(later[i]))
		}
	}
	if there[0] == there[kills-1] || there[kills-1] == batches {
		t.Errorf("the kills did not spread over the run: %v", there)
	}
	if len(answersIn(t, runDir)) != batches {
		t.Errorf("%d files of answers, want %d", len(answersIn(t, runDir)), batches)
	}
	scores := laneScores(t, g)
	for text, x := range scores {
		if !slices.Contains(o.answers[text], x) {
			t.Errorf("%s has the score %g; the server said %v", text, x, o.answers[text])
		}
	}
	if len(scores) != batches*128 {
		t.Errorf("%d documents, want %d", len(scores), batches*128)
	}
	checkLanesAgain(t, g, o)
}

// checkLanesAgain makes all again that was made of the answers, and asks nothing.
func checkLanesAgain(t *testing.T, g golden, o *oracle) {
	t.Helper()
	requests, want := o.count(), g.bytes(t)
	for _, gone := range []string{"segments", "commits"} {
		if err := os.RemoveAll(filepath.Join(g.dir, "run", gone)); err != nil {
			t.Fatal(err)
		}
		parts, _ := filepath.Glob(filepath.Join(g.dir, "out", "part-*"))
		for _, p := range parts {
			if err := os.Remove(p); err != nil {
				t.Fatal(err)
			}
		}
		g.run(t)
		same(t, "made again without "+gone, g.bytes(t), want)
	}
	output(t, program(t, "verify", filepath.Join(g.dir, "run")))
	if n := o.count(); n != requests {
		t.Errorf("%d requests where all answers were there", n-requests)
	}
}

// Two processes run one task at the same time and get different answers: they go by one.
func TestTwoAskAtOnce(t *testing.T) {
	var inside atomic.Int32
	both := make(chan struct{})
	o := &oracle{during: func([]string) bool {
		if inside.Add(1) == 2 {
			close(both)
		}
		<-both
		return true
	}}
	pipeline := strings.NewReplacer("SERVER", o.serve(t), "batch: 8", "batch: 128").Replace(lanePipeline)
	g := newGoldenOf(t, laneInput(t, 100, 0), pipeline)
	app := corpusmill.App()
	yaml, err := os.ReadFile(g.pipeline)
	if err != nil {
		t.Fatal(err)
	}
	p, err := app.Parse(g.pipeline, yaml, nil)
	if err != nil {
		t.Fatal(err)
	}
	tasks, err := app.Pending(t.Context(), p, run.Options{Dir: filepath.Join(g.dir, "run"), Workers: 1})
	if err != nil || len(tasks) != 1 {
		t.Fatal(tasks, err)
	}
	failed := make(chan error, 2)
	for range 2 {
		c := program(t, g.args("--only-task", tasks[0].Key)...)
		go func() {
			out, err := c.CombinedOutput()
			if err != nil {
				err = fmt.Errorf("%w\n%s", err, out)
			}
			failed <- err
		}()
	}
	for range 2 {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	g.run(t)
	if n := o.count(); n != 2 || o.asked["document 00007"] != 2 {
		t.Errorf("%d requests, want one of each process", n)
	}
	seen := map[float64]bool{}
	for _, x := range laneScores(t, g) {
		seen[x] = true
	}
	if len(seen) != 1 || len(answersIn(t, filepath.Join(g.dir, "run"))) != 1 {
		t.Errorf("scores of %d requests in one batch", len(seen))
	}
}

// Another limit, and another stage behind, ask nothing: the answers are there.
func TestAnswersOutliveAPlan(t *testing.T) {
	o := &oracle{}
	yaml := strings.Replace(strings.Replace(lanePipeline, "SERVER", o.serve(t), 1), ", annotate: true", ", min_score: 2", 1)
	g := newGoldenOf(t, laneInput(t, 3*128, 0), yaml)
	g.run(t)
	asked := o.count()
	if asked != 3*16 {
		t.Errorf("%d requests, want %d", asked, 3*16)
	}
	for _, change := range []string{"embedding_classifier.min_score=3", "embedding_classifier.batch=64", "embedding_classifier.requests=1",
		"embedding_classifier.server=http://127.0.0.1:1", "exact_dedup.keep=first"} {
		g.run(t, "--set", "stages."+change)
		if n := o.count(); n != asked {
			t.Errorf("%s: %d requests more", change, n-asked)
		}
	}
	g.run(t, "--set", "stages.embedding_classifier.max_chars=14")
	if n := o.count(); n != 2*asked {
		t.Errorf("other settings: %d requests, want %d", n-asked, asked)
	}
}

// A server that fails in one batch fails the run; what it said of the others is kept.
func TestServerFailsInABatch(t *testing.T) {
	const batches = 4
	o := &oracle{}
	var well atomic.Bool
	var dir string
	o.during = func(texts []string) bool {
		if batchOf(texts[0]) != 1 || well.Load() {
			return true
		}
		for len(answersIn(t, dir)) < batches-1 { // those of the others are there
			time.Sleep(time.Millisecond)
		}
		return false
	}
	g := newGoldenOf(t, laneInput(t, batches*128, 0), strings.Replace(lanePipeline, "SERVER", o.serve(t), 1))
	dir = filepath.Join(g.dir, "run")
	if code, msg := exit(t, program(t, g.args()...)); code != 1 || !strings.Contains(msg, "stage embedding_classifier: ") || !strings.Contains(msg, "out of order") {
		t.Fatalf("exit code %d: %s", code, msg)
	}
	well.Store(true)
	o.begin()
	g.run(t)
	if asked := o.begin(); len(asked) != 1 || !asked[1] {
		t.Errorf("asked about the batches %v, want 1 alone", asked)
	}
}

// Answers that are not as they were are used by nobody, and nobody asks again unasked.
func TestDamagedAnswers(t *testing.T) {
	o := &oracle{}
	g := newGoldenOf(t, laneInput(t, 2*128, 0), strings.Replace(lanePipeline, "SERVER", o.serve(t), 1))
	g.run(t)
	dir := filepath.Join(g.dir, "run")
	name := answersIn(t, dir)[0]
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	bad := bytes.Clone(good)
	bad[len(bad)-1] ^= 1
	writeFile(t, name, bad)
	if err := os.RemoveAll(filepath.Join(dir, "commits")); err != nil {
		t.Fatal(err)
	}
	rel, _ := filepath.Rel(dir, name)
	asked := o.count()
	code, msg := exit(t, program(t, g.args()...))
	if code != 1 || !strings.Contains(msg, rel) || !strings.Contains(msg, ledger.ErrAnswersDamaged.Error()) {
		t.Errorf("exit code %d: %s", code, msg)
	}
	if n := o.count(); n != asked {
		t.Errorf("%d requests for damaged answers", n-asked)
	}
	l := ledger.Ledger{Store: store.Local(dir)}
	for o, err := range l.AllAnswers(t.Context()) {
		if (err != nil) != (o.Name == filepath.ToSlash(rel)) {
			t.Errorf("%s: %v", o.Name, err)
		}
	}
	writeFile(t, name, good)
	g.run(t)
	if n := o.count(); n != asked {
		t.Errorf("%d requests once they were put back", n-asked)
	}
}

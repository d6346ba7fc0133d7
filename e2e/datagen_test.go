package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/internal/completion/completiontest"
)

// writer is a model that rewrites: the words of the text from behind, and the number of the
// request, so that it never says the same twice.
type writer struct {
	completiontest.Server
	mu     sync.Mutex
	said   map[string][]string // by text
	during func(completiontest.Request)
}

func (w *writer) start(t *testing.T) *writer {
	t.Helper()
	w.said = map[string][]string{}
	w.Answer = func(q completiontest.Request) completiontest.Answer {
		if w.during != nil {
			w.during(q)
		}
		text := completiontest.Last(q.Prompt)
		words := strings.Fields(text)
		slices.Reverse(words)
		answer := strings.Join(words, " ") + " by request " + strconv.Itoa(q.Number)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.said[text] = append(w.said[text], answer)
		return completiontest.Answer{Text: answer}
	}
	w.Start(t)
	return w
}

// again are the requests beside the first about each text.
func (w *writer) again() (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, list := range w.said {
		n += len(list) - 1
	}
	return n
}

// datagenInput writes so many documents of different words.
func datagenInput(t *testing.T, documents int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	words := strings.Fields("mill river corn bread water wheel spring autumn miller sack evening stone bridge valley farmer market road cart horse winter flour oven village church bell meadow")
	var b bytes.Buffer
	for i := range documents {
		var text []string
		for k := range 30 {
			text = append(text, words[(i*31+k*k*7+k)%len(words)]+strconv.Itoa((i+k*k)%17))
		}
		fmt.Fprintf(&b, "{\"id\":\"d%05d\",\"text\":\"%s number %d\",\"title\":\"title %d\"}\n", i, strings.Join(text, " "), i, i)
	}
	writeFile(t, filepath.Join(dir, "a.jsonl"), b.Bytes())
	return dir
}

const rephrasePipeline = `
source: { name: s, jsonl: { paths: ["IN/*"] } }
stages:
  - rephrase: { server: "SERVER", model: m, license: none, keep: true, requests: 16, judge: { max_ratio: 3 } }
  - exact_dedup: {}
sink: { jsonl: { dir: "OUT" } }
`

// A run that has documents rewritten is killed three times: no more is asked again than what
// was under way, each rewriting is one that the model gave, and all that was made of them is
// made again with the same bytes and no request.
func TestRephraseKilled(t *testing.T) {
	const documents, requests, kills = 700, 16, 3
	w := &writer{}
	w.Latency = 5 * time.Millisecond
	var runDir string
	var at atomic.Int64
	reached := make(chan int64, documents)
	w.during = func(q completiontest.Request) {
		if n := at.Load(); n > 0 && int64(q.Number) >= n {
			select {
			case reached <- n:
			default:
			}
		}
	}
	w.start(t)
	g := newGoldenOf(t, datagenInput(t, documents), strings.Replace(rephrasePipeline, "SERVER", w.URL, 1))
	runDir = filepath.Join(g.dir, "run")
	for k := range kills {
		target := int64(100 + 180*k)
		at.Store(target)
		c := program(t, g.args("--workers", "2")...)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		for n := range reached {
			if n == target { // else it was said late of the process before
				break
			}
		}
		_ = c.Process.Kill()
		_ = c.Wait()
	}
	at.Store(0)
	if code, words := exit(t, program(t, g.args()...)); code != 1 || !strings.Contains(words, "workers die of a task") {
		t.Errorf("exit %d: %s", code, words) // it cannot know who killed them
	}
	s := g.run(t, "--workers", "2")
	total, _, most := w.Counts()
	t.Logf("%d requests for %d documents, %d again; %d at once", total, documents, w.again(), most)
	if w.again() > kills*(requests+requests/8) || total != documents+w.again() || most > requests {
		t.Errorf("%d requests for %d documents, %d of them again, %d at once", total, documents, w.again(), most)
	}
	if s.Documents != 2*documents {
		t.Errorf("%d documents, want %d", s.Documents, 2*documents)
	}
	checkRewritten(t, g, w)
	if files := answersIn(t, runDir); len(files) != (documents+127)/128 {
		t.Errorf("%d files of answers for %d documents", len(files), documents)
	}
	want := g.bytes(t)
	for _, gone := range []string{"segments", "commits"} {
		parts, _ := filepath.Glob(filepath.Join(g.dir, "out", "part-*"))
		for _, p := range append(parts, filepath.Join(runDir, gone)) {
			if err := os.RemoveAll(p); err != nil {
				t.Fatal(err)
			}
		}
		g.run(t)
		same(t, "made again without "+gone, g.bytes(t), want)
	}
	output(t, program(t, "verify", runDir))
	if again, _, _ := w.Counts(); again != total {
		t.Errorf("%d requests to make it again", again-total)
	}
}

// checkRewritten looks at the columns of made documents, and that the model did say each.
func checkRewritten(t *testing.T, g golden, w *writer) {
	t.Helper()
	originals, made := map[string]string{}, 0
	rows := readParts(t, filepath.Join(g.dir, "out"))
	for _, d := range rows {
		if d["rephrase_model"] == nil {
			originals[d["id"].(string)] = d["text"].(string)
		}
	}
	for _, d := range rows {
		if d["rephrase_model"] == nil {
			continue
		}
		made++
		source, _ := d["rephrase_source_id"].(string)
		if d["id"] != source+".rephrase.0" || d["source"] != "s" || d["rephrase_license"] != "none" || d["rephrase_prompt"] != "wikipedia" ||
			len(d["rephrase_prompt_sha256"].(string)) != 64 || len(d["rephrase_settings"].(string)) != 16 || d["rephrase_seed"] == nil || d["src_record"] == nil {
			t.Errorf("made document %v", d)
		}
		if !slices.Contains(w.said[originals[source]], d["text"].(string)) {
			t.Errorf("%s: %q was not said of %q", d["id"], d["text"], originals[source])
		}
	}
	if made != len(originals) {
		t.Errorf("%d rewritings of %d documents", made, len(originals))
	}
}

// Another limit asks nothing, another neighbour before the stage asks about new documents
// only, another model asks all.
func TestRephraseAsksOnce(t *testing.T) {
	w := (&writer{}).start(t)
	g := newGoldenOf(t, datagenInput(t, 300), strings.Replace(rephrasePipeline, "SERVER", w.URL, 1))
	g.run(t)
	first, _, _ := w.Counts()
	for _, c := range []struct {
		what, set string
		asks      int
	}{
		{"another limit", "stages.rephrase.judge.max_ratio=2.5", 0},
		{"without the originals", "stages.rephrase.keep=false", 0},
		{"a share of the documents", "stages.rephrase.sample=0.5", 0},
		{"another number of requests", "stages.rephrase.requests=3", 0},
		{"another model", "stages.rephrase.model=n", 300},
	} {
		g.run(t, "--set", c.set, "--replace")
		now, _, _ := w.Counts()
		if now-first != c.asks {
			t.Errorf("%s: %d requests, want %d", c.what, now-first, c.asks)
		}
		first = now
	}
}

// Where no file has a document there is no forecast of nothing: it says what was found.
func TestForecastOfUnread(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "a.txt"), []byte("no lines of JSON\n"))
	g := newGoldenOf(t, dir, strings.Replace(rephrasePipeline, "SERVER", "http://127.0.0.1:1", 1))
	said := string(output(t, program(t, "check", g.pipeline)))
	if !strings.Contains(said, "forecast rephrase: none, as no file that was looked at has a document: s/a.txt") {
		t.Error(said)
	}
	writeFile(t, filepath.Join(dir, "b.jsonl"), []byte(`{"text":"a page of some words"}`))
	said = string(output(t, program(t, "check", g.pipeline)))
	if !strings.Contains(said, "forecast rephrase: about 1 requests, ") || !strings.Contains(said, ", by 1 documents of the input") {
		t.Error(said)
	}
}

// A budget stops the run before it is exceeded, and more of it goes on.
func TestBudget(t *testing.T) {
	w := (&writer{}).start(t)
	g := newGoldenOf(t, datagenInput(t, 200), strings.Replace(rephrasePipeline, "SERVER", w.URL, 1))
	forecast := string(output(t, program(t, "check", g.pipeline, "--set", "stages.rephrase.budget.tokens=30000", "--set", "stages.rephrase.budget.prompt_price=1")))
	var requests, prompts, answers int
	_, line, _ := strings.Cut(forecast, "forecast rephrase: ")
	if _, err := fmt.Sscanf(line, "about %d requests, %d tokens of prompts and %d of answers, $0.0", &requests, &prompts, &answers); err != nil || !strings.Contains(line, "the budget is 30000 tokens") {
		t.Errorf("%v: %s", err, forecast)
	}
	if n, _, _ := w.Counts(); n > 0 {
		t.Errorf("%d requests for a forecast", n)
	}
	code, words := exit(t, program(t, g.args("--set", "stages.rephrase.budget.tokens=30000")...))
	if code != 75 || !strings.Contains(words, "of 30000 tokens") || !strings.Contains(words, "the budget is spent") || !strings.Contains(words, "larger budget.tokens") {
		t.Errorf("exit %d: %s", code, words)
	}
	part, _, _ := w.Counts()
	if part < 20 || part >= 200 || w.Tokens() > 30000 || w.Tokens() < 25000 {
		t.Errorf("%d requests, %d tokens", part, w.Tokens())
	}
	code, words = exit(t, program(t, g.args("--set", "stages.rephrase.budget.usd=0.02", "--set", "stages.rephrase.budget.prompt_price=0.5", "--set", "stages.rephrase.budget.completion_price=1.5")...))
	if code != 75 || !strings.Contains(words, "of 0.02 dollars") {
		t.Errorf("exit %d: %s", code, words)
	}
	if n, _, _ := w.Counts(); n < part {
		t.Errorf("%d requests", n)
	}
	g.run(t)
	if n, _, _ := w.Counts(); n != 200 || w.again() != 0 {
		t.Errorf("%d requests for 200 documents, %d again", n, w.again())
	}
	if sum := prompts + answers; requests != 200 || sum < w.Tokens()*7/10 || sum > w.Tokens()*13/10 {
		t.Errorf("a forecast of %d requests, %d and %d tokens; they took %d", requests, prompts, answers, w.Tokens())
	}
}

// By files of a batch: the run writes requests and stops, and goes on with the answers.
func TestBatchFiles(t *testing.T) {
	g := newGoldenOf(t, datagenInput(t, 300), strings.Replace(rephrasePipeline, `server: "SERVER"`, `batch: "BATCH"`, 1))
	dir := filepath.Join(g.dir, "batch")
	b, err := os.ReadFile(g.pipeline)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, g.pipeline, bytes.ReplaceAll(b, []byte("BATCH"), []byte(dir)))
	requests := filepath.Join(dir, "requests-0001.jsonl")
	code, words := exit(t, program(t, g.args()...))
	if code != 75 || !strings.Contains(words, "300 requests are written to "+requests) {
		t.Fatalf("exit %d: %s", code, words)
	}
	code, words = exit(t, program(t, g.args()...))
	if code != 75 || !strings.Contains(words, "300 of the requests in "+filepath.Join(dir, "requests-*.jsonl")) {
		t.Fatalf("exit %d: %s", code, words)
	}
	lines, err := os.ReadFile(requests)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for line := range bytes.Lines(lines) {
		var x struct {
			ID   string `json:"custom_id"`
			Body struct{ Messages []completiontest.Message }
		}
		if err := json.Unmarshal(line, &x); err != nil {
			t.Fatal(err)
		}
		words := strings.Fields(completiontest.Last(x.Body.Messages[len(x.Body.Messages)-1].Content))
		slices.Reverse(words)
		fmt.Fprintf(&out, `{"custom_id":%q,"response":{"status_code":200,"body":%s},"error":null}`+"\n", x.ID,
			completiontest.Encode(completiontest.Request{Model: "m", Path: "/v1/chat/completions"}, completiontest.Answer{Text: strings.Join(words, " ")}))
	}
	writeFile(t, filepath.Join(dir, "batch_output.jsonl"), out.Bytes())
	if s := g.run(t); s.Documents != 600 {
		t.Errorf("%d documents", s.Documents)
	}
}

const generatePipeline = `
source: { name: s, jsonl: { paths: ["IN/*"], columns: { title: string } } }
stages:
  - generate: { server: "SERVER", model: m, license: none, api_key_env: DATAGEN_KEY, prompt: "PROMPT", schema: "SCHEMA", documents: /pairs,
      text: "{{title}}: {{answer.question}} {{answer.answer}}", quote: quote, requests: 8, count: 2 }
sink: { jsonl: { dir: "OUT" } }
`

// Structured answers of every kind become documents, or rejects that say why; the key is in
// no file and no output.
func TestGenerateStructured(t *testing.T) {
	const secret = "sk-s3cret-of-datagen"
	t.Setenv("DATAGEN_KEY", secret)
	s := &completiontest.Server{}
	var keys atomic.Int64
	s.Answer = func(q completiontest.Request) completiontest.Answer {
		if q.Key == secret {
			keys.Add(1)
		}
		if len(q.Schema) == 0 {
			t.Error("no schema was sent")
		}
		first := q.Messages[0].Content
		text := first[strings.LastIndex(first, ":\n")+2:]
		n := numberAtEnd(text)
		quote := strings.Join(strings.Fields(text)[:4], "  ")
		good := fmt.Sprintf(`{"pairs":[{"question":"What stands at %d?","answer":"It is %s.","quote":%q}]}`, n, strings.Fields(text)[2], quote)
		repaired := len(q.Messages) > 1
		switch {
		case n%10 == 1 && !repaired:
			return completiontest.Answer{Text: `{"pairs": [{"question"`}
		case n%10 == 2:
			return completiontest.Answer{Text: `{"pairs": "none, with the key ` + q.Key + `"}`}
		case n%10 == 3:
			return completiontest.Answer{Text: strings.Replace(good, quote, "words that it has not", 1)}
		case n%10 == 4:
			return completiontest.Answer{Fault: completiontest.Fault{Status: 400, Body: "too long for " + q.Key}}
		case n%10 == 5:
			return completiontest.Answer{Text: `{"pairs":[]}`}
		case n%10 == 6:
			return completiontest.Answer{Text: "```json\n" + good + "\n```"}
		case n%10 == 7 && q.Number%3 == 0:
			return completiontest.Answer{Fault: completiontest.Fault{Status: 503, RetryAfter: "0.01", Body: q.Key}}
		case n%10 == 8 && q.Number%3 == 0:
			return completiontest.Answer{Text: good, Fault: completiontest.Fault{HalfJSON: true}}
		case n%10 == 9 && q.Number%3 == 0:
			return completiontest.Answer{Fault: completiontest.Fault{Hangup: true}}
		}
		return completiontest.Answer{Text: good}
	}
	s.Start(t)
	dir := t.TempDir()
	prompt := writeFile(t, filepath.Join(dir, "ask.txt"), []byte("[user]\nTitle {{title}} in {{source}}:\n{{text}}\n"))
	schema := writeFile(t, filepath.Join(dir, "schema.json"), []byte(`{"type":"object","required":["pairs"],"properties":{"pairs":{"type":"array","items":{"type":"object","required":["question","answer","quote"]}}}}`))
	g := newGoldenOf(t, datagenInput(t, 100), strings.NewReplacer("SERVER", s.URL, "PROMPT", prompt, "SCHEMA", schema).Replace(generatePipeline))
	text := string(output(t, program(t, g.args("--json")...))) + string(output(t, program(t, "show", filepath.Join(g.dir, "run")))) +
		string(output(t, program(t, "verify", "--deep", filepath.Join(g.dir, "run"))))
	made := 0
	for _, d := range readParts(t, filepath.Join(g.dir, "out")) {
		if d["generate_model"] != nil {
			made++
			if n := numberAtEnd(d["generate_source_id"].(string)); !strings.HasPrefix(d["text"].(string), fmt.Sprintf("title %d: What stands at %d?", n, n)) {
				t.Errorf("made: %v", d)
			}
		}
	}
	if want := 2 * 60; made != want { // 0, 1, 6, 7, 8, 9 of ten, two each
		t.Errorf("%d documents made, want %d", made, want)
	}
	var stats struct {
		Stages []struct{ Rejected map[string]int64 }
	}
	b, err := os.ReadFile(filepath.Join(g.dir, "run", "stats.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &stats); err != nil {
		t.Fatal(err)
	}
	if got := stats.Stages[0].Rejected; got["invalid"] != 20 || got["ungrounded"] != 20 || got["not_answered"] != 20 || len(got) != 3 {
		t.Errorf("rejected: %v", got)
	}
	if keys.Load() == 0 || strings.Contains(text, "s3cret") {
		t.Errorf("the key was sent %d times; or is printed: %s", keys.Load(), text)
	}
	looked := 0
	err = filepath.WalkDir(g.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		looked++
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte("s3cret")) {
			t.Errorf("%s has the key", path)
		}
		return err
	})
	if err != nil || looked < 20 {
		t.Errorf("%d files, %v", looked, err)
	}
	for _, d := range readParts(t, filepath.Join(g.dir, "out")) {
		for k, v := range d {
			if s, ok := v.(string); ok && strings.Contains(s, "s3cret") {
				t.Errorf("%s: %s", k, s)
			}
		}
	}
}

// numberAtEnd is the number that a text ends with.
func numberAtEnd(s string) int {
	s = strings.TrimSpace(s)
	i := strings.LastIndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	n, _ := strconv.Atoi(s[i+1:])
	return n
}

// The recipe runs: originals and rewritings side by side, counted, and no more of these than
// it allows.
func TestDatagenRecipe(t *testing.T) {
	w := (&writer{}).start(t)
	dir := datagenInput(t, 300)
	t.Setenv("INPUT", filepath.Join(dir, "*"))
	t.Setenv("SERVER", w.URL)
	t.Setenv("MODEL", "m")
	t.Setenv("LICENSE", "none")
	out := t.TempDir()
	output(t, program(t, "run", "pipelines/datagen.yaml", "--run", filepath.Join(out, "run"), "--memory", "1GiB", "--set", "stages.gopher_repetition.where=rephrase_model = 'x'"))
	output(t, program(t, "export", filepath.Join(out, "run"), "jsonl", "--out", filepath.Join(out, "parts")))
	made, all, bytesMade, bytesAll := 0, 0, 0, 0
	for _, d := range readParts(t, filepath.Join(out, "parts")) {
		n := len(d["text"].(string))
		all++
		bytesAll += n
		if d["rephrase_model"] != nil {
			made++
			bytesMade += n
		}
		if d["tokens"] == nil {
			t.Errorf("not counted: %v", d)
		}
	}
	if made < 100 || made == all || float64(bytesMade) > 0.8*float64(bytesAll) {
		t.Errorf("%d of %d documents and %d of %d bytes are made", made, all, bytesMade, bytesAll)
	}
}

// Grades of a model become a column, by which sinks part the documents that a classifier is
// trained on.
func TestGradesTrain(t *testing.T) {
	s := &completiontest.Server{Answer: func(q completiontest.Request) completiontest.Answer {
		first := q.Messages[1].Content
		grade := numberAtEnd(first) % 6
		return completiontest.Answer{Text: fmt.Sprintf("{\"reason\": \"so\", \"grade\": %d}", grade)}
	}}
	s.Start(t)
	dir := t.TempDir()
	g := newGoldenOf(t, datagenInput(t, 300), strings.NewReplacer("SERVER", s.URL, "GOOD", filepath.Join(dir, "good"), "BAD", filepath.Join(dir, "bad")).Replace(`
source: { name: s, jsonl: { paths: ["IN/*"] } }
stages:
  - generate: { server: "SERVER", model: m, license: none, prompt: grade }
sink:
  - { name: good, where: generate_value >= 3, jsonl: { dir: "GOOD" } }
  - { name: bad, where: generate_value < 3, jsonl: { dir: "BAD" } }
`))
	if sum := g.run(t); sum.Documents != 300 {
		t.Errorf("%d documents", sum.Documents)
	}
	for name, least := range map[string]float64{"good": 3, "bad": 0} {
		rows := readParts(t, filepath.Join(dir, name))
		for _, d := range rows {
			if x, ok := d["generate_value"].(float64); !ok || x < least || x > least+2 || int(x) != numberAtEnd(d["text"].(string))%6 || d["generate_prompt"] != "grade" {
				t.Errorf("%s: %v", name, d)
			}
		}
		if len(rows) != 150 {
			t.Errorf("%d documents are %s", len(rows), name)
		}
	}
	good, _ := filepath.Glob(filepath.Join(dir, "good", "*.jsonl.zst"))
	bad, _ := filepath.Glob(filepath.Join(dir, "bad", "*.jsonl.zst"))
	model := filepath.Join(dir, "model.bin")
	out := output(t, program(t, "train", "quality", "--positive", good[0], "--negative", bad[0], "--out", model, "--dim", "8", "--epoch", "1", "--json"))
	if fi, err := os.Stat(model); err != nil || fi.Size() == 0 {
		t.Errorf("%v: %s", err, out)
	}
}

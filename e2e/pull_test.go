package e2e_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/ledger/claims"
	"github.com/corpusmill/corpusmill/run"
	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/s3/s3test"
	"github.com/corpusmill/corpusmill/store/storetest"
	"github.com/corpusmill/corpusmill/store/web/webtest"
)

var (
	pullWorkers = flag.Int("pull.workers", 4, "workers of a run that come and go")
	pullRounds  = flag.Int("pull.rounds", 1, "runs by workers that come and go, on each store")
	pullKills   = flag.Int("pull.kills", 6, "workers that are killed in each")
	pullSeed    = flag.Uint64("pull.seed", 1, "seed of what becomes of workers")
)

// pulledPipeline has a switch, both kinds of duplicates, a share and two sinks.
const pulledPipeline = `
name: golden
packs: { files: 1 }
source:
  - { name: first, jsonl: { paths: ["IN/first/**/*.jsonl"] } }
  - { name: second, jsonl: { paths: ["IN/second/*.jsonl"] } }
stages:
  - c4_quality: { words: uax29 }
  - switch:
      by: source
      cases: { first: [ { gopher_quality: { words: uax29 } } ] }
      default: [ { gopher_repetition: {} } ]
  - length_top: { keep_top: 0.9 }
  - exact_dedup: {}
  - minhash: {}
  - gopher_quality: { as: late_quality, words: uax29, min_words: 60 }
  - token_count: {}
sink:
  - { name: long, where: "tokens > 150", parquet: { dir: "OUT/long", part_bytes: 100KiB } }
  - { name: short, jsonl: { dir: "OUT/short" } }
rejects: { jsonl: {}, text_sample: 0.3 }
`

// crowd starts workers of one run, kills and suspends some, lets others come late, and
// returns when the run is whole.
type crowd struct {
	start func() *exec.Cmd
	// progress grows with what is done.
	progress func() int
	rng      *rand.Rand
	kills    int
	workers  int
}

type member struct {
	c      *exec.Cmd
	output *strings.Builder
	ended  chan struct{}
	killed bool
}

func (k *crowd) run(t *testing.T) {
	t.Helper()
	var all []*member
	join := func() *member {
		m := &member{c: k.start(), output: &strings.Builder{}, ended: make(chan struct{})}
		m.c.Stdout, m.c.Stderr = m.output, m.output
		if err := m.c.Start(); err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
		go func() {
			defer close(m.ended)
			_ = m.c.Wait() // its state says how
		}()
		return m
	}
	living := func() (list []*member) {
		for _, m := range all {
			select {
			case <-m.ended:
			default:
				if !m.killed {
					list = append(list, m)
				}
			}
		}
		return list
	}
	for range k.workers {
		join()
	}
	killed, suspended := 0, 0
	for kill := range k.kills {
		had := k.progress()
		for start := time.Now(); k.progress() <= had+k.rng.IntN(6) && time.Since(start) < 5*time.Second && len(living()) > 0; {
			time.Sleep(time.Millisecond)
		}
		alive := living()
		if len(alive) == 0 {
			break
		}
		m := alive[k.rng.IntN(len(alive))]
		if kill%3 == 2 { // suspended for longer than the expiry
			_ = m.c.Process.Signal(syscall.SIGSTOP)
			suspended++
			time.AfterFunc(3*time.Second, func() { _ = m.c.Process.Signal(syscall.SIGCONT) })
			continue
		}
		m.killed = true
		killed++
		_ = m.c.Process.Kill()
		join()
	}
	if len(living()) == 0 {
		join()
	}
	silent := 0
	defer func() {
		t.Logf("%d workers were killed and %d suspended, of which %d found another run", killed, suspended, silent)
	}()
	for _, m := range all {
		<-m.ended
		code := m.c.ProcessState.ExitCode()
		if code == 75 && strings.Contains(m.output.String(), run.ErrSilent.Error()) { // the run ended while it was suspended, and who came then began another
			silent++
			continue
		}
		if code != 0 && !m.killed {
			t.Errorf("a worker that nobody killed: exit %d\n%s", code, m.output)
		}
	}
}

// Workers of one run come, are killed, suspended for longer than the expiry, and go on:
// the bytes are those of one process.
func TestWorkersComeAndGo(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, goldenShards)
	ref := newGoldenOf(t, in, pulledPipeline)
	ref.run(t, "--workers", "1")
	want := ref.bytes(t)
	for round := range *pullRounds {
		g := newGoldenOf(t, in, pulledPipeline)
		k := crowd{rng: rand.New(rand.NewPCG(*pullSeed, uint64(round))), kills: *pullKills, workers: *pullWorkers,
			start:    func() *exec.Cmd { return program(t, g.args("--workers", "1", "--claim-expiry", "1s")...) },
			progress: func() int { return g.commits(t) }}
		k.run(t)
		if s := g.run(t); s.TasksRun != 0 {
			t.Errorf("%d tasks were left", s.TasksRun)
		}
		same(t, "workers that come and go", g.bytes(t), want)
		g.verify(t)
	}
}

// The same on an object store of which one request in twenty fails.
func TestWorkersComeAndGoOnS3(t *testing.T) {
	gw := s3test.StartGateway(t)
	in := t.TempDir()
	goldenInput(t, in, goldenShards)
	o := gw.Settings()
	t.Setenv("AWS_ACCESS_KEY_ID", o.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", o.SecretKey)
	to := &url.URL{Scheme: "http", Host: gw.Address}
	faults := webtest.NewFaults(5)
	proxy := httptest.NewServer(faults.Wrap(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host // it is signed
	}}))
	t.Cleanup(proxy.Close)
	yaml := pulledPipeline + fmt.Sprintf("s3: { endpoint: %s, region: %s, path_style: true }\n", proxy.URL, o.Region)
	results := func(place string) map[string]string {
		t.Helper()
		s, err := gw.Schemes().Open(t.Context(), place)
		if err != nil {
			t.Fatal(err)
		}
		files := map[string]string{}
		for _, name := range storetest.Names(t, s, "") {
			if base := path.Base(name); !strings.Contains(base, "timings") && !strings.HasPrefix(base, "_corpusmill") && base != "run.json" && base != "plan.yaml" && base != "origin.json" && base != "report.html" && base != "README.md" {
				files[name] = string(storetest.Get(t, s, name))
			}
		}
		return files
	}
	var want map[string]string
	for round := range 1 + *pullRounds {
		place := gw.Location()
		g := golden{dir: t.TempDir()}
		g.pipeline = writeFile(t, filepath.Join(g.dir, "golden.yaml"), []byte(strings.NewReplacer("IN", in, "OUT", place+"/out").Replace(yaml)))
		start := func() *exec.Cmd {
			return program(t, "run", g.pipeline, "--run", place+"/run", "--memory", "1GiB", "--workers", "1", "--claim-expiry", "2s")
		}
		if round == 0 {
			output(t, start())
			want = results(place)
			continue
		}
		folder := gw.Folder(place)
		k := crowd{rng: rand.New(rand.NewPCG(*pullSeed, uint64(round))), kills: *pullKills, workers: *pullWorkers, start: start, progress: func() int {
			names, _ := filepath.Glob(filepath.Join(folder, "run", "commits", "*", "*.json"))
			return len(names)
		}}
		k.run(t)
		output(t, start()) // it is whole, or becomes so
		same(t, "workers on S3", results(place), want)
	}
	if faults.Throttled.Load()+faults.Unavailable.Load()+faults.Cut.Load() == 0 {
		t.Error("no request failed")
	}
}

// deadly kills the process at some documents.
type deadly struct{}

func (deadly) Apply(d *corpus.Document) (corpus.Verdict, error) {
	if strings.Contains(d.Text, "the end of it all") {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	return corpus.Keep, nil
}

// A task that kills its worker ends the run after three deaths, and is named; what stands
// beside it is done. The next run begins to count anew.
func TestDeadlyTask(t *testing.T) {
	dir := t.TempDir()
	for i := range 12 {
		text := fmt.Sprintf(`{"text":"number %d of them"}`, i)
		if i == 7 {
			text = `{"text":"this is the end of it all"}`
		}
		writeFile(t, fmt.Sprintf("%s/in/%02d.jsonl", dir, i), []byte(text+"\n"))
	}
	pipeline := writeFile(t, dir+"/p.yaml", []byte("packs: { files: 1 }\nsource: { name: in, jsonl: { paths: ["+dir+"/in/*.jsonl] } }\nstages: [ { deadly: {} } ]\nsink: { jsonl: {} }\n"))
	args := []string{"run", pipeline, "--run", dir + "/run", "--workers", "2", "--claim-expiry", "1s"}
	for round := range 2 {
		deaths := 0
		for {
			code, stderr := exit(t, program(t, args...))
			if code == -1 {
				deaths++
				if deaths > claims.DeadMax {
					t.Fatalf("round %d: %d processes died", round, deaths)
				}
				continue
			}
			if code != 1 || !strings.Contains(stderr, "in/07.jsonl") || !strings.Contains(stderr, "workers die of a task") || strings.Contains(stderr, "in/06.jsonl") {
				t.Errorf("round %d: exit %d after %d deaths: %s", round, code, deaths, stderr)
			}
			break
		}
		if deaths != claims.DeadMax {
			t.Errorf("round %d: %d processes died", round, deaths)
		}
	}
	writeFile(t, dir+"/in/07.jsonl", []byte(`{"text":"not yet"}`+"\n"))
	var s run.Summary
	if err := json.Unmarshal(output(t, program(t, append(args, "--json")...)), &s); err != nil || s.Documents != 12 {
		t.Errorf("mended: %d documents, %v", s.Documents, err)
	}
}

// A worker of a program with another layout of run folders is refused while others work.
func TestMixedVersions(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, 2)
	g := newGolden(t, in)
	s := store.Local(g.dir + "/run")
	other, err := claims.Join(t.Context(), s, claims.Settings{Program: "v99"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := other.Take(t.Context(), "run.begin/run", claims.Top{}, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Enter(t.Context(), c.Nonce()); err != nil {
		t.Fatal(err)
	}
	if err := c.Done(t.Context(), []byte(`{"version":99,"program":"v99","plan":"x"}`)); err != nil {
		t.Fatal(err)
	}
	if code, stderr := exit(t, program(t, g.args()...)); code != 75 || !strings.Contains(stderr, "of program v99, which has another layout of run folders (99") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if err := other.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	g.run(t)
}

// asked counts the requests of a store by what is asked for.
type asked struct {
	store.Store
	mu     *sync.Mutex
	counts map[string]int
	all    *atomic.Int64
}

func (s asked) count(op, name string) {
	s.all.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	folder, _, _ := strings.Cut(name, "/")
	s.counts[op+" "+folder]++
}

func (s asked) List(ctx context.Context, prefix string) iter.Seq2[store.Object, error] {
	s.count("list", prefix)
	return s.Store.List(ctx, prefix)
}

func (s asked) Stat(ctx context.Context, name string) (store.Object, error) {
	s.count("stat", name)
	return s.Store.Stat(ctx, name)
}

func (s asked) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	s.count("open", name)
	return s.Store.Open(ctx, name)
}

func (s asked) OpenRange(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	s.count("open", name)
	return s.Store.OpenRange(ctx, name, offset, length)
}

func (s asked) Create(ctx context.Context, name string) (store.Writer, error) {
	s.count("create", name)
	return s.Store.Create(ctx, name)
}

func (s asked) PutIfAbsent(ctx context.Context, name string, data []byte) (bool, error) {
	s.count("put", name)
	return s.Store.PutIfAbsent(ctx, name, data)
}

// What a run asks of its folder beside the files that tasks write and read grows with lots,
// not with tasks, nor with tasks times workers.
func TestRequestsPerTask(t *testing.T) {
	const tasks, workers = 1500, 3
	dir := t.TempDir()
	for i := range tasks {
		writeFile(t, fmt.Sprintf("%s/in/%04d.jsonl", dir, i), fmt.Appendf(nil, "{\"text\":\"number %d of them\"}\n", i))
	}
	counts, mu, all := map[string]int{}, &sync.Mutex{}, &atomic.Int64{}
	var wg sync.WaitGroup
	var ran atomic.Int64
	for range workers {
		wg.Go(func() {
			app := corpusmill.App()
			app.Stores = func(store.Server) store.Schemes {
				return store.Schemes{"asked://": func(_ context.Context, location string) (store.Store, error) {
					return asked{store.Local(strings.TrimPrefix(location, "asked://")), mu, counts, all}, nil
				}}
			}
			p, err := app.Parse("p.yaml", []byte("packs: { files: 1 }\nsource: { jsonl: { paths: ["+dir+"/in/*.jsonl] } }\nsink: { jsonl: { dir: "+dir+"/out } }\nrejects: { jsonl: { dir: "+dir+"/rejects } }\n"), nil)
			if err != nil {
				t.Error(err)
				return
			}
			s, err := app.Run(t.Context(), p, run.Options{Dir: "asked://" + dir + "/run", Workers: 1, Memory: 1 << 30})
			if err != nil {
				t.Error(err)
				return
			}
			ran.Add(int64(s.TasksRun))
		})
	}
	wg.Wait()
	t.Logf("%d tasks run, %.2f requests a task: %v", ran.Load(), float64(all.Load())/float64(ran.Load()), counts)
	lots := tasks/(tasks/64) + 2
	for _, x := range []struct {
		what string
		most int
	}{
		{"put claims", 2*workers*lots + 50}, {"open claims", 6 * workers * lots}, {"list claims", workers * (lots + 100)},
		{"put commits", int(ran.Load()) + workers}, {"open commits", tasks + 50}, {"list commits", workers * 10},
		{"create segments", 2 * int(ran.Load())}, {"create stats", int(ran.Load())},
	} {
		if counts[x.what] > x.most {
			t.Errorf("%s: %d requests, want %d at most", x.what, counts[x.what], x.most)
		}
	}
	if n := ran.Load(); n < tasks || n > tasks+tasks/10 {
		t.Errorf("%d tasks run of %d", n, tasks)
	}
}

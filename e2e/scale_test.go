package e2e_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/run"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// large makes a run take all passes of large ones.
var large = plan.Scale{Files: 3, Spread: 7, Edges: -1, Choose: 200}

// shared links documents whose texts have a word in common: any graph.
type shared struct {
	KeepRule stage.Keep `yaml:"keep" default:"max text_bytes"`
}

func (*shared) KeyBytes() int          { return 16 }
func (s *shared) Survivor() stage.Keep { return s.KeepRule }
func (*shared) Reads() []string        { return []string{"text"} }
func (*shared) Keys(d *corpus.Document, emit func(stage.Key, uint32)) error {
	for word := range strings.FieldsSeq(d.Text) {
		h := xxh3.HashString128(word)
		emit(stage.Key{Hi: h.Hi, Lo: h.Lo}, 0)
	}
	return nil
}

// outcome is what a run decided: its parts by name, which has the key of what shaped them,
// and the digest of the edits of each segment by pass.
type outcome struct{ parts, edits map[string]string }

func outcomeOf(t *testing.T, yaml string, o run.Options, more ...stage.Def) (outcome, *run.Summary) {
	t.Helper()
	o.Dir = t.TempDir()
	app := corpusmill.App(more...)
	p, err := app.Parse("test.yaml", []byte(yaml), nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := app.Run(t.Context(), p, o)
	if err != nil {
		t.Fatal(err)
	}
	x := outcome{map[string]string{}, map[string]string{}}
	names, _ := filepath.Glob(o.Dir + "/parts/part-*")
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		x.parts[filepath.Base(name)] = fmt.Sprintf("%x", sha256.Sum256(b))
	}
	if len(names) == 0 && s.Documents > 0 {
		t.Fatal("no parts")
	}
	commits, err := (&ledger.Ledger{Store: store.Local(o.Dir)}).Manifest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range commits {
		for _, e := range c.Edits {
			x.edits[fmt.Sprintf("%s %d", c.Pass, e.Input)] = fmt.Sprint(e.SHA256, e.Bytes, e.Dropped)
		}
	}
	return x, s
}

// tasksOf are the tasks of a run by pass.
func tasksOf(s *run.Summary) map[string]int {
	n := map[string]int{}
	for _, p := range s.Passes {
		n[p.Pass] = p.Run + p.Kept
	}
	return n
}

func (x outcome) same(t *testing.T, what string, other outcome) {
	t.Helper()
	if !maps.Equal(x.edits, other.edits) {
		t.Errorf("%s: other edits: %d and %d segments", what, len(x.edits), len(other.edits))
	}
	if !maps.Equal(x.parts, other.parts) {
		t.Errorf("%s: other parts or keys:\n%v\n%v", what, x.parts, other.parts)
	}
}

// graphInput writes documents that are the nodes of a graph of random shape, whose words
// are its edges, to some files.
func graphInput(t *testing.T, rng *rand.Rand, dir string, nodes, files int) {
	t.Helper()
	words := make([][]string, nodes)
	at := rng.Perm(nodes)
	edges := 0
	edge := func(of ...int) {
		edges++
		for _, n := range of {
			words[at[n]] = append(words[at[n]], fmt.Sprint("e", edges))
		}
	}
	for from := 0; from < nodes; {
		n := min(nodes-from, 2+rng.IntN(6))
		switch rng.IntN(5) {
		case 0: // a path
			n = min(nodes-from, nodes/3)
			for i := range n - 1 {
				edge(from+i, from+i+1)
			}
		case 1: // a star
			n = min(nodes-from, nodes/5)
			for i := range n - 1 {
				edge(from, from+i+1)
			}
		case 2: // a clique by one word, with more in common
			all := make([]int, n)
			for i := range all {
				all[i] = from + i
			}
			edge(all...)
			edge(all...)
		case 3: // at random
			for range n {
				edge(from+rng.IntN(n), from+rng.IntN(n))
			}
		default: // alone
		}
		from += n
	}
	out := make([]bytes.Buffer, files)
	for i, w := range words {
		f := i * files / nodes
		fmt.Fprintf(&out[f], "{\"id\":\"d%d\",\"text\":\"%s\",\"score\":%d}\n", i, strings.Join(w, " "), rng.IntN(9))
	}
	for i := range out {
		writeFile(t, fmt.Sprintf("%s/f%02d.jsonl", dir, i), out[i].Bytes())
	}
}

// Components that are found on disk by many tasks give the edits and the keys behind them
// that one task gives in memory, whatever the graph, the rule and the workers.
func TestComponentsBeyondMemory(t *testing.T) {
	rules := []string{"{ max: text_bytes }", "{ min: text_bytes }", "{ max: score }", "first", "none", "all"}
	rng := rand.New(rand.NewPCG(11, 12))
	for round := range 12 {
		in := t.TempDir()
		nodes := 2 + rng.IntN(3000)
		if round == 0 {
			nodes = 100_000 // paths of some 30,000
		}
		graphInput(t, rng, in, nodes, 1+rng.IntN(12))
		rule := rules[round%len(rules)]
		yaml := fmt.Sprintf(`packs: { files: 1 }
source: { jsonl: { paths: [%q], columns: { score: int } } }
stages: [ exact_dedup: {}, shared: { keep: %s }, shared: { as: again, keep: %s } ]
sink: { jsonl: {} }`, in+"/*", rule, rules[rng.IntN(len(rules))])
		def := stage.Define[shared]("shared", 1)
		want, few := outcomeOf(t, yaml, run.Options{Workers: 2}, def)
		got, many := outcomeOf(t, yaml, run.Options{Workers: 1 + rng.IntN(8), Scale: large}, def)
		want.same(t, fmt.Sprintf("round %d, %d nodes, %s", round, nodes, rule), got)
		if n := tasksOf(few); n["shared-resolve"] != 1 || n["shared-components"] != 0 {
			t.Errorf("tasks of a small run: %v", n)
		}
		if n := tasksOf(many); n["shared-components"] != 1 || n["shared-nominate"] != n["shared-resolve"] || n["shared-choose"] == 0 {
			t.Errorf("tasks of a large run: %v", n)
		}
	}
}

// The corpora of other tests give the same parts, at any number of workers.
func TestLargeRunsGiveTheSame(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, goldenShards)
	yaml := strings.NewReplacer("IN", in, `{ dir: "OUT", part_bytes: 100KiB }`, "{ part_bytes: 100KiB }").Replace(goldenPipeline)
	want, _ := outcomeOf(t, yaml, run.Options{Workers: 2})
	for _, workers := range []int{1, 2, 8} {
		got, s := outcomeOf(t, yaml, run.Options{Workers: workers, Scale: large})
		want.same(t, fmt.Sprint(workers, " workers"), got)
		if n := tasksOf(s); n["minhash-components"] != 1 || n["minhash-resolve"] < 3 {
			t.Errorf("tasks: %v", n)
		}
	}
}

// passStore counts the requests for files that lie between passes, by the pass whose commit
// comes next.
type passStore struct {
	store.Store
	counts *passCounts
}

type passCounts struct {
	mu            sync.Mutex
	reads, writes int64 // since the last commit
	passes        map[string]plan.Cost
}

func (c *passCounts) count(name string, n *int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if strings.HasPrefix(name, ledger.SegmentsFolder) {
		*n++
	}
}

func (s passStore) OpenRange(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	s.counts.count(name, &s.counts.reads)
	return s.Store.OpenRange(ctx, name, offset, length)
}

func (s passStore) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	s.counts.count(name, &s.counts.reads)
	return s.Store.Open(ctx, name)
}

func (s passStore) Create(ctx context.Context, name string) (store.Writer, error) {
	s.counts.count(name, &s.counts.writes)
	return s.Store.Create(ctx, name)
}

func (s passStore) PutIfAbsent(ctx context.Context, name string, b []byte) (bool, error) {
	if rest, ok := strings.CutPrefix(name, "commits/"); ok {
		pass, _, _ := strings.Cut(rest, "/")
		s.counts.mu.Lock()
		x := s.counts.passes[pass]
		s.counts.passes[pass] = plan.Cost{Pass: pass, Tasks: x.Tasks + 1, Reads: x.Reads + s.counts.reads, Writes: x.Writes + s.counts.writes + 1}
		s.counts.reads, s.counts.writes = 0, 0
		s.counts.mu.Unlock()
	}
	return s.Store.PutIfAbsent(ctx, name, b)
}

// The requests of each pass are those that the plan counts, or fewer where files are small:
// of large runs in bundles and of small ones.
func TestRequestsOfPasses(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, goldenShards)
	for _, scale := range []plan.Scale{{}, {Segments: -1, Keys: 1000, Files: 3, Spread: 7, Edges: -1, Choose: 200}} {
		yaml := strings.NewReplacer("IN", in, `{ dir: "OUT", part_bytes: 100KiB }`, "{ part_bytes: 100KiB }").Replace(goldenPipeline)
		yaml = strings.Replace(yaml, "  - gopher_quality: { as: late", "  - line_dedup: {}\n  - gopher_quality: { as: late", 1)
		counts := &passCounts{passes: map[string]plan.Cost{}}
		app := corpusmill.App()
		app.Stores = func(store.Server) store.Schemes {
			return store.Schemes{"counted://": func(_ context.Context, location string) (store.Store, error) {
				return passStore{store.Local(strings.TrimPrefix(location, "counted://")), counts}, nil
			}}
		}
		p, err := app.Parse("test.yaml", []byte(yaml), nil)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		o := run.Options{Dir: "counted://" + dir, Workers: 1, Scale: scale}
		if _, err := app.Run(t.Context(), p, o); err != nil {
			t.Fatal(err)
		}
		pl, err := app.Plan(t.Context(), p, o)
		if err != nil {
			t.Fatal(err)
		}
		defer pl.Close() //nolint:errcheck // nothing was written
		commits := plan.Commits{}
		for _, pass := range pl.Graph.Passes {
			want, err := pl.Graph.Cost(pass, commits)
			if err != nil {
				t.Fatal(err)
			}
			c, heads := &plan.Committed{}, []*plan.Head(nil)
			tasks, _ := pl.Graph.Expand(pass, commits)
			for _, x := range tasks {
				done, err := (&ledger.Ledger{Store: store.Local(dir)}).Find(t.Context(), pass.Name, x.Key)
				if err != nil || done == nil {
					t.Fatalf("no commit of %s: %v", x.Label, err)
				}
				c.Keys, heads = append(c.Keys, x.Key), append(heads, &done.Head)
			}
			c.Heads = plan.HeadsOf(heads...)
			commits[pass.Name] = c
			got := counts.passes[pass.Name]
			if got.Tasks != want.Tasks || got.Writes != want.Writes && pass.Kind != plan.List || got.Reads > want.Reads || 8*got.Reads < want.Reads && pass.Kind != plan.List {
				t.Errorf("%+v, counted %+v", want, got)
			}
			if testing.Verbose() {
				t.Logf("%-24s %4d tasks %6d reads, counted %6d; %5d writes, counted %5d", pass.Name, want.Tasks, want.Reads, got.Reads, want.Writes, got.Writes)
			}
		}
	}
}

package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/ledger/claims"
	"github.com/corpusmill/corpusmill/run"
	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/storetest"
	"github.com/corpusmill/corpusmill/store/web/webtest"
)

// brokenSite is a site with the golden corpus that denies some files.
type brokenSite struct {
	*webtest.Site
	broken atomic.Bool
	list   string
	names  []string
}

// broken are the files that it denies, by how.
var deniedFiles = map[string]int{"first/p1/s05.jsonl": http.StatusForbidden, "first/p1/s17.jsonl": http.StatusNotFound, "second/s24.jsonl": http.StatusGone}

func startBrokenSite(t *testing.T) *brokenSite {
	t.Helper()
	in := t.TempDir()
	goldenInput(t, in, goldenShards)
	b, files := &brokenSite{}, map[string][]byte{}
	err := filepath.WalkDir(in, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(in, path)
		files[name], b.names = data, append(b.names, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range deniedFiles {
		if files[name] == nil {
			t.Fatalf("no file %s among %v", name, b.names)
		}
	}
	b.Site = webtest.StartSite(t, files, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if status := deniedFiles[strings.TrimPrefix(r.URL.Path, "/")]; status != 0 && b.broken.Load() && r.Method == http.MethodGet {
				w.WriteHeader(status)
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	b.list = writeFile(t, t.TempDir()+"/list.txt", []byte(strings.Join(b.names, "\n")+"\n"))
	return b
}

// golden is a run folder whose pipeline reads the site.
func (b *brokenSite) golden(t *testing.T) golden {
	_, stages, _ := strings.Cut(pulledPipeline, "stages:")
	return newGoldenOf(t, "", fmt.Sprintf("name: golden\npacks: { files: 3 }\nsource: { name: first, jsonl: { list: %q, base: %q } }\nstages:", b.list, b.URL)+stages)
}

// without are the files of a run but the records of what is set aside, which say who and when.
func (g golden) without(t *testing.T) map[string]string {
	t.Helper()
	files := g.bytes(t)
	maps.DeleteFunc(files, func(name, _ string) bool { return strings.HasPrefix(name, "run/set-aside/") })
	return files
}

// Files that a server denies are set aside, as many as may be; whatever workers come and go,
// the bytes are the same, and counted and shown is what is lacking. Taken up, it is as if they
// had never failed.
func TestShardsFailed(t *testing.T) {
	site := startBrokenSite(t)
	whole := site.golden(t)
	whole.run(t)
	want := whole.bytes(t)

	site.broken.Store(true)
	none := site.golden(t)
	if code, stderr := exit(t, program(t, none.args()...)); code != 1 || strings.Contains(stderr, "set aside") {
		t.Errorf("without a budget: exit %d: %s", code, stderr)
	}
	few := site.golden(t)
	code, stderr := exit(t, program(t, few.args("--set", "shards_failed_max=2")...))
	if code != 1 || !strings.Contains(stderr, "as many are set aside already as shards_failed_max allows, 2") {
		t.Errorf("a budget that is too small: exit %d: %s", code, stderr)
	}
	s := few.run(t, "--set", "shards_failed_max=3")
	if s.ShardsFailed != 3 {
		t.Errorf("%d files are set aside", s.ShardsFailed)
	}
	lacking := few.without(t)

	crowded := site.golden(t)
	k := crowd{rng: rand.New(rand.NewPCG(*pullSeed, 3)), kills: *pullKills, workers: *pullWorkers, progress: func() int { return crowded.commits(t) },
		start: func() *exec.Cmd {
			return program(t, crowded.args("--workers", "1", "--claim-expiry", "1s", "--set", "shards_failed_max=off")...)
		}}
	k.run(t)
	same(t, "set aside by workers that come and go", crowded.without(t), lacking)
	crowded.verify(t)
	if st := crowded.stats(t); st.Damage().ShardsFailed != 3 || st.Sources[0].Shards != goldenShards-3 {
		t.Errorf("%+v, %d files read", st.Damage(), st.Sources[0].Shards)
	}
	if out := string(output(t, program(t, "show", crowded.dir+"/run"))); !strings.Contains(out, "of the input files 3 are set aside") || !strings.Contains(out, "set aside: first/first/p1/s17.jsonl: ") {
		t.Error(out)
	}
	if out := string(output(t, program(t, "verify", crowded.dir+"/run"))); !strings.Contains(out, "3 are set aside") {
		t.Error(out)
	}
	if code, _ := exit(t, program(t, crowded.args("--strict", "--set", "shards_failed_max=3")...)); code != 3 {
		t.Errorf("--strict: exit %d", code)
	}

	site.broken.Store(false)
	if s := few.run(t, "--set", "shards_failed_max=3"); s.TasksRun != 0 || s.ShardsFailed != 3 {
		t.Errorf("not taken up: %d tasks run, %d files set aside", s.TasksRun, s.ShardsFailed)
	}
	if code, stderr := exit(t, program(t, few.args()...)); code != 1 || !strings.Contains(stderr, "3 are set aside, shards_failed_max is 0") {
		t.Errorf("without the budget again: exit %d: %s", code, stderr)
	}
	for _, g := range []golden{few, crowded} {
		if s := g.run(t, "--take-up"); s.ShardsFailed != 0 || s.TasksRun == 0 {
			t.Errorf("taken up: %d tasks run, %d files set aside", s.TasksRun, s.ShardsFailed)
		}
		same(t, "taken up", g.bytes(t), want)
		g.verify(t)
	}
}

// A file that workers die of is set aside, and the file alone where its task reads no other.
func TestDeadlyShardAside(t *testing.T) {
	dir := t.TempDir()
	for i := range 12 {
		text := fmt.Sprintf(`{"text":"number %d of them"}`, i)
		if i == 7 {
			text = `{"text":"this is the end of it all"}`
		}
		writeFile(t, fmt.Sprintf("%s/in/%02d.jsonl", dir, i), []byte(text+"\n"))
	}
	pipeline := writeFile(t, dir+"/p.yaml", []byte("packs: { files: 1 }\nshards_failed_max: 1\nsource: { name: in, jsonl: { paths: ["+dir+"/in/*.jsonl] } }\nstages: [ { deadly: {} } ]\nsink: { jsonl: {} }\n"))
	args := []string{"run", pipeline, "--run", dir + "/run", "--workers", "2", "--claim-expiry", "1s", "--json"}
	for deaths := 0; ; deaths++ {
		c := program(t, args...)
		out, err := c.Output()
		if c.ProcessState.ExitCode() == -1 && deaths < claims.DeadMax {
			continue
		}
		var s run.Summary
		if err != nil || json.Unmarshal(out, &s) != nil || s.Documents != 11 || s.ShardsFailed != 1 || deaths != claims.DeadMax {
			t.Fatalf("%d documents, %d files set aside after %d deaths, %v", s.Documents, s.ShardsFailed, deaths, err)
		}
		break
	}
	list, err := (&ledger.Ledger{Store: store.Local(dir + "/run")}).Aside(t.Context())
	if err != nil || len(list) != 1 || list[0].Name != "07.jsonl" || !strings.Contains(list[0].Reason, "3 workers died of in/07.jsonl") {
		t.Errorf("%+v, %v", list, err)
	}
	// Mended, it is another file: nobody has to say that it is to be read.
	writeFile(t, dir+"/in/07.jsonl", []byte(`{"text":"not yet"}`+"\n"))
	var s run.Summary
	if err := json.Unmarshal(output(t, program(t, args...)), &s); err != nil || s.Documents != 12 || s.ShardsFailed != 0 {
		t.Errorf("mended: %d documents, %d set aside, %v", s.Documents, s.ShardsFailed, err)
	}
}

// deniedFrom denies a file from some byte on.
type deniedFrom struct {
	store.Store
	name string
	from int64
	on   *atomic.Bool
}

func (s deniedFrom) OpenRange(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	if name == s.name && s.on.Load() && (offset >= s.from || length < 0 || offset+length > s.from) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return s.Store.OpenRange(ctx, name, offset, length)
}

func (s deniedFrom) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	return s.OpenRange(ctx, name, 0, -1)
}

// A file that is read in ranges is set aside whole, also what was read of it.
func TestRangesAside(t *testing.T) {
	in := t.TempDir()
	for f := range 3 {
		var b bytes.Buffer
		for i := range 3000 {
			fmt.Fprintf(&b, "{\"text\":\"line %d of file %d, %x\"}\n", i, f, storetest.Bytes(40, uint64(f*3000+i)))
		}
		writeFile(t, fmt.Sprintf("%s/%d.jsonl", in, f), b.Bytes())
	}
	var denied atomic.Bool
	start := func(dir string, workers int, o run.Options) map[string]string {
		t.Helper()
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				app := corpusmill.App()
				app.Stores = func(store.Server) store.Schemes {
					return store.Schemes{"denied://": func(_ context.Context, location string) (store.Store, error) {
						return deniedFrom{store.Local(strings.TrimPrefix(location, "denied://")), "1.jsonl", 200_000, &denied}, nil
					}}
				}
				p, err := app.Parse("p.yaml", fmt.Appendf(nil, "packs: { cut: 64KiB }\nshards_failed_max: 1\nsource: { jsonl: { paths: ['denied://%s/*.jsonl'] } }\nstages: [ { exact_dedup: {} } ]\nsink: { jsonl: { dir: %s/out } }\nrejects: { jsonl: { dir: %[2]s/rejects } }\n", in, dir), nil)
				if err != nil {
					t.Error(err)
					return
				}
				o := o
				o.Dir, o.Workers, o.Memory = dir+"/run", 2, 1<<30
				if _, err := app.Run(t.Context(), p, o); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		return golden{dir: dir}.without(t)
	}
	want := start(t.TempDir(), 1, run.Options{})
	denied.Store(true)
	dir := t.TempDir()
	lacking := start(dir, 3, run.Options{})
	same(t, "one worker and three", start(t.TempDir(), 1, run.Options{}), lacking)
	if s := (golden{dir: dir}).stats(t); s.Documents != 6000 || s.Damage().ShardsFailed != 1 || s.Sources[0].Shards != 2 {
		t.Errorf("%d documents of %d files, %+v", s.Documents, s.Sources[0].Shards, s.Damage())
	}
	denied.Store(false)
	same(t, "not taken up", start(dir, 2, run.Options{}), lacking)
	same(t, "taken up", start(dir, 1, run.Options{TakeUp: true}), want)
}

package e2e_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/run"
	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/s3/s3test"
	"github.com/corpusmill/corpusmill/store/storetest"
	"github.com/corpusmill/corpusmill/store/web/webtest"
)

// TestFaultyServers reads the same lines from a folder and from servers that answer one
// request of ten with 429, 503 or half a body: the parts are the same bytes.
func TestFaultyServers(t *testing.T) {
	files := map[string][]byte{}
	var names strings.Builder
	for f := range 120 {
		var b bytes.Buffer
		for i := range 300 {
			fmt.Fprintf(&b, "{\"id\": \"%d-%d\", \"text\": \"document %d of file %d, %x\"}\n", f, i, i, f, storetest.Bytes(40, uint64(f*300+i)))
		}
		name := fmt.Sprintf("d/f%03d.jsonl", f)
		files[name] = b.Bytes()
		fmt.Fprintln(&names, path.Base(name))
	}
	dir := t.TempDir()
	for name, data := range files {
		writeFile(t, filepath.Join(dir, name), data)
	}
	list := writeFile(t, filepath.Join(dir, "list"), []byte(names.String()))
	parts := func(what, source, place, more string) []byte {
		t.Helper()
		app := corpusmill.App()
		p, err := app.Parse(what+".yaml", fmt.Appendf(nil, "name: faults\nsource: { jsonl: { %s } }\nstages: [ { exact_dedup: {} } ]\nsink: { jsonl: {} }\n%s", source, more), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := app.Run(t.Context(), p, run.Options{Dir: place, Workers: 4}); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		var server store.Server
		if _, address, ok := strings.Cut(more, "endpoint: "); ok {
			address, _, _ = strings.Cut(address, ",")
			server = store.Server{Endpoint: address, Region: "us-east-1", PathStyle: true}
		}
		s, err := app.Stores(server).Open(t.Context(), place)
		if err != nil {
			t.Fatal(err)
		}
		var all []byte
		for _, name := range storetest.Names(t, s, "parts/") {
			if strings.HasPrefix(path.Base(name), "part-") {
				all = append(all, storetest.Get(t, s, name)...)
			}
		}
		r, err := decompress(io.NopCloser(bytes.NewReader(all)))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		lines, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		return lines
	}
	want := parts("folder", "paths: ['"+dir+"/d/*.jsonl']", t.TempDir(), "")
	if n := bytes.Count(want, []byte("\n")); n != 36_000 {
		t.Fatalf("%d lines from the folder", n)
	}
	check := func(what string, faults *webtest.Faults, got []byte) {
		t.Helper()
		if !bytes.Equal(got, want) {
			t.Errorf("%s: %d lines, %d bytes; from the folder %d bytes", what, bytes.Count(got, []byte("\n")), len(got), len(want))
		}
		if faults.Throttled.Load() == 0 || faults.Unavailable.Load() == 0 || faults.Cut.Load() == 0 {
			t.Errorf("%s: 429 %d times, 503 %d times, cut %d times", what, faults.Throttled.Load(), faults.Unavailable.Load(), faults.Cut.Load())
		}
	}
	faults := webtest.NewFaults(10)
	site := webtest.StartSite(t, files, faults.Wrap)
	check("http", faults, parts("http", fmt.Sprintf("list: %q, base: %q", list, site.URL+"/d"), t.TempDir(), ""))

	faults = webtest.NewFaults(10)
	hub := webtest.StartHub(t, "org/name", faults.Wrap)
	hub.Token = "hush"
	hub.Commit("main", files)
	t.Setenv("HF_ENDPOINT", hub.URL)
	t.Setenv("HF_TOKEN", hub.Token)
	check("hub", faults, parts("hub", "paths: ['hf://datasets/org/name/d/**.jsonl']", t.TempDir(), ""))
	if l := hub.Leaks(); l != nil {
		t.Errorf("the token was sent to another server: %q", l)
	}

	t.Run("S3", func(t *testing.T) {
		gw := s3test.StartGateway(t)
		faults := webtest.NewFaults(10)
		to := &url.URL{Scheme: "http", Host: gw.Address}
		proxy := httptest.NewServer(faults.Wrap(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host // it is signed
		}}))
		t.Cleanup(proxy.Close)
		o := gw.Settings()
		t.Setenv("AWS_ACCESS_KEY_ID", o.AccessKey)
		t.Setenv("AWS_SECRET_ACCESS_KEY", o.SecretKey)
		place := gw.Location()
		plain, err := gw.Schemes().Open(t.Context(), place)
		if err != nil {
			t.Fatal(err)
		}
		for name, data := range files {
			storetest.Put(t, plain, "in/"+name, data)
		}
		check("S3", faults, parts("S3", "paths: ['"+place+"/in/d/*.jsonl']", place+"/run",
			fmt.Sprintf("s3: { endpoint: %s, region: %s, path_style: true }\n", proxy.URL, o.Region)))
	})
}

// TestBranchMoves: a run names the commit that a branch is, and the next one says that it
// has moved and reads what changed.
func TestBranchMoves(t *testing.T) {
	hub := webtest.StartHub(t, "org/name")
	line := func(id string) []byte { return fmt.Appendf(nil, "{\"id\": %q, \"text\": \"text of %s\"}\n", id, id) }
	first := hub.Commit("main", map[string][]byte{"a.jsonl": line("a"), "b.jsonl": line("b")})
	t.Setenv("HF_ENDPOINT", hub.URL)
	t.Setenv("HF_TOKEN", "hush")
	dir := t.TempDir()
	start := func() (documents int64, log string) {
		t.Helper()
		app := corpusmill.App()
		p, err := app.Parse("moves.yaml", []byte("name: moves\nsource: { jsonl: { paths: ['hf://datasets/org/name/*.jsonl'] } }\nstages: [ { exact_dedup: {} } ]\nsink: { jsonl: {} }\n"), nil)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		s, err := app.Run(t.Context(), p, run.Options{Dir: dir, Workers: 2, Log: slog.New(slog.NewTextHandler(&b, nil))})
		if err != nil {
			t.Fatal(err)
		}
		return s.Documents, b.String()
	}
	if n, log := start(); n != 2 || strings.Contains(log, "lies elsewhere") {
		t.Errorf("%d documents at first: %s", n, log)
	}
	if n, log := start(); n != 2 || strings.Contains(log, "lies elsewhere") {
		t.Errorf("%d documents again: %s", n, log)
	}
	second := hub.Commit("main", map[string][]byte{"a.jsonl": line("a"), "b.jsonl": line("b"), "c.jsonl": line("c")})
	n, log := start()
	if n != 3 || strings.Count(log, "lies elsewhere") != 1 || !strings.Contains(log, "@"+first+"/a.jsonl") || !strings.Contains(log, "@"+second+"/a.jsonl") {
		t.Errorf("%d documents of the branch that moved: %s", n, log)
	}
	b, err := os.ReadFile(filepath.Join(dir, "plan.yaml"))
	if err != nil || bytes.Contains(b, []byte("hush")) || strings.Contains(log, "hush") {
		t.Errorf("the plan or the log holds the token, %v", err)
	}
}

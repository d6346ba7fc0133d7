package web_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/storetest"
	"github.com/corpusmill/corpusmill/store/web"
	"github.com/corpusmill/corpusmill/store/web/webtest"
)

func files(names ...string) map[string][]byte {
	all := map[string][]byte{}
	for i, n := range names {
		all[n] = storetest.Bytes(500*(i+1), uint64(i))
	}
	return all
}

func glob(t *testing.T, h *webtest.Hub, pattern string) (store.Store, string, error) {
	t.Helper()
	opener := client().Hub(func() (web.Hub, error) { return web.Hub{Endpoint: h.URL, Token: h.Token}, nil })
	s, objects, err := store.Schemes{web.SchemeHub: opener}.Glob(t.Context(), pattern)
	var names []string
	for _, o := range objects {
		names = append(names, o.Name)
	}
	return s, strings.Join(names, " "), err
}

func TestHubPatterns(t *testing.T) {
	h := webtest.StartHub(t, "org/name")
	all := files("README.md", ".gitattributes", "data/train-0.parquet", "data/train-1.parquet", "data/en/test.parquet", "f%20x")
	sha := h.Commit("main", all)
	old := h.Commit("v1", files("data/train-0.parquet"))
	converted := h.Commit("refs/convert/parquet", files("default/train/0000.parquet"))
	f := func(pattern, wantStore, want string) {
		t.Helper()
		s, got, err := glob(t, h, pattern)
		if err != nil || got != want || s.String() != wantStore {
			t.Errorf("%s: %v has %s, %v", pattern, s, got, err)
		}
	}
	root := "hf://datasets/org/name@"
	f("hf://datasets/org/name/**.parquet", root+sha, "data/en/test.parquet data/train-0.parquet data/train-1.parquet")
	f("hf://datasets/org/name/**/*.parquet", root+sha, "data/en/test.parquet data/train-0.parquet data/train-1.parquet")
	f("hf://datasets/org/name/data/*.parquet", root+sha+"/data", "train-0.parquet train-1.parquet")
	f("hf://datasets/org/name/README.md", root+sha, "README.md")
	f("hf://datasets/org/name/none/*", root+sha+"/none", "")
	f("hf://datasets/org/name@v1/**", root+old, "data/train-0.parquet")
	f("hf://datasets/org/name@"+old+"/**", root+old, "data/train-0.parquet")
	f("hf://datasets/org/name@refs/convert/parquet/**", root+converted, "default/train/0000.parquet")
	f("hf://datasets/org/name@refs%2Fconvert%2Fparquet/default/**", root+converted+"/default", "train/0000.parquet")
	s := openHub(t, h, "hf://datasets/org/name")
	if got := storetest.Get(t, s, "f%20x"); !slices.Equal(got, all["f%20x"]) {
		t.Errorf("%d bytes of a name with a percent sign", len(got))
	}
	if got := storetest.Names(t, openHub(t, h, "hf://datasets/org/name/data/"), ""); len(got) != 3 {
		t.Errorf("listed %q", got)
	}
}

// TestHubPin: what a branch was at first is what is read, by its name too.
func TestHubPin(t *testing.T) {
	h := webtest.StartHub(t, "org/name")
	first := h.Commit("main", map[string][]byte{"a": []byte("first"), "big": storetest.Bytes(5000, 1)})
	opener := client().Hub(func() (web.Hub, error) { return web.Hub{Endpoint: h.URL}, nil })
	s, err := opener(t.Context(), "hf://datasets/org/name")
	if err != nil {
		t.Fatal(err)
	}
	if s.String() != "hf://datasets/org/name" {
		t.Errorf("before the first request it is %s", s)
	}
	storetest.Names(t, s, "")
	h.Commit("main", map[string][]byte{"a": []byte("second"), "big": storetest.Bytes(5001, 2)})
	later, err := opener(t.Context(), "hf://datasets/org/name@main")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []store.Store{s, later, openHub(t, h, "hf://datasets/org/name@"+first)} {
		if got := string(storetest.Get(t, s, "a")); got != "first" {
			t.Errorf("%s holds %s", s, got)
		}
		if got := storetest.Get(t, s, "big"); len(got) != 5000 {
			t.Errorf("%s: %d bytes", s, len(got))
		}
	}
	if got := string(storetest.Get(t, openHub(t, h, "hf://datasets/org/name"), "a")); got != "second" {
		t.Errorf("a client of later days reads %s", got)
	}
}

func TestHubRefused(t *testing.T) {
	h := webtest.StartHub(t, "org/name")
	h.Commit("main", files("a"))
	f := func(location, want string, kind error) {
		t.Helper()
		s, err := client().Hub(func() (web.Hub, error) { return web.Hub{Endpoint: h.URL}, nil })(t.Context(), location)
		if err == nil {
			_, err = s.Stat(t.Context(), "a")
		}
		if err == nil || !strings.Contains(err.Error(), want) || kind != nil && !errors.Is(err, kind) {
			t.Errorf("%s: %v", location, err)
		}
	}
	f("hf://models/org/name", "only data sets", nil)
	f("hf://datasets/org", "names no data set", nil)
	f("hf://datasets/org/na*me", "no name of a data set", nil)
	f("hf://datasets/org/name@", "no revision", nil)
	f("hf://datasets/org/name@a%zz", "no revision", nil)
	f("hf://datasets/org/name@../x", "no revision", nil)
	f("hf://datasets/org/name/a/../b", "path element ..", nil)
	f("hf://datasets/org/other", "HF_TOKEN must hold a token that may read it", fs.ErrPermission)
	f("hf://datasets/org/name@none", `"RevisionNotFound"`, nil)
	f("hf://datasets/org/name@"+strings.Repeat("0", 40), `"RevisionNotFound"`, nil)
	h.Token = "hush"
	f("hf://datasets/org/name", "HF_TOKEN", fs.ErrPermission)
}

// TestHubAnswers are answers that no hub should give.
func TestHubAnswers(t *testing.T) {
	const commit = "0123456789012345678901234567890123456789"
	f := func(what, want string, handle http.HandlerFunc) {
		t.Helper()
		server := httptest.NewServer(handle)
		defer server.Close()
		s, err := client().Hub(func() (web.Hub, error) { return web.Hub{Endpoint: server.URL, Token: "hush"}, nil })(t.Context(), "hf://datasets/o/n")
		if err != nil {
			t.Fatal(err)
		}
		for _, err = range s.List(t.Context(), "") {
		}
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", what, err)
		}
	}
	tree := func(link, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "/revision/") {
				fmt.Fprintf(w, `{"sha": %q}`, commit)
				return
			}
			w.Header().Set("Link", link)
			fmt.Fprint(w, body)
		}
	}
	f("a page", "not as expected", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<html>") })
	f("no commit", "names the commit", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "{}") })
	f("a page elsewhere", "at no address of its own", tree(`<https://example.com/x>; rel="next"`, "[]"))
	f("a file twice", "twice", tree("", `[{"type":"file","path":"a"},{"type":"file","path":"a"}]`))
	f("a name that is none", "path element ..", tree("", `[{"type":"file","path":"../a"}]`))
	f("pages without an end", "10000 pages", tree(`</api/datasets/o/n/tree/x>; rel="next"`, "[]"))
}

func TestHubOf(t *testing.T) {
	home := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(home, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write(".cache/huggingface/token", "of the home\n")
	write("hf/token", "of HF_HOME\n")
	write("xdg/huggingface/token", "of the cache")
	own := write("own", "of its own")
	f := func(want string, env ...string) {
		t.Helper()
		vars := map[string]string{"HOME": home}
		for i := 0; i < len(env); i += 2 {
			vars[env[i]] = env[i+1]
		}
		h, err := web.HubOf(func(name string) (string, bool) { v, ok := vars[name]; return v, ok })
		if err != nil || h.Token != want {
			t.Errorf("%v: %q, %v", slices.Sorted(maps.Keys(vars)), h.Token, err)
		}
	}
	f("of the home")
	f("", "HOME", filepath.Join(home, "none"))
	f("", "HOME", "")
	f("of the cache", "XDG_CACHE_HOME", filepath.Join(home, "xdg"))
	f("of HF_HOME", "XDG_CACHE_HOME", filepath.Join(home, "xdg"), "HF_HOME", filepath.Join(home, "hf"))
	f("of its own", "HF_HOME", filepath.Join(home, "hf"), "HF_TOKEN_PATH", own)
	f("given", "HF_TOKEN", " given\n", "HF_TOKEN_PATH", own)
	long := write("long", strings.Repeat("x", 5000))
	if _, err := web.HubOf(func(name string) (string, bool) { return long, name == "HF_TOKEN_PATH" }); err == nil {
		t.Error("a long file is taken for a token")
	}
	for _, h := range []web.Hub{{Endpoint: "http://hub.example", Token: "hush"}, {Token: "hush\nhush"}, {Endpoint: "https://u:hush@h"}} {
		_, err := client().Hub(func() (web.Hub, error) { return h, nil })(t.Context(), "hf://datasets/o/n")
		if err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", h.Endpoint, err)
		}
	}
}

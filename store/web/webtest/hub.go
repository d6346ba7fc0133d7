package webtest

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Hub answers as the Hugging Face hub does for one data set: revisions, trees in pages,
// what it knows of paths, and files. Large files are redirected to another server, which
// refuses requests that bear a token.
type Hub struct {
	URL   string
	Repo  string // ORG/NAME
	Token string // wanted of every request, if it is set
	Page  int    // entries of a page of a tree

	cdn     *Site
	mu      sync.Mutex
	refs    map[string]string            // branch to commit
	commits map[string]map[string][]byte // commit to files
	leaks   []string
}

// largeBytes is the size from which the hub keeps a file elsewhere.
const largeBytes = 1000

// StartHub starts a hub of one data set with a branch main. A handler wraps both servers.
func StartHub(t testing.TB, repo string, wrap ...func(http.Handler) http.Handler) *Hub {
	t.Helper()
	h := &Hub{Repo: repo, Page: 3, refs: map[string]string{}, commits: map[string]map[string][]byte{}}
	h.cdn = StartSite(t, nil, append(wrap, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "" || r.Header.Get("Referer") != "" {
				h.mu.Lock()
				h.leaks = append(h.leaks, r.Method+" "+r.URL.Path)
				h.mu.Unlock()
				http.Error(w, "not for me", http.StatusBadRequest)
				return
			}
			next.ServeHTTP(w, r)
		})
	})...)
	var all http.Handler = h
	for _, w := range slices.Backward(wrap) {
		all = w(all)
	}
	server := httptest.NewServer(all)
	t.Cleanup(server.Close)
	h.URL = server.URL
	return h
}

// Commit makes a commit of these files and moves a branch to it.
func (h *Hub) Commit(branch string, files map[string][]byte) (sha string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	sum := sha1.New()
	fmt.Fprint(sum, len(h.commits))
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(sum, "%s %s\n", name, digest(files[name]))
		h.cdn.Put(digest(files[name]), files[name])
	}
	sha = hex.EncodeToString(sum.Sum(nil))
	h.commits[sha], h.refs[branch] = maps.Clone(files), sha
	return sha
}

// Leaks are the requests to the other server that bore a token or an address.
func (h *Hub) Leaks() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.leaks)
}

// ServeHTTP implements http.Handler.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fail := func(status int, code string) {
		w.Header().Set("X-Error-Code", code)
		w.WriteHeader(status)
	}
	if h.Token != "" && r.Header.Get("Authorization") != "Bearer "+h.Token {
		fail(http.StatusUnauthorized, "RepoNotFound")
		return
	}
	path := r.URL.EscapedPath()
	if rest, ok := strings.CutPrefix(path, "/datasets/"+h.Repo+"/resolve/"); ok {
		h.resolve(w, r, rest, fail)
		return
	}
	rest, ok := strings.CutPrefix(path, "/api/datasets/"+h.Repo+"/")
	if !ok {
		fail(http.StatusUnauthorized, "RepoNotFound") // as for who may not know
		return
	}
	call, rest, _ := strings.Cut(rest, "/")
	files, sha, below, ok := h.at(rest)
	if !ok {
		fail(http.StatusNotFound, "RevisionNotFound")
		return
	}
	switch {
	case call == "revision" && r.Method == http.MethodGet:
		answer(w, map[string]any{"id": h.Repo, "sha": sha, "private": false})
	case call == "tree" && r.Method == http.MethodGet:
		h.tree(w, r, files, below, fail)
	case call == "paths-info" && r.Method == http.MethodPost:
		found := []any{}
		for _, p := range formOf(r)["paths"] {
			if e := entryOf(files, p); e != nil {
				found = append(found, e)
			}
		}
		answer(w, found)
	default:
		fail(http.StatusNotFound, "")
	}
}

func formOf(r *http.Request) url.Values {
	_ = r.ParseForm() // an empty form is no path
	return r.PostForm
}

// at cuts a revision from the beginning of a path.
func (h *Hub) at(rest string) (files map[string][]byte, sha, below string, ok bool) {
	revision, below, _ := strings.Cut(rest, "/")
	revision, _ = url.PathUnescape(revision)
	below, _ = url.PathUnescape(below)
	h.mu.Lock()
	defer h.mu.Unlock()
	sha, ok = h.refs[revision]
	if !ok {
		sha = revision
	}
	files, ok = h.commits[sha]
	return files, sha, below, ok
}

// tree lists what lies below a folder, a page at a time.
func (h *Hub) tree(w http.ResponseWriter, r *http.Request, files map[string][]byte, below string, fail func(int, string)) {
	all := map[string]any{}
	for name := range files {
		if below != "" && !strings.HasPrefix(name, below+"/") {
			continue
		}
		all[name] = entryOf(files, name)
		for i, c := range name {
			if c == '/' && i > len(below) {
				all[name[:i]] = entryOf(files, name[:i])
			}
		}
	}
	if len(all) == 0 {
		fail(http.StatusNotFound, "EntryNotFound")
		return
	}
	names := slices.Sorted(maps.Keys(all))
	slices.Reverse(names) // no order is promised
	from, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
	to := min(from+h.Page, len(names))
	if to < len(names) {
		q := r.URL.Query()
		q.Set("cursor", strconv.Itoa(to))
		w.Header().Set("Link", "<"+h.URL+r.URL.EscapedPath()+"?"+q.Encode()+`>; rel="next"`)
	}
	page := []any{}
	for _, name := range names[from:to] {
		page = append(page, all[name])
	}
	answer(w, page)
}

// entryOf describes a path, nil if it is not there.
func entryOf(files map[string][]byte, name string) any {
	data, ok := files[name]
	if !ok {
		for f := range files {
			if strings.HasPrefix(f, name+"/") {
				return map[string]any{"type": "directory", "oid": blob([]byte(name)), "size": 0, "path": name}
			}
		}
		return nil
	}
	e := map[string]any{"type": "file", "oid": blob(data), "size": len(data), "path": name}
	if len(data) >= largeBytes {
		e["lfs"] = map[string]any{"oid": digest(data), "size": len(data), "pointerSize": 134}
	}
	return e
}

// blob is the hash that git gives a file.
func blob(data []byte) string {
	sum := sha1.New()
	fmt.Fprintf(sum, "blob %d\x00", len(data))
	_, _ = sum.Write(data) // never fails
	return hex.EncodeToString(sum.Sum(nil))
}

func (h *Hub) resolve(w http.ResponseWriter, r *http.Request, rest string, fail func(int, string)) {
	files, sha, name, ok := h.at(rest)
	if !ok {
		fail(http.StatusNotFound, "RevisionNotFound")
		return
	}
	data, ok := files[name]
	if !ok {
		fail(http.StatusNotFound, "EntryNotFound")
		return
	}
	w.Header().Set("X-Repo-Commit", sha)
	if len(data) >= largeBytes {
		w.Header().Set("X-Linked-Size", strconv.Itoa(len(data)))
		w.Header().Set("X-Linked-ETag", `"`+digest(data)+`"`)
		http.Redirect(w, r, h.cdn.URL+"/"+digest(data)+"?X-Amz-Signature=hush", http.StatusFound)
		return
	}
	newFile(data).serve(w, r)
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // a client that is gone needs none
}

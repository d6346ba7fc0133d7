package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/store"
)

var content = bytes.Repeat([]byte("0123456789abcdef"), 3<<20/16)

// fake opens a store on a server that a test plays; waits are not waited for.
func fake(t *testing.T, handle http.HandlerFunc) *site {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	opened, err := New(Settings{UserAgent: "corpusmill/test", Tries: 5}).Open(t.Context(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	s := opened.(*site)
	s.calls.Sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	return s
}

// serve answers with the content, as a right server does.
func serve(w http.ResponseWriter, r *http.Request, tag string) {
	if tag != "" {
		w.Header().Set("ETag", tag)
	}
	http.ServeContent(w, r, "", time.Unix(1, 0), bytes.NewReader(content))
}

// cut answers with the headers of the content but only n bytes.
func cut(w http.ResponseWriter, n int, tag string) {
	if tag != "" {
		w.Header().Set("ETag", tag)
	}
	w.Header().Set("Last-Modified", time.Unix(1, 0).UTC().Format(http.TimeFormat))
	w.Header().Set("Content-Length", fmt.Sprint(len(content)))
	_, _ = w.Write(content[:n])
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

func TestReadResumes(t *testing.T) {
	f := func(what string, wantRequests int64, wantError string, handle func(n int64, w http.ResponseWriter, r *http.Request)) {
		t.Helper()
		var n atomic.Int64
		s := fake(t, func(w http.ResponseWriter, r *http.Request) { handle(n.Add(1), w, r) })
		s.calls.Stall = time.Second
		var data []byte
		r, err := s.Open(t.Context(), "x")
		if err == nil {
			data, err = io.ReadAll(r)
			r.Close()
		}
		switch {
		case wantError != "":
			if err == nil || !strings.Contains(err.Error(), wantError) {
				t.Errorf("%s: error %v", what, err)
			}
			if !bytes.HasPrefix(content, data) {
				t.Errorf("%s: wrong bytes before the error", what)
			}
		case err != nil || !bytes.Equal(data, content):
			t.Errorf("%s: read %d bytes, %v", what, len(data), err)
		}
		if n.Load() != wantRequests {
			t.Errorf("%s: %d requests, want %d", what, n.Load(), wantRequests)
		}
	}
	first := func(at int, tag string, then http.HandlerFunc) func(n int64, w http.ResponseWriter, r *http.Request) {
		return func(n int64, w http.ResponseWriter, r *http.Request) {
			if n == 1 {
				cut(w, at, tag)
			}
			then(w, r)
		}
	}
	f("whole", 1, "", func(n int64, w http.ResponseWriter, r *http.Request) { serve(w, r, `"a"`) })
	f("cut once", 2, "", first(1_500_000, `"a"`, func(w http.ResponseWriter, r *http.Request) { serve(w, r, `"a"`) }))
	f("cut without a tag", 2, "", first(1_500_000, "", func(w http.ResponseWriter, r *http.Request) { serve(w, r, "") }))
	f("cut at a weak tag", 2, "", first(1_500_000, `W/"a"`, func(w http.ResponseWriter, r *http.Request) { serve(w, r, `W/"a"`) }))
	f("cut at once", 5, "", func(n int64, w http.ResponseWriter, r *http.Request) {
		if n < 5 {
			cut(w, 0, `"a"`)
		}
		serve(w, r, `"a"`)
	})
	f("always cut", 5, "tried 5 times", func(n int64, w http.ResponseWriter, r *http.Request) { cut(w, 0, `"a"`) })
	f("stalled", 2, "", func(n int64, w http.ResponseWriter, r *http.Request) {
		if n == 1 {
			w.Header().Set("ETag", `"a"`)
			w.Header().Set("Content-Length", fmt.Sprint(len(content)))
			_, _ = w.Write(content[:1000])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			return
		}
		serve(w, r, `"a"`)
	})
	f("replaced", 2, "replaced", first(1000, `"a"`, func(w http.ResponseWriter, r *http.Request) { serve(w, r, `"b"`) }))
	f("replaced, the condition ignored", 2, "replaced", first(1000, `"a"`, func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("If-Range")
		serve(w, r, `"b"`)
	}))
	f("grown without a tag", 2, "replaced", first(1000, "", func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "", time.Unix(1, 0), bytes.NewReader(append([]byte("x"), content...)))
	}))
	noRange := func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Range")
		serve(w, r, `"a"`)
	}
	f("ranges ignored, near the beginning", 2, "", first(skipBytes, `"a"`, noRange))
	f("ranges ignored, far from it", 2, "it ignores ranges", first(skipBytes+1, `"a"`, noRange))
	f("another range", 2, "asked for bytes from 1000", first(1000, `"a"`, func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("Range", "bytes=999-")
		serve(w, r, `"a"`)
	}))
	f("no size", 1, "does not tell the file's size", func(n int64, w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(content[:100_000])
		w.(http.Flusher).Flush()
	})
}

// TestSeenVersion: what a store said of a file holds for its later reads.
func TestSeenVersion(t *testing.T) {
	tag := `"a"`
	s := fake(t, func(w http.ResponseWriter, r *http.Request) { serve(w, r, tag) })
	o, err := s.Stat(t.Context(), "x")
	if err != nil || o.Stamp != "a" || o.Size != int64(len(content)) {
		t.Fatal(o, err)
	}
	read := func() error {
		r, err := s.OpenRange(t.Context(), "x", 10, 10)
		if err == nil {
			err = r.Close()
		}
		return err
	}
	if err := read(); err != nil {
		t.Error(err)
	}
	tag = `"b"`
	if err := read(); err == nil || !strings.Contains(err.Error(), "replaced") {
		t.Errorf("a range of another version: %v", err)
	}
	if o, err = s.Stat(t.Context(), "x"); err != nil || o.Stamp != "b" {
		t.Error(o, err)
	}
	if err := read(); err != nil {
		t.Error(err)
	}
}

func TestStat(t *testing.T) {
	f := func(what string, wantStamp, wantError string, handle http.HandlerFunc) {
		t.Helper()
		s := fake(t, handle)
		o, err := s.Stat(t.Context(), "x")
		if wantError != "" {
			if err == nil || !strings.Contains(err.Error(), wantError) {
				t.Errorf("%s: error %v", what, err)
			}
			return
		}
		if err != nil || o != (store.Object{Name: "x", Size: int64(len(content)), Stamp: wantStamp}) {
			t.Errorf("%s: %+v, %v", what, o, err)
		}
	}
	refuseHead := func(status int, tag string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodHead {
				w.WriteHeader(status)
				return
			}
			serve(w, r, tag)
		}
	}
	f("tag", "a", "", func(w http.ResponseWriter, r *http.Request) { serve(w, r, `"a"`) })
	f("weak tag", "a", "", func(w http.ResponseWriter, r *http.Request) { serve(w, r, `W/"a"`) })
	f("time", fmt.Sprintf("%d-1", len(content)), "", func(w http.ResponseWriter, r *http.Request) { serve(w, r, "") })
	f("no head", "a", "", refuseHead(http.StatusMethodNotAllowed, `"a"`))
	f("forbidden head", "a", "", refuseHead(http.StatusForbidden, `"a"`))
	f("head without a size", "a", "", refuseHead(http.StatusOK, `"a"`))
	f("no ranges", "a", "", func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		r.Header.Del("Range")
		serve(w, r, `"a"`)
	})
	f("no size at all", "", "does not tell the file's size", func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			w.(http.Flusher).Flush()
		}
	})
	f("forbidden", "", "HTTP 403 Forbidden", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(403) })
	f("broken", "", "HTTP 500 Internal Server Error (tried 5 times)", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500) })
}

// TestEmptyWithoutHead: of an empty file there is no first byte.
func TestEmptyWithoutHead(t *testing.T) {
	s := fake(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("Content-Range", "bytes */0")
		w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
	})
	if o, err := s.Stat(t.Context(), "x"); err != nil || o.Size != 0 {
		t.Error(o, err)
	}
}

func TestTriesBounded(t *testing.T) {
	f := func(status int, wantTries int64, wantKind error) {
		t.Helper()
		var n atomic.Int64
		s := fake(t, func(w http.ResponseWriter, r *http.Request) {
			n.Add(1)
			w.WriteHeader(status)
		})
		_, err := s.Open(t.Context(), "x")
		if err == nil || n.Load() != wantTries || !strings.HasPrefix(err.Error(), "read "+s.String()+"/x: HTTP ") {
			t.Errorf("%d: %d tries, %v", status, n.Load(), err)
		}
		if wantKind != nil && !errors.Is(err, wantKind) {
			t.Errorf("%d: %v is no %v", status, err, wantKind)
		}
	}
	for _, status := range []int{408, 425, 429, 499, 500, 502, 503, 504, 520} {
		f(status, 5, nil)
	}
	for _, status := range []int{304, 400, 451, 501, 505, 507} {
		f(status, 1, nil)
	}
	f(401, 1, fs.ErrPermission)
	f(403, 1, fs.ErrPermission)
	f(404, 1, fs.ErrNotExist)
	f(410, 1, fs.ErrNotExist)
}

func TestRequest(t *testing.T) {
	s := fake(t, func(w http.ResponseWriter, r *http.Request) {
		if r.UserAgent() != "corpusmill/test" || r.Header.Get("Accept-Encoding") != "identity" || r.Header.Get("Authorization") != "" {
			t.Errorf("%s with %v", r.Method, r.Header)
		}
		if r.URL.EscapedPath() != "/d/a%20b%2Fc%25%3f" {
			t.Errorf("path %s", r.URL.EscapedPath())
		}
		serve(w, r, `"a"`)
	})
	// Escapes that stand in an address stay as they are.
	name := "d/a b%2Fc%%3f"
	if _, err := s.Stat(t.Context(), name); err != nil {
		t.Error(err)
	}
	if r, err := s.OpenRange(t.Context(), name, 1, 5); err != nil || r.Close() != nil {
		t.Error(err)
	}
}

func TestRedirects(t *testing.T) {
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Referer") != "" {
			t.Error("the target sees where one comes from")
		}
		serve(w, r, `"a"`)
	}))
	defer target.Close()
	f := func(what, to, wantError string) {
		t.Helper()
		var n atomic.Int64
		s := fake(t, func(w http.ResponseWriter, r *http.Request) {
			n.Add(1)
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusFound)
		})
		r, err := s.Open(t.Context(), "x")
		if wantError == "" {
			if err != nil {
				t.Errorf("%s: %v", what, err)
				return
			}
			defer r.Close()
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content) {
				t.Errorf("%s: %d bytes, %v", what, len(got), err)
			}
			return
		}
		if err == nil || !strings.Contains(err.Error(), wantError) || strings.Contains(err.Error(), "hush") || n.Load() > redirectsMax+1 {
			t.Errorf("%s: %d requests, %v", what, n.Load(), err)
		}
	}
	f("the host that was named", target.URL+"/y?signature=hush", "")
	f("a private host by another name", strings.Replace(target.URL, "127.0.0.1", "localhost", 1)+"/?signature=hush", "redirects to localhost, which is no public address (loopback)")
	f("a private address", "http://10.255.255.1/?signature=hush", "which is no public address (private)")
	f("metadata of a cloud", "http://169.254.169.254/latest?signature=hush", "which is no public address (link-local)")
	f("a round", "/again?signature=hush", "more than 5 redirects")
	f("another scheme", "ftp://127.0.0.1/?signature=hush", "scheme ftp")
}

func TestNoWayDown(t *testing.T) {
	from, _ := http.NewRequest(http.MethodGet, "https://a/", nil)
	to, _ := http.NewRequest(http.MethodGet, "http://b/", nil)
	if err := redirect(to, []*http.Request{from}); err == nil || !strings.Contains(err.Error(), "plain http on b") {
		t.Errorf("from https to http: %v", err)
	}
	if err := redirect(from, []*http.Request{to}); err != nil {
		t.Errorf("from http to https: %v", err)
	}
}

func TestLocations(t *testing.T) {
	c := New(Settings{})
	f := func(location, want, wantError string) {
		t.Helper()
		s, err := c.Open(t.Context(), location)
		if wantError != "" {
			if err == nil || !strings.Contains(err.Error(), wantError) || strings.Contains(err.Error(), "hush") {
				t.Errorf("%s: error %v", location, err)
			}
			return
		}
		if err != nil || s.String() != want {
			t.Errorf("%s: %v, %v", location, s, err)
		}
	}
	f("https://host", "https://host", "")
	f("https://host/", "https://host", "")
	f("http://host:80/a/b/", "http://host:80/a/b", "")
	f("https://[::1]:8/a b", "https://[::1]:8/a%20b", "")
	f("https://", "", "no valid address")
	f("https://:80/", "", "no valid address")
	f("https://me:hush@host/a", "", "password")
	f("https://host/a?sig=hush", "", "a query")
	f("https://host/a#b", "", "a fragment")
	for given, want := range map[int]int{-1: 10, 0: 10, 1: 1, 100: 100, 101: 100} {
		if got := number(given, triesDefault, triesMax); got != want {
			t.Errorf("%d tries are %d", given, got)
		}
	}
}

// TestNoListing wants a pattern refused with what to do, its signature not shown, and a
// file that is not there called so.
func TestNoListing(t *testing.T) {
	s := fake(t, http.NotFound)
	schemes := store.Schemes{SchemePlain: func(context.Context, string) (store.Store, error) { return s, nil }}
	for _, pattern := range []string{"/d/*.gz", "/d/x?signature=hush"} {
		_, _, err := schemes.Glob(t.Context(), s.String()+pattern)
		if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "a file of addresses") || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", pattern, err)
		}
	}
	if _, _, err := schemes.Glob(t.Context(), s.String()+"/d/x"); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "there is no file") {
		t.Errorf("absent: %v", err)
	}
}

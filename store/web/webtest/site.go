// Package webtest plays web servers for tests: one with files, the Hugging Face hub, and
// one that fails now and then.
package webtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Site is a web server on a loopback port with files in memory. It ends with the test.
type Site struct {
	URL string // without a slash at the end

	mu    sync.Mutex
	files map[string]file
}

type file struct {
	data []byte
	tag  string
}

func newFile(data []byte) file { return file{data, `"` + digest(data)[:16] + `"`} }

// StartSite starts a server. Handlers given wrap that of the files, the first outermost.
func StartSite(t testing.TB, files map[string][]byte, wrap ...func(http.Handler) http.Handler) *Site {
	t.Helper()
	s := &Site{files: map[string]file{}}
	for name, data := range files {
		s.files[name] = newFile(data)
	}
	var h http.Handler = s
	for _, w := range slices.Backward(wrap) {
		h = w(h)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// Put sets a file.
func (s *Site) Put(name string, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[name] = newFile(data)
}

// ServeHTTP implements http.Handler.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	f, ok := s.files[strings.TrimPrefix(r.URL.Path, "/")]
	s.mu.Unlock()
	if !ok {
		http.Error(w, "no such file", http.StatusNotFound)
		return
	}
	f.serve(w, r)
}

func (f file) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("ETag", f.tag)
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.data))
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

package crawl_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/crawl"
	"github.com/corpusmill/corpusmill/crawl/testweb"
)

// TestSeedNotAllowed: a seed at an address that is not allowed, or of a name that nobody
// has, ends the crawl and says why. Waiting would mend neither.
func TestSeedNotAllowed(t *testing.T) {
	w := web(t, testweb.Size{Plain: 1, Pages: 2})
	for _, c := range []struct {
		seed, why, log string
		failed         uint64
	}{
		{w.URL("plain-00", "/"), "address", "--allow loopback if it is meant", 1},
		{"http://nobody.invalid/", "resolve", "no such host", 4},
	} {
		var log bytes.Buffer
		s := quick(c.seed)
		s.Allow = nil
		r := run(t.Context(), t, t.TempDir(), s, crawl.Options{Log: slog.New(slog.NewTextHandler(&log, nil)), Resolver: server(t, w)})
		if !r.Finished || r.GivenUp[c.why] != 1 || len(r.Abandoned) != 1 || r.Abandoned[0].Failed != c.failed {
			t.Errorf("%s: %+v, %+v", c.seed, r.Tally, r.Abandoned)
		}
		if !strings.Contains(log.String(), c.log) || !strings.Contains(log.String(), "given up") {
			t.Errorf("%s: the log says %q", c.seed, log.String())
		}
	}
	if n := len(w.Requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// TestFolderOfOthers: nothing is made in a folder that is not empty and none of a crawl.
func TestFolderOfOthers(t *testing.T) {
	dir := t.TempDir()
	kept := filepath.Join(dir, "frontier", "000001.log")
	if err := os.Mkdir(filepath.Dir(kept), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(kept, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := quick("http://a.example/")
	s.Out = dir
	if _, err := crawl.Open(s, crawl.Options{}); err == nil || !strings.Contains(err.Error(), "none of a crawl") {
		t.Errorf("got %v", err)
	}
	list, err := os.ReadDir(dir)
	if b, _ := os.ReadFile(kept); err != nil || len(list) != 1 || string(b) != "precious" {
		t.Errorf("%v in the folder, %q, %v", list, b, err)
	}
}

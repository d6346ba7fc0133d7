package crawl_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/crawl"
	"github.com/corpusmill/corpusmill/crawl/testweb"
)

// child holds the settings of a process of the test binary that crawls until it is killed.
const child = "CORPUSMILL_TEST_CRAWL"

var kills = flag.Int("kills", 6, "how often a crawl is killed")

func TestMain(m *testing.M) {
	if spec := os.Getenv(child); spec != "" {
		var s crawl.Settings
		if err := json.Unmarshal([]byte(spec), &s); err != nil {
			panic(err)
		}
		c, err := crawl.Open(s, crawl.Options{Version: "test"})
		if err == nil {
			err = c.Run(context.Background())
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// TestKill kills a crawl again and again: in the end each page is in the archive once, and
// no more was asked for twice than was under way.
func TestKill(t *testing.T) {
	w := web(t, testweb.Size{Plain: 12, Pages: 120})
	var seeds []string
	for _, s := range w.Seeds() {
		if strings.Contains(s, "plain-") {
			seeds = append(seeds, s)
		}
	}
	s := quick(seeds...)
	s.Stay, s.Workers = "host", 4
	s.Politeness.Delay = 5 * time.Millisecond
	dir := filepath.Join(t.TempDir(), "crawl")
	s.Out = dir
	spec, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, uint64(*kills)))
	killed := 0
	for ; killed < *kills; killed++ {
		before := len(w.Requests())
		c := exec.Command(self)
		c.Env = append(os.Environ(), child+"="+string(spec))
		var said strings.Builder
		c.Stderr = &said
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- c.Wait() }()
		for until := before + 1 + random.IntN(1440/(*kills)); len(w.Requests()) < until; {
			select {
			case err := <-ended:
				if !strings.Contains(said.String(), "<nil>") {
					t.Fatalf("the crawl ended: %v: %s", err, said.String())
				}
				killed = *kills // nothing was left
			default:
			}
			if killed == *kills {
				break
			}
			time.Sleep(time.Millisecond)
		}
		if killed < *kills {
			if err := c.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			<-ended
		}
	}
	r := run(t.Context(), t, dir, s, crawl.Options{})
	got, _ := pages(t, dir)
	asked := map[string]int{}
	for _, q := range w.Requests() {
		asked[w.URL(q.Host, q.Target)]++
	}
	again := 0
	for _, u := range w.Pages() {
		if !strings.Contains(u, "plain-") {
			continue
		}
		if got[u] != 1 {
			t.Errorf("%s is in the archive %d times", u, got[u])
		}
		again += asked[u] - 1
	}
	if again > *kills*s.Workers {
		t.Errorf("%d requests were made again after %d kills with %d workers", again, *kills, s.Workers)
	}
	if want := int64(12 * 120); r.Pages != want || !r.Finished || r.Status[200] != want {
		t.Errorf("the report counts %d pages of %d: %+v", r.Pages, want, r.Tally)
	}
	t.Logf("%d requests were made again after %d kills", again, *kills)
}

// TestStop: limits end a crawl at once, and the same call goes on to the next.
func TestStop(t *testing.T) {
	w := web(t, testweb.Size{Plain: 2, Pages: 50})
	s := quick(w.URL("plain-00", "/"), w.URL("plain-01", "/"))
	s.Stay = "host"
	dir := t.TempDir()
	s.Stop.Pages = 30
	for range 2 {
		if r := run(t.Context(), t, dir, s, crawl.Options{}); r.Pages != 30 || r.Finished {
			t.Errorf("30 pages: %d, finished %v", r.Pages, r.Finished)
		}
	}
	if n := len(w.Requests()); n > 30+3*2 {
		t.Errorf("%d requests for 30 pages", n)
	}
	s.Stop.Pages = 0
	s.Stop.HostPages = 40
	r := run(t.Context(), t, dir, s, crawl.Options{})
	if r.Pages != 80 || !r.Finished || r.GivenUp["host_pages"] != 2 || r.Dropped != 20 {
		t.Errorf("40 pages a host: %+v", r)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r := run(ctx, t, t.TempDir(), s, crawl.Options{}); r.Pages != 0 || r.Finished {
		t.Errorf("stopped before it began: %+v", r)
	}
}

// TestRecrawl asks for all pages again: those with an ETag are not sent, those without are
// found to be the same, and one that changed is stored.
func TestRecrawl(t *testing.T) {
	w := web(t, testweb.Size{Plain: 1, Pages: 30})
	s := quick(w.URL("plain-00", "/"), w.URL("robots-longest", "/"))
	s.Stay = "host"
	dir := t.TempDir()
	first := run(t.Context(), t, dir, s, crawl.Options{})
	w.Forget()
	r := run(t.Context(), t, dir, s, crawl.Options{Recrawl: true})
	unchanged := 0
	for _, q := range w.Requests() {
		if q.Status == 304 {
			unchanged++
		}
	}
	if unchanged != 29 || r.Status[304] != 29 { // the first page has no ETag
		t.Errorf("%d pages were not sent, %d are counted", unchanged, r.Status[304])
	}
	if want := first.Status[200]; r.Revisits != want || r.Pages != first.Pages+want || r.Generation != 1 {
		t.Errorf("%d revisits of %d pages: %+v", r.Revisits, want, r.Tally)
	}
	s.Stop.Pages, s.Stop.HostPages = 10, 35
	limited := run(t.Context(), t, dir, s, crawl.Options{Recrawl: true})
	if limited.Pages != r.Pages+10 || limited.Generation != 2 {
		t.Errorf("10 pages of another recrawl: %d after %d", limited.Pages, r.Pages)
	}
	s.Stop.Pages, s.Stop.HostPages, r = 0, 0, limited
	if r = run(t.Context(), t, dir, s, crawl.Options{}); r.Pages != limited.Pages+first.Status[200]-10 {
		t.Errorf("the rest of it: %d pages after %d", r.Pages, limited.Pages)
	}
	if again := run(t.Context(), t, dir, s, crawl.Options{}); again.Pages != r.Pages || again.Requests != r.Requests {
		t.Errorf("the same line without a recrawl: %+v", again.Tally)
	}
}

// TestRebuild: a frontier that is lost is made again from the archive, and nothing is asked
// for twice.
func TestRebuild(t *testing.T) {
	w := web(t, testweb.Size{Plain: 1, Pages: 30})
	s := quick(w.URL("plain-00", "/"))
	s.Stay = "host"
	s.Stop.Pages = 12
	dir := t.TempDir()
	run(t.Context(), t, dir, s, crawl.Options{})
	if err := os.RemoveAll(filepath.Join(dir, "frontier")); err != nil {
		t.Fatal(err)
	}
	s.Stop.Pages = 0
	r := run(t.Context(), t, dir, s, crawl.Options{})
	got, _ := pages(t, dir)
	if r.Requests != 30+3 || len(r.Largest) != 1 || r.Largest[0].Fetched != 30 {
		t.Errorf("%d requests are counted, hosts %+v", r.Requests, r.Largest)
	}
	if r.Pages != 30 || len(got) != 30 {
		t.Errorf("%d pages are counted, %d in the archive", r.Pages, len(got))
	}
	asked := map[string]int{}
	for _, q := range w.Requests() {
		asked[q.Target]++
	}
	for target, n := range asked {
		if n > 1 && target != "/robots.txt" && !strings.Contains(target, "tdmrep") && target != "/ai.txt" {
			t.Errorf("%s was asked for %d times", target, n)
		}
	}
}

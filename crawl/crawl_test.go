package crawl_test

import (
	"context"
	"errors"
	"flag"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/crawl"
	"github.com/corpusmill/corpusmill/crawl/archive"
	"github.com/corpusmill/corpusmill/crawl/testweb"
)

// quick are settings for a web that is not to be spared.
func quick(seeds ...string) crawl.Settings {
	s := config.Defaults[crawl.Settings]()
	s.Seeds, s.Contact, s.Allow, s.Stay = seeds, "crawler@corpus.example", []string{"loopback"}, "any"
	p := &s.Politeness
	p.Delay, p.AddressDelay, p.DelayFactor, p.Backoff, p.BackoffMax, p.DelayMax = 0, 0, 0, 10*time.Millisecond, 50*time.Millisecond, 50*time.Millisecond
	s.Limits.BodyBytes, s.Limits.DecodedBytes = 4<<20, 16<<20
	return s
}

// server is a name server that knows a web.
func server(t *testing.T, w *testweb.Web) *net.Resolver {
	t.Helper()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pc.Close() }) //nolint:errcheck // a test's
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := pc.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) == 0 {
				continue
			}
			q := m.Questions[0]
			m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
			addrs, err := w.Resolve(context.Background(), q.Name.String())
			if err != nil {
				m.RCode = dnsmessage.RCodeNameError
			}
			for _, a := range addrs {
				if q.Type == dnsmessage.TypeA {
					m.Answers = append(m.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
						Body: &dnsmessage.AResource{A: netip.Addr(a).As4()}})
				}
			}
			if packed, err := m.Pack(); err == nil {
				_, _ = pc.WriteTo(packed, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", pc.LocalAddr().String())
	}}
}

func web(t *testing.T, size testweb.Size) *testweb.Web {
	t.Helper()
	w, err := testweb.Start(size)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() }) //nolint:errcheck // a test's
	return w
}

// run crawls until the end or the context's.
func run(ctx context.Context, t *testing.T, dir string, s crawl.Settings, o crawl.Options) crawl.Report {
	t.Helper()
	s.Out = dir
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	o.Version = "test"
	c, err := crawl.Open(s, o)
	if err != nil {
		t.Fatal(err)
	}
	err = c.Run(ctx)
	r, closing := c.Close()
	if closing != nil || err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err, closing)
	}
	return r
}

// pages are the pages of an archive with status 200, by address, with how often each is there.
func pages(t *testing.T, dir string) (map[string]int, map[int]int) {
	t.Helper()
	a, err := archive.Open(dir, archive.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close() //nolint:errcheck // nothing is written
	got, status := map[string]int{}, map[int]int{}
	for e, err := range a.Since(archive.Position{}) {
		if err != nil {
			t.Fatal(err)
		}
		kind := ""
		for _, f := range e.Metadata {
			if f.Name == "kind" {
				kind = f.Value
			}
		}
		if kind != "page" {
			continue
		}
		status[e.Exchange.Status]++
		if e.Exchange.Status == 200 {
			got[e.Exchange.URL]++
		}
	}
	return got, status
}

var wholeWeb = flag.Bool("whole-web", false, "crawl all of the test web, more than 3,000 pages")

// TestWeb crawls a web that has everything: each page that may be fetched is in the archive
// once, and none that may not be was asked for.
func TestWeb(t *testing.T) {
	size := testweb.Size{Plain: 4, Pages: 60}
	if *wholeWeb {
		size = testweb.Size{}
	}
	w := web(t, size)
	s := quick(w.Seeds()...)
	s.Stop.HostPages, s.Policy, s.Politeness.Delay = 150, "record", 20*time.Millisecond
	dir := t.TempDir()
	r := run(t.Context(), t, dir, s, crawl.Options{Resolver: server(t, w)})
	checkWeb(t, w, dir, 1)
	checkDelays(t, w, 20*time.Millisecond)
	if !r.Finished {
		t.Errorf("it did not come to its end: %d wait", r.Queued)
	}
}

// checkDelays measures at the servers how long each host was left alone between requests.
// A request is noted when it is read, and the next one is made after its answer: nothing
// that holds the machine up makes the time shorter. A request that a kept connection was
// closed on is sent once more at once.
func checkDelays(t *testing.T, w *testweb.Web, least time.Duration) {
	t.Helper()
	last := map[string]testweb.Request{}
	for _, r := range slices.SortedFunc(slices.Values(w.Requests()), func(a, b testweb.Request) int { return a.At.Compare(b.At) }) {
		before, ok := last[r.Host]
		last[r.Host] = r
		if before.Target == r.Target && before.Status == 0 {
			continue
		}
		asked := max(least, w.Delay(r.Host))
		if gap := r.At.Sub(before.At); ok && gap < asked && before.Target != "/robots.txt" || ok && gap < least {
			t.Errorf("%s: %s came %v after %s, want %v", r.Host, r.Target, gap, before.Target, asked)
		}
	}
}

// checkWeb holds an archive against what a polite crawler has of the web.
func checkWeb(t *testing.T, w *testweb.Web, dir string, asked int) {
	t.Helper()
	got, _ := pages(t, dir)
	for _, u := range w.Pages() {
		if got[u] != 1 {
			t.Errorf("%s is in the archive %d times", u, got[u])
		}
	}
	for u, n := range got {
		if n > 1 {
			t.Errorf("%s is in the archive %d times", u, n)
		}
	}
	forbidden := map[string]bool{}
	for _, u := range w.Forbidden() {
		forbidden[u] = true
	}
	requests := map[string]int{}
	for _, q := range w.Requests() {
		u := w.URL(q.Host, q.Target)
		if forbidden[u] {
			t.Errorf("%s was asked for", u)
		}
		if q.Status == 200 && !strings.HasSuffix(q.Target, "/robots.txt") && q.Host != "failing-cut" { // which cuts its first answers
			requests[u]++
		}
	}
	for _, u := range slices.Sorted(maps.Keys(requests)) {
		if requests[u] > asked {
			t.Errorf("%s was asked for %d times", u, requests[u])
		}
	}
}

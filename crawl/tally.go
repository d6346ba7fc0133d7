package crawl

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/crawl/urls"
)

// Tally are the counts of a crawl, all its processes together. It is stored with every
// commit of the frontier.
type Tally struct {
	// Pages are answers in the archive, of whatever status, robots.txt and its like not
	// counted; Sitemaps, Robots and WellKnown are those beside them.
	Pages     int64 `json:"pages"`
	Sitemaps  int64 `json:"sitemaps"`
	Robots    int64 `json:"robots"`
	WellKnown int64 `json:"well_known"`
	// Requests are all requests; Retries those that were made again later.
	Requests int64 `json:"requests"`
	Retries  int64 `json:"retries"`
	// Bytes came over the wire.
	Bytes int64 `json:"bytes"`
	// Status counts pages by status.
	Status map[int]int64 `json:"status"`
	// Errors count addresses that never had an answer, by kind.
	Errors map[string]int64 `json:"errors"`
	// Truncated counts pages that were cut, by reason.
	Truncated map[string]int64 `json:"truncated"`
	// Revisits are pages that were as before.
	Revisits int64 `json:"revisits"`
	// Redirects are those that led on.
	Redirects int64 `json:"redirects"`
	// Forbidden are addresses that robots.txt forbids.
	Forbidden int64 `json:"forbidden"`
	// Consent counts addresses that were not asked for because of another signal, by rule.
	Consent map[string]int64 `json:"consent"`
	// Signals counts pages against which a signal speaks, by rule, whatever the policy.
	Signals map[string]int64 `json:"signals"`
	// Links are those on pages and in sitemaps; Outside those that belong to no crawl, by
	// why; Traps those that were not followed, by trap.
	Links   int64            `json:"links"`
	Outside map[string]int64 `json:"outside"`
	Traps   map[string]int64 `json:"traps"`
	// GivenUp are hosts, by why; Dropped addresses of theirs and of hosts that have as many
	// pages as they may.
	GivenUp map[string]int64 `json:"given_up"`
	Dropped int64            `json:"dropped"`
	// Seconds is how long all processes worked.
	Seconds float64 `json:"seconds"`
	// Generation counts how often the crawl was repeated.
	Generation int64 `json:"generation"`
	// Before are pages, bytes and seconds of the generations before: limits are of one.
	Before struct {
		Pages   int64   `json:"pages"`
		Bytes   int64   `json:"bytes"`
		Seconds float64 `json:"seconds"`
	} `json:"before"`
	// Renewing tells that the addresses of a new generation are being queued.
	Renewing bool `json:"renewing,omitempty"`
}

// newTally has its maps.
func newTally() *Tally {
	return &Tally{Status: map[int]int64{}, Errors: map[string]int64{}, Truncated: map[string]int64{}, Consent: map[string]int64{},
		Signals: map[string]int64{}, Outside: map[string]int64{}, Traps: map[string]int64{}, GivenUp: map[string]int64{}}
}

// parseTally reads what a commit stored; nothing is a new crawl.
func parseTally(state []byte) (*Tally, error) {
	t := newTally()
	if len(state) == 0 {
		return t, nil
	}
	return t, json.Unmarshal(state, t)
}

// clone copies counts for those who look on.
func (t *Tally) clone() Tally {
	c := *t
	c.Status = maps.Clone(t.Status)
	for _, m := range []*map[string]int64{&c.Errors, &c.Truncated, &c.Consent, &c.Signals, &c.Outside, &c.Traps, &c.GivenUp} {
		*m = maps.Clone(*m)
	}
	return c
}

// Progress is how far a crawl is.
type Progress struct {
	// Tally is of all processes; Now counts pages and bytes of this one, and Seconds is how
	// long it has worked.
	Tally               Tally
	NowPages, NowBytes  int64
	Seconds             float64
	Queued, Seen, Hosts uint64
	UnderWay            int
	// Left is the time until the first limit or the end of the queue at this speed; 0 where
	// nobody can say.
	Left time.Duration
}

// progressEvery is the time between two calls of Options.Progress.
const progressEvery = 2 * time.Second

// watch calls Options.Progress until done is closed.
func (c *Crawler) watch(done <-chan struct{}, wg *sync.WaitGroup) {
	if c.options.Progress == nil {
		return
	}
	wg.Go(func() {
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				c.options.Progress(c.progress())
			}
		}
	})
}

// progress takes a picture.
func (c *Crawler) progress() Progress {
	totals := c.front.Totals()
	c.mu.Lock()
	defer c.mu.Unlock()
	p := Progress{Tally: c.tally.clone(), Queued: totals.Queued, Seen: totals.Seen, Hosts: totals.Hosts, UnderWay: c.underWay}
	p.NowPages, p.NowBytes, p.Seconds = c.tally.Pages-c.before.Pages, c.tally.Bytes-c.before.Bytes, time.Since(c.began).Seconds()
	if p.Seconds <= 0 {
		return p
	}
	left := func(rest, done float64) {
		if done <= 0 || rest < 0 {
			return
		}
		d := time.Duration(rest / done * p.Seconds * float64(time.Second))
		if p.Left == 0 || d < p.Left {
			p.Left = d
		}
	}
	s := c.settings.Stop
	left(float64(totals.Queued), float64(p.NowPages))
	if s.Pages > 0 {
		left(float64(s.Pages+c.tally.Before.Pages-c.tally.Pages), float64(p.NowPages))
	}
	if s.Bytes > 0 {
		left(float64(int64(s.Bytes)+c.tally.Before.Bytes-c.tally.Bytes), float64(p.NowBytes))
	}
	if s.Time > 0 {
		left(s.Time.Seconds()+c.tally.Before.Seconds-c.tally.Seconds-p.Seconds, p.Seconds)
	}
	return p
}

// outside counts an address that belongs to no crawl; it says whether it does not.
func (t *Tally) outside(why string) bool {
	switch why {
	case "":
		return false
	case urls.OutOfScope, urls.Excluded, hops, ending:
		t.Outside[why]++
	default:
		t.Traps[why]++
	}
	return true
}

// String is how far a crawl is, on one line.
func (p Progress) String() string {
	t := &p.Tally
	classes := map[int]int64{}
	for status, n := range t.Status {
		classes[status/100] += n
	}
	line := fmt.Sprintf("%d pages, %.1f/s, %s; %d queued on %d hosts, %d under way; status", t.Pages, float64(p.NowPages)/max(p.Seconds, 1e-9),
		config.Bytes(t.Bytes).Human(), p.Queued, p.Hosts, p.UnderWay)
	for _, class := range slices.Sorted(maps.Keys(classes)) {
		line += fmt.Sprintf(" %dxx: %d", class, classes[class])
	}
	failed := int64(0)
	for _, n := range t.Errors {
		failed += n
	}
	if failed > 0 {
		line += fmt.Sprintf(", %d without an answer", failed)
	}
	if p.Left > 0 {
		line += fmt.Sprintf("; %s left", p.Left.Round(time.Second))
	}
	return line
}

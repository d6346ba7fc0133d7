package crawl_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/crawl"
	"github.com/corpusmill/corpusmill/crawl/archive"
	"github.com/corpusmill/corpusmill/crawl/consent"
	"github.com/corpusmill/corpusmill/crawl/testweb"
)

// TestPolicies crawls the hosts that say something of the use of their pages: what each
// policy does not ask for, and that signals of pages stand in their metadata records.
func TestPolicies(t *testing.T) {
	w := web(t, testweb.Size{Plain: 1, Pages: 2})
	var seeds []string
	for _, s := range w.Seeds() {
		if strings.Contains(s, "consent") {
			seeds = append(seeds, s)
		}
	}
	all := map[string]bool{}
	for _, u := range w.Pages() {
		all[u] = strings.Contains(u, "consent")
	}
	for policy, missing := range map[string][]string{
		"record":   nil,
		"standard": {"aitxt /reserved/1", "signal /", "signal /public/1", "signal /reserved/1", "tdmrep /reserved/1", "usage /reserved/1"},
		"strict":   {"aitxt /reserved/1", "rsl /", "rsl /public/1", "rsl /reserved/1", "signal /", "signal /public/1", "signal /reserved/1", "tdmrep /reserved/1", "usage /reserved/1"},
	} {
		w.Forget()
		dir := t.TempDir()
		s := quick(seeds...)
		s.Stay, s.Policy = "host", policy
		r := run(t.Context(), t, dir, s, crawl.Options{})
		got, _ := pages(t, dir)
		var absent []string
		for u, of := range all {
			if of && got[u] == 0 {
				host, target, _ := strings.Cut(strings.TrimPrefix(u, "http://consent-"), ".localhost")
				_, path, _ := strings.Cut(target, "/")
				absent = append(absent, host+" /"+path)
			}
		}
		slices.Sort(absent)
		refused := int64(0)
		for _, n := range r.Consent {
			refused += n
		}
		// Pages behind one that was refused were never found.
		if !slices.Equal(absent, missing) || refused == 0 && missing != nil || refused > int64(len(missing)) {
			t.Errorf("%s: not fetched %q, want %q; counted %v", policy, absent, missing, r.Consent)
		}
		for _, q := range w.Requests() {
			if slices.Contains(missing, strings.TrimPrefix(q.Host, "consent-")+" "+q.Target) {
				t.Errorf("%s: %s %s was asked for", policy, q.Host, q.Target)
			}
		}
		if policy == "record" {
			checkSignals(t, w, dir)
		}
	}
}

// checkSignals looks for a signal in the metadata of each page that has one.
func checkSignals(t *testing.T, w *testweb.Web, dir string) {
	t.Helper()
	said := map[string]consent.Signals{}
	a, err := archive.Open(dir, archive.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close() //nolint:errcheck // nothing is written
	for e, err := range a.Since(archive.Position{}) {
		if err != nil {
			t.Fatal(err)
		}
		said[e.Exchange.URL] = consent.FromFields(e.Metadata)
	}
	for u, name := range w.Signals() {
		if len(said[u].List) == 0 && name != "meta-gptbot" { // which is said to another
			t.Errorf("%s: its signal %s is not recorded", u, name)
		}
	}
	for _, one := range said[w.URL("consent", "/none")].List {
		if one.Place != consent.PlaceRobots { // where it stands whether there is a file
			t.Errorf("a page without signals has %s", one)
		}
	}
}

// TestAgents: what robots.txt says to others binds too where they are named.
func TestAgents(t *testing.T) {
	w := web(t, testweb.Size{Plain: 1, Pages: 2})
	for agent, want := range map[string]bool{"": true, "Other": true, "Third": false} {
		s := quick(w.URL("robots-agents", "/"))
		s.Stay = "host"
		if agent != "" {
			s.Agents = []string{agent}
		}
		dir := t.TempDir()
		run(t.Context(), t, dir, s, crawl.Options{})
		got, _ := pages(t, dir)
		if (got[w.URL("robots-agents", "/")] == 1) != want {
			t.Errorf("agents %q: fetched %v", agent, got)
		}
	}
}

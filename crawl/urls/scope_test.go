package urls_test

import (
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/crawl/urls"
)

func parse(t *testing.T, raw string) urls.URL {
	t.Helper()
	var f urls.Form
	u, err := f.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// TestScope looks at both sides of each kind of bound.
func TestScope(t *testing.T) {
	var f urls.Form
	for _, c := range []struct {
		scope urls.Scope
		url   string
		want  string
	}{
		{urls.Scope{}, "http://a.example/", ""},
		{urls.Scope{Hosts: []string{"A.example"}}, "http://a.example:81/x", ""},
		{urls.Scope{Hosts: []string{"a.example"}}, "http://b.a.example/", urls.OutOfScope},
		{urls.Scope{Hosts: []string{"a.example:81"}}, "http://a.example:81/", ""},
		{urls.Scope{Hosts: []string{"a.example:81"}}, "http://a.example:82/", urls.OutOfScope},
		{urls.Scope{Domains: []string{"a.example"}}, "http://b.a.example:9/", ""},
		{urls.Scope{Domains: []string{"a.example"}}, "http://a.example/", ""},
		{urls.Scope{Domains: []string{"a.example"}}, "http://ba.example/", urls.OutOfScope},
		{urls.Scope{Domains: []string{"localhost"}}, "http://x.localhost/", ""},
		{urls.Scope{Prefixes: []string{"http://a.example/docs/"}}, "http://a.example/docs/x", ""},
		{urls.Scope{Prefixes: []string{"http://a.example/docs/"}}, "http://a.example/doc", urls.OutOfScope},
		{urls.Scope{Hosts: []string{"b.example"}, Prefixes: []string{"http://a.example/docs/"}}, "http://b.example/", ""},
		{urls.Scope{Patterns: []string{`\.html$`, `/$`}}, "http://a.example/a.html", ""},
		{urls.Scope{Patterns: []string{`\.html$`, `/$`}}, "http://a.example/a.htm", urls.OutOfScope},
		{urls.Scope{Hosts: []string{"a.example"}, Patterns: []string{`\.html$`}}, "http://b.example/a.html", urls.OutOfScope},
		{urls.Scope{Exclude: []string{`/login`}}, "http://a.example/login", urls.Excluded},
		{urls.Scope{Exclude: []string{`/login`}}, "http://a.example/", ""},
	} {
		b, err := c.scope.Open(&f)
		if err != nil {
			t.Fatal(err)
		}
		if got := b.Contains(parse(t, c.url)); got != c.want {
			t.Errorf("%+v: %s: %q, want %q", c.scope, c.url, got, c.want)
		}
	}
	for want, s := range map[string]urls.Scope{
		"hosts: \"a/b\"": {Hosts: []string{"a/b"}}, "domains: \"a:1\"": {Domains: []string{"a:1"}}, "prefixes: \"a\"": {Prefixes: []string{"a"}},
		"patterns: error": {Patterns: []string{"("}}, "exclude: error": {Exclude: []string{"["}},
	} {
		if _, err := s.Open(&f); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want it to say %s", s, err, want)
		}
	}
	bad := urls.Form{Drop: []string{"["}}
	if err := bad.Check(); err == nil {
		t.Error("[ is no pattern")
	}
}

// TestTraps has an address on each side of each limit.
func TestTraps(t *testing.T) {
	traps := urls.Traps{LengthMax: 100, SegmentsMax: 6, RepeatsMax: 2, ParametersMax: 3}
	for path, want := range map[string]string{
		"/" + strings.Repeat("x", 100-len("http://a.example/")):   "",
		"/" + strings.Repeat("x", 100-len("http://a.example/")+1): urls.TrapLength,
		"/a/b/c/d/e/f": "", "/a/b/c/d/e/f/g": urls.TrapSegments,
		"/a/a": "", "/a/a/a": urls.TrapRepeats, "/a/b/a/b": "", "/a/b/a/b/a/b": urls.TrapRepeats, "/a/b/a/c/a": "", "/x/a/a/y/a": "", "///": "",
		"/?a&b=1&c": "", "/?a&b=1&c&d": urls.TrapParameters,
	} {
		if got := traps.Check(parse(t, "http://a.example"+path)); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	var off urls.Traps
	if got := off.Check(parse(t, "http://a.example"+strings.Repeat("/a", 500)+"?a&b&c&d")); got != "" {
		t.Errorf("0 is off: %s", got)
	}
}

// TestShape says which addresses are alike, and which of them a calendar makes.
func TestShape(t *testing.T) {
	traps := urls.Traps{SimilarMax: 7, CalendarMax: 3}
	for path, want := range map[string][2]string{
		"/": {}, "/about": {}, "/about/the-team.html": {},
		"/p/12": {"/p/0", urls.TrapSimilar}, "/p/page-7.html": {"/p/page-0.html", urls.TrapSimilar}, "/p/0123456789abcdef": {"/p/x", urls.TrapSimilar},
		"/p/0123456789abcde": {"/p/0abcde", urls.TrapSimilar},
		"/s?q=a&p=2":         {"/s?p&q", urls.TrapSimilar},
		"/2026/11/title-a":   {"/0/0/title-a", urls.TrapSimilar},
		"/2026/11":           {"/0/0", urls.TrapCalendar}, "/cal/2026/11/29/": {"/cal/0/0/0/", urls.TrapCalendar}, "/12/11": {"/0/0", urls.TrapSimilar},
		"/cal/2026-11": {"/cal/d", urls.TrapCalendar}, "/cal/2026-13": {"/cal/0-0", urls.TrapSimilar}, "/cal/20261129.html": {"/cal/d.html", urls.TrapCalendar}, "/cal/202611": {"/cal/0", urls.TrapSimilar},
		"/cal?month=3&year=2026": {"/cal?month&year", urls.TrapCalendar}, "/cal?d=2026-1-5": {"/cal?d", urls.TrapCalendar}, "/cal?month=may": {"/cal?month", urls.TrapSimilar},
	} {
		shape, trap, budget := traps.Shape(parse(t, "http://a.example"+path))
		if shape != want[0] || trap != want[1] || budget != map[string]int{urls.TrapSimilar: 7, urls.TrapCalendar: 3}[trap] {
			t.Errorf("%s: %q, %q, %d; want %q", path, shape, trap, budget, want)
		}
	}
}

package robots

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// oracle matches a path with a regular expression.
func oracle(written string, path []byte) bool {
	text, end := strings.CutSuffix(written, "$")
	words := strings.Split(text, "*")
	for i, w := range words {
		words[i] = regexp.QuoteMeta(string(appendNormal(nil, w, true)))
	}
	expression := "(?s)^" + strings.Join(words, ".*")
	if end {
		expression += "$"
	}
	return regexp.MustCompile(expression).Match(path)
}

// The query of a pattern begins at its first question mark, so the oracle is asked about
// patterns without triplets behind one.
func FuzzPattern(f *testing.F) {
	for _, s := range [][2]string{{"/a*b$", "/axb"}, {"/*", "/"}, {"/a**b", "/ab"}, {"/*a*a*a$", "/aaaaaaaa"}, {"/a$b", "/a$b"}, {"/*~", "/~"}, {"/*.php$", "/a.php.php"}, {"/ab*ba$", "/aba"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, written, url string) {
		if !strings.HasPrefix(written, "/") || strings.ContainsAny(written+url, "?%") {
			return
		}
		path := appendPath(nil, url)
		p := newPattern(written)
		if got, want := p.matches(path), oracle(written, path); got != want {
			t.Errorf("%q matches %q: %v, the oracle says %v", written, path, got, want)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(simple), "foobot", "/example/page.html")
	f.Add([]byte("\xef\xbb\xbfuser-agent:*\rcrawl-delay:1e3\r\ncontent-usage:/x train-ai=n\ncontent-signal:a=b"), "x", "http://h/%zz?%2f#f")
	f.Fuzz(func(t *testing.T, data []byte, agent, url string) {
		file := Parse(data)
		agents := []string{agent}
		ok, why := file.Allowed(agents, url)
		if !ok && why.Line == 0 {
			t.Fatal("forbidden by no line")
		}
		if n := bytes.Count(data, []byte("\n")) + bytes.Count(data, []byte("\r")) + 1; why.Line > n {
			t.Fatalf("line %d of %d", why.Line, n)
		}
		if both, _ := file.Allowed([]string{agent, "other"}, url); both && !ok {
			t.Fatal("two agents may what one may not")
		}
		for _, r := range append(file.Usage(agents, url), file.Signals(agents, url)...) {
			if r.Line == 0 {
				t.Fatal("a statement of no line")
			}
		}
		if d, _ := file.CrawlDelay(agent); d < 0 || d > maxDelay {
			t.Fatalf("delay %v", d)
		}
		// Comments and empty lines change nothing.
		noisy := append([]byte("#\n\n"), bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))...)
		if again, _ := Parse(noisy).Allowed(agents, url); len(noisy) < MaxBytes && again != ok {
			t.Fatal("a comment changes what is allowed")
		}
		// A path is normal once.
		path := appendPath(nil, url)
		if twice := appendNormal(nil, string(path), false); !bytes.Equal(path, twice) {
			t.Fatalf("%q becomes %q", path, twice)
		}
	})
}

// plain is a list of rules without the numbers of their lines.
func plain(rules []Rule) []Rule {
	for i := range rules {
		rules[i].Line = 0
	}
	return rules
}

// What a file says to some agents is what it says to them as part of the whole.
func FuzzAppendFor(f *testing.F) {
	f.Add([]byte(simple), "foobot", "barbot", "/example/page.html")
	f.Add([]byte("license: L\ncontent-signal: /y$ b=c\nuser-agent: x\ncontent-signal: a=b\nuser-agent: y\ncontent-usage: /x%2a train-ai=n\nallow: /a b*$"), "x", "y", "http://h/x*?%2f#f")
	f.Add([]byte("user-agent: x\nuser-agent: y\ndisallow: /1\nuser-agent: *\nuser-agent: x\ndisallow: /2"), "x", "z", "/2")
	f.Fuzz(func(t *testing.T, data []byte, a, b, url string) {
		for _, agents := range [][]string{nil, {a}, {a, b}} {
			file := Parse(data)
			text := file.AppendFor([]byte("-"), agents)[1:]
			less := ParseWhole(text)
			if len(less.Problems) > 0 {
				t.Fatalf("%v of\n%s", less.Problems, text)
			}
			if again := less.AppendFor(nil, agents); !bytes.Equal(again, text) {
				t.Fatalf("first\n%s\nthen\n%s", text, again)
			}
			ok, why := file.Allowed(agents, url)
			okLess, whyLess := less.Allowed(agents, url)
			if ok != okLess || !slices.Equal(plain([]Rule{why}), plain([]Rule{whyLess})) {
				t.Fatalf("%v by %v, not %v by %v\n%s", okLess, whyLess, ok, why, text)
			}
			for _, got := range [][2][]Rule{{less.Usage(agents, url), file.Usage(agents, url)}, {less.Signals(agents, url), file.Signals(agents, url)},
				{less.Licenses(), file.Licenses()}} {
				if !slices.Equal(plain(got[0]), plain(got[1])) {
					t.Fatalf("%v, not %v\n%s", got[0], got[1], text)
				}
			}
		}
	})
}

// A pattern of many stars costs no more than its length times that of the path.
func BenchmarkStars(b *testing.B) {
	p := newPattern("/" + strings.Repeat("*a", 1000) + "*b$")
	path := []byte("/" + strings.Repeat("a", 8000))
	b.SetBytes(int64(len(path)))
	for b.Loop() {
		if p.matches(path) {
			b.Fatal("there is no b")
		}
	}
}

func BenchmarkAllowed(b *testing.B) {
	f := Parse([]byte(strings.Repeat("User-agent: a\nDisallow: /private/area\nDisallow: /*.php$\nAllow: /public\n", 20)))
	for b.Loop() {
		f.Allowed([]string{"a"}, "http://www.example.test/some/ordinary/path?with=query")
	}
}

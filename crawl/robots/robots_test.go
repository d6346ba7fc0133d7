package robots

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func allowed(t *testing.T, file, agent, url string) bool {
	t.Helper()
	ok, _ := Parse([]byte(file)).Allowed([]string{agent}, url)
	return ok
}

// The simple example of RFC 9309, section 5.1.
const simple = `User-Agent: *
Disallow: *.gif$
Disallow: /example/
Allow: /publications/

User-Agent: foobot
Disallow:/
Allow:/example/page.html
Allow:/example/allowed.gif

User-Agent: barbot
User-Agent: bazbot
Disallow: /example/page.html

User-Agent: quxbot

EOF
`

func TestTable(t *testing.T) {
	tests := []struct {
		name, file, agent, url string
		want                   bool
	}{
		// RFC 9309, 5.1
		{"others may not have a gif", simple, "other", "http://a.test/x/y.gif", false},
		{"others may have what begins like one", simple, "other", "http://a.test/x/y.gif?v=1", true},
		{"others may not have the example", simple, "other", "http://a.test/example/page.html", false},
		{"others may have publications", simple, "other", "http://a.test/publications/x", true},
		{"foobot has its own group alone", simple, "foobot", "http://a.test/publications/x", false},
		{"foobot may have the page", simple, "FooBot/2.1", "http://a.test/example/page.html", true},
		{"foobot may have the gif", simple, "foobot", "http://a.test/example/allowed.gif", true},
		{"foobot may not have another gif", simple, "foobot", "http://a.test/example/disallowed.gif", false},
		{"barbot shares a group", simple, "barbot", "http://a.test/example/page.html", false},
		{"bazbot shares a group", simple, "bazbot", "http://a.test/example/page.html", false},
		{"bazbot may have the rest", simple, "bazbot", "http://a.test/example/x.gif", true},
		{"quxbot has an empty group", simple, "quxbot", "http://a.test/example/page.html", true},
		// RFC 9309, 5.2
		{"the longest match", "User-Agent: foobot\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif\n", "foobot", "/example/page/disallowed.gif", false},
		{"the longest match, beside it", "User-Agent: foobot\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif\n", "foobot", "/example/page/x.gif", true},
		// RFC 9309, 2.2.2: equal octets
		{"octets as they are", "user-agent: *\ndisallow: /foo/bar?baz=quz", "a", "/foo/bar?baz=quz", false},
		{"reserved ones in a query", "user-agent: *\ndisallow: /foo/bar?baz=https://foo.bar", "a", "/foo/bar?baz=https%3A%2F%2Ffoo.bar", false},
		{"reserved ones in a query, the other way", "user-agent: *\ndisallow: /foo/bar?baz=https%3A%2F%2Ffoo.bar", "a", "/foo/bar?baz=https://foo.bar", false},
		{"characters that are not ASCII", "user-agent: *\ndisallow: /foo/bar/ツ", "a", "/foo/bar/%E3%83%84", false},
		{"characters that are not ASCII, in the URL", "user-agent: *\ndisallow: /foo/bar/%e3%83%84", "a", "/foo/bar/ツ", false},
		{"unreserved ones encoded in the file", "user-agent: *\ndisallow: /foo/bar/%62%61%7A", "a", "/foo/bar/baz", false},
		{"unreserved ones encoded in the URL", "user-agent: *\ndisallow: /foo/bar/baz", "a", "/foo/bar/%62%61%7a", false},
		{"a slash encoded in a path is another", "user-agent: *\ndisallow: /a/b", "a", "/a%2Fb", true},
		{"a slash encoded in a path is itself", "user-agent: *\ndisallow: /a%2fb", "a", "/a%2Fb", false},
		// RFC 9309, 2.2.3
		{"a star encoded stands for itself", "user-agent: *\ndisallow: /path/file-with-a-%2A.html", "a", "/path/file-with-a-*.html", false},
		{"a star encoded stands for itself alone", "user-agent: *\ndisallow: /path/file-with-a-%2A.html", "a", "/path/file-with-a-x.html", true},
		{"a dollar encoded stands for itself", "user-agent: *\ndisallow: /path/foo-%24", "a", "/path/foo-$", false},
		{"a dollar within stands for itself", "user-agent: *\ndisallow: /a$b", "a", "/a$b", false},
		{"a dollar ends", "user-agent: *\nallow: /this/path/exactly$\ndisallow: /", "a", "/this/path/exactly", true},
		{"a dollar ends, and no more", "user-agent: *\nallow: /this/path/exactly$\ndisallow: /", "a", "/this/path/exactly/x", false},
		{"a star within", "user-agent: *\nallow: /this/*/exactly\ndisallow: /", "a", "/this/a/b/exactly", true},
		{"a remark", "user-agent: *\ndisallow: / # all", "a", "/x", false},
		// ties and lengths
		{"allow wins a tie", "user-agent: *\ndisallow: /x\nallow: /x", "a", "/x", true},
		{"allow wins a tie before", "user-agent: *\nallow: /x\ndisallow: /x", "a", "/x", true},
		{"one octet more forbids", "user-agent: *\nallow: /x\ndisallow: /xy", "a", "/xy", false},
		{"length is of normal octets", "user-agent: *\nallow: /%61%61\ndisallow: /aaa", "a", "/aaa", false},
		{"a star counts", "user-agent: *\nallow: /a\ndisallow: /*", "a", "/a", true},
		{"an end counts", "user-agent: *\nallow: /a\ndisallow: /a$", "a", "/a", false},
		{"two groups are one", "user-agent: a\ndisallow: /x\nuser-agent: b\ndisallow: /\nuser-agent: a\nallow: /x/y", "a", "/x/y", true},
		{"two groups are one, the first holds", "user-agent: a\ndisallow: /x\nuser-agent: b\ndisallow: /\nuser-agent: a\nallow: /x/y", "a", "/x/z", false},
		{"allow wins a tie of two groups", "user-agent: a\ndisallow: /x\nuser-agent: b\ndisallow: /\nuser-agent: a\nallow: /x", "a", "/x/z", true},
		{"groups of everyone are one", "user-agent: *\ndisallow: /x\nuser-agent: b\ndisallow: /\nuser-agent: *\ndisallow: /y", "a", "/y", false},
		{"an empty disallow", "user-agent: *\ndisallow:", "a", "/x", true},
		{"an empty disallow in another group", "user-agent: a\ndisallow:\nuser-agent: *\ndisallow: /", "a", "/x", true},
		// agents
		{"the whole product token", "user-agent: foo\ndisallow: /", "foobot", "/x", true},
		{"the whole product token, the other way", "user-agent: foobot\ndisallow: /", "foo", "/x", true},
		{"a version in the file", "user-agent: FooBot/1.0\ndisallow: /", "foobot", "/x", false},
		{"digits and dots", "user-agent: Ai2Bot-Dolma\nuser-agent: archive.org_bot\ndisallow: /", "archive.org_bot", "/x", false},
		{"a star behind a name", "user-agent: foobot*\ndisallow: /", "foobot", "/x", false},
		{"tokens with commas", "user-agent: a, b,c\ndisallow: /", "b", "/x", false},
		{"a line without a name", "user-agent:\ndisallow: /", "a", "/x", true},
		{"rules before any agent", "disallow: /\nuser-agent: b\ndisallow:", "a", "/x", true},
		{"everyone where nobody is named", "user-agent: b\nallow: /\nuser-agent: *\ndisallow: /", "a", "/x", false},
		// form
		{"CR", "user-agent: *\rdisallow: /x\r", "a", "/x", false},
		{"CRLF", "user-agent: *\r\n\r\ndisallow: /x\r\n", "a", "/x", false},
		{"no line end", "user-agent: *\ndisallow: /x", "a", "/x", false},
		{"a byte order mark", "\xef\xbb\xbfuser-agent: *\ndisallow: /x", "a", "/x", false},
		{"white space", "  User-Agent\t : \t*  \n\tDisAllow : /x  ", "a", "/x", false},
		{"a blank line within a group", "user-agent: *\n\n\ndisallow: /x", "a", "/x", false},
		{"misspelled", "useragent: *\ndissallow: /x", "a", "/x", false},
		{"misspelled otherwise", "user agent: *\ndisalow: /x", "a", "/x", false},
		{"no colon", "user-agent *\ndisallow /x", "a", "/x", false},
		{"not a key", "user-agent: *\ndisallowed: /x", "a", "/x", true},
		{"other lines end no group", "user-agent: a\nsitemap: http://a.test/s\nhost: x\nfoo\nuser-agent: b\ndisallow: /", "a", "/x", false},
		{"a crawl delay ends no group", "user-agent: a\ncrawl-delay: 5\nuser-agent: b\ndisallow: /", "a", "/x", false},
		{"a bad crawl delay fails nothing", "user-agent: a\ncrawl-delay: soon\ndisallow: /", "a", "/x", false},
		{"an address for a path", "user-agent: *\ndisallow: http://a.test/x", "a", "http://a.test/x", true},
		// URLs
		{"robots.txt itself", "user-agent: *\ndisallow: /", "a", "http://a.test/robots.txt", true},
		{"what is called alike", "user-agent: *\ndisallow: /", "a", "http://a.test/robots.txt?x", false},
		{"no path", "user-agent: *\ndisallow: /$", "a", "http://a.test", false},
		{"no path and a query", "user-agent: *\ndisallow: /?", "a", "http://a.test?x", false},
		{"a fragment", "user-agent: *\ndisallow: /x$", "a", "http://a.test/x#y", false},
		{"a path with slashes", "user-agent: *\ndisallow: //x", "a", "http://a.test//x", false},
		{"a path alone", "user-agent: *\ndisallow: /x", "a", "/x", false},
		{"a lone percent", "user-agent: *\ndisallow: /100%", "a", "/100%", false},
		{"a blank", "user-agent: *\ndisallow: /a b", "a", "/a%20b", false},
		{"an empty file", "", "a", "/x", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := allowed(t, test.file, test.agent, test.url); got != test.want {
				t.Errorf("allowed is %v, want %v, of %s for %s in\n%s", got, test.want, test.url, test.agent, test.file)
			}
		})
	}
}

func TestSeveralAgents(t *testing.T) {
	f := Parse([]byte("user-agent: ccbot\ndisallow: /private\n\nuser-agent: gptbot\ndisallow: /\n\nuser-agent: *\nallow: /\n"))
	for _, test := range []struct {
		agents []string
		url    string
		ok     bool
		why    Rule
	}{
		{nil, "/private", true, Rule{8, "allow", "/", "*"}},
		{[]string{"mill"}, "/private", true, Rule{8, "allow", "/", "*"}},
		{[]string{"mill", "CCBot"}, "/x", true, Rule{8, "allow", "/", "*"}},
		{[]string{"mill", "CCBot"}, "/private/x", false, Rule{2, "disallow", "/private", "ccbot"}},
		{[]string{"mill", "CCBot", "GPTBot"}, "/x", false, Rule{5, "disallow", "/", "gptbot"}},
		{[]string{"CCBot"}, "/x", true, Rule{}},
	} {
		ok, why := f.Allowed(test.agents, test.url)
		if ok != test.ok || why != test.why {
			t.Errorf("Allowed(%v, %s) is %v by %+v, want %v by %+v", test.agents, test.url, ok, why, test.ok, test.why)
		}
	}
	if got := f.Agents(); !slices.Equal(got, []string{"*", "ccbot", "gptbot"}) {
		t.Errorf("agents are %v", got)
	}
	if !f.Names("CCBot/2.0") || f.Names("mill") {
		t.Error("Names does not go by the product token")
	}
}

func TestSizeLimit(t *testing.T) {
	const head, tail = "user-agent: *\n", "disallow: /x\n"
	filled := func(total int) string { // with the last line ending at total
		return head + "#" + strings.Repeat("-", total-len(head)-len(tail)-2) + "\n" + tail
	}
	for _, test := range []struct {
		name, file string
		ok, cut    bool
	}{
		{"the last line ends at the limit", filled(MaxBytes), false, false},
		{"one that ends at the limit, and more", filled(MaxBytes) + "x", false, true},
		{"one whose line end is the first byte behind", filled(MaxBytes + 1), false, true},
		{"one whose last letter is the first byte behind", filled(MaxBytes + 2), true, true},
		{"no line end at all", "user-agent: *" + strings.Repeat("x", MaxBytes), true, true},
	} {
		f := Parse([]byte(test.file))
		if ok, _ := f.Allowed(nil, "/x"); ok != test.ok || f.Truncated != test.cut {
			t.Errorf("%s: allowed is %v, truncated %v; want %v, %v", test.name, ok, f.Truncated, test.ok, test.cut)
		}
	}
}

func TestCrawlDelay(t *testing.T) {
	f := Parse([]byte(`User-agent: a
Crawl-delay: 2.5
User-agent: b
Crawl-delay: 4
Disallow: /x

User-agent: c
Crawl-delay: -1
Crawl-delay: NaN
Crawl-delay: 10s
Crawl-delay: 31536001
Disallow: /

User-agent: d
Crawl-delay: 0
Allow: /

User-agent: a
Crawl-delay: 3
Allow: /

User-agent: *
Crawl-delay: 31536000
`))
	for agent, want := range map[string]time.Duration{"a": 4 * time.Second, "b": 4 * time.Second, "d": 0, "e": 365 * 24 * time.Hour} {
		if got, ok := f.CrawlDelay(agent); !ok || got != want {
			t.Errorf("the delay of %s is %v (%v), want %v", agent, got, ok, want)
		}
	}
	if d, ok := f.CrawlDelay("c"); ok {
		t.Errorf("the delay of c is %v, want none", d)
	}
	if len(f.Problems) != 4 || f.Problems[2] != (Problem{10, "Crawl-delay: 10s"}) {
		t.Errorf("problems are %+v", f.Problems)
	}
	between := Parse([]byte("User-agent: a\nCrawl-delay: 2\nUser-agent: b\nDisallow: /\n"))
	if d, ok := between.CrawlDelay("b"); ok {
		t.Errorf("b has the delay %v of a line before it was named", d)
	}
	if d, _ := between.CrawlDelay("a"); d != 2*time.Second {
		t.Errorf("a has the delay %v", d)
	}
}

func TestSitemapsAndLicenses(t *testing.T) {
	f := Parse([]byte("Sitemap: http://a.test/1\nuser-agent: a\nsite-map: http://a.test/2 # two\nsitemap:\ndisallow: /\nSITEMAP: http://a.test/1\nLicense: https://a.test/l.xml\nLicense: https://b.test/l.xml\nLicense:\n"))
	if got := f.Sitemaps(); !slices.Equal(got, []string{"http://a.test/1", "http://a.test/2"}) {
		t.Errorf("sitemaps are %v", got)
	}
	want := []Rule{{7, "license", "https://a.test/l.xml", ""}, {8, "license", "https://b.test/l.xml", ""}}
	if got := f.Licenses(); !slices.Equal(got, want) {
		t.Errorf("licences are %v", got)
	}
	var b strings.Builder
	for i := range maxSitemaps + 1 {
		fmt.Fprintf(&b, "sitemap: /%d\n", i)
	}
	if n := len(Parse([]byte(b.String())).Sitemaps()); n != maxSitemaps {
		t.Errorf("%d sitemaps, want %d", n, maxSitemaps)
	}
	if n := len(Parse([]byte(strings.Repeat("license: x\n", maxLicenses+1))).Licenses()); n != maxLicenses {
		t.Errorf("%d licences, want %d", n, maxLicenses)
	}
	if n := len(Parse([]byte(strings.Repeat("what\n", maxProblems+1))).Problems); n != maxProblems {
		t.Errorf("%d problems, want %d", n, maxProblems)
	}
}

// The example of draft-ietf-aipref-attach-05, and beside it.
func TestUsage(t *testing.T) {
	f := Parse([]byte(`User-Agent: *
Allow: /
Disallow: /never/
Content-Usage: train-ai=n
Content-Usage: /ai-ok/ train-ai=y
Content-Usage: /ai-ok/	search=n # two hold together

User-Agent: ExampleBot
Allow: /
Content-Usage: train-ai=y
`))
	for _, test := range []struct{ agent, url, want string }{
		{"other", "/test", "4:train-ai=n"},
		{"other", "/ai-ok/test", "5:train-ai=y 6:search=n"},
		{"other", "/ai-ok", "4:train-ai=n"},
		{"examplebot", "/ai-ok/test", "10:train-ai=y"},
	} {
		if got := list(f.Usage([]string{test.agent}, test.url)); got != test.want {
			t.Errorf("%s for %s: %q, want %q", test.url, test.agent, got, test.want)
		}
	}
	if got := list(f.Usage([]string{"other", "examplebot"}, "/")); got != "4:train-ai=n 10:train-ai=y" {
		t.Errorf("of two agents: %q", got)
	}
	ends := Parse([]byte("user-agent: a\ncontent-usage: train-ai=n\nuser-agent: b\ndisallow: /"))
	if ok, _ := ends.Allowed([]string{"a"}, "/"); !ok {
		t.Error("Content-Usage is a rule: an agent behind it begins a group")
	}
}

func TestSignals(t *testing.T) {
	f := Parse([]byte(`Content-Signal: search=yes
User-Agent: *
Content-Signal: ai-train=no, search=yes
Content-Signal: /open/ ai-train=yes
Allow: /

User-agent: a
Content-Signal: ai-input=no
User-agent: b
Disallow: /x
`))
	for _, test := range []struct{ agent, url, want string }{
		{"other", "/x", "1:search=yes 3:ai-train=no, search=yes"},
		{"other", "/open/x", "1:search=yes 4:ai-train=yes"},
		{"a", "/open/x", "1:search=yes 8:ai-input=no"},
		{"b", "/open/x", "1:search=yes"},
	} {
		if got := list(f.Signals([]string{test.agent}, test.url)); got != test.want {
			t.Errorf("%s for %s: %q, want %q", test.url, test.agent, got, test.want)
		}
	}
	if ok, _ := f.Allowed([]string{"a"}, "/x"); ok {
		t.Error("a signal between two agents has parted their group")
	}
}

func list(rules []Rule) string {
	var words []string
	for _, r := range rules {
		words = append(words, fmt.Sprintf("%d:%s", r.Line, r.Value))
	}
	return strings.Join(words, " ")
}

func TestAnswers(t *testing.T) {
	file := []byte("user-agent: *\ndisallow: /x")
	for _, test := range []struct {
		status int
		err    error
		want   Access
		x, y   bool
	}{
		{200, nil, Rules, false, true},
		{299, nil, Rules, false, true},
		{300, nil, Unrestricted, true, true},
		{404, nil, Unrestricted, true, true},
		{403, nil, Unrestricted, true, true},
		{428, nil, Unrestricted, true, true},
		{429, nil, Unreachable, false, false},
		{430, nil, Unrestricted, true, true},
		{499, nil, Unrestricted, true, true},
		{500, nil, Unreachable, false, false},
		{503, nil, Unreachable, false, false},
		{199, nil, Unreachable, false, false},
		{0, nil, Unreachable, false, false},
		{200, errors.New("cut off"), Unreachable, false, false},
	} {
		f := Answer(test.status, test.err, file)
		x, _ := f.Allowed(nil, "/x")
		y, _ := f.Allowed(nil, "/y")
		if f.Access != test.want || x != test.x || y != test.y {
			t.Errorf("status %d, %v: %v, /x %v, /y %v", test.status, test.err, f.Access, x, y)
		}
	}
}

func TestRuleString(t *testing.T) {
	_, why := Parse([]byte("USER-AGENT: *\nDISALLAW: /x # no")).Allowed(nil, "/x/y")
	if why.String() != "disallow: /x" || (Rule{}).String() != "" {
		t.Errorf("the rule is %q", why.String())
	}
}

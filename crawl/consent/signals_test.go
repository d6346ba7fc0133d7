package consent

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/crawl/robots"
	"github.com/corpusmill/corpusmill/format/warc"
)

func lines(s Signals) string {
	var b strings.Builder
	for _, x := range s.List {
		fmt.Fprintln(&b, x)
	}
	return strings.TrimSpace(b.String())
}

func header(fields ...string) (h []warc.Field) {
	for i := 0; i < len(fields); i += 2 {
		h = append(h, warc.Field{Name: fields[i], Value: fields[i+1]})
	}
	return h
}

func TestHeader(t *testing.T) {
	for _, test := range []struct {
		name   string
		header []warc.Field
		agents []string
		want   string
	}{
		{"nothing", header("Content-Type", "text/html"), nil, ""},
		{"words", header("X-Robots-Tag", "noindex, NoAI"), nil, "header x-robots-tag: noindex, NoAI"},
		{"several lines", header("x-robots-tag", "noindex", "X-ROBOTS-TAG", "noai"), nil, "header x-robots-tag: noindex\nheader x-robots-tag: noai"},
		{"of another agent", header("X-Robots-Tag", "googlebot: noindex, nofollow"), nil, ""},
		{"of an agent that binds", header("X-Robots-Tag", "GPTBot: noindex"), []string{"gptbot"}, "header x-robots-tag: noindex"},
		{"of several agents", header("X-Robots-Tag", "noai, googlebot: noindex, gptbot: nofollow, noarchive, bingbot: none"), []string{"GPTBot"},
			"header x-robots-tag: noai, nofollow, noarchive"},
		{"words with values", header("X-Robots-Tag", "max-snippet: 20, unavailable_after: 25 Jun 2010 15:00:00 PST, noai"), nil,
			"header x-robots-tag: max-snippet: 20, unavailable_after: 25 Jun 2010 15:00:00 PST, noai"},
		{"a date with a comma", header("X-Robots-Tag", "unavailable_after: Friday, 25-Jun-10 15:00:00 PST, noai"), nil,
			"header x-robots-tag: unavailable_after: Friday, 25-Jun-10 15:00:00 PST, noai"},
		{"TDMRep", header("TDM-Reservation", "1", "tdm-policy", "https://a.test/p.json"), nil, "header tdm-reservation: 1\nheader tdm-policy: https://a.test/p.json"},
		{"lines of one dictionary", header("Content-Usage", "train-ai=n", "Content-Usage", "search=y"), nil, "header content-usage: train-ai=n, search=y"},
		{"Content-Signal", header("Content-Signal", "ai-train=no"), nil, "header content-signal: ai-train=no"},
		{"links", header("Link", `<https://a.test/x>; rel="next", </l.xml>; rel="license"; type="application/rsl+xml", <https://creativecommons.org/licenses/by/4.0/>; title="a, b"; rel=license`), nil,
			"header rsl: /l.xml\nheader license: https://creativecommons.org/licenses/by/4.0/"},
		{"a broken link", header("Link", `<https://a.test; rel=license`), nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := lines(FromResponse(test.header, nil, test.agents)); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestPage(t *testing.T) {
	for _, test := range []struct {
		name, page string
		agents     []string
		want       string
	}{
		{"nothing", "<html><head><title>x</title></head><body>y", nil, ""},
		{"robots", `<html><head><META content='noindex,noai' NAME="Robots"></head>`, nil, "meta robots: noindex,noai"},
		{"without quotation marks", `<meta name=robots content=noai>`, nil, "meta robots: noai"},
		{"closed", `<meta name="robots" content="noai"/>`, nil, "meta robots: noai"},
		{"character references", `<meta name="robots" content="no&#97;i">`, nil, "meta robots: noai"},
		{"a sign within quotation marks", `<meta name="description" content="a > b <meta name=robots content=noai>"><meta name="robots" content="noindex">`, nil, "meta robots: noindex"},
		{"another agent", `<meta name="googlebot" content="noindex">`, nil, ""},
		{"an agent that binds", `<meta name="GPTBot" content="noindex">`, []string{"gptbot"}, "meta robots: noindex"},
		{"in a comment", `<!-- <meta name="robots" content="noai"> --><p>`, nil, ""},
		{"in a script", `<script>"<meta name=robots content=noai>"</script><meta name=robots content=noindex>`, nil, "meta robots: noindex"},
		{"in a title", `<title><meta name=robots content=noai></title>`, nil, ""},
		{"in a body", `<head></head><body><meta name="robots" content="noai">`, nil, ""},
		{"a body without an end of the head", `<head><body><meta name="robots" content="noai">`, nil, ""},
		{"a pixel in the head", `<head><noscript><img src=x></noscript><meta name="robots" content="noai"></head>`, nil, "meta robots: noai"},
		{"TDMRep", `<head><meta name="tdm-reservation" content="1"><meta name="tdm-policy" content="https://a.test/p"></head>`, nil, "meta tdm-reservation: 1\nmeta tdm-policy: https://a.test/p"},
		{"RSL", `<head><link rel="license" type="application/rsl+xml" href="/license.xml"></head>`, nil, "link rsl: /license.xml"},
		{"RSL in the page", `<head><script type="application/rsl+xml"><rsl></rsl></script></head>`, nil, "meta rsl: inline"},
		{"a licence in the body", `<body><p>x<a class=a rel="nofollow LICENSE" href="https://creativecommons.org/licenses/by-sa/4.0/deed.en?a=1&amp;b=2">CC</a>`, nil,
			"link license: https://creativecommons.org/licenses/by-sa/4.0/deed.en?a=1&b=2"},
		{"a link to a licence", `<body><a href="https://creativecommons.org/licenses/by/4.0/">x</a><a href="https://creativecommons.org/about/">y</a>`, nil,
			"link creative-commons: https://creativecommons.org/licenses/by/4.0/"},
		{"Dublin Core", `<meta name="DCTERMS.license" content="https://creativecommons.org/licenses/by/4.0/"><meta name="dc.rights" content="all of them">`, nil,
			"meta license: https://creativecommons.org/licenses/by/4.0/"},
		{"cut off in a tag", `<meta name="robots" content="noai"`, nil, ""},
		{"cut off in a value", `<meta name="robots" content="noai>`, nil, ""},
		{"the first of two attributes", `<meta name="robots" name="x" content="noai" content="all">`, nil, "meta robots: noai"},
		{"an apostrophe in an attribute", `<meta name=robots data-x=it's content="noai">`, nil, "meta robots: noai"},
		{"UTF-16", "\xff\xfe<\x00m\x00e\x00t\x00a\x00 \x00n\x00a\x00m\x00e\x00=\x00r\x00o\x00b\x00o\x00t\x00s\x00 \x00c\x00o\x00n\x00t\x00e\x00n\x00t\x00=\x00n\x00o\x00a\x00i\x00>\x00", nil, "meta robots: noai"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := lines(FromResponse(nil, []byte(test.page), test.agents)); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestDictionary(t *testing.T) {
	for _, test := range []struct {
		in   string
		want dictionary // nil does not parse
	}{
		{"", dictionary{}},
		{"train-ai=n", dictionary{"train-ai": "n"}},
		{" train-ai=y ,\t search=n ", dictionary{"train-ai": "y", "search": "n"}},
		{`train-ai=y, train-ai, search=n, search="n"`, dictionary{"train-ai": "", "search": ""}},
		{"train-ai;allow=n, train-ai=y", dictionary{"train-ai": "y"}},
		{`train-ai;has;parameters="?"`, dictionary{"train-ai": ""}},
		{`train-ai;has;parameters="?";`, nil},
		{`a=1, b=-1.5, c="x\"y", d=:aGk=:, e=?1, f=@1659578233, g=%"f%c3%bc", h=(a "b";q=1 2);x, i=tok/en:x`, dictionary{"a": "", "b": "", "c": "", "d": "", "e": "", "f": "", "g": "", "h": "", "i": "tok/en:x"}},
		{"Train-AI=n", nil},
		{"train-ai=n,", nil},
		{"train-ai=n search=y", nil},
		{"train-ai=", nil},
		{"=n", nil},
		{`a="x`, nil},
		{`a="x\y"`, nil},
		{"a=999999999999999", dictionary{"a": ""}},
		{"a=9999999999999999", nil},
		{"a=1.2345", nil},
		{"a=1.", nil},
		{"a=@1.5", nil},
		{"a=?2", nil},
		{"a=:x", nil},
		{"a=(b", nil},
		{"a=(b)c", nil},
		{`a=%"%C3"`, nil},
	} {
		got, ok := parseDictionary(test.in)
		if ok != (test.want != nil) || ok && !reflect.DeepEqual(got, test.want) {
			t.Errorf("%q is %v (%v), want %v", test.in, got, ok, test.want)
		}
	}
}

// said makes signals of lines.
func said(list ...string) (s Signals) {
	for _, l := range list {
		s.addLine(l)
	}
	return s
}

func TestAnswers(t *testing.T) {
	for _, test := range []struct {
		lines                []string
		train, input, search Answer
	}{
		{nil, Unsaid, Unsaid, Unsaid},
		{[]string{"header content-usage: train-ai=y, search=n"}, Yes, Unsaid, No},
		{[]string{"header content-usage: train-ai=Y"}, Unsaid, Unsaid, Unsaid},
		{[]string{"header content-usage: train-ai=y", "robots.txt content-usage: train-ai=n"}, No, Unsaid, Unsaid},
		{[]string{"header content-usage: bots=n"}, No, Unsaid, Unsaid},
		{[]string{"header content-usage: bots=n, train-ai=y"}, Yes, Unsaid, Unsaid},
		{[]string{"header content-usage: train-ai=y, train-genai=n"}, No, Unsaid, Unsaid},
		{[]string{"header content-usage: ai-output=n"}, Unsaid, No, Unsaid},
		{[]string{"robots.txt content-signal: ai-train=no, Search = YES,ai-input=maybe"}, No, Unsaid, Yes},
		{[]string{"robots.txt content-signal: ai-train=yes", "header content-usage: train-ai=n"}, No, Unsaid, Unsaid},
	} {
		s := said(test.lines...)
		m := s.Meaning(time.Time{})
		if m.TrainAI != test.train || m.AIInput != test.input || m.Search != test.search {
			t.Errorf("%q: train %v, input %v, search %v", test.lines, m.TrainAI, m.AIInput, m.Search)
		}
	}
}

func TestTDMPriority(t *testing.T) {
	for _, test := range []struct {
		lines    []string
		reserved Answer
		policy   string
	}{
		{[]string{"tdmrep.json tdm-reservation: 1"}, Yes, ""},
		{[]string{"tdmrep.json tdm-reservation: 0"}, No, ""},
		{[]string{"tdmrep.json tdm-reservation: 2"}, Unsaid, ""},
		{[]string{"tdmrep.json tdm-reservation: 1", "header tdm-reservation: 0"}, No, ""},
		{[]string{"meta tdm-reservation: 1", "header tdm-reservation: 0", "tdmrep.json tdm-reservation: 0"}, Yes, ""},
		{[]string{"meta tdm-reservation: 0", "header tdm-reservation: 1", "tdmrep.json tdm-reservation: 1"}, No, ""},
		{[]string{"header tdm-policy: https://h.test/", "tdmrep.json tdm-reservation: 1", "tdmrep.json tdm-policy: https://f.test/"}, Yes, "https://h.test/"},
	} {
		s := said(test.lines...)
		m := s.Meaning(time.Time{})
		against := Standard.Decide(m).Rule == "tdm_reserved"
		if m.Reserved != test.reserved || m.TDMPolicy != test.policy || against != (test.reserved == Yes) {
			t.Errorf("%q: reserved %v, policy %q, against %v", test.lines, m.Reserved, m.TDMPolicy, against)
		}
	}
}

func TestTDMRepFile(t *testing.T) {
	const file = `[
	{"location": "/directory-b/images/*.jpg$", "tdm-reservation": 0},
	{"location": "/directory-b/", "tdm-reservation": 1, "tdm-policy": "https://provider.test/p.json"},
	{"location": "/directory-b/html/", "tdm-reservation": 0},
	{"location": "/no-reservation"},
	{"location": "/odd", "tdm-reservation": 2},
	{"tdm-reservation": 1},
	{"location": "", "tdm-reservation": 1},
	{"location": "/text", "tdm-reservation": "1", "tdm-policy": 7}
]`
	r, err := ParseTDMRep([]byte("\ufeff" + file))
	if err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]string{
		"https://a.test/directory-b/images/x.jpg":   "tdmrep.json tdm-reservation: 0",
		"https://a.test/directory-b/images/x.jpg?y": "tdmrep.json tdm-reservation: 1\ntdmrep.json tdm-policy: https://provider.test/p.json",
		"https://a.test/directory-b/html/":          "tdmrep.json tdm-reservation: 1\ntdmrep.json tdm-policy: https://provider.test/p.json",
		"https://a.test/directory-a/":               "",
		"https://a.test/no-reservation":             "",
		"https://a.test/odd":                        "",
		"https://a.test/text":                       "tdmrep.json tdm-reservation: 1",
	} {
		var s Signals
		if s.AddTDMRep(r, url); lines(s) != want {
			t.Errorf("%s: %q, want %q", url, lines(s), want)
		}
	}
	for _, bad := range []string{"", "{}", `{"location": "/", "tdm-reservation": 1}`, "[1]", "[", strings.Repeat(" ", MaxTDMRepBytes+1)} {
		if _, err := ParseTDMRep([]byte(bad)); err == nil {
			t.Errorf("%.40q is taken for a tdmrep.json", bad)
		}
	}
	many := func(n int) []byte {
		return []byte("[" + strings.TrimSuffix(strings.Repeat(`{"location":"/","tdm-reservation":1},`, n), ",") + "]")
	}
	if _, err := ParseTDMRep(many(maxTDMRules)); err != nil {
		t.Error(err)
	}
	if _, err := ParseTDMRep(many(maxTDMRules + 1)); err == nil {
		t.Error("one rule more than may be is taken")
	}
	var s Signals
	if s.AddTDMRep(nil, "/"); len(s.List) > 0 {
		t.Error("no file says something")
	}
}

func TestAITxt(t *testing.T) {
	f := robots.Parse([]byte("User-Agent: *\nDisallow: *.html\nDisallow: *.pdf\nAllow: *.txt\nAllow: /\n"))
	for url, want := range map[string]Answer{
		"https://a.test/":           No,
		"https://a.test/page":       No,
		"https://a.test/page?x=1":   No,
		"https://a.test/a/b.html":   No,
		"https://a.test/a/b.pdf?x":  No,
		"https://a.test/robots.txt": No,
	} {
		var s Signals
		s.AddAITxt(f, nil, url)
		if m := s.Meaning(time.Time{}); m.AITxt != want {
			t.Errorf("%s: %v by %q, want %v", url, m.AITxt, lines(s), want)
		}
	}
	var s Signals
	s.AddAITxt(robots.Parse([]byte("User-Agent: *\nDisallow: *.jpg\nAllow: *.html\n")), nil, "https://a.test/x")
	if m := s.Meaning(time.Time{}); m.AITxt != Yes {
		t.Errorf("%v by %q", m.AITxt, lines(s))
	}
	s = Signals{}
	s.AddAITxt(robots.Parse([]byte("# AI\nname: x\n")), nil, "https://a.test/x")
	s.AddAITxt(robots.Answer(404, nil, nil), nil, "https://a.test/x")
	s.AddAITxt(robots.Answer(503, nil, nil), nil, "https://a.test/x")
	s.AddAITxt(nil, nil, "https://a.test/x")
	if len(s.List) > 0 {
		t.Errorf("no ai.txt says %q", lines(s))
	}
}

func TestRobots(t *testing.T) {
	f := robots.Parse([]byte("License: https://a.test/l.xml\nUser-agent: *\nDisallow: /x\nAllow: /y\nContent-Usage: train-ai=n\nContent-Signal: search=yes\n"))
	for _, test := range []struct {
		f         *robots.File
		url, want string
		robots    Answer
	}{
		{f, "/x", "robots.txt disallow: /x (*)", No},
		{f, "/y", "robots.txt allow: /y (*)\nrobots.txt content-usage: train-ai=n\nrobots.txt content-signal: search=yes\nrobots.txt license: https://a.test/l.xml", Yes},
		{robots.Parse(nil), "/z", "robots.txt allow: no rule", Yes},
		{robots.Answer(404, nil, nil), "/x", "robots.txt access: unrestricted", Yes},
		{robots.Answer(503, nil, nil), "/x", "robots.txt access: unreachable", No},
		{nil, "/x", "", Unsaid},
	} {
		var s Signals
		s.AddRobots(test.f, nil, test.url)
		if m := s.Meaning(time.Time{}); lines(s) != test.want || m.Robots != test.robots {
			t.Errorf("%s: %v by\n%s\nwant %v by\n%s", test.url, m.Robots, lines(s), test.robots, test.want)
		}
	}
	both := said("robots.txt disallow: /x (*)", "robots-archive allow: no rule")
	if m := both.Meaning(time.Time{}); m.Robots != No || m.RobotsRule != "disallow: /x (*)" {
		t.Errorf("%v by %q", m.Robots, m.RobotsRule)
	}
	later := said("robots.txt allow: no rule", "robots-archive disallow: / (gptbot)")
	if m := later.Meaning(time.Time{}); m.Robots != No || m.RobotsRule != "disallow: / (gptbot)" {
		t.Errorf("%v by %q", m.Robots, m.RobotsRule)
	}
}

func TestUnavailable(t *testing.T) {
	fetched := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"unavailable_after: 2026-06-01T12:00:00Z":              "2026-06-01T12:00:00Z",
		"unavailable_after: 2026-06-01T11:59:59Z":              "2026-06-01T11:59:59Z past",
		"unavailable_after: 25 Jun 2010 15:00:00 PST":          "2010-06-25T23:00:00Z past",
		"unavailable_after: Friday, 25-Jun-10 15:00:00 UTC":    "2010-06-25T15:00:00Z past",
		"unavailable_after: Fri, 25 Jun 2010 15:00:00 +0200":   "2010-06-25T13:00:00Z past",
		"unavailable_after: 2030-01-01, unavailable_after: 1x": "2030-01-01T00:00:00Z",
		"unavailable_after: soon":                              "",
		"noindex, unavailable_after: 2030-01-01":               "2030-01-01T00:00:00Z",
	} {
		s := said("header x-robots-tag: " + text)
		m := s.Meaning(fetched)
		got := ""
		if !m.UnavailableAfter.IsZero() {
			got = m.UnavailableAfter.Format(time.RFC3339)
		}
		if m.against[ruleUnavailable].Name != "" {
			got += " past"
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
		if m := s.Meaning(time.Time{}); m.against[ruleUnavailable].Name != "" {
			t.Errorf("%s: past, of a page of no known time", text)
		}
	}
}

func TestLicenses(t *testing.T) {
	const by, sa = "https://creativecommons.org/licenses/by/4.0/", "https://creativecommons.org/licenses/by-sa/4.0/"
	for _, test := range []struct {
		lines        []string
		id, url, rsl string
	}{
		{[]string{"link license: " + by}, "CC-BY-4.0", by, ""},
		{[]string{"link license: " + by, "link license: " + sa}, "CC-BY-4.0", by, ""},
		{[]string{"link license: https://a.test/l", "link license: " + sa}, "CC-BY-SA-4.0", sa, ""},
		{[]string{"link license: https://a.test/l", "link license: https://a.test/m"}, "", "https://a.test/l", ""},
		{[]string{"link creative-commons: " + by}, "CC-BY-4.0", by, ""},
		{[]string{"link creative-commons: " + by, "link creative-commons: " + by + "deed.de"}, "CC-BY-4.0", by, ""},
		{[]string{"link creative-commons: " + by, "link creative-commons: " + sa}, "", "", ""},
		{[]string{"link creative-commons: " + by, "link license: " + sa}, "CC-BY-SA-4.0", sa, ""},
		{[]string{"robots.txt license: https://a.test/l.xml"}, "", "", "https://a.test/l.xml"},
		{[]string{"link rsl: /l.xml", "meta rsl: inline"}, "", "", "/l.xml"},
	} {
		s := said(test.lines...)
		if m := s.Meaning(time.Time{}); m.License != test.id || m.LicenseURL != test.url || m.RSL != test.rsl {
			t.Errorf("%q: %q %q %q", test.lines, m.License, m.LicenseURL, m.RSL)
		}
	}
}

func TestPolicies(t *testing.T) {
	for _, test := range []struct{ line, standard, strict string }{
		{"robots.txt disallow: / (gptbot)", "robots", "robots"},
		{"robots-archive access: unreachable", "robots", "robots"},
		{"robots.txt allow: no rule", "", ""},
		{"meta tdm-reservation: 1", "tdm_reserved", "tdm_reserved"},
		{"header content-usage: train-ai=n", "train_ai", "train_ai"},
		{"robots.txt content-signal: ai-train=no", "train_ai", "train_ai"},
		{"meta robots: noai", "noai", "noai"},
		{"meta robots: noml", "noai", "noai"},
		{"ai.txt ai-txt: disallow: / (*)", "ai_txt", "ai_txt"},
		{"ai.txt ai-txt: allow: / (*)", "", ""},
		{"meta robots: noindex", "", "noindex"},
		{"meta robots: none", "", "noindex"},
		{"meta robots: nofollow", "", ""},
		{"header x-robots-tag: unavailable_after: 2020-01-01", "", "unavailable_after"},
		{"meta robots: noarchive", "", "noarchive"},
		{"meta robots: nosnippet", "", "nosnippet"},
		{"meta robots: noimageai", "", "noimageai"},
		{"robots.txt content-signal: ai-input=no", "", "ai_input"},
		{"header content-usage: search=n", "", "search"},
		{"robots.txt license: https://a.test/l.xml", "", "rsl"},
		{"link license: https://creativecommons.org/licenses/by/4.0/", "", ""},
		{"meta robots: all", "", ""},
	} {
		s := said(test.line)
		m := s.Meaning(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		for p, want := range map[Policy]string{Standard: test.standard, Strict: test.strict, Record: ""} {
			v := p.Decide(m)
			if v.Rule != want || want != "" && v.Detail != test.line {
				t.Errorf("%s by %v: %v, want %q", test.line, p, v, want)
			}
		}
	}
	for i, name := range PolicyNames() {
		if p, err := ParsePolicy(name); err != nil || p != Policy(i) || p.String() != name {
			t.Errorf("%s is %v: %v", name, p, err)
		}
	}
	if _, err := ParsePolicy("lax"); err == nil {
		t.Error("lax is a policy")
	}
	if s, n := len(Strict.Rules()), len(Standard.Rules()); s != int(rules) || n != 5 || len(Record.Rules()) != 0 {
		t.Errorf("%d and %d rules", s, n)
	}
}

func TestFields(t *testing.T) {
	s := said("robots.txt disallow: /a:b c (gptbot)", "header x-robots-tag: unavailable_after: 2020-01-01", "meta robots: noai")
	back := FromFields(append(header("via", "https://a.test/", "Consent", "meta robots: noai"), s.Fields()...))
	if len(back.List) != 3 || back.List[0].Name != "robots" || back.List[1] != s.List[0] {
		t.Errorf("got\n%s", lines(back))
	}
	if odd := FromFields(header("consent", "nowhere robots: noai", "consent", "meta robots", "consent", "", "consent", "meta a b: c")); len(odd.List) > 0 {
		t.Errorf("odd fields are taken for\n%s", lines(odd))
	}
}

func TestBounds(t *testing.T) {
	var s Signals
	for i := range maxSignals + 1 {
		s.add(PlaceMeta, "robots", fmt.Sprint(i))
		s.add(PlaceMeta, "robots", fmt.Sprint(i))
	}
	if len(s.List) != maxSignals {
		t.Errorf("%d signals", len(s.List))
	}
	for _, n := range []int{maxTextBytes - 1, maxTextBytes, maxTextBytes + 1} {
		if got := clip(strings.Repeat("x", n), maxTextBytes); len(got) != min(n, maxTextBytes) {
			t.Errorf("%d bytes of %d", len(got), n)
		}
	}
	for most, want := range map[int]string{3: "a b", 4: "a b", 5: "a b", 6: "a b ß"} {
		if got := clip("a\r\n b\tß", most); got != want {
			t.Errorf("%q of %d bytes", got, most)
		}
	}
	if got := clip("a\xffb", 20); got != "a\uFFFDb" {
		t.Errorf("%q", got)
	}
}

package consent

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/crawl/robots"
)

// sound holds of all signals: they are few and short, and come back from fields.
func sound(t *testing.T, s Signals) {
	t.Helper()
	if len(s.List) > maxSignals {
		t.Fatalf("%d signals", len(s.List))
	}
	for _, x := range s.List {
		if len(x.Text) > maxTextBytes || len(x.Name) > maxNameBytes || strings.ContainsAny(x.Text, "\r\n") {
			t.Fatalf("%q", x)
		}
	}
	back := FromFields(s.Fields())
	if !slices.Equal(back.List, s.List) {
		t.Fatalf("got\n%s\nwant\n%s", lines(back), lines(s))
	}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	if a, b := s.Meaning(at), back.Meaning(at); a != b {
		t.Fatalf("%+v\n%+v", a, b)
	}
	for r := range rules {
		if v := Strict.Decide(s.Meaning(at)); v.Rule == ruleNames[r] && r < standardRules && Standard.Decide(s.Meaning(at)).Kept() {
			t.Fatal("standard keeps what its own rule speaks against")
		}
	}
}

func FuzzPage(f *testing.F) {
	f.Add([]byte(`<head><meta name=robots content="noai"><link rel=license href="x"><script>x</script></head><a rel=license href='y'>`), "gptbot")
	f.Add([]byte("\xfe\xff\x00<\x00a"), "")
	f.Add([]byte("<!--<title></title <textarea>icense<a"), "x")
	f.Fuzz(func(t *testing.T, page []byte, agent string) {
		sound(t, FromResponse(nil, page, []string{agent}))
	})
}

func FuzzHeader(f *testing.F) {
	f.Add("x-robots-tag", "gptbot: noai, unavailable_after: Friday, 25-Jun-10 15:00:00 PST", "gptbot")
	f.Add("content-usage", `train-ai=n, a=(1 "b");c=?1`, "")
	f.Add("link", `<x>; rel="license", <y>; rel=license; type="application/rsl+xml"`, "")
	f.Add("content-signal", "ai-train=no", "")
	f.Fuzz(func(t *testing.T, name, value, agent string) {
		sound(t, FromResponse(header(name, value), nil, []string{agent}))
	})
}

func FuzzTDMRep(f *testing.F) {
	f.Add([]byte(`[{"location":"/*$","tdm-reservation":1,"tdm-policy":"x"}]`), "https://a.test/")
	f.Fuzz(func(t *testing.T, data []byte, url string) {
		r, err := ParseTDMRep(data)
		if err != nil {
			return
		}
		var s Signals
		s.AddTDMRep(r, url)
		sound(t, s)
	})
}

func FuzzSiteFiles(f *testing.F) {
	f.Add([]byte("user-agent: *\nallow: /\ncontent-usage: /x train-ai=n\ncontent-signal: ai-train=no\nlicense: x"), "a", "https://a.test/x")
	f.Fuzz(func(t *testing.T, data []byte, agent, url string) {
		file := robots.Parse(data)
		var s Signals
		s.AddRobots(file, []string{agent}, url)
		s.AddAITxt(file, []string{agent}, url)
		sound(t, s)
		if ok, _ := file.Allowed([]string{agent}, url); ok != (s.Meaning(time.Time{}).Robots == Yes) {
			t.Fatal("the verdict got lost")
		}
	})
}

func FuzzFields(f *testing.F) {
	f.Add("robots.txt disallow: / (gptbot)")
	f.Add("header x-robots-tag: unavailable_after: 2020-01-01")
	f.Fuzz(func(t *testing.T, value string) {
		sound(t, FromFields(header("consent", value)))
	})
}

func BenchmarkPage(b *testing.B) {
	page := []byte("<html><head><title>x</title><meta name=description content='some words'><meta name=robots content=noindex></head><body>" +
		strings.Repeat("<p>Words of a page, with <a href='/x'>a link</a> and <b>more</b>.</p>\n", 1000) +
		"<footer><a rel=license href='https://creativecommons.org/licenses/by/4.0/'>CC BY</a></footer>")
	b.SetBytes(int64(len(page)))
	for b.Loop() {
		if s := FromResponse(nil, page, nil); len(s.List) != 2 {
			b.Fatal(lines(s))
		}
	}
}

// A header comes back in one piece whatever stands in it, and an address has a site or none.
func FuzzStage(f *testing.F) {
	f.Add("x-robots-tag: noai\nmetadata/consent: robots.txt disallow: / (*)\n", "https://A.test:443/x?y")
	f.Add("metadata/consent: header x: y\n: \n\n", "http://u@[::1]:80")
	s := &Stage{policy: Strict, archive: &archive{}}
	f.Fuzz(func(t *testing.T, header, url string) {
		list, _ := s.Signals(&corpus.Document{Header: header, URL: url})
		sound(t, list)
		origin, path := splitURL(url)
		if again, p := splitURL(origin + path); origin != "" && again != origin || p != path && origin != "" {
			t.Fatalf("%q %q of %q, then %q %q", origin, path, url, again, p)
		}
	})
}

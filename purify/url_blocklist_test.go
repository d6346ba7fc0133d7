package purify

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/internal/wordlist"
	"github.com/corpusmill/corpusmill/stage"
)

var _ stage.Editor = (*URLBlocklistStage)(nil)

func writeList(t testing.TB, name, content string) string {
	path := filepath.Join(t.TempDir(), name)
	data := []byte(content)
	if strings.HasSuffix(name, ".gz") {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = w.Write(data)
		_ = w.Close()
		data = b.Bytes()
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func openBlocklist(t testing.TB, u URLBlocklist) *URLBlocklistStage {
	s, err := OpenURLBlocklist(context.Background(), u, stage.NewEnv())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestURLBlocklistLists(t *testing.T) {
	s := openBlocklist(t, URLBlocklist{
		Domains:   []string{writeList(t, "d.txt", "\ufeff# bad\r\nEvil.com\r\nsub.fine.org # why\nfoo.blogspot.com\n9.9.9.9\nbad.co.uk\nмир.рф\n\n"), writeList(t, "d.gz", "packed.net\n")},
		URLs:      []string{writeList(t, "u.txt", "example.com/bad/\nhttps://www.port.net:8443/x?q=1#frag\nroot.org\n")},
		Words:     []string{writeList(t, "w.txt", "Bad-Word\nugly\n赌\n")},
		SoftWords: []string{writeList(t, "s.txt", "one\ntwo\nugly\n")},
		Subwords:  []string{writeList(t, "b.txt", "hidden\nhid\nüber\n")},
		Builtin:   "off",
	})
	for _, c := range []struct{ url, rule, detail string }{
		{"", "", ""}, {"nonsense", "", ""}, {"http://", "", ""}, {"http://fine.org/", "", ""},
		{"http://EVIL.com/", "domain", "evil.com"}, {"https://a.b.evil.com:80/x", "domain", "evil.com"}, {"http://evil.com.au/", "", ""},
		{"http://user@evil.com./", "domain", "evil.com"}, {"http://notevil.com", "", ""}, {"http://packed.net", "domain", "packed.net"},
		{"http://sub.fine.org/", "subdomain", "sub.fine.org"}, {"http://x.sub.fine.org/", "subdomain", "sub.fine.org"}, {"http://sub2.fine.org/", "", ""},
		{"http://foo.blogspot.com/", "subdomain", "foo.blogspot.com"}, {"http://bar.blogspot.com/", "", ""}, {"http://a.bad.co.uk", "domain", "bad.co.uk"},
		{"http://9.9.9.9/x", "domain", "9.9.9.9"}, {"http://9.9.9.8/x", "", ""}, {"http://xn--h1ahn.xn--p1ai/", "domain", "xn--h1ahn.xn--p1ai"}, {"http://мир.рф/", "domain", "xn--h1ahn.xn--p1ai"},
		{"http://example.com/bad", "url", "example.com/bad"}, {"https://www.Example.com:443/bad/#x", "url", "example.com/bad"}, {"http://example.com/Bad", "", ""},
		{"http://example.com/bad/x", "", ""}, {"http://port.net:8443/x?q=1", "url", "port.net:8443/x?q=1"}, {"http://port.net/x?q=1", "", ""}, {"http://root.org/", "url", "root.org"},
		{"http://a.org/badword", "hard_blacklisted", "badword"}, {"http://a.org/bad-word", "", ""}, {"http://a.org/x?q=UGLY+y", "hard_blacklisted", "ugly"},
		{"http://a.org/ug%6Cy", "hard_blacklisted", "ugly"}, {"http://a.org/uglyer", "", ""}, {"http://a.org/%E8%B5%8C.htm", "hard_blacklisted", "赌"}, {"http://a.org/赌x", "hard_blacklisted", "赌"},
		{"http://a.org/one/one", "", ""}, {"http://one.org/two", "soft_blacklisted", "one two"}, {"http://a.org/%zz%", "", ""},
		{"http://a.org/hi-d", "blacklisted_subword", "hid"}, {"http://ahid.org/", "blacklisted_subword", "hid"}, {"http://a.org/%C3%9Cber", "blacklisted_subword", "über"},
		{"http://xn--ber-goa.de/", "blacklisted_subword", "über"},
		{"http://a.org/" + strings.Repeat("x", maxWordURL) + "/ugly", "", ""},
	} {
		d := &corpus.Document{URL: c.url}
		if v, err := s.Apply(d); v.Rule != c.rule || v.Detail != c.detail || err != nil {
			t.Errorf("%.80s: %v %v, want %s (%s)", c.url, v, err, c.rule, c.detail)
		}
		if c.rule != "" && !slices.Contains(s.Rules(), c.rule) {
			t.Errorf("%s is not in Rules", c.rule)
		}
	}
}

func TestURLBlocklistBuiltin(t *testing.T) {
	s, off := openBlocklist(t, URLBlocklist{}), openBlocklist(t, URLBlocklist{Builtin: "off"})
	for url, rule := range map[string]string{
		"https://www.example.com/Porn/": "hard_blacklisted", "https://example.com/free/porn%20hub": "hard_blacklisted",
		"https://example.com/casino/poker": "soft_blacklisted", "https://example.com/buy-viagra-now": "blacklisted_subword",
		"https://example.com/澳门赌场": "blacklisted_subword", "https://example.com/seqing/1.html": "hard_blacklisted", "https://example.com/bocai-duchang": "soft_blacklisted",
		"https://example.com/casino-royale-film": "", "https://www.middlesex.gov/sussex-video": "", "https://example.com/sexual-health/lesbian": "",
		"https://example.com/analysis/assess-cocktail": "", "https://en.wikipedia.org/wiki/Viagra": "", "https://example.com/buy-cheap-tablets": "", "https://example.com/赌博成瘾": "",
	} {
		if v := s.Keep(url); v.Rule != rule {
			t.Errorf("%s: %v, want %q", url, v, rule)
		}
		if v := off.Keep(url); !v.Kept() {
			t.Errorf("%s: %v without lists", url, v)
		}
	}
	if s.Digest() == off.Digest() || s.Digest() != openBlocklist(t, URLBlocklist{MinSoftWords: 3}).Digest() {
		t.Error("the digest does not identify the lists")
	}
}

func TestURLBlocklistErrors(t *testing.T) {
	long := writeList(t, "long.txt", strings.Repeat("x", wordlist.MaxLine+1))
	for name, u := range map[string]URLBlocklist{
		"min_soft_words": {MinSoftWords: maxSoftWords + 1}, "builtin": {Builtin: "x"}, "without a path": {URLs: []string{""}},
		"line 1": {Domains: []string{long}}, "max_list_bytes": {Domains: []string{writeList(t, "a", "aa.de\nbb.de")}, MaxListBytes: 10},
		"urls": {URLs: []string{filepath.Join(t.TempDir(), "absent")}}, "words": {Words: []string{writeList(t, "b.gz", "")[1:]}},
	} {
		if _, err := OpenURLBlocklist(context.Background(), u, stage.NewEnv()); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	openBlocklist(t, URLBlocklist{Domains: []string{writeList(t, "a", "aa.de\nbb.de")}, MaxListBytes: 11, MinSoftWords: maxSoftWords})
}

func TestHashSet(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 1000, 50_000} {
		var hashes []uint64
		for i := range n {
			hashes = append(hashes, xxh3.HashString(fmt.Sprint("in", i)))
		}
		s := newHashSet(append(hashes, hashes...))
		if len(s) != n {
			t.Fatalf("%d entries, want %d", len(s), n)
		}
		for i := range n {
			if !s.has(fmt.Sprint("in", i)) || s.has(fmt.Sprint("out", i)) {
				t.Fatalf("n=%d: wrong on %d", n, i)
			}
		}
	}
	for _, s := range []hashSet{newHashSet([]uint64{1, 2, 3}), newHashSet([]uint64{^uint64(0), ^uint64(0) - 1})} { // badly spread
		if s.has("x") {
			t.Error("found what is not there")
		}
	}
}

// FuzzMatcher compares the automaton with plain search.
func FuzzMatcher(f *testing.F) {
	f.Add("he,she,his,hers", "ushers")
	f.Add("a,ab,bab,bc,bca,c,caa", "abccab")
	f.Fuzz(func(t *testing.T, list, in string) {
		words := strings.Split(list, ",")
		slices.Sort(words)
		words = slices.DeleteFunc(slices.Compact(words), func(w string) bool { return w == "" })
		m, err := newMatcher(words)
		if err != nil {
			t.Skip()
		}
		want := ""
		for end := 1; end <= len(in) && want == ""; end++ {
			for _, w := range words {
				if strings.HasSuffix(in[:end], w) && len(w) > len(want) {
					want = w
				}
			}
		}
		if got, found := m.find([]byte(in)); got != want || found != (want != "") {
			t.Errorf("%q in %q: %q %v, want %q", words, in, got, found, want)
		}
	})
}

func FuzzURLBlocklist(f *testing.F) {
	for _, u := range []string{"http://a.b/%E8%B5%8C", "http://[::1]:80/", "://", "x://xn--/", "http://%41@a.b:c/%", "http://\xff.com/\xff"} {
		f.Add(u)
	}
	s := openBlocklist(f, URLBlocklist{Domains: []string{writeList(f, "d", "evil.com")}, URLs: []string{writeList(f, "u", "a.b/c")}})
	f.Fuzz(func(t *testing.T, url string) {
		if v := s.Keep(url); v != s.Keep(url) {
			t.Errorf("%q: two verdicts", url)
		}
		if once := foldURL(url); strings.HasPrefix(url, "http://") && once != foldURL("https"+url[4:]) {
			t.Errorf("%q: the scheme matters", url)
		}
	})
}

func TestURLBlocklistConcurrent(t *testing.T) {
	s := openBlocklist(t, URLBlocklist{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 100 {
				if s.Keep("http://a.org/porn").Kept() || !s.Keep("http://a.org/corn").Kept() {
					t.Error("wrong verdict")
				}
			}
		})
	}
	wg.Wait()
}

func ExampleOpenURLBlocklist() {
	list, err := OpenURLBlocklist(context.Background(), URLBlocklist{}, stage.NewEnv())
	if err != nil {
		panic(err)
	}
	fmt.Println(list.Keep("https://example.com/Porn/1"))
	fmt.Println(list.Keep("https://example.com/corn/1"))
	// Output:
	// hard_blacklisted: 1 against 1 (porn)
	// kept
}

func BenchmarkURLBlocklist(b *testing.B) {
	var list strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&list, "host%d.example%d.com\n", i, i%1000)
	}
	path := writeList(b, "d", list.String())
	s := openBlocklist(b, URLBlocklist{Domains: []string{path}, URLs: []string{path}})
	url := "https://www.example.com/2026/10/a-title-of-some-words-as-they-are-common?utm_source=feed"
	b.SetBytes(int64(len(url)))
	b.ReportAllocs()
	for b.Loop() {
		s.Keep(url)
	}
}

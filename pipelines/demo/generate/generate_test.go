package main

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

func articles(t testing.TB) []article {
	t.Helper()
	all, err := readArticles(os.DirFS(filepath.Join("..", "source")))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestFresh compares what is embedded with what the sources give now.
func TestFresh(t *testing.T) {
	outs, err := build(articles(t))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for _, o := range outs {
		want[o.name] = true
		have, err := os.ReadFile(filepath.Join("..", o.name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(have, o.data) {
			t.Errorf("%s is out of date: run go generate ./pipelines/demo", o.name)
		}
	}
	found, err := filepath.Glob(filepath.Join("..", "*.warc.gz"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if !want[filepath.Base(f)] {
			t.Errorf("%s is not generated any more", f)
		}
	}
}

// TestArticles holds the sources to what the quality rules of large corpora
// ask for, so that a kept page is kept for its text and not by luck.
func TestArticles(t *testing.T) {
	hosts := map[string]bool{}
	for _, a := range articles(t) {
		text := plainText(a.body)
		hosts[hostOf(a.url)] = true
		if !utf8.ValidString(text) || !strings.Contains(hostOf(a.url), ".") {
			t.Errorf("%s: bad text or URL", a.file)
		}
		if a.fate != "" {
			continue
		}
		n, least := len(words(text)), 100
		switch {
		case a.lang == "en":
			least = 250
		case strings.HasPrefix(a.lang, "zh"):
			least = 350
		}
		if n < least {
			t.Errorf("%s: %d words, want %d or more", a.file, n, least)
		}
		if strings.Contains(text, "{") || strings.Contains(strings.ToLower(text), "lorem ipsum") {
			t.Errorf("%s: text that C4 drops", a.file)
		}
	}
	if len(hosts) < 50 {
		t.Errorf("only %d hosts", len(hosts))
	}
}

func TestParseArticle(t *testing.T) {
	const front = "url: https://a.example/\ntitle: T\ntemplate: blog\nlang: en\nkind: article\n---\n"
	a, err := parseArticle("x.md", front+"One.\n\n## Two\n? Three?\n> ann: Four: five.\n| a | b |\n```\ncode\n\nmore\n```\n")
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%v", a.body)
	want := "[{0 One.  []} {1 Two  []} {2 Three?  []} {3 Four: five. ann []} {5   [a b]} {4 code\n\nmore  []}]"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, bad := range []string{"", "url: x\n---\ntext", front, "colour: red\n---\ntext"} {
		if _, err := parseArticle("x.md", bad); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

func TestSentences(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"One. Two! Three?", "One. |Two! |Three?"},
		{"It cost 1.4 million. \"Go.\" He went", "It cost 1.4 million. |\"Go.\" |He went"},
		{"一。二！“三？”四", "一。|二！|“三？”|四"},
		{"", ""},
	} {
		s := sentences(c.text)
		if got := strings.Join(s, "|"); got != c.want || strings.Join(s, "") != c.text {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestJaccard(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{
		{"a b c d e", "A b, c d e!", 1},
		{"a b c d e", "a b c d f", 0},
		{"a b c d e f", "b c d e f", 0.5},
		{"今天天气很好", "天天气很好", 0.5},
		{"", "", 1},
		{"a b c d e", "", 0},
	} {
		if got := jaccard(shingles(c.a), shingles(c.b)); got != c.want {
			t.Errorf("%q, %q: %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

// TestEdit checks that the edits reach the similarity they aim at.
func TestEdit(t *testing.T) {
	counts := map[float64]int{}
	for _, lang := range []string{"en", "zh"} {
		for i, d := range copies(articles(t), lang) {
			if d.nearOf == "" {
				continue
			}
			target := levels[i/copiesPerLevel]
			counts[target]++
			if math.Abs(d.jaccard-target) > 0.02 {
				t.Errorf("%s: Jaccard %v, aimed at %v", d.file, d.jaccard, target)
			}
		}
	}
	for _, l := range levels {
		if counts[l] != 2*copiesPerLevel {
			t.Errorf("%d copies at %v", counts[l], l)
		}
	}
}

func TestEncode(t *testing.T) {
	b, err := encode("中文", "gb18030")
	if err != nil {
		t.Fatal(err)
	}
	back, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b)
	if err != nil || string(back) != "中文" || utf8.Valid(b) {
		t.Errorf("gb18030: % x, back %q, %v", b, back, err)
	}
	if b, err := encode("a中", "iso-8859-1"); err != nil || string(b) != "a&#20013;" {
		t.Errorf("iso-8859-1: %q, %v", b, err)
	}
	if b, err := encode("a", "utf-16"); err != nil || !bytes.Equal(b, []byte{0xff, 0xfe, 'a', 0}) {
		t.Errorf("utf-16: % x, %v", b, err)
	}
	if _, err := encode("a", "klingon"); err == nil {
		t.Error("no error for an unknown charset")
	}
}

func FuzzParseArticle(f *testing.F) {
	f.Add("url: u\ntitle: t\ntemplate: blog\nlang: en\nkind: k\n---\n> a: b\n| c |\n```\nd")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := parseArticle("x.md", text)
		if err == nil && len(a.body) == 0 {
			t.Error("an article without text")
		}
	})
}

func BenchmarkBuild(b *testing.B) {
	all := articles(b)
	var total int64
	for b.Loop() {
		outs, err := build(all)
		if err != nil {
			b.Fatal(err)
		}
		total = 0
		for _, o := range outs {
			total += int64(len(o.data))
		}
	}
	b.SetBytes(total)
}

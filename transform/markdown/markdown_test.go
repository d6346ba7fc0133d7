package markdown

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/internal/damage"
	"github.com/corpusmill/corpusmill/stage"
)

func TestRead(t *testing.T) {
	for _, c := range []struct{ name, in, plain, marks string }{
		{"heading", "# Head *one* #\n\nTwo\n===\n\n### [Three](x)", "Head one\nTwo\nThree", "# Head *one*\n\n# Two\n\n### Three"},
		{"paragraph", "a\nb  \nc\\\nd\n\ne", "a b\nc\nd\ne", "a\nb\\\nc\\\nd\n\ne"},
		{"chinese lines", "中文，\n中文\nabc\n中", "中文，中文 abc 中", "中文，\n中文\nabc\n中"},
		{"inline", "*a* **b** ~~c~~ `d` \\* &amp; <b>e</b><br>f", "a b c d * & e\nf", "*a* **b** ~~c~~ `d` \\* &amp; e\\\nf"},
		{"links", "[a](https://a.example) ![b](c.png) <https://d.example> [e][r]\n\n[r]: /x", "a  https://d.example e", "[a](https://a.example) ![b](c.png) https://d.example e"},
		{"list", "1. a\n2. b\n   - c\n\n- d\n\n- e\n\n  f", "a\nb\nc\nd\ne\nf", "1. a\n2. b\n   - c\n\n- d\n\n- e\n\n  f"},
		{"start", "7. a\n8. b", "a\nb", "7. a\n8. b"},
		{"tasks", "- [x] a\n- [ ] b", "a\nb", "- [x] a\n- [ ] b"},
		{"quote", "x\n\n> a\n>\n> - b\n\ny", "x\na\nb\ny", "x\n\n> a\n>\n> - b\n\ny"},
		{"code", "```go\na := 1\n\nb\n```\n\n    c ``` d", "a := 1\n\nb\nc ``` d", "```go\na := 1\n\nb\n```\n\n```\nc ``` d\n```"},
		{"table", "| A | B |\n|---|--:|\n| 1 \\| 2 | `x` |\n| 3 |", "A | B\n1 | 2 | x\n3 | ", "| A | B |\n| --- | --- |\n| 1 \\| 2 | `x` |\n| 3 |  |"},
		{"footnote", "a[^n]b\n\n[^n]: Note.\n\nc", "ab\nc\nNote.", "a[^n]b\n\nc\n\n[^n]: Note."},
		{"definitions", "Term\n: One\n: Two", "Term\nOne\nTwo", "Term\n: One\n: Two"},
		{"formulas", "$a_1*b*$ costs $5 and $6\n\n$$\nx_*\n$$", "$a_1*b*$ costs $5 and $6\n$$\nx_*\n$$", "$a_1*b*$ costs $5 and $6\n\n$$\nx_*\n$$"},
		{"html", "<details><summary>Q</summary>\n\nA\n\n</details>\n\n<!-- no -->\n\n<p align=center>B</p>", "Q\nA\nB", "Q\n\nA\n\nB"},
		{"rule", "a\n\n---\n\nb", "a\nb", "a\n\n---\n\nb"},
		{"windows", "# a\r\n\r\nb\r\n", "a\nb", "# a\n\nb"},
		{"empty", " \n\n", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := new(Reader)
			for o, want := range map[Options]string{{}: c.plain, {Markdown: true, Links: true, Images: true}: c.marks} {
				if d, err := r.Read(c.in, o); err != nil || strings.TrimRight(d.Text, " ") != strings.TrimRight(want, " ") {
					t.Errorf("%+v: %q, %v, want %q", o, d.Text, err, want)
				}
			}
		})
	}
}

// What is written is read again as the same text.
func TestStable(t *testing.T) {
	in := "# T\n\nPara `a` **b**.\n\n- x\n  - y\n\n    z\n- w\n\n> q\n> r\n\n| A | B |\n|---|---|\n| 1 | 2 |\n\n```\ncode\n```\n\nt[^1]\n\n[^1]: n\n"
	r := new(Reader)
	once, err := r.Read(in, Options{Markdown: true})
	if err != nil {
		t.Fatal(err)
	}
	twice, err := r.Read(once.Text, Options{Markdown: true})
	if err != nil || once.Text != twice.Text {
		t.Errorf("once:\n%s\ntwice:\n%s\n%v", once.Text, twice.Text, err)
	}
}

func TestFrontMatter(t *testing.T) {
	for _, c := range []struct{ name, in, title, author, date, text string }{
		{"yaml", "---\ntitle: \"A: b\"\nauthor:\n  - Ann\n  - name: Bob\ndate: 2024-01-02 # day\nlicense: CC-BY-4.0\n---\nText", "A: b", "Ann; Bob", "2024-01-02", "Text"},
		{"toml", "+++\ntitle = 'T'\nauthors = [\"Ann\", \"Bob\"]\n[extra]\ntitle = \"no\"\n+++\nText", "T", "Ann; Bob", "", "Text"},
		{"dots", "---\ntitle: T\n...\nText", "T", "", "", "Text"},
		{"heading", "# Head\n\nText", "Head", "", "", "Head\nText"},
		{"not closed", "---\ntitle: T\nText", "", "", "", "title: T Text"},
		{"two rules", "---\nText\n---\nmore", "", "", "", "Text\nmore"},
		{"mark", "\ufeff---\ntitle: T\n---\nText", "T", "", "", "Text"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := new(Reader).Read(c.in, Options{})
			m := d.Metadata
			if err != nil || m.Title != c.title || m.Author != c.author || m.Date != c.date || d.Text != c.text {
				t.Errorf("%+v, %q, %v", m, d.Text, err)
			}
		})
	}
}

// Documents made to be slow are refused, at both sides of each limit.
func TestLimits(t *testing.T) {
	notes := func(n int) string { return strings.Repeat("a[^1]\n\n", n) }
	for _, c := range []struct {
		name   string
		in     string
		refuse bool
	}{
		{"quotes", strings.Repeat(">", maxMarkers) + "a", false}, {"quotes", strings.Repeat(">", maxMarkers+1) + "a", true},
		{"lists", strings.Repeat("- ", maxMarkers) + "a", false}, {"lists", strings.Repeat("1. ", maxMarkers+1) + "a", true},
		{"indent", strings.Repeat(" ", 4*maxMarkers-4) + "- a", false}, {"indent", strings.Repeat(" ", 4*maxMarkers) + "- a", true},
		{"brackets", strings.Repeat("[", 14_000), false}, {"brackets", strings.Repeat("[", 15_000), true},
		{"footnotes", notes(10_000), false}, {"footnotes", notes(15_000), true},
		{"table", strings.Repeat("|", 1000) + "\n" + strings.Repeat("x\n", 999), false}, {"table", strings.Repeat("|", 1000) + "\n" + strings.Repeat("x\n", 1000), true},
	} {
		_, err := new(Reader).Read(c.in, Options{})
		if errors.Is(err, ErrLimit) != c.refuse {
			t.Errorf("%s of %d bytes: %v", c.name, len(c.in), err)
		}
	}
}

func TestStage(t *testing.T) {
	s, err := OpenMarkdownText(t.Context(), MarkdownText{Metadata: true, MaxFileBytes: 60}, stage.NewEnv())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ media, raw, text, rule string }{
		{"text/markdown; charset=x", "# a", "a", ""}, {"text/plain", "# a", "", ""}, {format.MediaMD, " ", "", "no_text"},
		{format.MediaMD, strings.Repeat("a", 61), "", "too_large"}, {format.MediaMD, strings.Repeat("a", 60), strings.Repeat("a", 60), ""},
		{format.MediaMD, "\xff\xfea\x00\xe9\x00", "aé", ""},
	} {
		d := &corpus.Document{Media: c.media, Raw: []byte(c.raw)}
		v, err := s.Fork().(stage.Editor).Apply(d)
		if err != nil || v.Rule != c.rule || d.Text != c.text {
			t.Errorf("%s %q: %q, %+v, %v", c.media, c.raw, d.Text, v, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("---\ntitle: x\n---\n# a\n\n- b\n  1. c\n\n| d | e |\n|---|---|\n| $f$ | `g` |\n\nh[^1]\n\n[^1]: i\n\n<b>j</b>")
	f.Fuzz(func(t *testing.T, in string) {
		if !utf8.ValidString(in) {
			return
		}
		wantEnd(t, in)
	})
}

func wantEnd(t *testing.T, in string) {
	t.Helper()
	r := new(Reader)
	for _, o := range []Options{{}, {Markdown: true, Links: true, Images: true}} {
		d, err := r.Read(in, o)
		if err != nil && !errors.Is(err, ErrLimit) || !utf8.ValidString(d.Text) {
			t.Errorf("%q: %q, %v", in, d.Text, err)
		}
	}
}

func TestDamaged(t *testing.T) {
	good := []byte("---\ntitle: x\n---\n# a\n\n- b\n  1. c\n\n> q\n\n| d | e |\n|---|---|\n| $f$ | `g` |\n\nh[^1]\n\n[^1]: i\n\n<div>j</div>\n\n```\nk\n```\n\nT\n: D\n")
	for n := range 500 {
		wantEnd(t, strings.ToValidUTF8(string(damage.Bytes(rand.New(rand.NewPCG(uint64(n), 1)), good)), "\ufffd"))
	}
}

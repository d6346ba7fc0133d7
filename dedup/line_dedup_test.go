package dedup

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

func lineDedup(change func(*LineDedup)) *LineDedup {
	l := config.Defaults[LineDedup]()
	if change != nil {
		change(&l)
	}
	return &l
}

// Lines with their ends make up the text, but for the last one without, which takes the
// end of the line before with it.
func TestLineSpans(t *testing.T) {
	for text, want := range map[string]string{
		"":            "",
		"a":           "0:a",
		"a\n":         "0:a\n",
		"\n":          "0:\n",
		"a\nb":        "0:a\n 1:\nb",
		"a\nb\n":      "0:a\n 1:b\n",
		"a\n\nb\n":    "0:a\n 1:\n 2:b\n",
		"\na":         "0:\n 1:\na",
		"a\r\nb":      "0:a\r\n 1:\nb",
		"über\nstraß": "0:über\n 1:\nstraß",
	} {
		var got []string
		lineDedup(nil).Spans(text, func(part uint32, from, to int) { got = append(got, fmt.Sprintf("%d:%s", part, text[from:to])) })
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%q: %q, want %q", text, s, want)
		}
	}
}

// The lines of ccnet are what Python makes of them with CCNet's normalize_for_dedup.
func TestWhatOfALineMustBeEqual(t *testing.T) {
	for _, c := range []struct{ by, line, want string }{
		{"text", "  Two  words \n", "  Two  words "},
		{"text", "\nlast", "last"},
		{"text", " \t\n", ""},
		{"text", "\u3000\n", ""},
		{"normalized_text", "  Two \t words\u00a0\r\n", "two words"},
		{"normalized_text", "\nÄRGER", "ärger"},
		{"normalized_text", " \t\r\n", ""},
		{"ccnet", "  Posted 12 May 2020  \n", "posted 00 may 0000"},
		{"ccnet", "“Quoted” – and… more", "quoted  and more"},
		{"ccnet", "tab\there\x7f\u0085", "tabhere"},
		{"ccnet", "１２３ 全角，句号。", "000 全角句号"},
		{"ccnet", "ΟΔΟΣ Straße İ", "οδος straße i\u0307"},
		{"ccnet", "٣ arabic digit", "0 arabic digit"},
		{"ccnet", "A:B;C!? (x)", "a:b;c!? (x)"},
		{"ccnet", "\u3000wide space\u00a0", "wide space"},
		{"ccnet", "\x1cfs\x1d", "fs"},
		{"ccnet", "►► Menu", " menu"},
		{"ccnet", "…", ""},
		{"ccnet", "½ ² x", "½ ² x"},
	} {
		l := lineDedup(func(l *LineDedup) { l.By = c.by })
		if got := string(l.appendLine([]byte("- "), c.line)); got != "- "+c.want {
			t.Errorf("%s: %q: %q, want %q", c.by, c.line, got, "- "+c.want)
		}
	}
}

func lineKeys(t *testing.T, l *LineDedup, d *corpus.Document) map[uint32]stage.Key {
	t.Helper()
	keys := map[uint32]stage.Key{}
	if err := l.Keys(d, func(k stage.Key, part uint32) { keys[part] = k }); err != nil {
		t.Fatal(err)
	}
	return keys
}

// Which lines have keys, on both sides of each limit.
func TestLinesThatAreCompared(t *testing.T) {
	const text = "ten chars!\nnine char\n\n   \n  zehnzehn ü \n一二三四五六七八九十\n一二三四五六七八九"
	for _, c := range []struct {
		what   string
		change func(*LineDedup)
		url    string
		want   []uint32
	}{
		{"default", nil, "https://a.example/x", []uint32{0, 4, 5}},
		{"one more", func(l *LineDedup) { l.MinChars = 9 }, "https://a.example/x", []uint32{0, 1, 4, 5, 6}},
		{"all that are not blank", func(l *LineDedup) { l.MinChars = 1 }, "https://a.example/x", []uint32{0, 1, 4, 5, 6}},
		{"none", func(l *LineDedup) { l.MinChars = 11 }, "https://a.example/x", nil},
		{"to the letter", func(l *LineDedup) { l.By, l.MinChars = "text", 11 }, "https://a.example/x", []uint32{4}},
		{"no site", nil, "", nil},
		{"no host", nil, "mailto:x", nil},
		{"no site in a corpus", func(l *LineDedup) { l.Scope = "corpus" }, "", []uint32{0, 4, 5}},
	} {
		got := lineKeys(t, lineDedup(c.change), &corpus.Document{URL: c.url, Text: text})
		var parts []uint32
		for part := range got {
			parts = append(parts, part)
		}
		if slices.Sort(parts); !slices.Equal(parts, c.want) {
			t.Errorf("%s: lines %v, want %v", c.what, parts, c.want)
		}
	}
}

// Equal lines of a site have equal keys and evidence, those of two sites have not.
func TestLinesOfASite(t *testing.T) {
	const line = "All rights reserved"
	a := &corpus.Document{URL: "https://a.example/1", Text: line}
	for _, c := range []struct {
		what      string
		scope, by string
		b         corpus.Document
		same      bool
	}{
		{"another page", "site", "text", corpus.Document{URL: "http://A.example:80/2", Text: "x\n" + line + "\n"}, true},
		{"another host", "site", "text", corpus.Document{URL: "https://b.example/1", Text: line}, false},
		{"another host of a corpus", "corpus", "text", corpus.Document{URL: "https://b.example/1", Text: line}, true},
		{"another case", "site", "text", corpus.Document{URL: a.URL, Text: "all rights reserved"}, false},
		{"another case, folded", "site", "normalized_text", corpus.Document{URL: a.URL, Text: "all RIGHTS  reserved"}, true},
		{"a line more", "site", "text", corpus.Document{URL: a.URL, Text: "All rights reserved."}, false},
	} {
		l := lineDedup(func(l *LineDedup) { l.Scope, l.By = c.scope, c.by })
		ka, kb := lineKeys(t, l, a), lineKeys(t, l, &c.b)
		var same bool
		l.Spans(c.b.Text, func(part uint32, from, to int) {
			k, ok := kb[part]
			if !ok {
				return
			}
			ea, err := l.Evidence(nil, a, a.Text)
			eb, err2 := l.Evidence([]byte("head")[:0], &c.b, c.b.Text[from:to])
			if err != nil || err2 != nil {
				t.Fatal(err, err2)
			}
			same = k == ka[0]
			if l.Same(ea, eb) != same {
				t.Errorf("%s: keys are equal: %v; evidence %q, %q", c.what, same, ea, eb)
			}
		})
		if same != c.same {
			t.Errorf("%s: %v, want %v", c.what, same, c.same)
		}
	}
}

func TestLineDedupLeft(t *testing.T) {
	for _, c := range []struct {
		limit stage.Limit
		cut   int
		want  string
	}{
		{stage.Limit{}, 10, ""}, {stage.Off(), 10, ""}, {stage.At(0.3), 3, ""}, {stage.At(0.3), 4, "cut_ratio"}, {stage.At(0), 0, ""}, {stage.At(0), 1, "cut_ratio"}, {stage.At(1), 10, ""},
	} {
		l := lineDedup(func(l *LineDedup) { l.MaxCutRatio = c.limit })
		v := l.Left("", stage.Cut{Bytes: 10, BytesCut: c.cut})
		if v.Rule != c.want || c.want != "" && (v.Value != float64(c.cut)/10 || !slices.Contains(l.Rules(), v.Rule)) {
			t.Errorf("at most %v, %d of 10 cut: %+v", c.limit, c.cut, v)
		}
	}
}

func TestLineDedupSettings(t *testing.T) {
	l := lineDedup(nil)
	if l.KeyBytes() != 8 || l.Quorum() != 2 || l.Survivor() != (stage.Keep{Policy: "max", Column: "text_bytes"}) || !slices.Equal(l.Reads(), []string{"text", "url"}) {
		t.Errorf("defaults %+v", l)
	}
	if r := lineDedup(func(l *LineDedup) { l.Scope = "corpus" }).Reads(); !slices.Equal(r, []string{"text"}) {
		t.Errorf("a corpus reads %v", r)
	}
	for want, change := range map[string]func(*LineDedup){
		"":               func(l *LineDedup) { l.MinChars, l.MinDocuments, l.MaxCutRatio = 1, 1, stage.At(0) },
		"scope: ":        func(l *LineDedup) { l.Scope = "host" },
		"by: ":           func(l *LineDedup) { l.By = "url" },
		"min_chars: ":    func(l *LineDedup) { l.MinChars = 0 },
		"min_documents:": func(l *LineDedup) { l.MinDocuments = 0 },
		"max_cut_ratio":  func(l *LineDedup) { l.MaxCutRatio = stage.At(1.01) },
		"keep: all":      func(l *LineDedup) { l.KeepRule = stage.Keep{Policy: "all"} },
	} {
		err := lineDedup(change).Validate()
		if (err == nil) != (want == "") || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// FuzzLines: the spans of any text cover it, and each is one line of it.
func FuzzLines(f *testing.F) {
	f.Add("a\n\nb")
	f.Fuzz(func(t *testing.T, text string) {
		end, last := 0, 0
		lines := strings.Split(text, "\n")
		lineDedup(nil).Spans(text, func(part uint32, from, to int) {
			if from > end || from < last || to <= from || to > len(text) || strings.Trim(text[from:to], "\n") != lines[part] {
				t.Fatalf("%q: part %d is %q", text, part, text[from:to])
			}
			end, last = to, from
		})
		if end != len(text) {
			t.Fatalf("%q: nothing from %d on", text, end)
		}
	})
}

func BenchmarkLineKeys(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	var text strings.Builder
	for text.Len() < 64<<10 {
		for range 3 + rng.IntN(20) {
			fmt.Fprintf(&text, "word%d ", rng.IntN(5000))
		}
		text.WriteByte('\n')
	}
	d := &corpus.Document{URL: "https://a.example/x", Text: text.String()}
	l := lineDedup(nil)
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		_ = l.Keys(d, func(stage.Key, uint32) {})
	}
}

// FuzzFolded: a line is folded as strings.ToLower and strings.Fields would.
func FuzzFolded(f *testing.F) {
	f.Add(" A\tb\u0085\u00a0Ç\u3000x\v")
	f.Fuzz(func(t *testing.T, line string) {
		if want := strings.Join(strings.Fields(strings.ToLower(strings.ToValidUTF8(line, "\ufffd"))), " "); string(appendFolded(nil, strings.ToValidUTF8(line, "\ufffd"))) != want {
			t.Fatalf("%q: %q, want %q", line, appendFolded(nil, line), want)
		}
	})
}

package tokencount_test

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/tokencount"
)

// sharedData is the folder with the benchmark texts, beside the module.
const sharedData = "../../shared/data"

// records returns the texts of one file of the shared data.
func records(tb testing.TB, name string) []string {
	tb.Helper()
	f, err := os.Open(filepath.Join(sharedData, name))
	if errors.Is(err, os.ErrNotExist) {
		tb.Skip("shared data absent: " + name)
	} else if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	var out []string
	for dec := json.NewDecoder(z); ; {
		var doc struct{ Text string }
		if err := dec.Decode(&doc); err == io.EOF {
			return out
		} else if err != nil {
			tb.Fatal(err)
		}
		out = append(out, doc.Text)
	}
}

// sources returns about 2 MB of Go's standard library.
func sources(tb testing.TB) []string {
	tb.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		tb.Skip("no go tool in PATH: ", err)
	}
	var out []string
	for _, dir := range []string{"net/http", "go/types", "crypto/tls", "encoding/json", "runtime"} {
		files, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(root)), "src", dir, "*.go"))
		for _, name := range files[:min(len(files), 60)] {
			b, err := os.ReadFile(name)
			if err != nil {
				tb.Fatal(err)
			}
			out = append(out, string(b))
		}
	}
	if len(out) == 0 {
		tb.Skip("Go's sources absent")
	}
	return out
}

func share(s string, in func(rune) bool) float64 {
	n, all := 0, 0
	for _, r := range s {
		all++
		if in(r) {
			n++
		}
	}
	return float64(n) / float64(max(1, all))
}

func pick(texts []string, in func(rune) bool, least float64) []string {
	var out []string
	for _, t := range texts {
		if share(t, in) > least {
			out = append(out, t)
		}
	}
	return out
}

func kinds() map[string]func(testing.TB) []string {
	return map[string]func(testing.TB) []string{
		"en": func(tb testing.TB) []string {
			return pick(records(tb, "expected/text.jsonl.gz"), func(r rune) bool { return r < 0x80 }, .97)
		},
		"zh": func(tb testing.TB) []string {
			all := append(records(tb, "expected/text.jsonl.gz"), records(tb, "neardup/docs.jsonl.gz")...)
			return pick(all, func(r rune) bool { return r >= 0x4e00 && r < 0xa000 }, .3)
		},
		"code":  sources,
		"mixed": func(tb testing.TB) []string { return records(tb, "langid.jsonl.gz") },
	}
}

// BenchmarkCount counts all texts of a kind; its counter knows them from the round
// before (for a fresh one see bench/parity/tokens/speed.py).
func BenchmarkCount(b *testing.B)  { each(b, false) }
func BenchmarkEncode(b *testing.B) { each(b, true) }

func each(b *testing.B, ids bool) {
	for _, name := range []string{"cl100k_base", "o200k_base", "r50k_base"} {
		t := open(b, name)
		for _, kind := range []string{"en", "zh", "code", "mixed"} {
			b.Run(name+"/"+kind, func(b *testing.B) {
				texts := kinds()[kind](b)
				b.SetBytes(int64(len(strings.Join(texts, ""))))
				c := t.NewCounter()
				var dst []uint32
				b.ReportAllocs()
				for b.Loop() {
					for _, s := range texts {
						if ids {
							dst = c.Encode(dst[:0], s)
						} else {
							c.Count(s)
						}
					}
				}
			})
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	for _, name := range []string{"cl100k_base", "o200k_base"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := tokencount.Open(name); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkHostile counts single pieces of 1 MB, for which a plain merge is quadratic.
func BenchmarkHostile(b *testing.B) {
	t := open(b, "cl100k_base")
	for name, unit := range map[string]string{"a": "a", "ab": "ab", "han": "的", "dash": "-", "space": " ", "accent": "é"} {
		s := strings.Repeat(unit, 1<<20/len(unit))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			c := t.NewCounter()
			for b.Loop() {
				c.Count(s)
			}
		})
	}
}

func open(tb testing.TB, name string) *tokencount.Tokenizer {
	tb.Helper()
	t, err := tokencount.Open(name)
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

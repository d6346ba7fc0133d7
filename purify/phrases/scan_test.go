package phrases

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// TestScan has texts with and without a word, at both sides of each rule.
func TestScan(t *testing.T) {
	for _, x := range []struct{ word, text, want string }{
		{"代开发票", "可代開發票,", "代開發票"},               // traditional
		{"代開發票", "可代开发票,", "代开发票"},               // either way
		{"代开发票", "代 开★发\u200b票", "代 开★发\u200b票"}, // marks between
		{"代开发票", "代开,发票", ""},                    // clauses
		{"代开发票", "代开\n发票", ""},                   // lines
		{"ＶＸ", "加vx123 vx", "vx"},                // full width; border on the right
		{"vx", "加ＶＸ吧", "ＶＸ"},                     // Chinese beside it is a border
		{"毒", "中毒了", "毒"},                        // one letter
		{"ass", "class pass Ass", "Ass"},
		{"ass", "assess", ""},
		{"therapist", "the rapist", ""},
		{"the rapist", "therapist", ""},
		{"the rapist", "The\nRapist", "The\nRapist"}, // lines of Latin words are broken anywhere
		{"the rapist", "the, rapist", ""},
		{"the rapist", "the-rapist", "the-rapist"},
		{"AT&T", "at&t at t att", "at&t|at t"},
		{"killer", "ki\u00adller", "ki\u00adller"}, // a soft hyphen takes no place
		{"cafe", "cafe\u0301s", ""},
		{"64", "1964 64年 6 4", "64"},
		{"六四", "六　四", "六　四"},
		{"убийство", "Убийство, самоубийство", "Убийство"},
		{"살인", "연쇄살인범", "살인"}, // particles follow Hangul words
		{"aa", "aa aaa 啊aa啊", "aa|aa"},
		{"a:b", "a b a:b", "a:b"},
		{"中中", "中中中", "中中|中中"},
		{"ab", "a" + strings.Repeat("*", marksMax) + "b", ""},
		{"中国", "中" + strings.Repeat("*", marksMax) + "国", "中" + strings.Repeat("*", marksMax) + "国"},
		{"中国", "中" + strings.Repeat("*", marksMax+1) + "国", ""},
		{"中", "", ""},
		{"中", "\xff中\xff", "中"},
	} {
		s, err := NewScanner([]string{"不在这里", x.word})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		s.Scan(x.text, func(_, start, end int) { got = append(got, x.text[start:end]) })
		if g := strings.Join(got, "|"); g != x.want {
			t.Errorf("%q in %q: %q, want %q", x.word, x.text, g, x.want)
		}
	}
}

func TestScannerRefuses(t *testing.T) {
	for word, want := range map[string]string{
		"，。": "no letter", "\xff": "UTF-8", strings.Repeat("中", ScanMaxRunes+1): "more than 256",
	} {
		if _, err := NewScanner([]string{"好词", word}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want %q", word, err, want)
		}
	}
	if _, err := NewScanner([]string{strings.Repeat("中", ScanMaxRunes)}); err != nil {
		t.Error(err)
	}
}

// TestScanMany has more words than an automaton holds, and finds each at its place.
func TestScanMany(t *testing.T) {
	const n = scanWords + 5_000
	words := make([]string, n)
	for i := range words {
		words[i] = word(i)
	}
	s, err := NewScanner(words)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		i := random.IntN(n)
		text := "，" + words[i] + "。"
		var got []int
		s.Scan(text, func(w, start, end int) {
			if text[start:end] != words[w] {
				t.Errorf("%s at %d..%d of %s", words[w], start, end, text)
			}
			got = append(got, w)
		})
		if !slices.Contains(got, i) {
			t.Errorf("%s: %v, want %d among them", words[i], got, i)
		}
	}
}

// word is a Chinese word of two to five characters, another for each number.
func word(i int) string {
	r := rand.New(rand.NewPCG(3, uint64(i)))
	var b strings.Builder
	for range 2 + r.IntN(3) {
		b.WriteRune(rune(0x4E00 + r.IntN(3000)))
	}
	return b.String() + fmt.Sprint(i)
}

// BenchmarkScan scans Chinese text for lists of two sizes.
func BenchmarkScan(b *testing.B) {
	text := strings.Repeat("天气晴朗的早晨，人们在公园里散步，孩子们在草地上奔跑。The weather is fine today.", 200)
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			words := make([]string, n)
			for i := range words {
				words[i] = word(i)
			}
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			s, err := NewScanner(words)
			if err != nil {
				b.Fatal(err)
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				s.Scan(text, func(int, int, int) {})
			}
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MiB")
		})
	}
}

// FuzzScan has words of a few letters look for themselves in any text.
func FuzzScan(f *testing.F) {
	words := []string{"代开发票", "AT&T", "aa", "a中b", "中", "a", "a:b", "a b"}
	for _, text := range []string{"可代開發票", "at&t at t", "aaa 啊aa", "a 中 b", "a\u0301", "a:\nb", "\xffa"} {
		f.Add(text)
	}
	fold, err := NewFolding()
	if err != nil {
		f.Fatal(err)
	}
	s, err := NewScanner(words)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		found := 0
		s.Scan(text, func(w, start, end int) {
			if start < 0 || start >= end || end > len(text) || fold.Word(text[start:end]) != fold.Word(words[w]) {
				t.Fatalf("%q in %q at %d..%d", words[w], text, start, end)
			}
			if words[w] == "中" {
				found++
			}
		})
		if n := strings.Count(text, "中"); found < n {
			t.Fatalf("%q: %d of %d", text, found, n)
		}
	})
}

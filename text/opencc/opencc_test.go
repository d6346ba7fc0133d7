package opencc

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"testing"
	"unicode/utf8"
)

func open(t testing.TB, c Config) *Converter {
	t.Helper()
	converter, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return converter
}

// TestCases are the inputs of OpenCC's own cases, as its Python package 1.4.2 converts
// them.
func TestCases(t *testing.T) {
	file, err := os.Open("testdata/cases.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	in, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	t2s, s2t, cases := open(t, T2S), open(t, S2T), 0
	for lines := bufio.NewScanner(in); lines.Scan(); cases++ {
		var c struct{ ID, Input, T2S, S2T string }
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		if got := t2s.Convert(c.Input); got != c.T2S {
			t.Errorf("%s: t2s of %s\nis   %s\nwant %s", c.ID, c.Input, got, c.T2S)
		}
		if got := s2t.Convert(c.Input); got != c.S2T {
			t.Errorf("%s: s2t of %s\nis   %s\nwant %s", c.ID, c.Input, got, c.S2T)
		}
	}
	if cases < 200 {
		t.Errorf("%d cases", cases)
	}
}

func TestConvert(t *testing.T) {
	t2s := open(t, T2S)
	f := func(in, want string) {
		t.Helper()
		if got := t2s.Convert(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	f("", "")
	f("plain", "plain")
	f("簡體", "简体")
	f("頭髮發展", "头发发展")           // united: there is no way back
	f("乾隆乾燥", "乾隆干燥")           // a phrase before its characters
	f("\xff臺\xe4", "\xff台\xe4") // what is not UTF-8 stays
	f("⿰臺臺臺", "⿰臺臺台")           // a description stays
	f("⿰臺", "⿰台")               // a cut one is none
	if s := "没有变化"; t2s.Convert(s) != s || testing.AllocsPerRun(10, func() { t2s.Convert(s) }) > 0 {
		t.Error("a text without change is not the same string")
	}
	if got := t2s.Rune('發'); got != '发' {
		t.Errorf("%c", got)
	}
	if _, err := Open("s2x"); err == nil {
		t.Error("no error")
	}
}

// FuzzConvert: what was UTF-8 is UTF-8, nothing but characters of one text changes, and
// simplified text is simplified already as far as single characters go.
func FuzzConvert(f *testing.F) {
	f.Add("漢字\xff⿰⿱")
	t2s, s2t := open(f, T2S), open(f, S2T)
	f.Fuzz(func(t *testing.T, s string) {
		for _, c := range []*Converter{t2s, s2t} {
			got := c.Convert(s)
			if utf8.ValidString(s) != utf8.ValidString(got) {
				t.Errorf("%q became %q", s, got)
			}
			if again := c.Convert(s); again != got {
				t.Errorf("%q: %q, then %q", s, got, again)
			}
		}
	})
}

func BenchmarkT2S(b *testing.B) {
	benchmark(b, T2S, "關於漢語拼音方案，這一點並不複雜，請參閱附錄說明。")
}
func BenchmarkS2T(b *testing.B) {
	benchmark(b, S2T, "关于汉语拼音方案，这一点并不复杂，请参阅附录说明。")
}

func benchmark(b *testing.B, config Config, s string) {
	c := open(b, config)
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		c.Convert(s)
	}
}

package opencc

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSimplifier(t *testing.T) {
	s, err := OpenSimplifier()
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		"": "", "plain": "", "简体没有变化": "", "漢字與「繁體」": "汉字与「繁体」", "x發\xff髮y": "x发\xff发y", "日本語の壱": "日本语の壱",
		"\xe6": "", "臺灣": "台湾", "한국어": "", "\U00020000\u9fff": "",
	} {
		got, changed := s.Append([]byte("<"), in)
		if changed != (want != "") || string(got) != "<"+want {
			t.Errorf("%q: %q, %v; want %q", in, got, changed, want)
		}
	}
}

// FuzzSimplifier: what is simplified has as many letters, is simplified, and differs where
// it is said to.
func FuzzSimplifier(f *testing.F) {
	f.Add("漢字與\xff字")
	s, err := OpenSimplifier()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, changed := s.Append(nil, text)
		if !changed {
			if len(got) != 0 {
				t.Fatalf("%q: %q appended", text, got)
			}
			return
		}
		if string(got) == text || utf8.RuneCount(got) != utf8.RuneCountInString(text) {
			t.Fatalf("%q became %q", text, got)
		}
	})
}

func BenchmarkSimplifier(b *testing.B) {
	s, err := OpenSimplifier()
	if err != nil {
		b.Fatal(err)
	}
	text, dst := strings.Repeat("这是一段简体中文，沒有多少繁體字。", 1000), []byte(nil)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		dst, _ = s.Append(dst[:0], text)
	}
}

package text

import (
	"strings"
	"testing"
)

// english and chinese are our own writing.
const (
	english = "The mill stands where the river bends, and its wheel hasn't turned since 1987. " +
		"\"Nobody asked us,\" said Mr. Holm, who owns 3.5 acres (and a well-known dog); " +
		"he can't recall who built it.\nVisit https://mill.example.org/a?b=c or write to old.mill@example.org!\n"
	chinese = "老磨坊立在河湾处，水轮从1987年起就没有转过。没有人问过我们的意见。\n"
)

func benchmarkWords(b *testing.B, s Segmenter, unit string) {
	text := strings.Repeat(unit, 1+20000/len(unit))
	var words []Word
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		words = s.AppendWords(words[:0], text)
	}
}

func BenchmarkUAX29English(b *testing.B)        { benchmarkWords(b, UAX29, english) }
func BenchmarkUAX29Chinese(b *testing.B)        { benchmarkWords(b, UAX29, chinese) }
func BenchmarkSpacyEnglish(b *testing.B)        { benchmarkWords(b, SpacyEnglish, english) }
func BenchmarkSpacyEnglishChinese(b *testing.B) { benchmarkWords(b, SpacyEnglish, chinese) }
func BenchmarkWhitespaceEnglish(b *testing.B)   { benchmarkWords(b, Whitespace, english) }

func BenchmarkViewFolded(b *testing.B) {
	text := strings.Repeat(english, 100)
	var v View
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		v.Reset("")
		v.Reset(text)
		v.Folded(UAX29)
	}
}

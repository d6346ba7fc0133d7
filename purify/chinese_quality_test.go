package purify

import (
	"fmt"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

func ExampleChineseQuality() {
	doc := &corpus.Document{Text: strings.Repeat("首页\n新闻\n体育\n财经，\n登录\n", 30)}
	fmt.Println(ChineseQuality{}.Keep(doc))
	// Output: short_lines: 2.2 against 10
}

func TestChineseQualityLimits(t *testing.T) {
	good := [zhColumns]float64{zhChars: 1000, zhHan: 0.8, zhPunct: 0.1, zhMeanLine: 50, zhSentences: 1}
	checkBoundaries(t, ChineseQuality{}.Decide, good[:], []boundary{
		{zhChars, 200, true, "too_few_chars"},
		{zhHan, 0.3, true, "low_han_ratio"},
		{zhDigits, 0.3, false, "high_digit_ratio"},
		{zhLatin, 0.5, false, "high_latin_ratio"},
		{zhPunct, 0.03, true, "low_punct_ratio"},
		{zhMeanLine, 10, true, "short_lines"},
		{zhSentences, 0.3, true, "few_sentences"},
		{zhBoilerplate, 0.3, false, "boilerplate_lines"},
		{zhDupLines, 0.2, false, "dup_line_chars"},
		{zhDupGrams, 0.3, false, "dup_13_grams"},
	})
}

// zhProse returns lines of Chinese in which nothing repeats for long: line i
// counts up from another Han character.
func zhProse(lines int) string {
	var b strings.Builder
	for i := range lines {
		for j := range 40 {
			b.WriteRune(rune(0x4E00 + (i*40+j)*7%20000))
			if j%10 == 9 && j < 39 {
				b.WriteRune('，')
			}
		}
		b.WriteString("。\n")
	}
	return b.String()
}

func TestChineseQualityTexts(t *testing.T) {
	f := func(s, want string) {
		t.Helper()
		if got := (ChineseQuality{}).Keep(&corpus.Document{Text: s}); got.String() != want {
			t.Errorf("%.60q: %v, want %s", s, got, want)
		}
	}
	f("", "empty: 0 against 1")
	f("\u3000\n \n", "empty: 0 against 1")
	f(zhProse(5), "kept")
	f(zhProse(4), "too_few_chars: 176 against 200")
	f(strings.Repeat("A sentence in English, not Chinese. ", 10), "low_han_ratio: 0 against 0.3")
	f(zhProse(6)+strings.Repeat("2026年11月22日。", 22), "high_digit_ratio: 0.333333 against 0.3")
	f(zhProse(5)+strings.Repeat("func main, fmt.Println; ", 16), "high_latin_ratio: 0.517986 against 0.5")
	f(strings.NewReplacer("，", "", "。", "").Replace(zhProse(20)), "low_punct_ratio: 0 against 0.03")
	f(strings.ReplaceAll(zhProse(5), "，", "，\n"), "kept")
	f(strings.ReplaceAll(zhProse(5), "，", "：\n"), "few_sentences: 0.25 against 0.3")
	f(strings.ReplaceAll(zhProse(5), "。", ""), "kept") // two commas make a sentence
	f(zhProse(6)+"登录 | 注册\n关于我们\n", "kept")
	f(zhProse(6)+"登录 | 注册\n关于我们\nCopyright 某某公司\n", "boilerplate_lines: 0.333333 against 0.3")
	f(zhProse(6)+strings.ReplaceAll(zhProse(3), "，", "注册资本，注册资本，注册资本，注册资本，注册资本，"), "dup_13_grams: 0.428105 against 0.3") // no furniture in long lines
	f(zhProse(8)+zhProse(2), "kept")
	f(summary(3)+zhProse(8), "kept") // a summary of its own sentences
	f(summary(4)+zhProse(8), "dup_13_grams: 0.333333 against 0.3")
	f(zhProse(8)+"这行很长很长很长，"+"。\n"+zhProse(3), "dup_line_chars: 0.267206 against 0.2")
	f(strings.Repeat("哈", 300)+"。，，，，，，，，，，", "dup_13_grams: 0.961415 against 0.3")
}

// TestChineseQualityCode: a text about software is judged by its prose, one of code alone or
// with a few lines of prose as what it is, and English is not code.
func TestChineseQualityCode(t *testing.T) {
	code := strings.Repeat("import numpy as np\n\narr = np.array([1, 2, 3])\nprint(arr)\n", 30)
	next := strings.TrimPrefix(zhProse(8), zhProse(3))
	english := strings.Repeat("This is a sentence (in English), without any code, and it goes on for some time.\n", 20)
	f := func(s, want string) {
		t.Helper()
		if got := (ChineseQuality{}).Keep(&corpus.Document{Text: s}); got.String() != want {
			t.Errorf("%.60q: %v, want %s", s, got, want)
		}
	}
	f(zhProse(3)+code+next, "kept")
	f(code+zhProse(5), "kept")
	f(code+zhProse(4), "too_few_chars: 176 against 200")
	f(code, "low_han_ratio: 0 against 0.3")
	f(zhProse(5)+strings.Repeat(code, 10), "low_han_ratio: 0.0142653 against 0.3")
	f(zhProse(5)+english, "low_han_ratio: 0.131579 against 0.3")
	plain := measured(t, ChineseQuality{}, &corpus.Document{Text: zhProse(8)})
	mixed := measured(t, ChineseQuality{}, &corpus.Document{Text: zhProse(3) + code + next})
	for i, c := range (ChineseQuality{}).Columns() {
		if plain.Get(i) != mixed.Get(i) {
			t.Errorf("%s: %g with code, %g without", c.Name, mixed.Get(i), plain.Get(i))
		}
	}
}

// summary is a line with the first lines of zhProse.
func summary(lines int) string { return strings.ReplaceAll(zhProse(lines), "\n", "") + "\n" }

// TestChineseQualityCountsCodePoints: white space of any width counts nothing,
// and characters beyond the basic plane are one.
func TestChineseQualityCountsCodePoints(t *testing.T) {
	v := measured(t, ChineseQuality{}, &corpus.Document{Text: "\u3000\u3000𠮷野 家\t１2aé。\n\n"})
	for column, want := range map[int]float64{zhChars: 8, zhHan: 3. / 8, zhDigits: 2. / 8, zhLatin: 2. / 8, zhPunct: 1. / 8, zhMeanLine: 8, zhSentences: 1} {
		if got := v.Get(column); got != want {
			t.Errorf("%s is %g, want %g", ChineseQuality{}.Columns()[column].Name, got, want)
		}
	}
}

// TestChineseQualityPages keeps every Chinese page but menus, link lists, forms
// and texts that stand twice on their page, which the test names.
func TestChineseQualityPages(t *testing.T) {
	poor := map[string]string{
		"p17e62a6c5c3c": "menu and shop links", "p23c86d981c5e": "menu and shop links", "p1a10f7a72938": "menu",
		"p1c9dc64507f0": "text stands twice", "p1f8c4ac6a1ab": "form", "pa47bc76e717b": "forum list", "pa9f85f4b84fa": "menu",
		"pb34aaddfff85": "headlines", "pbc8259399a64": "footer", "pd3ee19b18106": "menu", "pd72f9dc6c515": "text stands twice",
		"pe1515d58f6f6": "form", "pf136c9b12515": "forum list", "pf5a3c4184c69": "menu",
	}
	pages, kept := 0, 0
	for _, c := range peerCases(t) {
		if c.Lang.Best != "zh" {
			continue
		}
		pages++
		got := ChineseQuality{}.Keep(&corpus.Document{Text: c.Text})
		if got.Kept() {
			kept++
		}
		if why := poor[c.ID]; got.Kept() != (why == "") {
			t.Errorf("%s: %v (%s)", c.ID, got, why)
		}
	}
	t.Logf("%d of %d pages kept", kept, pages)
}

func TestChineseQualityOff(t *testing.T) {
	off := stage.Off()
	all := ChineseQuality{off, off, off, off, off, off, off, off, off, off}
	if got := all.Keep(&corpus.Document{Text: "x"}); !got.Kept() {
		t.Error(got)
	}
}

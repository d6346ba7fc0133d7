package purify

import (
	"fmt"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

func ExampleGopherRepetition() {
	doc := &corpus.Document{Text: strings.Repeat("Click here to subscribe.\n", 9)}
	fmt.Println(GopherRepetition{}.Keep(doc))
	// Output: dup_line_frac: 0.8 against 0.3
}

func TestGopherRepetitionLimits(t *testing.T) {
	tests := []boundary{
		{repDupPara, 0.30, false, "dup_para_frac"},
		{repDupParaChars, 0.20, false, "dup_para_char_frac"},
		{repDupLine, 0.30, false, "dup_line_frac"},
		{repDupLineChars, 0.20, false, "dup_line_char_frac"},
		{repTop2, 0.20, false, "top_2_gram"},
		{repTop3, 0.18, false, "top_3_gram"},
		{repTop4, 0.16, false, "top_4_gram"},
		{repDup5, 0.15, false, "duplicated_5_n_grams"},
		{repDup6, 0.14, false, "duplicated_6_n_grams"},
		{repDup7, 0.13, false, "duplicated_7_n_grams"},
		{repDup8, 0.12, false, "duplicated_8_n_grams"},
		{repDup9, 0.11, false, "duplicated_9_n_grams"},
		{repDup10, 0.10, false, "duplicated_10_n_grams"},
	}
	good := make([]float64, repColumns)
	good[repChars] = 1000
	checkBoundaries(t, GopherRepetition{}.Decide, good, tests)
	checkBoundaries(t, GopherRepetition{Dialect: dclm}.Decide, good, tests)
}

func TestGopherRepetitionOrder(t *testing.T) {
	f := func(g GopherRepetition, want string) {
		t.Helper()
		v := corpus.NewValues(repColumns)
		for i := range repColumns {
			v.Set(i, 1)
		}
		if got := g.Decide(v); got.Rule != want {
			t.Errorf("%+v: %v, want %s", g, got, want)
		}
	}
	f(GopherRepetition{}, "dup_para_frac")
	f(GopherRepetition{MaxDupParaRatio: stage.Off()}, "dup_para_char_frac")
	f(GopherRepetition{MaxDupParaRatio: stage.At(1), MaxDupParaCharRatio: stage.At(1)}, "dup_line_frac")
	f(GopherRepetition{Dialect: dclm}, "dup_line_frac")
	f(GopherRepetition{Dialect: dclm, MaxDupLineRatio: stage.Off()}, "dup_para_frac")
	f(GopherRepetition{Dialect: dclm, MaxDupLineRatio: stage.Off(), MaxDupParaRatio: stage.Off()}, "dup_line_char_frac")
}

// TestGopherRepetitionTexts: the values come from datatrove 0.10.1.
func TestGopherRepetitionTexts(t *testing.T) {
	f := func(g GopherRepetition, s, want string) {
		t.Helper()
		if got := g.Keep(&corpus.Document{Text: s}); got.String() != want {
			t.Errorf("%+v on %.60q: %v, want %s", g, s, got, want)
		}
	}
	distinct := func(n int, sep string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "w%dx%s", i, sep)
		}
		return b.String()
	}
	f(GopherRepetition{}, "", "empty: 0 against 1")
	f(GopherRepetition{Dialect: dclm}, " \n ", "empty: 0 against 1")
	f(GopherRepetition{}, " \n ", "dup_line_frac: 0.5 against 0.3")
	// Seven of ten lines are new: 0.3 passes, of a text whose copies are short.
	noGrams := GopherRepetition{MaxTop2GramRatio: stage.Off(), MaxTop3GramRatio: stage.Off(), MaxTop4GramRatio: stage.Off(), MaxDup5GramRatio: stage.Off(),
		MaxDup6GramRatio: stage.Off(), MaxDup7GramRatio: stage.Off(), MaxDup8GramRatio: stage.Off(), MaxDup9GramRatio: stage.Off(), MaxDup10GramRatio: stage.Off()}
	f(noGrams, distinct(6, " some longer line of text here to be read\n")+"a\na\na\na", "kept")
	f(noGrams, distinct(6, " some longer line of text here to be read\n")+"a\na\na\na\na", "dup_line_frac: 0.363636 against 0.3")
	// Nothing repeats in six words, yet the first two are over a fifth of it.
	f(GopherRepetition{}, "one two three four five six", "top_2_gram: 0.259259 against 0.2")
	f(GopherRepetition{RequireRepeat: true}, "one two three four five six", "kept")
	f(GopherRepetition{Dialect: dclm}, "one two three four five six", "kept")
	// Joined without spaces, "can not" is "cannot".
	f(GopherRepetition{Words: "whitespace", MaxTop2GramRatio: stage.Off(), MaxTop3GramRatio: stage.Off(), MaxTop4GramRatio: stage.Off()}, "abc def ghi jkl mno ab cdef ghi jkl mno", "duplicated_5_n_grams: 0.384615 against 0.15")
	f(GopherRepetition{Words: "whitespace", Dialect: dclm}, "abc def ghi jkl mno ab cdef ghi jkl mno", "top_2_gram: 0.4 against 0.2")
	// A newline at both ends leaves two empty lines, one of them a copy.
	f(GopherRepetition{RequireRepeat: true}, "\na\n", "dup_line_frac: 0.333333 against 0.3")
	// All copies count in dclm, and a single line passes.
	f(GopherRepetition{Dialect: dclm}, "a b\nc d\na b", "dup_line_frac: 0.666667 against 0.3")
	f(GopherRepetition{Dialect: dclm}, "alpha", "kept")
}

func TestGopherRepetitionValidate(t *testing.T) {
	f := func(g GopherRepetition, want string) {
		t.Helper()
		got := ""
		if err := g.Validate(); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%+v: %q, want %q", g, got, want)
		}
	}
	f(GopherRepetition{}, "")
	f(GopherRepetition{Dialect: "dclm", Words: "uax29"}, "")
	f(GopherRepetition{Dialect: "dolma"}, `dialect: "dolma" is unknown, want datatrove or dclm`)
	f(GopherRepetition{Words: "nltk"}, `words: "nltk" is unknown, want uax29, spacy_en or whitespace`)
}

package purify

import (
	"fmt"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

func ExampleGopherQuality() {
	doc := &corpus.Document{Text: "Home | Login | Contact"}
	fmt.Println(GopherQuality{}.Keep(doc))
	fmt.Println(GopherQuality{MinWords: stage.At(3)}.Keep(doc))
	// Output:
	// gopher_short_doc: 3 against 50
	// gopher_below_alpha_threshold: 0.6 against 0.8
}

var goodQuality = [qualColumns]float64{qualAllWords: 200, qualWords: 180, qualMeanLength: 5, qualAlpha: 1, qualStopWords: 8}

func TestGopherQualityLimits(t *testing.T) {
	tests := []boundary{
		{qualWords, 50, true, "gopher_short_doc"},
		{qualWords, 100_000, false, "gopher_long_doc"},
		{qualMeanLength, 3, true, "gopher_below_avg_threshold"},
		{qualMeanLength, 10, false, "gopher_above_avg_threshold"},
		{qualBullets, 0.9, false, "gopher_too_many_bullets"},
		{qualEllipsisLines, 0.3, false, "gopher_too_many_end_ellipsis"},
		{qualAlpha, 0.8, true, "gopher_below_alpha_threshold"},
		{qualStopWords, 2, true, "gopher_enough_stop_words"},
	}
	checkBoundaries(t, GopherQuality{}.Decide, goodQuality[:], append([]boundary{
		{qualHashes, 0.1, false, "gopher_too_many_hashes"},
		{qualEllipses, 0.1, false, "gopher_too_many_ellipsis"},
	}, tests...))
	checkBoundaries(t, GopherQuality{Dialect: dclm}.Decide, goodQuality[:], append([]boundary{
		{qualSymbols, 0.1, false, "gopher_too_many_symbols"},
	}, tests...))
}

// TestGopherQualityTexts: one text per definition; the values are counted by
// hand. Verdicts in dialect datatrove are those of datatrove 0.10.1.
func TestGopherQualityTexts(t *testing.T) {
	f := func(g GopherQuality, s, want string) {
		t.Helper()
		if got := g.Keep(&corpus.Document{Text: s}); got.String() != want {
			t.Errorf("%+v on %.60q: %v, want %s", g, s, got, want)
		}
	}
	prose := func(n int) string {
		return strings.TrimSpace(strings.Repeat("the cat sat with its friend of old\n", n/8))
	}
	f(GopherQuality{}, "", "gopher_short_doc: 0 against 50")
	f(GopherQuality{MinWords: stage.Off()}, "", "empty: 0 against 1")
	f(GopherQuality{MinWords: stage.At(0)}, " \n", "empty: 0 against 1")
	f(GopherQuality{}, prose(56), "kept")
	f(GopherQuality{}, prose(48), "gopher_short_doc: 48 against 50")
	f(GopherQuality{}, prose(48)+" ... ! ? , ;", "gopher_short_doc: 48 against 50")
	f(GopherQuality{}, strings.Repeat("of be ", 40), "gopher_below_avg_threshold: 2 against 3")
	f(GopherQuality{}, strings.Repeat("internationalisation of ", 40), "gopher_above_avg_threshold: 11 against 10")
	f(GopherQuality{}, prose(80)+strings.Repeat("\n#", 9), "gopher_too_many_hashes: 0.101124 against 0.1")
	f(GopherQuality{}, prose(160)+strings.Repeat(" # …", 9), "kept")
	f(GopherQuality{}, prose(80)+strings.Repeat(" a #", 9), "kept")
	f(GopherQuality{Dialect: dclm}, prose(160)+strings.Repeat(" # …", 9), "gopher_too_many_symbols: 0.101124 against 0.1")
	f(GopherQuality{Dialect: dclm}, prose(160)+strings.Repeat(" # …", 8), "kept")
	f(GopherQuality{}, prose(80)+strings.Repeat(" word…", 12), "gopher_too_many_ellipsis: 0.115385 against 0.1")
	f(GopherQuality{}, "- "+strings.ReplaceAll(prose(80), "\n", "\n \u00a0• "), "gopher_too_many_bullets: 1 against 0.9")
	f(GopherQuality{}, "* "+strings.ReplaceAll(prose(80), "\n", "\n● "), "kept")
	f(GopherQuality{Dialect: dclm}, "* "+strings.ReplaceAll(prose(80), "\n", "\n\n● "), "gopher_too_many_bullets: 1 against 0.9")
	f(GopherQuality{}, strings.ReplaceAll(prose(240), "old\n", "old and the cat sat there ... \u2028"), "gopher_too_many_end_ellipsis: 0.966667 against 0.3")
	f(GopherQuality{}, prose(80)+strings.Repeat(" 3.14", 20), "kept")
	f(GopherQuality{}, prose(80)+strings.Repeat(" 3.14", 21), "gopher_below_alpha_threshold: 0.792079 against 0.8")
	f(GopherQuality{}, strings.Repeat("the Katze sat nearby ", 20), "gopher_enough_stop_words: 1 against 2")
	f(GopherQuality{}, strings.Repeat("the Katze sat nearby ", 20)+"With", "gopher_enough_stop_words: 1 against 2")
	f(GopherQuality{}, strings.Repeat("the Katze sat nearby ", 20)+"with", "kept")
	f(GopherQuality{Dialect: dclm}, strings.Repeat("eine Katze sat nearby ", 20)+"With", "gopher_enough_stop_words: 1 against 2")
	f(GopherQuality{Dialect: dclm}, strings.Repeat("eine Katze sat nearby ", 20)+"With THE", "kept")
	f(GopherQuality{StopWords: []string{"Katze", "nearby"}}, strings.Repeat("the Katze sat nearby ", 20), "kept")
}

func TestGopherQualityValidate(t *testing.T) {
	f := func(g GopherQuality, want string) {
		t.Helper()
		got := ""
		if err := g.Validate(); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%+v: %q, want %q", g, got, want)
		}
	}
	f(GopherQuality{}, "")
	f(GopherQuality{Dialect: "c4"}, `dialect: "c4" is unknown, want datatrove or dclm`)
	f(GopherQuality{Words: "jieba"}, `words: "jieba" is unknown, want uax29, spacy_en or whitespace`)
	f(GopherQuality{StopWords: []string{"the "}}, `stop_words: "the " is no word`)
	f(GopherQuality{StopWords: make([]string, maxStopWords+1)}, `stop_words: 10001 words, at most 10000`)
}

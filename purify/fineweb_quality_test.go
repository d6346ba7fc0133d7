package purify

import (
	"fmt"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
)

func ExampleFineWebQuality() {
	doc := &corpus.Document{Text: "Home\nProducts\nContact us today."}
	fmt.Println(FineWebQuality{}.Keep(doc))
	// Output: short_line_ratio: 1 against 0.67
}

func TestFineWebQualityLimits(t *testing.T) {
	good := [fineColumns]float64{fineLines: 10, fineLinePunct: 1, fineWords: 100}
	checkBoundaries(t, FineWebQuality{}.Decide, good[:], []boundary{
		{fineLinePunct, 0.12, true, "line_punct_ratio"},
		{fineShortLines, 0.67, false, "short_line_ratio"},
		{fineCharDup, 0.01, false, "char_dup_ratio"},
		{fineNewlines, 0.3, false, "list_ratio"},
	})
}

// TestFineWebQualityTexts: verdicts are those of datatrove 0.10.1.
func TestFineWebQualityTexts(t *testing.T) {
	f := func(g FineWebQuality, s, want string) {
		t.Helper()
		if got := g.Keep(&corpus.Document{Text: s}); got.String() != want {
			t.Errorf("%+v on %.60q: %v, want %s", g, s, got, want)
		}
	}
	lines := func(n int, end string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "line number %d of a text with lines%s\n", i, end)
		}
		return strings.TrimSpace(b.String())
	}
	f(FineWebQuality{}, "", "empty: 0 against 1")
	f(FineWebQuality{}, " \n\u3000\n", "empty: 0 against 1")
	f(FineWebQuality{}, lines(9, "."), "kept")
	f(FineWebQuality{}, lines(22, "")+"\n"+lines(3, " x?"), "kept")
	f(FineWebQuality{}, lines(22, "")+"\n"+lines(2, " x?"), "line_punct_ratio: 0.0833333 against 0.12")
	f(FineWebQuality{}, lines(9, ".\""), "line_punct_ratio: 0 against 0.12")
	f(FineWebQuality{}, lines(9, ". "), "line_punct_ratio: 0.111111 against 0.12") // only the last is stripped
	f(FineWebQuality{ExcludeZeroPunct: true}, lines(9, ".\""), "kept")
	f(FineWebQuality{ExcludeZeroPunct: true}, lines(9, ". "), "line_punct_ratio: 0.111111 against 0.12")
	f(FineWebQuality{}, lines(3, "。"), "kept")
	thirty := strings.Repeat("é ", 14) // 28 code points
	f(FineWebQuality{}, thirty+"1.\n"+thirty+"2.\n"+thirty+"3.", "short_line_ratio: 1 against 0.67")
	f(FineWebQuality{}, thirty+"1.\n"+thirty+"2.\n"+thirty+"33.", "kept")
	f(FineWebQuality{ShortLineChars: 31}, thirty+"1.\n"+thirty+"2.\n"+thirty+"33.", "short_line_ratio: 1 against 0.67")
	f(FineWebQuality{}, lines(9, ".")+"\n.", "kept")
	f(FineWebQuality{}, lines(9, ".")+"\nline number 8 of a text with lines.", "char_dup_ratio: 0.1 against 0.01")
	f(FineWebQuality{}, "a very long-winded and tiresome line.\n\n\n\n\n\n", "list_ratio: 0.666667 against 0.3")
}

func TestFineWebQualityValidate(t *testing.T) {
	if err := (FineWebQuality{}).Validate(); err != nil {
		t.Error(err)
	}
	if err := (FineWebQuality{ShortLineChars: -1}).Validate(); err == nil || err.Error() != "short_line_chars: -1 is negative, want at least 1" {
		t.Error(err)
	}
	if err := (FineWebQuality{Words: "x"}).Validate(); err == nil {
		t.Error("no error")
	}
}

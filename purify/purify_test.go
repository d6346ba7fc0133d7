package purify

import (
	"crypto/sha1"
	"encoding/hex"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/text"
)

func sha1Hex(s string) string {
	sum := sha1.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

// thresholdRule is what every threshold rule of this package is.
type thresholdRule interface {
	stage.Measurer
	stage.Decider
	stage.Lister
	Keep(*corpus.Document) corpus.Verdict
}

var _ stage.Editor = C4Quality{}

// variants are rules under settings that reach every branch of Decide.
func variants() []thresholdRule {
	on, off := stage.At, stage.Off()
	return []thresholdRule{
		GopherRepetition{}, GopherRepetition{Dialect: dclm}, GopherRepetition{RequireRepeat: true, Words: "whitespace"},
		GopherRepetition{MaxDupLineRatio: off, MaxDupLineCharRatio: off, MaxDupParaRatio: off, MaxDupParaCharRatio: off,
			MaxTop2GramRatio: off, MaxTop3GramRatio: off, MaxTop4GramRatio: off},
		GopherQuality{}, GopherQuality{Dialect: dclm}, GopherQuality{MinWords: on(3)}, GopherQuality{MinWords: off, MinStopWords: off},
		GopherQuality{Dialect: dclm, MinWords: on(1), MinMeanWordLength: off}, GopherQuality{MinWords: on(0), Words: "uax29", StopWords: []string{"a", "ab"}},
		FineWebQuality{}, FineWebQuality{ExcludeZeroPunct: true, MaxCharDupRatio: off}, FineWebQuality{MinLinePunctRatio: off, MaxShortLineRatio: off, MaxCharDupRatio: off},
		FineWebQuality{Words: "whitespace", MinLinePunctRatio: off, MaxShortLineRatio: off, MaxCharDupRatio: off, MaxNewlineRatio: on(0)},
		FineWebQuality{Words: "uax29", MinLinePunctRatio: off, MaxShortLineRatio: off, MaxCharDupRatio: off, MaxNewlineRatio: off},
		ChineseQuality{}, ChineseQuality{MinChars: off, MinPunctRatio: off, MinSentenceCharRatio: off}, ChineseQuality{MinChars: on(1), MinHanRatio: off, MinPunctRatio: off, MinMeanLineChars: off, MinSentenceCharRatio: off},
	}
}

// checkKeep asserts that Keep is Decide of Measure, that every value is set and
// sane, and that the rule is a listed one.
func checkKeep(t *testing.T, rule thresholdRule, s string) {
	t.Helper()
	checkKeepLent(t, rule, s, new(text.View))
}

func checkKeepLent(t *testing.T, rule thresholdRule, s string, view *text.View) {
	t.Helper()
	doc := &corpus.Document{Text: s}
	doc.Lend(view)
	v := measured(t, rule, doc)
	got, want := rule.Keep(doc), rule.Decide(v)
	if got != want {
		t.Fatalf("%+v on %q: Keep says %v, Decide %v", rule, s, got, want)
	}
	if !got.Kept() && !slices.Contains(rule.Rules(), got.Rule) {
		t.Fatalf("%T: rule %s is not listed", rule, got.Rule)
	}
	for i, c := range rule.Columns() {
		x := v.Get(i)
		if math.IsNaN(x) && c.Name != "mean_word_length" || math.IsInf(x, 0) || x < 0 {
			t.Fatalf("%T on %q: %s is %g", rule, s, c.Name, x)
		}
	}
	if doc.Text != s {
		t.Fatalf("%T edited %q", rule, s)
	}
}

func TestKeepIsDecideOfMeasure(t *testing.T) {
	rules := variants()
	for _, s := range []string{"", " ", "\n", "\n\n\n", "a", "...", "\u200b", "。", "\u3000\n", "\xff\xfe", strings.Repeat("x", 1<<20), strings.Repeat("哈", 5000), strings.Repeat("a\n", 5000)} {
		for _, rule := range rules {
			checkKeep(t, rule, s)
		}
	}
	generated(func(s string) {
		for _, rule := range rules {
			checkKeep(t, rule, s)
		}
	})
}

func TestKeepIsDecideOfMeasureOnPages(t *testing.T) {
	var view text.View
	rules := variants()
	for _, c := range peerCases(t) {
		for _, rule := range rules {
			checkKeepLent(t, rule, c.Text, &view)
		}
	}
}

func FuzzRules(f *testing.F) {
	f.Add("The end.\n\nThe end of the [1] line. {")
	f.Add("中文。\n登录\r\n\u2028\xff")
	rules := variants()
	f.Fuzz(func(t *testing.T, s string) {
		for _, rule := range rules {
			checkKeep(t, rule, s)
		}
		doc := &corpus.Document{Text: s}
		for _, c := range []C4Quality{{}, {KeepUnterminated: true, MinLineWords: stage.Off(), MinSentences: stage.Off()}} {
			doc.Text = s
			v, err := c.Apply(doc)
			if err != nil || !v.Kept() && (doc.Text != s || !slices.Contains(c.Rules(), v.Rule)) {
				t.Fatalf("%q: %v, %v, %q", s, v, err, doc.Text)
			}
		}
	})
}

// TestNoAllocations: in steady state no rule allocates for a document.
func TestNoAllocations(t *testing.T) {
	var texts []string
	generated(func(s string) { texts = append(texts, s) })
	var view text.View
	doc := &corpus.Document{}
	doc.Lend(&view)
	for _, rule := range variants() {
		v := corpus.NewValues(len(rule.Columns()))
		run := func() {
			for _, s := range texts {
				doc.Text = s
				_ = rule.Measure(doc, v)
				rule.Keep(doc)
			}
		}
		run()
		if n := testing.AllocsPerRun(2, run); n > float64(len(texts))/50 { // a collection empties the pools
			t.Errorf("%+v: %g allocations for %d texts", rule, n, len(texts))
		}
	}
}

// boundary is a test of one limit: the value that still passes, and what the
// rule says one step beyond it.
type boundary struct {
	column int
	at     float64
	below  bool // the rule drops below the limit, not above
	rule   string
}

// checkBoundaries sets one value at a time on both sides of its limit; all
// others lie in the middle of what passes.
func checkBoundaries(t *testing.T, decide func(*corpus.Values) corpus.Verdict, good []float64, tests []boundary) {
	t.Helper()
	for _, b := range tests {
		v := corpus.NewValues(len(good))
		for i, x := range good {
			v.Set(i, x)
		}
		v.Set(b.column, b.at)
		if got := decide(v); !got.Kept() {
			t.Errorf("%s at %g: %v", b.rule, b.at, got)
		}
		beyond := math.Nextafter(b.at, math.Inf(1))
		if b.below {
			beyond = math.Nextafter(b.at, math.Inf(-1))
		}
		v.Set(b.column, beyond)
		if got := decide(v); got != (corpus.Verdict{Rule: b.rule, Value: beyond, Limit: b.at}) {
			t.Errorf("%s beyond %g: %v", b.rule, b.at, got)
		}
		v.Set(b.column, math.NaN())
		if got := decide(v); !got.Kept() {
			t.Errorf("%s, value missing: %v", b.rule, got)
		}
	}
}

package page

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/report"
)

// hostile closes whatever it stands in, and opens what a page must not hold.
const hostile = `"'></title></style><script>alert(1)</script><img src=x onerror=alert(1)>&`

// facts are those of a run in which every text is s and every list has n entries.
func facts(s string, n int) *report.Facts {
	name := func(i int) string { return fmt.Sprintf("%s%d", s, i) }
	x := &report.Facts{Name: s, Dir: s, Plan: strings.Repeat(s+"\n", n), Grouping: map[string]bool{name(0): true}, TextsKept: s, Survey: &report.Survey{}}
	var stages []string
	for i := range min(n, 40) {
		stages = append(stages, name(i))
	}
	x.Stats = ledger.NewStats([]string{s}, stages)
	x.Stats.Sources[0].Skipped[s], x.Stats.Sources[0].Documents = 3, 100
	for i, st := range x.Stats.Stages {
		st.In, st.Kept = 100, 90
		for j := range n {
			st.Rejected[name(j)] = int64(j)
			st.By["lang"][name(j)] = &ledger.Flow{In: 9, Kept: 1, Rejected: map[string]int64{name(i): 8}}
		}
	}
	sample := report.Sample{ID: s, URL: s + "u", Lang: s, Stage: name(0), Rule: s, Detail: s, Value: 1.5, Size: 7, Text: strings.Repeat(s+" ", 20)}
	for i := range n {
		x.Stats.Hosts[name(i)] = &ledger.HostStats{Documents: int64(i), Kept: 1}
		x.Stats.CountYield(name(i), s, &ledger.Yield{Documents: 1, Tokens: 10, Bytes: 30, Words: 5})
		p := &report.Panel{Stage: name(i % 40), Name: s, Column: s, Annotated: i%2 == 0, Limits: []report.LimitLine{{Rule: s, Setting: s, Value: 2}},
			Kept: []float64{0, 1, 2, 1e6}, Dropped: []float64{3, 4, math.MaxInt32}, NearKept: []report.Sample{sample, sample, sample}, NearDropped: []report.Sample{sample, sample, sample}}
		loser := sample
		loser.Text += s
		x.Survey.Panels = append(x.Survey.Panels, p)
		x.Survey.Causes = append(x.Survey.Causes, report.Cause{Stage: s, Error: s, Records: 2, Example: ledger.QuarantineLine{ID: s, Shard: s}})
		x.Settled = append(x.Settled, report.SettledLimit{Stage: s, Settled: ledger.Settled{Column: s, Group: s}})
		x.Timings = append(x.Timings, report.Timings{Version: s, Host: s, Stages: []report.StageSeconds{{Name: name(0), Seconds: 1}}, Slowest: []report.TaskSeconds{{Pass: s, Label: s, Seconds: 2}}})
		if i < 20 {
			x.Survey.Pairs = append(x.Survey.Pairs, report.Pair{Survivor: sample, Loser: loser})
			x.Survey.Largest = append(x.Survey.Largest, sample)
		}
	}
	x.Survey.Example, x.Survey.Sizes, x.Survey.Blind = &sample, []int64{5, 2}, s
	x.Sinks = []report.PartFiles{{Sink: s, Folder: s, Files: []string{s}}}
	x.Sizing = json.RawMessage(`{}`)
	return x
}

func changes(s string, n int) *report.Changes {
	c := &report.Changes{From: report.RunTotals{Dir: s, Pipeline: s}, To: report.RunTotals{Dir: s, Pipeline: s + "2"}}
	for range n {
		c.Plan = append(c.Plan, report.SettingChange{Path: s, From: s, To: s})
		c.Revised = append(c.Revised, s)
		c.Rules = append(c.Rules, report.RuleChange{Stage: s, Rule: s})
		c.Langs = append(c.Langs, report.GroupChange{Name: s})
	}
	c.Documents.AddedIDs, c.Documents.LostIDs = []string{s}, []string{s}
	return c
}

func write(t *testing.T, x *report.Facts, o Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, x, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Whatever stands in pages, names and settings is text in a report.
func TestEscapes(t *testing.T) {
	o := Options{Program: hostile, Against: changes(hostile, 3), Sizing: func(json.RawMessage) ([]string, string) { return []string{hostile}, "<svg></svg>" }}
	html := write(t, facts(hostile, 3), o)
	for _, bad := range []string{"<script", "<img", "</title></", "onerror=alert(1)>"} {
		if strings.Contains(html, bad) {
			t.Errorf("the report has %s", bad)
		}
	}
	if n := strings.Count(html, "&lt;script&gt;"); n < 50 {
		t.Errorf("only %d of the texts are shown", n)
	}
}

// Nothing is loaded, and nothing could be.
func TestSelfContained(t *testing.T) {
	html := write(t, facts("x", 3), Options{Against: changes("x", 3)})
	if !strings.Contains(html, `content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"`) {
		t.Error("it has no policy that forbids to load anything")
	}
	for _, bad := range []string{"src=", "@import", "url(", "http-equiv=\"refresh\"", `<link`, "<script"} {
		if strings.Contains(html, bad) {
			t.Errorf("the report has %s", bad)
		}
	}
}

// A report is bounded, whatever the run is.
func TestBounded(t *testing.T) {
	for _, n := range []int{0, 1, 30, 3000} {
		x := facts(strings.Repeat("long name ", 12), n)
		html := write(t, x, Options{Against: changes("setting", n)})
		if len(html) > MaxBytes {
			t.Errorf("%d entries of all: %d bytes", n, len(html))
		}
		if n == 3000 && strings.Count(html, " more") < 5 {
			t.Error("it does not say that there is more")
		}
	}
}

// The questions stand in their order, each with its command.
func TestQuestions(t *testing.T) {
	html := write(t, facts("web", 3), Options{})
	at := 0
	for _, q := range []string{"What do I have", "Where did each language lose most", "Which kept and dropped texts", "Which hosts dominate", "Why was this URL dropped", "How much is duplicate", "What went wrong", "What changed"} {
		i := strings.Index(html[at:], q)
		if i < 0 {
			t.Fatalf("%q does not stand behind the question before", q)
		}
		at += i
		if next := strings.Index(html[at:], `<code class="cmd">corpusmill `); next < 0 || next > 1000 {
			t.Errorf("%q has no command", q)
		}
	}
}

func TestFigures(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{grouped(0), "0"}, {grouped(999), "999"}, {grouped(1000), "1,000"}, {grouped(-1234567), "−1,234,567"}, {signed(5), "+5"}, {signed(0), "0"},
		{short(999), "999"}, {short(1000), "1K"}, {short(33711), "33.7K"}, {short(999_600), "1M"}, {short(2_500_000_000), "2.5B"},
		{percent(0, 0), ""}, {percent(0, 5), "0 %"}, {percent(1, 10_000), "< 0.1 %"}, {percent(9_999, 10_000), "> 99.9 %"}, {percent(5, 5), "100 %"}, {percent(47, 1000), "4.7 %"},
		{seconds(0), "0"}, {seconds(0.0001), "< 1 ms"}, {seconds(0.25), "250 ms"}, {seconds(9.96), "10.0 s"}, {seconds(61), "1 min 01 s"}, {seconds(3700), "1 h 01 min"},
		{quote("runs/a-b"), "runs/a-b"}, {quote("a b"), "'a b'"}, {quote("it's"), `'it'\''s'`}, {quote(""), "''"}, {quote("x#1"), "'x#1'"},
	} {
		if got := strings.ReplaceAll(c.got, "\u00a0", " "); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestDiff(t *testing.T) {
	for _, c := range []struct{ loser, survivor, want string }{
		{"a b c", "a b c", `<span class="none">The two texts are the same, as far as they are shown.</span>`},
		{"a b c", "a x c", "a <del>b </del><ins>x </ins>c"},
		{"a b", "a b c", "a <del>b</del><ins>b c</ins>"},
		{"", "a", "<ins>a</ins>"},
		{"今天好", "今天不好", "今天<ins>不</ins>好"},
		{"<b>", "x", "<del>&lt;b&gt;</del><ins>x</ins>"},
	} {
		if got := string(diffHTML(c.loser, c.survivor, false)); got != c.want {
			t.Errorf("%q, %q: %s, want %s", c.loser, c.survivor, got, c.want)
		}
	}
	if got, want := string(diffHTML("a b c d", "a x b c", true)), `a <ins>x </ins>b  <span class="none">(goes on)</span>`; got != want {
		t.Errorf("of texts that are cut: %s, want %s", got, want) // c and d say nothing: they stand where one of them ends
	}
	long := strings.Repeat("word ", 5000)
	if got := string(diffHTML("x "+long, "y "+long, false)); len(got) > 500 || !strings.Contains(got, "words the same") {
		t.Errorf("%d bytes: %s", len(got), got[:min(len(got), 300)])
	}
	if got := string(diffHTML(long, strings.Repeat("other ", 5000), false)); len(got) > 8000 {
		t.Errorf("%d bytes of two texts that have nothing in common", len(got))
	}
}

// Words and what stands between them are all of the text.
func FuzzDiff(f *testing.F) {
	f.Add("a b\n c", "a  今天 b")
	f.Add("", " ")
	f.Fuzz(func(t *testing.T, a, b string) {
		if got := strings.Join(wordsOf(a), ""); got != a {
			t.Errorf("words of %q are %q", a, got)
		}
		if len(a)+len(b) > 500 {
			return
		}
		edits, cut := compare(a, b)
		var x, y strings.Builder
		for _, e := range edits {
			if e.kind <= 0 {
				x.WriteString(strings.Join(e.words, ""))
			}
			if e.kind >= 0 {
				y.WriteString(strings.Join(e.words, ""))
			}
		}
		if !cut && (x.String() != a || y.String() != b) {
			t.Errorf("%q and %q became %q and %q", a, b, x.String(), y.String())
		}
	})
}

func TestHistogram(t *testing.T) {
	p := &report.Panel{Stage: "s", Name: "v", Kept: []float64{1, 2, 3}, Dropped: []float64{9}, Limits: []report.LimitLine{{Value: 5}}}
	h := histogram(p, "v0")
	if h.Log || h.Beyond || len(h.Marks) != 1 || h.Marks[0].Label != "at most 5" {
		t.Errorf("%+v", h)
	}
	if want := "3 documents kept, from 1 to 3, median 2; 1 dropped, from 9 to 9, median 9; at most 5 passes."; h.Desc != want {
		t.Errorf("%s, want %s", h.Desc, want)
	}
	wide := &report.Panel{Kept: []float64{1, 2, 5, 10, 100, 10_000, 100_000}}
	if h := histogram(wide, "v1"); !h.Log || len(h.Ticks) < 3 {
		t.Errorf("%+v", h)
	}
	for _, values := range [][]float64{{0}, {-5, -5}, {math.MaxFloat64, -math.MaxFloat64}, {1e-300, 1e300}} {
		h := histogram(&report.Panel{Kept: values}, "v2")
		if len(h.Ticks) > 20 || strings.Contains(string(h.SVG), "NaN") || strings.Contains(string(h.SVG), "Inf") {
			t.Errorf("%v: %v", values, h)
		}
	}
}

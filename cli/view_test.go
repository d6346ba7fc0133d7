package cli

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/vbauerster/mpb/v8"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/run"
	"github.com/corpusmill/corpusmill/sizing"
)

// TestSummaryFits has everything in a summary that can be there: 20 lines of 80 columns.
func TestSummaryFits(t *testing.T) {
	long := strings.Repeat("very_long_name_", 8)
	cfg, cluster := config.Defaults[sizing.Config](), config.Defaults[sizing.ClusterConfig]()
	cluster.GPUs, cluster.Days, cfg.Cluster = 16000, 54, &cluster
	v, err := sizing.Size(587e9, cfg)
	if err != nil {
		t.Fatal(err)
	}
	s := &run.Summary{Name: long, Run: "runs/" + long, Documents: 123456789, Read: 1234567890, Tokens: 9876543210123, Bytes: 1 << 50, Parts: 4, Quarantined: 12345,
		TasksRun: 1e6, TasksKept: 1e6, Seconds: 1e6, Sizing: v, Input: &run.InputCheck{Files: 1e6, Bytes: 1 << 50, Changed: 7},
		Stats: &ledger.Stats{Unrouted: 99, Sources: []*ledger.SourceStats{{ShardsCut: 3, ShardsLost: 4, BytesLost: 1 << 40, FirstDamaged: long}}}}
	for i := range 6 {
		s.Outputs = append(s.Outputs, run.Output{Sink: fmt.Sprint(i), Dir: "/" + long + "/" + long, Parts: 1000, Bytes: 1 << 44})
		s.Losses = append(s.Losses, run.Loss{Stage: long, Rule: long, Documents: 1e9})
		s.Causes = append(s.Causes, run.Cause{Error: strings.Repeat("what is wrong ", 20), Records: 1e6})
		s.Gates = append(s.Gates, run.GateResult{Gate: "quarantine_share", Value: 0.0123456789, Limit: "> 1 %", Failed: true})
	}
	lines := summaryLines(s, long)
	if len(lines) > 20 {
		t.Errorf("%d lines:\n%s", len(lines), strings.Join(lines, "\n"))
	}
	for _, l := range lines {
		if n := utf8.RuneCountInString(l); n > 80 {
			t.Errorf("%d columns: %s", n, l)
		}
	}
	for _, want := range []string{"and 4 sinks more", "documents   123,456,789 of 1,234,567,890 read (10 %)", "FAILED", "quarantine  12,345 records, 1,000,000 by: what", "  size        587B tokens carry a 29.4B model", "              16,000 h100-sxm, 54 days: a ",
		"next        corpusmill show"} {
		if !strings.Contains(strings.Join(lines, "\n"), want) {
			t.Errorf("no %q in\n%s", want, strings.Join(lines, "\n"))
		}
	}
}

// TestSummaryLimits has limits whose words are longer than a line: none is cut.
func TestSummaryLimits(t *testing.T) {
	s := &run.Summary{Name: "n", Run: "runs/n", Stats: &ledger.Stats{}}
	commit := &ledger.Commit{}
	commit.Label = "classify_rank"
	for i, class := range []string{"high", "middle", "lower"} {
		commit.Settled = append(commit.Settled, ledger.Settled{Group: "*", Column: "score", Highest: true, Limit: 0.5, Low: 0.5, High: 0.5 + 0.125*float64(i), Why: "classes, a shipped default: " + class})
	}
	commit.Settled = append(commit.Settled, ledger.Settled{Group: "*", Column: "score", Table: []float64{1}})
	s.Settled = []*ledger.Commit{commit}
	text := strings.Join(summaryLines(s, ""), "\n")
	for _, want := range []string{
		"  limits      classify_rank: score at least 0.5, classes, a shipped default:\n              high\n",
		"              classify_rank: score at least 0.5 (0.5 to 0.625), classes, a\n              shipped default: middle\n",
		"              2 more limits and tables: corpusmill show\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if table := settledTable(s.Settled); !strings.Contains(table, "classify_rank: 1 table of values in 1 group, for ranks") {
		t.Error(table)
	}
}

// halfway is a run in its second pass.
func halfway() run.Progress {
	return run.Progress{Pass: "assemble", Tasks: 4, Done: 1, Passes: []run.PassProgress{
		{Name: "segment", Tasks: 2, Done: 2, Whole: true, Bytes: 999e6, Read: 999e6, Documents: 1000, Kept: 505, Quarantined: 3, Spent: 100 * time.Second},
		{Name: "minhash-with-a-long-name-group", Tasks: 3, Done: 1, Spent: time.Second},
		{Name: "assemble", Tasks: 4, Done: 1, Bytes: 1e9, Read: 6e8, Resumed: 1e8, Spent: 10 * time.Second, Documents: 500, Kept: 499},
		{Name: "later"},
	}}
}

// TestPassLines are what the bars of a run look like.
func TestPassLines(t *testing.T) {
	want := map[int][]string{
		80: {
			"segment             [##########] 100 %  999.0 MB, 10.0 MB/s, 1:40 min",
			"minhash-with-a-long [###.......]  33 %  1 of 3 tasks",
			"assemble            [######....]  60 %  600.0 of 1000.0 MB, 50.0 MB/s, 0:08 left",
			"later               [..........]   0 %",
		},
		120: {"segment             [########################################] 100 %  999.0 MB, 10.0 MB/s, 1:40 min"},
	}
	p := halfway()
	p.Passes[2].Bytes = 1e9 - 1
	for width, lines := range want {
		for i, line := range lines {
			if got := passLine(&p.Passes[i], width, false); got != line || utf8.RuneCountInString(got) > width {
				t.Errorf("width %d:\n%s\n%s", width, got, line)
			}
		}
	}
	if got := statusLine(p); got != "99 % of 500 documents kept" {
		t.Error(got)
	}
	if got := statusLine(run.Progress{}); got != "loading models and listing the input ..." {
		t.Error(got)
	}
	if got := passLine(&p.Passes[0], 80, true); !strings.HasPrefix(got, "\x1b[32msegment") || !strings.HasSuffix(got, "\x1b[0m") {
		t.Errorf("%q", got)
	}
}

// TestWindow shows the passes around the one that is worked on, where the screen is low.
func TestWindow(t *testing.T) {
	b := &bars{height: 9, rows: make([]*mpb.Bar, 1+4)}
	for i := range 12 {
		b.now.Passes = append(b.now.Passes, run.PassProgress{Name: fmt.Sprint(i)})
	}
	for at, from := range map[int]string{0: "0", 1: "0", 2: "0", 3: "1", 8: "6", 11: "8"} {
		b.now.Pass = fmt.Sprint(at)
		if w := b.window(); len(w) != 4 || w[0].Name != from {
			t.Errorf("at %d: %v", at, w)
		}
	}
}

// TestLineView has a line for each pass, and few more.
func TestLineView(t *testing.T) {
	var out bytes.Buffer
	v := &lineView{w: &out, ended: map[string]bool{}, began: time.Now().Add(-time.Hour)}
	for range 100 {
		v.show(halfway())
	}
	v.end()
	want := "segment: 2 tasks, 999.0 MB in 1:40 min, 50 % of 1,000 documents kept, 3 in quarantine\n" +
		"assemble: 60 %, 600.0 MB of 1.0 GB, 50.0 MB/s, 0:08 left, 99 % of 500 documents kept\n"
	if out.String() != want {
		t.Errorf("%s\nwant\n%s", out.String(), want)
	}
}

func TestWordsOfFigures(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0.0 s", 9940 * time.Millisecond: "9.9 s", 59 * time.Second: "59 s", 60 * time.Second: "1:00 min",
		3599 * time.Second: "59:59 min", time.Hour: "1:00 h", 47 * time.Hour: "47:00 h", 60 * time.Hour: "2.5 days"} {
		if got := shortTime(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
	for d, want := range map[time.Duration]string{9 * time.Second: "0:09", time.Hour - time.Second: "59:59", 2*time.Hour + 10*time.Minute: "2:10:00"} {
		if got := clock(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
	for x, want := range map[[2]int64]string{{0, 0}: "0 %", {0, 5}: "0 %", {5, 5}: "100 %", {1, 3000}: "under 0.1 %", {9994, 10000}: "99 %", {999, 10000}: "10.0 %", {1, 100}: "1 %", {1, 30}: "3.3 %"} {
		if got := share(x[0], x[1]); got != want {
			t.Errorf("%v: %s, want %s", x, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567"} {
		if got := grouped(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

// TestFunnelFits breaks no word and no line, whatever rules are called.
func TestFunnelFits(t *testing.T) {
	s := &ledger.Stats{Sources: []*ledger.SourceStats{{Name: "warc", Read: 1e9, Documents: 1e9, Quarantined: 12, Skipped: map[string]int64{"record type warcinfo": 6, "HTTP status": 3, "media type": 1e6}}}}
	for _, name := range []string{"short", "a_stage_with_a_name_of_forty_characters_"} {
		st := &ledger.StageStats{Name: name, Units: &ledger.UnitStats{In: 1e12, Cut: 1e12, BytesCut: 1e15}}
		st.Rejected = map[string]int64{"gopher_below_alpha_threshold": 1e9, "a_rule_of_a_third_party_with_a_name": 1e9, "top_2_gram": 5, "fourth": 1}
		s.Stages = append(s.Stages, st)
	}
	text := Funnel(s)
	for line := range strings.Lines(text) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 80 && !strings.Contains(line, "forty") {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	if !strings.Contains(text, "a_rule_of_a_third_party_with_a_name 1000000000,\n") || !strings.Contains(text, " top_2_gram 5,\n") || !strings.Contains(text, " 1 more\n") {
		t.Error(text)
	}
}

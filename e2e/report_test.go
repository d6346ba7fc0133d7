package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/report"
	"github.com/corpusmill/corpusmill/report/page"
	"github.com/corpusmill/corpusmill/run"
	"github.com/corpusmill/corpusmill/store"
)

// quick runs the embedded corpus.
func quick(t *testing.T, dir string, more ...string) (s run.Summary) {
	t.Helper()
	if err := json.Unmarshal(output(t, program(t, append([]string{"run", "quickstart", "--run", dir, "--json"}, more...)...)), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// pageOf is the report of a run without what was measured, and without its folder.
func pageOf(t *testing.T, dir string) string {
	t.Helper()
	f, err := report.Open(context.Background(), dir, store.Server{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	x, err := f.Facts(t.Context(), report.Reading{})
	if err != nil {
		t.Fatal(err)
	}
	x.Timings = nil
	var b bytes.Buffer
	if err := page.Write(&b, x, page.Options{}); err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(b.String(), dir, "RUN")
}

// A run writes its report, which is private as the plan is, and which differs by nothing
// but times and folders between one worker and three.
func TestReport(t *testing.T) {
	one, three := filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "three")
	quick(t, one, "--workers", "1")
	quick(t, three, "--workers", "3")
	info, err := os.Stat(filepath.Join(one, report.File))
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() > page.MaxBytes {
		t.Fatalf("%v, %v", info, err)
	}
	html, err := os.ReadFile(filepath.Join(one, report.File))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<h1>quickstart</h1>", "What do I have", "near_duplicate", "too_few_chars", "<ins>", "Model size against training tokens", "html_text", "warc/demo-0"} {
		if !bytes.Contains(html, []byte(want)) {
			t.Errorf("the report lacks %s", want)
		}
	}
	if a, b := pageOf(t, one), pageOf(t, three); a != b {
		t.Errorf("other reports of 1 and 3 workers: %s", firstDifference(a, b))
	}
	// The command writes it anew, and nothing else: the run is as it was.
	if got := strings.TrimSpace(string(output(t, program(t, "report", one)))); got != one+"/report.html" {
		t.Errorf("it says %s", got)
	}
	output(t, program(t, "verify", one))
	out := filepath.Join(t.TempDir(), "elsewhere.html")
	output(t, program(t, "report", one, "--out", out, "--against", three))
	if html, err = os.ReadFile(out); err != nil || !bytes.Contains(html, []byte("What changed</h2>")) || !bytes.Contains(html, []byte("All settings are the same.")) {
		t.Errorf("it lacks the comparison (%v)", err)
	}
}

func firstDifference(a, b string) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("...%q against ...%q", a[max(0, i-80):min(len(a), i+80)], b[max(0, i-80):min(len(b), i+80)])
		}
	}
	return "one is longer"
}

// A run that has no results yet has a report of what its tasks have committed.
func TestReportOfARunUnderWay(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	quick(t, dir)
	for _, name := range []string{"manifest.jsonl", "stats.json", "sizing.json", "timings.json", "report.html", "commits/assemble"} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	writeFile(t, filepath.Join(dir, "unfinished"), nil)
	html := pageOf(t, dir)
	for _, want := range []string{"The run is under way:", "segment 1 of 1", "assemble 0 of 1", "No documents", "gopher_quality"} {
		if !strings.Contains(html, want) {
			t.Errorf("the report lacks %s", want)
		}
	}
}

// Some texts of every rule of every task are kept, whatever the sample is; without a sample
// none are.
func TestTextsOfEveryRule(t *testing.T) {
	for _, c := range []struct {
		settings []string
		least    int
	}{
		{nil, 5},
		{[]string{"rejects.text_sample=0.0001", "rejects.text_per_rule=2"}, 2},
		{[]string{"rejects.text_sample=0.5", "rejects.text_per_rule=0"}, 0},
		{[]string{"rejects.text_sample=0"}, 0},
	} {
		var files []map[string]string
		for _, workers := range []string{"1", "3"} {
			dir := filepath.Join(t.TempDir(), "run")
			args := []string{"--set", "rejects={jsonl: {}}", "--workers", workers}
			for _, s := range c.settings {
				args = append(args, "--set", s)
			}
			quick(t, dir, args...)
			texts, all := map[string]int{}, map[string]int{}
			for _, d := range readParts(t, filepath.Join(dir, "rejects")) {
				rule := fmt.Sprint(d["stage"], ".", d["rule"])
				if d["stage"] == "url_blocklist" { // it sees no texts
					continue
				}
				all[rule]++
				if s, _ := d["text"].(string); s != "" {
					texts[rule]++
				}
			}
			if len(all) < 8 {
				t.Fatalf("only %d rules dropped anything", len(all))
			}
			for rule, n := range all {
				if texts[rule] < min(n, c.least) {
					t.Errorf("%v: %s: %d of %d have a text", c.settings, rule, texts[rule], n)
				}
				if slices.Contains(c.settings, "rejects.text_sample=0") && texts[rule] > 0 {
					t.Errorf("%v: %s: %d have a text", c.settings, rule, texts[rule])
				}
			}
			files = append(files, golden{dir: dir}.bytes(t))
		}
		same(t, "another number of workers", dropNames(files[1]), dropNames(files[0]))
	}
}

// dropNames leaves the files of rejects.
func dropNames(files map[string]string) map[string]string {
	out := map[string]string{}
	for name, sum := range files {
		if strings.HasPrefix(name, "rejects/") {
			out[name] = sum
		}
	}
	return out
}

// What changed between two runs: settings, rules, documents, and nothing where nothing did.
func TestDiff(t *testing.T) {
	a, b := filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
	quick(t, a)
	quick(t, b, "--set", "stages.gopher_quality.min_words=30", "--set", "stages.chinese_quality.min_chars=400")
	var c report.Changes
	if err := json.Unmarshal(output(t, program(t, "diff", a, b, "--json")), &c); err != nil {
		t.Fatal(err)
	}
	if want := []report.SettingChange{{Path: "stages.chinese_quality.min_chars", From: "200", To: "400"}, {Path: "stages.gopher_quality.min_words", From: "50", To: "30"}}; !slices.Equal(c.Plan, want) {
		t.Errorf("settings %+v, want %+v", c.Plan, want)
	}
	if len(c.Revised) != 0 {
		t.Errorf("revised: %v", c.Revised)
	}
	rules := map[string]report.RuleChange{}
	for _, r := range c.Rules {
		rules[r.Stage+"."+r.Rule] = r
	}
	if r := rules["gopher_quality.gopher_short_doc"]; r.From <= r.To {
		t.Errorf("%+v", r)
	}
	if r := rules["chinese_quality.too_few_chars"]; r.From >= r.To {
		t.Errorf("%+v", r)
	}
	d := c.Documents
	if d.Lost == 0 || d.Same+d.Lost != c.From.Documents || d.Same+d.Added != c.To.Documents || int64(len(d.LostIDs)) != min(d.Lost, 20) || c.From.Read != c.To.Read {
		t.Errorf("%+v of %+v and %+v", d, c.From, c.To)
	}
	text := string(output(t, program(t, "diff", a, b)))
	for _, want := range []string{"stages.gopher_quality.min_words: 50 -> 30", "gopher_quality.gopher_short_doc", "are gone"} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %q:\n%s", want, text)
		}
	}
	text = string(output(t, program(t, "diff", a, a)))
	if !strings.Contains(text, "all settings are the same") || !strings.Contains(text, "0 are new, 0 are gone") || strings.Contains(text, "dropped by rule") {
		t.Errorf("a run against itself:\n%s", text)
	}
}

package e2e_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/ledger"
)

// classesPipeline has classes of two signals for each source, rules by class, caps, and a
// draw by the score that a token budget fits.
var classesPipeline = strings.NewReplacer(
	"  - exact_dedup: {}\n", `  - gopher_quality: { as: measured, words: uax29, annotate: true }
  - quality_class: { signals: [{ column: measured_words }, { column: measured_mean_word_length, lower: true }], classes: { high: 0.4, middle: 0.3, low: rest }, buckets: 10, per: [source] }
  - switch:
      by: quality_class_class
      cases:
        low: [{ gopher_quality: { as: strict, words: uax29, min_words: 70 } }]
  - exact_dedup: {}
`,
	"  - token_count: {}\n", `  - sample: { by: quality_class_score, curve: [[0, 0.2], [1, 0.9]], cap_by: quality_class_class, caps: { middle: 0.2 }, cap_of: documents }
  - gopher_quality: { as: last_quality, words: uax29, min_words: 62 }
  - token_count: {}
`).Replace(goldenPipeline)

func (g golden) allSettled(t testing.TB, label string) []ledger.Settled {
	t.Helper()
	names, _ := filepath.Glob(filepath.Join(g.dir, "run", "commits", label+"-settle", "*.json"))
	if len(names) != 1 {
		t.Fatalf("%d settle commits of %s", len(names), label)
	}
	b, err := os.ReadFile(names[0])
	var c ledger.Commit
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c.Settled
}

// Classes have their shares in each group, buckets are of one size, caps hold, and a
// budget is met to the document where the sample is the whole input; the bytes are the
// same at any number of workers, and the run says what it settled and why.
func TestClassesAndBudget(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, goldenShards)
	free := newGoldenOf(t, in, classesPipeline)
	free.run(t, "--workers", "1")
	checkCounts(t, free)
	stats := free.stats(t)

	t.Run("classes", func(t *testing.T) {
		cases := stageOf(t, stats, "switch").Switch.Cases
		in, out := stageOf(t, stats, "quality_class").In, stageOf(t, stats, "strict").In
		if share := float64(out) / float64(in); math.Abs(share-0.3) > 0.05 || cases["low"] != out {
			t.Errorf("%d of %d are low: %v, want 0.3", out, in, share)
		}
		tables := 0
		for _, s := range free.allSettled(t, "quality_class") {
			if len(s.Table) > 0 {
				tables++
			} else if !strings.HasPrefix(s.Why, "classes: ") || s.Low != s.Limit {
				t.Errorf("%+v", s)
			}
		}
		if tables != 3*3 { // two signals and the buckets, of all and of two sources
			t.Errorf("%d tables", tables)
		}
	})
	t.Run("caps", func(t *testing.T) {
		st := stageOf(t, stats, "sample")
		if st.Rejected["capped"] == 0 || st.Rejected["not_drawn"] == 0 || st.Rejected["capped"]+st.Rejected["not_drawn"]+st.Kept != st.In {
			t.Errorf("%+v", st)
		}
	})

	budget := stats.Tokens * 2 / 3
	fitted := strings.Replace(classesPipeline, "name: golden\n", fmt.Sprintf("name: golden\nfit: { tokens: %d }\n", budget), 1)
	one, three := newGoldenOf(t, in, fitted), newGoldenOf(t, in, fitted)
	one.run(t, "--workers", "1")
	three.run(t, "--workers", "3")
	want := one.bytes(t)
	same(t, "3 workers", three.bytes(t), want)
	t.Run("tasks in random order", func(t *testing.T) { testTaskOrder(t, newGoldenOf(t, in, fitted), want) })
	got := one.stats(t).Tokens
	if got < budget || float64(got) > float64(budget)*1.02 {
		t.Errorf("%d tokens are left of a budget of %d", got, budget)
	}
	settled := one.allSettled(t, "sample")
	f := settled[len(settled)-1].Fit
	if f == nil || f.Forecast != float64(got) || f.Error != 0 || f.Budget != float64(budget) || f.Available <= f.Forecast {
		t.Errorf("%d tokens are left, the forecast was %+v", got, f)
	}
	if out := string(output(t, program(t, "show", filepath.Join(one.dir, "run")))); !strings.Contains(out, "  budget ") || !strings.Contains(out, "asked for") ||
		!strings.Contains(out, "classes: high") || !strings.Contains(out, "tables of values") || strings.Contains(out, "%!") {
		t.Errorf("show:\n%s", out)
	}

	t.Run("more than there is", func(t *testing.T) {
		g := newGoldenOf(t, in, strings.Replace(fitted, fmt.Sprint(budget), "1T", 1))
		g.run(t)
		if st := stageOf(t, g.stats(t), "sample"); st.Rejected["not_drawn"] != 0 {
			t.Errorf("%+v", st.Rejected)
		}
		if out := string(output(t, program(t, "show", filepath.Join(g.dir, "run")))); !strings.Contains(out, "there: everything is kept") {
			t.Errorf("show:\n%s", out)
		}
	})
	t.Run("by a sample", func(t *testing.T) {
		g := newGoldenOf(t, in, fitted)
		g.run(t, "--set", "calibration.bytes=300KiB")
		settled := g.allSettled(t, "sample")
		f := settled[len(settled)-1].Fit
		if f == nil || !(f.Error > 0) || math.Abs(float64(g.stats(t).Tokens)-f.Forecast) > 4*f.Error {
			t.Errorf("%d tokens are left, the forecast was %+v", g.stats(t).Tokens, f)
		}
	})
}

// A budget is refused where nobody could reckon what it leaves.
func TestBudgetRefused(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, 1)
	with := func(more string) string {
		return strings.Replace(classesPipeline, "name: golden\n", "name: golden\nfit: { tokens: 1k"+more+" }\n", 1)
	}
	for want, yaml := range map[string]string{
		"want a number":              strings.Replace(with(""), "tokens: 1k", "tokens: 0", 1),
		"no number":                  strings.Replace(with(""), "tokens: 1k", "tokens: lots", 1),
		"did you mean \"sample\"":    with(", stage: sampel"),
		"no share that":              with(", stage: minhash"),
		"put a sample behind":        with(", stage: quality_class"),
		"how many tokens":            strings.Replace(with(", stage: early"), "  - exact_dedup", "  - sample: { as: early }\n  - exact_dedup", 1),
		"nothing counts tokens":      strings.Replace(with(""), "  - token_count: {}\n", "", 1),
		"a limit that is a share":    strings.Replace(with(""), "  - token_count: {}\n", "  - length_top: {}\n  - token_count: {}\n", 1),
		"unknown key":                with(", stages: sample"),
		"no column \"measured_wor\"": strings.Replace(with(""), "column: measured_words", "column: measured_wor", 1),
	} {
		g := newGoldenOf(t, in, yaml)
		out, err := program(t, "check", g.pipeline).CombinedOutput()
		if err == nil || !strings.Contains(string(out), want) {
			t.Errorf("want an error with %q: %s", want, out)
		}
	}
}

// A host most of whose documents are irrelevant goes whole, the good ones too, and is named;
// the bytes are the same at any number of workers.
func TestHostAudit(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, 4)
	var b strings.Builder
	for i := range 120 {
		host := []string{"mostly.example", "mixed.example", "few.example"}[i%3]
		words := 30
		if host == "mostly.example" && i > 6 || host == "mixed.example" && i%2 == 0 {
			words = 5
		}
		if host == "few.example" && i > 20 {
			continue
		}
		fmt.Fprintf(&b, `{"id":"h%d","url":"https://%s/%d","text":%q}`+"\n", i, host, i, strings.Repeat(fmt.Sprintf("Word%d of the page. ", i), words))
	}
	writeFile(t, in+"/first/p0/hosts.jsonl", []byte(b.String()))
	pipeline := strings.NewReplacer("  - gopher_quality: { words: uax29 }\n  - c4_quality: { words: uax29 }\n", "  - gopher_quality: { as: measured, words: uax29, annotate: true }\n",
		"  - minhash: {}\n", "  - host_audit: { irrelevant: sig_measured_words < 50, max_ratio: 0.6 }\n").Replace(goldenPipeline)
	one, three := newGoldenOf(t, in, pipeline), newGoldenOf(t, in, pipeline)
	one.run(t, "--workers", "1", "--set", "rejects.text_sample=1")
	three.run(t, "--workers", "3", "--set", "rejects.text_sample=1")
	same(t, "3 workers", three.bytes(t), one.bytes(t))
	checkCounts(t, one)
	stats := one.stats(t)
	if st := stageOf(t, stats, "host_audit"); st.Rejected["irrelevant_host"] != 40 {
		t.Errorf("%v", st.Rejected)
	}
	if h := stats.Hosts["mixed.example"]; h == nil || h.Kept == 0 {
		t.Errorf("mixed.example: %+v", h)
	}
	if h := stats.Hosts["mostly.example"]; h == nil || h.Kept != 0 || h.Documents != 40 {
		t.Errorf("mostly.example: %+v", h)
	}
	if out := string(output(t, program(t, "show", filepath.Join(one.dir, "run"), "--rejects", "irrelevant_host"))); !strings.Contains(out, "mostly.example") || strings.Contains(out, "mixed.example") {
		t.Errorf("show:\n%s", out)
	}
	// A host that goes is no duplicate of another.
	page, err := os.ReadFile(filepath.Join(one.dir, "run", "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, said := range []string{"host_audit dropped 40", "since mostly.example won"} {
		if strings.Contains(string(page), said) {
			t.Errorf("the report says %q", said)
		}
	}
}

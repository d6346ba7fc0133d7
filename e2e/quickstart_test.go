package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/pipelines/demo"
	"github.com/corpusmill/corpusmill/run"
)

// The first command of the README: the embedded corpus through the whole recipe,
// held against what its author knows of every page.
func TestQuickstart(t *testing.T) {
	dir := t.TempDir()
	var s run.Summary
	out := output(t, program(t, "run", "../pipelines/quickstart.yaml", "--run", dir, "--json", "--set", "sink={jsonl: {}}"))
	if err := json.Unmarshal(out, &s); err != nil {
		t.Fatal(err)
	}
	pages, err := demo.Truth()
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string]map[string]any{}
	for _, d := range readParts(t, filepath.Join(dir, "parts")) {
		kept[d["url"].(string)] = d
	}
	if int64(len(kept)) != s.Documents || s.Quarantined != 0 {
		t.Fatalf("%d documents in the parts, %+v", len(kept), s)
	}
	wrong, seen := fates(t, pages, kept)
	if share := float64(seen-wrong) / float64(seen); share < 0.92 {
		t.Errorf("%d of %d pages met another fate than the one they were written for", wrong, seen)
	}
	for _, name := range []string{"plan.yaml", "manifest.jsonl", "stats.json", "timings.json", "sizing.json"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	if s.Tokens < 20_000 || s.Sizing == nil {
		t.Errorf("%d tokens, sizing %v", s.Tokens, s.Sizing)
	}
	// The written plan is itself runnable, and is the same plan.
	var again run.Summary
	if err := json.Unmarshal(output(t, program(t, "run", filepath.Join(dir, "plan.yaml"), "--run", dir, "--json")), &again); err != nil {
		t.Fatal(err)
	}
	if again.TasksRun != 0 || again.TasksKept != s.TasksRun {
		t.Errorf("the written plan ran %d tasks and kept %d of %d", again.TasksRun, again.TasksKept, s.TasksRun)
	}
}

// fates counts the pages that were kept or dropped against their author's word. Of
// a page and its copies any one may stay, but only one.
func fates(t *testing.T, pages []demo.Page, kept map[string]map[string]any) (wrong, seen int) {
	t.Helper()
	clusters := map[string]int{}
	original := func(p demo.Page) string {
		switch {
		case p.ExactDuplicateOf != "":
			return p.ExactDuplicateOf
		case p.NearDuplicateOf != "" && p.Fate != demo.Kept:
			return p.NearDuplicateOf
		}
		return p.URL
	}
	want := map[string]bool{}
	for _, p := range pages {
		_, ok := kept[p.URL]
		switch p.Fate {
		case demo.Kept, demo.ExactDuplicate, demo.NearDuplicate:
			want[original(p)] = true
			if ok {
				clusters[original(p)]++
			}
		case demo.Either:
		default:
			seen++
			if ok {
				wrong++
				t.Logf("%s was kept: %s", p.Fate, p.URL)
			}
		}
		if ok && p.Contains != "" && p.Fate == demo.Kept {
			seen++
			if !strings.Contains(squeeze(kept[p.URL]["text"].(string)), squeeze(p.Contains)) {
				wrong++
				t.Logf("%s lost its text", p.URL)
			}
		}
	}
	for url := range want {
		seen++
		if clusters[url] != 1 {
			wrong++
			t.Logf("%d of %s and its copies were kept", clusters[url], url)
		}
	}
	return wrong, seen
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

package cli_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/pipelines"
	"github.com/corpusmill/corpusmill/report"
	"github.com/corpusmill/corpusmill/run"
	"github.com/corpusmill/corpusmill/store"
)

// quickstart runs the embedded recipe.
func quickstart(t *testing.T) *report.Folder {
	t.Helper()
	ctx := context.Background()
	app := corpusmill.App()
	src, _ := pipelines.Recipe("quickstart")
	p, err := app.Parse("quickstart.yaml", src, []string{"rejects.text_sample=0.5"})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "run")
	if _, err := app.Run(ctx, p, run.Options{Dir: dir, Workers: 2}); err != nil {
		t.Fatal(err)
	}
	folder, err := report.Open(ctx, dir, store.Server{}, app.Stores)
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// A finished run is whole, and of every document it can be said where it went.
func TestFolder(t *testing.T) {
	ctx := context.Background()
	folder := quickstart(t)
	t.Run("sample", func(t *testing.T) { testSample(t, folder) })
	v, err := folder.Verify(ctx)
	if err != nil || len(v.Problems) > 0 || v.Parts == 0 || v.Rejects == 0 {
		t.Fatalf("%v: %+v", err, v)
	}
	stats, err := folder.Stats(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range stats.Stages {
		for rule, n := range st.Rejected {
			sample, total, err := folder.Rejects(ctx, st.Name+"."+rule, 1000)
			if err != nil || total != n || int64(len(sample)) != n {
				t.Errorf("%s.%s: %d of %d, %d sampled, %v", st.Name, rule, total, n, len(sample), err)
			}
		}
	}
	for _, stage := range []string{"exact_dedup", "minhash"} {
		lost, total, err := folder.Rejects(ctx, stage, 1000)
		if err != nil || total == 0 {
			t.Fatalf("%s: %d rejects, %v", stage, total, err)
		}
		for _, f := range lost[:min(len(lost), 5)] {
			why, err := folder.Why(ctx, f.ID)
			if err != nil || len(why) != 1 {
				t.Fatalf("%s: %d fates, %v", f.ID, len(why), err)
			}
			if why[0].Winner == nil || why[0].Winner.ID != f.Detail {
				t.Errorf("%s lost to %s, said to be %+v", f.ID, f.Detail, why[0].Winner)
			}
		}
	}
}

// The sample of a rule is the same each time, and a smaller one is the beginning
// of a larger one.
func testSample(t *testing.T, folder *report.Folder) {
	ctx := context.Background()
	large, total, err := folder.Rejects(ctx, "gopher_repetition", 1000)
	if err != nil || total < 5 {
		t.Fatal(total, err)
	}
	small, _, err := folder.Rejects(ctx, "gopher_repetition", 4)
	if err != nil || len(small) != 4 {
		t.Fatal(len(small), err)
	}
	for i, f := range small {
		if f.ID != large[i].ID {
			t.Errorf("sample %d: %s, in the larger one %s", i, f.ID, large[i].ID)
		}
	}
	for i := 1; i < len(large); i++ {
		if large[i-1].Text == "" && large[i].Text != "" {
			t.Error("a reject without text stands before one with text")
		}
	}
}

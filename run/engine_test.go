package run

import (
	"slices"
	"testing"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// Before parts are written the commits of others' parts are taken back, whatever their
// pass is called, and no other commit.
func TestRevokeOthersGoesByKind(t *testing.T) {
	ctx := t.Context()
	l := &ledger.Ledger{Store: store.Local(t.TempDir())}
	graph := plan.New(plan.Spec{Ops: []plan.Op{{Name: "assemble", Kind: plan.Checkpoint}}})
	parts := []stage.Part{{File: "part-00000-000.parquet"}}
	for _, c := range []struct {
		pass, key string
		kind      plan.Kind
		parts     []stage.Part
	}{
		{"assemble", "ours", plan.Assemble, parts},
		{"assemble", "theirs", plan.Assemble, parts},
		{"segment", "theirs", plan.Segment, nil},
		{"segment.assemble", "theirs", plan.Segment, nil}, // behind a checkpoint of that name
		{"write", "theirs", plan.Assemble, parts},
		{"write", "theirs, without documents", plan.Assemble, nil},
		{"03-assemble", "of no kind", "", parts},
		{"03-assemble", "of no kind, without parts", "", nil},
	} {
		if err := l.Publish(ctx, &ledger.Commit{Head: plan.Head{Pass: c.pass, Kind: c.kind, Key: c.key}, Parts: c.parts}); err != nil {
			t.Fatal(err)
		}
	}
	e := &Engine{plan: &Plan{Graph: graph, ledger: l}}
	if err := e.revokeOthers(ctx, []plan.Task{{Key: "ours"}}); err != nil {
		t.Fatal(err)
	}
	var left []string
	for id, err := range l.Committed(ctx, "") {
		if err != nil {
			t.Fatal(err)
		}
		left = append(left, id.Pass+" "+id.Key)
	}
	slices.Sort(left)
	want := []string{"03-assemble of no kind, without parts", "assemble ours", "segment theirs", "segment.assemble theirs"}
	if !slices.Equal(left, want) {
		t.Errorf("left are %q, want %q", left, want)
	}
	for id, err := range l.Committed(ctx, "segment") {
		if err != nil || id.Pass != "segment" {
			t.Errorf("among the commits of pass segment: %v, %v", id, err)
		}
	}
}

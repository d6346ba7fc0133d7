package run

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/store"
)

// A file of tasks comes back as it was written; with one byte changed, cut or added it
// is refused.
func TestFiledTasks(t *testing.T) {
	l := &ledger.Ledger{Store: store.Local(t.TempDir())}
	for _, n := range []int{0, 1, 3} {
		var tasks []plan.Task
		for i := range n {
			tasks = append(tasks, plan.Task{Kind: plan.Segment, Key: strings.Repeat(string(rune('a'+i)), 32), Pass: "segment", Number: i, Inputs: []plan.Input{}})
		}
		if err := newFiledPlan(l).file(t.Context(), "segment", plan.TasksOf(tasks)); err != nil {
			t.Fatal(err)
		}
		got, err := newFiledPlan(l).readTasks(t.Context(), "segment")
		if err != nil || len(got) != n {
			t.Fatalf("%d tasks came back as %d: %v", n, len(got), err)
		}
		b, err := l.ReadFile(t.Context(), tasksFile("segment"))
		if err != nil {
			t.Fatal(err)
		}
		for i := range b {
			flipped := bytes.Clone(b)
			flipped[i] ^= 4
			for _, bad := range [][]byte{flipped, b[:i], append(bytes.Clone(b[:i]), b[i+1:]...)} {
				if _, err := parseTasks(bad); err == nil {
					t.Fatalf("%d tasks: a change at byte %d was not noticed", n, i)
				}
			}
		}
		if _, err := parseTasks(append(bytes.Clone(b), b...)); n > 0 && err == nil {
			t.Error("the file twice was not noticed")
		}
	}
}

// A list is what its name says.
func TestFiledLists(t *testing.T) {
	l := &ledger.Ledger{Store: store.Local(t.TempDir())}
	list := plan.Keys{Pass: "segment", Keys: []string{"a", "b"}}
	write := func(k plan.Keys) {
		t.Helper()
		b, err := json.Marshal(k)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.WriteFile(context.Background(), listFile(list.Digest()), b); err != nil {
			t.Fatal(err)
		}
	}
	write(list)
	if got, err := newFiledPlan(l).list(t.Context(), list.Digest()); err != nil || len(got.Keys) != 2 {
		t.Errorf("%v %v", got, err)
	}
	write(plan.Keys{Pass: "segment", Keys: []string{"b", "a"}})
	if _, err := newFiledPlan(l).list(t.Context(), list.Digest()); err == nil || !strings.Contains(err.Error(), "is damaged") {
		t.Errorf("keys in another order: %v", err)
	}
}

// removed is a store in which a file was there a moment ago, and is gone when it is read.
type removed struct {
	store.Store
	times int
}

func (s *removed) PutIfAbsent(ctx context.Context, name string, data []byte) (bool, error) {
	if s.times--; s.times >= 0 {
		return false, nil
	}
	return s.Store.PutIfAbsent(ctx, name, data)
}

// A list that the end of another run removes while it is written is there nevertheless.
func TestFiledListRemoved(t *testing.T) {
	l := &ledger.Ledger{Store: &removed{store.Local(t.TempDir()), 1}}
	if err := newFiledPlan(l).fileList(t.Context(), listFile("x"), []byte("{}")); err != nil {
		t.Error(err)
	}
	if b, err := l.ReadFile(t.Context(), listFile("x")); err != nil || string(b) != "{}" {
		t.Errorf("%q, %v", b, err)
	}
}

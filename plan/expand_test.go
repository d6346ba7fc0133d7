package plan

import (
	"slices"
	"strings"
	"testing"
)

func TestPartGroupsGrowOnlyAtTheEnd(t *testing.T) {
	var segments []piece
	sizes := []int64{10, 60, 50, 1, 0, 200, 3, 40, 60, 0}
	var before [][]piece
	for _, n := range sizes {
		segments = append(segments, piece{number: len(segments), bytes: n})
		groups := partGroups(segments, 100)
		for i := 0; i < len(before)-1; i++ {
			if len(before[i]) != len(groups[i]) {
				t.Errorf("group %d changed from %d to %d segments", i, len(before[i]), len(groups[i]))
			}
		}
		before = groups
	}
	var got []int
	for _, g := range before {
		got = append(got, len(g))
	}
	if want := []int{2, 3, 1, 2, 2}; !slices.Equal(got, want) {
		t.Errorf("groups of %v segments, want %v", got, want)
	}
}

func TestGroupTasks(t *testing.T) {
	const each = 64 << 20
	for keys, want := range map[int64]int{0: 1, each: 1, each + 1: 2, 2 * each: 2, 5 * each: 8, 256*each + 255: 256, 257 * each: 512, 160e9: 4096} {
		if got := DefaultScale.groupTasks(keys); got != want {
			t.Errorf("%d keys: %d tasks, want %d", keys, got, want)
		}
	}
}

func TestPassOf(t *testing.T) {
	g := New(Spec{Ops: []Op{{Name: "a", Kind: PerDocument, Settles: true}, {Name: "b", Kind: Grouping}, {Name: "c", Kind: Grouping}, {Name: "d", Kind: Checkpoint}}})
	for _, c := range []struct {
		kind Kind
		op   int
		want string
	}{
		{List, -1, "list"}, {Segment, -1, "segment"}, {Assemble, -1, "assemble"},
		{Calibrate, 0, "a-calibrate"}, {Settle, 0, "a-settle"}, {Group, 0, ""},
		{Merge, 1, "b-merge"}, {Group, 1, "b-group"}, {Resolve, 1, "b-resolve"}, {Group, 2, "c-group"}, {Resolve, 2, "c-resolve"}, {Settle, 2, ""},
		{Segment, 3, ""}, {Group, 4, ""},
	} {
		var got string
		if p := g.PassOf(c.kind, c.op); p != nil {
			got = p.Name
		}
		if got != c.want {
			t.Errorf("%s of operator %d: %q, want %q", c.kind, c.op, got, c.want)
		}
	}
}

// No two tasks of a run have one key, not even of sections that do nothing.
func TestKeysAreUnique(t *testing.T) {
	for _, text := range []string{base, units, large, "source web a:10 b:20\ncheckpoint a\ncheckpoint b\ncheckpoint c\n", "source web a:10\nop x v1\ncheckpoint a\ncheckpoint b\ngroup g v1\ncheckpoint c\ncheckpoint d\n"} {
		seen := map[string]string{}
		_, all := parse(t, text).run(t)
		for pass, tasks := range all {
			for _, x := range tasks {
				if other, ok := seen[x.Key]; ok {
					t.Errorf("%s: %s %s has the key of %s", text, pass, x.Label, other)
				}
				seen[x.Key] = pass + " " + x.Label
			}
		}
	}
}

func TestDifference(t *testing.T) {
	g := New(parse(t, base).spec)
	for _, c := range []struct{ from, to, want string }{
		{"", "", ""},
		{"op fine v1", "op fine v2", "stage fine has other settings or models"},
		{"op fine v1\n", "", "stage 6 is count, not fine"},
		{"op count v1 columns=tokens\n", "", "stage count is not there"},
		{"op count v1 columns=tokens\n", "op count v1 columns=tokens\nop last v1\n", "stage last is one more"},
		{"source web", "rejects more\nsource web", "the sink of the rejects: not the same"},
	} {
		changed := strings.Replace(base, c.from, c.to, 1)
		if got := g.Difference(New(parse(t, changed).spec)); got != c.want {
			t.Errorf("%q for %q: %q, want %q", c.to, c.from, got, c.want)
		}
	}
	other := *g
	other.Seed = "another"
	if got := g.Difference(&other); got != "the seed: not the same" {
		t.Error(got)
	}
}

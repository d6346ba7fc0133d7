package plan

import (
	"slices"
	"testing"
)

func TestPartGroupsGrowOnlyAtTheEnd(t *testing.T) {
	var segments []origin
	sizes := []int64{10, 60, 50, 1, 0, 200, 3, 40, 60, 0}
	var before [][]origin
	for _, n := range sizes {
		segments = append(segments, origin{number: len(segments), bytes: n})
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
	for keys, want := range map[int64]int{0: 1, keysPerTask: 1, keysPerTask + 1: 2, 2 * keysPerTask: 2, 5 * keysPerTask: 8, 1 << 50: 256} {
		if got := groupTasks(keys); got != want {
			t.Errorf("%d keys: %d tasks, want %d", keys, got, want)
		}
	}
}

package run

import (
	"slices"
	"testing"

	"github.com/corpusmill/corpusmill/plan"
)

// A shard is gone where neither its place nor, elsewhere, its name and stamp are found.
func TestVanished(t *testing.T) {
	shard := func(path, name, stamp string) plan.Shard {
		return plan.Shard{Source: "s", Name: name, Stamp: stamp, Path: path}
	}
	other := shard("/z/a", "a", "1")
	other.Source = "t"
	before := []plan.Shard{shard("/x/a", "a", "1")}
	for _, c := range []struct {
		name string
		now  []plan.Shard
		gone bool
	}{
		{"as it was", before, false},
		{"changed", []plan.Shard{shard("/x/a", "a", "2")}, false},
		{"moved", []plan.Shard{shard("/y/a", "a", "1")}, false},
		{"moved and changed", []plan.Shard{shard("/y/a", "a", "2")}, true},
		{"another name", []plan.Shard{shard("/y/b", "b", "1")}, true},
		{"another source", []plan.Shard{other}, true},
		{"nothing", nil, true},
	} {
		if got := (&Plan{}).vanished(before, c.now); slices.Equal(got, before) != c.gone || len(got) > 1 {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	pathless := []plan.Shard{{Source: "s", Name: "a", Stamp: "1"}}
	if got := (&Plan{}).vanished(pathless, []plan.Shard{{Source: "s", Name: "b", Stamp: "1"}}); len(got) != 1 {
		t.Errorf("shards that have no place: %v", got)
	}
}

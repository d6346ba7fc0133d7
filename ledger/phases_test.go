package ledger

import (
	"slices"
	"testing"
)

func TestPhases(t *testing.T) {
	stats := func(names ...string) *Stats {
		s := &Stats{}
		s.Documents, s.Bytes = 1, 10
		for i, name := range names {
			st := &StageStats{Name: name, Flow: Flow{In: int64(100 - i), BytesIn: int64(1000 - 10*i)}}
			if name == "inside" {
				st.Branch = &Branch{Switch: "b_y", Case: "c"}
			}
			s.Stages = append(s.Stages, st)
		}
		return s
	}
	got := stats("a_x", "a_y", "b_x", "b_y", "inside", "b_z").Phases()
	want := []Phase{{Name: "a", In: 100, Documents: 98, BytesIn: 1000, Bytes: 980}, {Name: "b", In: 98, Documents: 1, BytesIn: 980, Bytes: 10}}
	if !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	for _, names := range [][]string{nil, {"a_x", "a_y"}, {"a_x", "a_y", "b_x"}, {"a_x", "b_x", "b_y"}, {"a_x", "a_y", "b", "b_x"}, {"a_x", "a_y", "b_x", "b_y", "a_z", "a_w"}, {"language", "html_text"}, {"_a", "_b", "b_x", "b_y"}} {
		if got := stats(names...).Phases(); got != nil {
			t.Errorf("%q: %+v", names, got)
		}
	}
}

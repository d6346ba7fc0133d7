package ledger

import (
	"slices"
	"strings"
)

// Phase is a part of a pipeline whose stages are named after it: PHASE_STAGE.
type Phase struct {
	Name string
	// Documents and Bytes of text are what it left, In and BytesIn what came to it: raw bytes
	// where they are not text yet.
	In, Documents  int64
	BytesIn, Bytes int64
}

// Phases are those of the stages outside switches, nil where not all of these belong to one:
// two phases at least, of two stages at least, side by side.
func (s *Stats) Phases() []Phase {
	var list []Phase
	stages := 0
	for _, st := range s.Stages {
		if st.Branch != nil {
			continue
		}
		name, rest, _ := strings.Cut(st.Name, "_")
		if name == "" || rest == "" {
			return nil
		}
		if n := len(list); n > 0 && list[n-1].Name == name {
			stages++
			continue
		}
		if slices.ContainsFunc(list, func(p Phase) bool { return p.Name == name }) {
			return nil
		}
		if n := len(list); n > 0 {
			if stages < 2 {
				return nil
			}
			list[n-1].Documents, list[n-1].Bytes = st.In, st.BytesIn
		}
		list, stages = append(list, Phase{Name: name, In: st.In, BytesIn: st.BytesIn}), 1
	}
	if len(list) < 2 || stages < 2 {
		return nil
	}
	last := &list[len(list)-1]
	last.Documents, last.Bytes = s.Documents, s.Bytes
	return list
}

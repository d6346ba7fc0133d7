package plan

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Difference says in words where another plan differs first, "" where it does not. Tasks
// of the one are none of the other, although some may have the same keys.
func (g *Graph) Difference(o *Graph) string {
	for i, op := range g.Ops {
		switch {
		case i >= len(o.Ops):
			return "stage " + op.Name + " is not there"
		case op.Name != o.Ops[i].Name:
			return fmt.Sprintf("stage %d is %s, not %s", i+1, o.Ops[i].Name, op.Name)
		case !same(op, o.Ops[i]):
			return "stage " + op.Name + " has other settings or models"
		}
	}
	if len(o.Ops) > len(g.Ops) {
		return "stage " + o.Ops[len(g.Ops)].Name + " is one more"
	}
	for _, x := range []struct {
		what string
		a, b any
	}{
		{"the sources", g.Sources, o.Sources}, {"the seed", g.Seed, o.Seed}, {"carry, record_bytes_max, --limit or --sample", g.Reading, o.Reading},
		{"the sinks", g.Sinks, o.Sinks}, {"the sink of the rejects", g.Rejects, o.Rejects}, {"the calibration", g.Calibration, o.Calibration},
		{"the plan", g, o},
	} {
		if !same(x.a, x.b) {
			return x.what + ": not the same"
		}
	}
	return ""
}

func same(a, b any) bool {
	x, errA := json.Marshal(a)
	y, errB := json.Marshal(b)
	return errA == nil && errB == nil && slices.Equal(x, y)
}

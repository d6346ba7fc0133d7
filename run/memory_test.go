package run

import (
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/stage"
)

// tank holds so many MiB, and so many for each worker or file.
type tank struct {
	stage.Sink
	stage.Source
	shared, each int64
}

func (h tank) HoldsBytes(workers int) int64 { return (h.shared + h.each*int64(workers)) << 20 }

// memoryPlan is a plan of 8 workers with 1 GiB, of which the program takes 64 MiB,
// documents in flight 256, sorting 128.
func memoryPlan(stageEach, sourceEach, sinkEach, rejectsEach int64) *Plan {
	pl := &Plan{Pipeline: &Pipeline{File: "p.yaml"}, Options: Options{Workers: 8, Memory: 1 << 30}}
	pl.steps = []*flow.Step{{Setup: flow.Setup{Name: "model"}, Object: tank{shared: 56, each: stageEach}}, {Object: 7}}
	pl.sources = []openSource{{src: tank{each: sourceEach / 2}}, {src: tank{each: sourceEach}}}
	pl.sinks, pl.rejects = []*openSink{{sink: tank{each: sinkEach}}}, tank{each: rejectsEach}
	return pl
}

// As many tasks run at once as their files fit, and a plan is refused where those of one
// do not.
func TestTasksAtOnce(t *testing.T) {
	for _, c := range []struct {
		stage, source, sink, rejects int64
		segment, assemble            int
		refused                      string
	}{
		{stage: 1, source: 1, sink: 1, rejects: 1, segment: 8, assemble: 8},
		{stage: 1, source: 64, sink: 80, segment: 8, assemble: 8},                  // all that is left
		{stage: 1, source: 65, sink: 81, segment: 7, assemble: 7},                  // one each too much
		{stage: 1, source: 32, sink: 48, rejects: 32, segment: 8, assemble: 8},     // the same of two
		{stage: 1, source: 32, sink: 48, rejects: 33, segment: 7, assemble: 7},     //
		{stage: 1, source: 512, sink: 640, segment: 1, assemble: 1},                // of one task
		{stage: 1, source: 513, segment: 1, assemble: 8, refused: "needs 1025MiB"}, //
		{stage: 1, sink: 641, segment: 8, assemble: 1, refused: "needs 1025MiB"},
		{stage: 81, segment: 1, assemble: 8, refused: "needs 1152MiB"}, // whatever is open
	} {
		pl := memoryPlan(c.stage, c.source, c.sink, c.rejects)
		if segment, assemble := pl.tasksAtOnce(plan.Segment), pl.tasksAtOnce(plan.Assemble); segment != c.segment || assemble != c.assemble {
			t.Errorf("%+v: %d and %d tasks", c, segment, assemble)
		}
		if n := pl.tasksAtOnce(plan.Calibrate); n != pl.tasksAtOnce(plan.Segment) {
			t.Errorf("%+v: %d tasks of a calibration", c, n)
		}
		if n := pl.tasksAtOnce(plan.Group); n != 8 {
			t.Errorf("%+v: %d tasks that sort", c, n)
		}
		err := pl.CheckMemory()
		if (err == nil) != (c.refused == "") || err != nil && !strings.Contains(err.Error(), c.refused) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

package run

import (
	"fmt"
	"strconv"

	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/stage"
)

// compile makes the plan of the opened pipeline.
func (pl *Plan) compile() {
	o := pl.Options
	s := plan.Spec{
		Seed:      plan.Digest(strconv.FormatUint(pl.Seed, 10)),
		Reading:   plan.Digest(pl.Carry, strconv.FormatInt(pl.RecordBytesMax, 10), strconv.FormatInt(o.Limit, 10), strconv.FormatFloat(o.Sample, 'g', -1, 64)),
		Rejects:   plan.Digest(partKey(pl.Pipeline.Rejects, pl.rejects), strconv.FormatFloat(pl.TextSample, 'g', -1, 64), strconv.Itoa(pl.TextPerRule)),
		PartBytes: pl.sinks[0].sink.PartBytes(), // a sink that is added behind cuts no group anew
		Packing:   plan.Packing{Files: pl.Packs.Files, Bytes: int64(pl.Packs.Bytes), Cut: int64(pl.Packs.Cut)},
		Calibration: plan.Calibration{Shards: pl.Calibration.Shards, Bytes: int64(pl.Calibration.Bytes), Seed: pl.Seed,
			Whole: pl.Calibration.Exact || o.Limit > 0}, // a limit counts documents of a shard from its beginning
	}
	s.Scale = o.Scale
	if o.Limit > 0 { // of a whole shard
		s.Packing.Cut = 0
	}
	for _, x := range pl.sinks {
		s.Sinks = append(s.Sinks, plan.Sink{Name: x.Name, Digest: plan.Digest(x.key()...)})
	}
	for _, src := range pl.sources {
		cutter, cuts := src.src.(stage.Cutter)
		_, resumes := src.src.(stage.Resumer)
		s.Sources = append(s.Sources, plan.Source{Name: src.Name, Digest: plan.Digest(src.key),
			Cuts: resumes || cuts && cutter.Cuts(), InOrder: resumes})
	}
	for i, st := range pl.steps {
		own := pl.Pipeline.Stages[i]
		op := plan.Op{Name: st.Name, Kind: plan.PerDocument, Settles: len(st.Shares) > 0, Fits: st.Fit != nil,
			Digest: plan.Digest(partKey(own.Part, st.Object), fmt.Sprintf("%v|%q|%v|%v", st.When, st.Where, st.Annotate, st.Per), plan.DigestOf(st.Reads)), Reads: st.Reads, In: casesOf(st.In)}
		switch {
		case st.Grouping != nil:
			op.Kind, op.Units, op.Verifies, op.Sketch = plan.Grouping, st.Grouping.Spanner != nil, st.Grouping.Verifier != nil, st.Grouping.SketchBytes
			if len(st.Within) > 0 {
				op.Digest = plan.Digest(op.Digest, plan.DigestOf(st.Within))
			}
		case st.Checkpoint:
			op.Kind = plan.Checkpoint
		case st.Switch != nil:
			op.Kind, op.Digest = plan.Switch, plan.DigestOf([]any{st.Switch.By, st.Switch.Cases})
		}
		if st.Fit != nil {
			op.Digest = plan.Digest(op.Digest, "fit", strconv.FormatFloat(st.Fit.Tokens, 'g', -1, 64))
		}
		if st.Place >= 0 {
			op.Digest = plan.Digest(op.Digest, strconv.Itoa(st.Place), strconv.Itoa(len(st.Cells)))
		}
		if st.Slot >= 0 {
			for _, c := range st.Columns {
				op.Columns = append(op.Columns, columnName(st, c))
			}
		}
		s.Ops = append(s.Ops, op)
	}
	pl.Graph = plan.New(s)
	for _, x := range pl.Graph.Sections {
		pl.Sections = append(pl.Sections, &Section{Edits: pl.stepsOf(x.Edits), Steps: pl.stepsOf(x.Ops), Cut: pl.stepsOf(x.Cut), columns: x.Columns})
	}
}

// stepsOf are the steps of operators of the graph.
func (pl *Plan) stepsOf(ops []int) (list []*flow.Step) {
	for _, i := range ops {
		list = append(list, pl.steps[i])
	}
	return list
}

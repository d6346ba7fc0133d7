package run

import (
	"slices"
	"strconv"

	"github.com/corpusmill/corpusmill/plan"
)

// compile makes the plan of the opened pipeline.
func (pl *Plan) compile() {
	o := pl.Options
	s := plan.Spec{
		Seed:    plan.Digest(strconv.FormatUint(pl.Seed, 10)),
		Reading: plan.Digest(pl.Carry, strconv.FormatInt(pl.RecordBytesMax, 10), strconv.FormatInt(o.Limit, 10), strconv.FormatFloat(o.Sample, 'g', -1, 64)),
		Rejects: plan.Digest(partKey(pl.Pipeline.Rejects, pl.rejects), strconv.FormatFloat(pl.TextSample, 'g', -1, 64)),
		Sink:    plan.Digest(partKey(pl.Pipeline.Sink, pl.sink)), PartBytes: pl.sink.PartBytes(),
		Calibration: plan.Calibration{Shards: pl.Calibration.Shards, Bytes: int64(pl.Calibration.Bytes), Seed: pl.Seed,
			Whole: pl.Calibration.Exact || o.Limit > 0}, // a limit counts documents of a shard from its beginning
	}
	for _, src := range pl.sources {
		s.Sources = append(s.Sources, plan.Source{Name: src.Name, Digest: plan.Digest(src.key)})
	}
	for _, st := range pl.steps {
		op := plan.Op{Name: st.Name, Kind: plan.PerDocument, Digest: st.digest, Settles: len(st.shares) > 0}
		switch {
		case st.grouper != nil:
			op.Kind = plan.Grouping
		case st.checkpoint:
			op.Kind = plan.Checkpoint
		}
		if st.slot >= 0 {
			for _, c := range st.columns {
				op.Columns = append(op.Columns, columnName(st, c))
			}
		}
		s.Ops = append(s.Ops, op)
	}
	pl.Graph = plan.New(s)
	for _, x := range pl.Graph.Sections {
		sec := &Section{columns: x.Columns}
		for _, i := range slices.Concat(x.Edits, x.Ops) {
			sec.Steps = append(sec.Steps, pl.steps[i])
		}
		for _, i := range x.Cut {
			sec.Cut = append(sec.Cut, pl.steps[i])
		}
		pl.Sections = append(pl.Sections, sec)
	}
}

package run

import (
	"context"
	"fmt"

	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/stage"
)

// read is what a task reads, by what it is to the task.
type read struct {
	segments []*ledger.Commit
	first    int // number of the first segment in its pass
	edits    []*resolved
	runs     []*ledger.Commit
	groups   []*ledger.Commit
	weighed  []*ledger.Commit
	elected  []*ledger.Commit
	// of a cut with many edges
	components *ledger.Commit
	nominated  []*ledger.Commit
	chosen     []*ledger.Commit
	samples    []*ledger.Commit
	settled    map[int]*ledger.Commit // by operator
}

func (e *Engine) read(ctx context.Context, t plan.Task) (*read, error) {
	r := &read{settled: map[int]*ledger.Commit{}}
	for _, in := range t.Inputs {
		commits, err := e.input(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("task %s: %w", t.Key, err)
		}
		pass := e.plan.Graph.Pass(in.Pass)
		if pass == nil {
			return nil, fmt.Errorf("task %s reads pass %s, which the plan does not have", t.Key, in.Pass)
		}
		switch pass.Kind {
		case plan.Segment:
			r.segments, r.first = commits, in.From
		case plan.Resolve:
			r.edits = append(r.edits, &resolved{step: e.plan.steps[pass.Op], commits: commits})
		case plan.Merge:
			r.runs = commits
		case plan.Group:
			r.groups = commits
		case plan.Weigh:
			r.weighed = commits
		case plan.Elect:
			r.elected = commits
		case plan.Components:
			r.components = commits[0]
		case plan.Nominate:
			r.nominated = commits
		case plan.Choose:
			r.chosen = commits
		case plan.Calibrate:
			r.samples = commits
		case plan.Settle:
			r.settled[pass.Op] = commits[0]
		}
	}
	return r, nil
}

// links is the chain of a pass: the section's steps with the limits that were settled
// for them; of a calibration those before the stage, and the stage measured alone, for a
// token budget those behind it too.
func (e *Engine) links(pass plan.Pass, r *read) (links []flow.Link, err error) {
	sec := e.plan.Sections[pass.Section]
	for _, st := range sec.Edits {
		links = append(links, flow.Link{Step: st, Role: flow.Outcome})
	}
	steps := sec.Steps
	if pass.Kind == plan.Calibrate {
		steps = e.plan.stepsOf(e.plan.Graph.Sampled(pass.Op))
	}
	for _, st := range steps {
		l := flow.Link{Step: st}
		if pass.Kind == plan.Calibrate && st.Index == pass.Op {
			l.Role = flow.Probe
		}
		if c := r.settled[st.Index]; c != nil {
			if l.Limits, err = limits(st, c.Settled); err != nil {
				return nil, err
			}
		}
		links = append(links, l)
	}
	if pass.Kind == plan.Calibrate {
		return links, nil
	}
	for _, st := range sec.Cut {
		links = append(links, flow.Link{Step: st})
	}
	return links, nil
}

// pool makes the workers of a pass: all tasks of a pass read the same limits.
func (e *Engine) pool(ctx context.Context, pass plan.Pass, t plan.Task) (*pool, error) {
	sec := e.plan.Sections[pass.Section]
	var newClerk func() clerk
	switch pass.Kind {
	case plan.Calibrate:
		newClerk = func() clerk { return newSampler(e.plan.steps[pass.Op]) }
	case plan.Segment:
		newClerk = func() clerk { return newStorer(e.plan, sec) }
	case plan.Assemble:
		newClerk = func() clerk { return &deliverer{newTally(e.plan, sec)} }
	default:
		return nil, nil
	}
	r, err := e.read(ctx, t)
	if err != nil {
		return nil, err
	}
	links, err := e.links(pass, r)
	if err != nil {
		return nil, fmt.Errorf("task %s: %w", t.Key, err)
	}
	return newPool(e.plan, sec, links, newClerk), nil
}

// execute runs a task. Its commit is not published yet.
func (e *Engine) execute(ctx context.Context, t plan.Task, p *pool) (*product, error) {
	pass := e.plan.Graph.Pass(t.Pass)
	if pass == nil {
		return nil, fmt.Errorf("task %s is of pass %s, which the plan does not have", t.Key, t.Pass)
	}
	r, err := e.read(ctx, t)
	if err != nil {
		return nil, err
	}
	c := &product{Commit: &ledger.Commit{Head: plan.Head{Pass: t.Pass, Kind: t.Kind, Key: t.Key, Label: t.Label}}}
	sec := e.plan.Sections[pass.Section]
	switch t.Kind {
	case plan.Calibrate:
		in, err := e.origin(t, sec, r, c.Commit)
		if err != nil {
			return nil, err
		}
		err = (&calibrateTask{engine: e, input: e.plan.thinned(in, t.Work.Rate)}).run(ctx, p, c.Commit)
		return c, err
	case plan.Settle:
		return c, (&settleTask{engine: e, step: e.plan.steps[pass.Op], samples: r.samples, whole: t.Work.Whole, scale: max(1, t.Work.Scale)}).run(ctx, c.Commit)
	case plan.Segment:
		in, err := e.origin(t, sec, r, c.Commit)
		if err != nil {
			return nil, err
		}
		c.Shards = t.Work.Shards
		return c, (&segmentTask{engine: e, sec: sec, input: in}).run(ctx, p, c)
	case plan.Merge:
		return c, (&mergeTask{engine: e, step: e.plan.steps[pass.Op], column: sec.column(e.plan.steps[pass.Op]), segments: r.segments,
			first: r.first, earlier: r.edits}).run(ctx, c.Commit)
	case plan.Group:
		return c, (&groupTask{engine: e, step: e.plan.steps[pass.Op], column: sec.column(e.plan.steps[pass.Op]), segments: r.segments,
			runs: r.runs, earlier: r.edits, share: *t.Work.Share}).run(ctx, c.Commit)
	case plan.Resolve:
		return c, (&resolveTask{engine: e, step: e.plan.steps[pass.Op], column: sec.column(e.plan.steps[pass.Op]), number: t.Number,
			segments: r.segments, first: r.first, groups: r.groups, elected: r.elected, earlier: r.edits,
			components: r.components, chosen: r.chosen}).run(ctx, c.Commit)
	case plan.Components:
		return c, (&componentsTask{engine: e, segments: r.segments, decided: decided(e.plan.steps[pass.Op], r.groups, r.elected)}).run(ctx, c.Commit)
	case plan.Nominate:
		return c, (&nominateTask{engine: e, step: e.plan.steps[pass.Op], column: sec.column(e.plan.steps[pass.Op]), number: t.Number,
			segments: r.segments, first: r.first, earlier: r.edits, components: r.components, shares: t.Work.Slices}).run(ctx, c.Commit)
	case plan.Choose:
		return c, (&chooseTask{engine: e, step: e.plan.steps[pass.Op], number: t.Number, nominated: r.nominated}).run(ctx, c.Commit)
	case plan.Weigh:
		return c, (&weighTask{engine: e, step: e.plan.steps[pass.Op], column: sec.column(e.plan.steps[pass.Op]), segments: r.segments,
			first: r.first, groups: r.groups}).run(ctx, c.Commit)
	case plan.Elect:
		return c, (&electTask{engine: e, step: e.plan.steps[pass.Op], number: t.Number, weighed: r.weighed}).run(ctx, c.Commit)
	case plan.Assemble:
		return c, (&assembleTask{engine: e, sec: sec, group: t.Number, keys: t.Work.Parts, input: e.segmentInput(sec, r)}).run(ctx, p, c)
	}
	return nil, fmt.Errorf("task %s is of kind %q, which this program does not run", t.Key, t.Kind)
}

// origin is what a segment or calibrate task takes its documents from.
func (e *Engine) origin(t plan.Task, sec *Section, r *read, c *ledger.Commit) (input, error) {
	pack := t.Work.Shards
	if len(pack) == 0 {
		return e.segmentInput(sec, r), nil
	}
	for _, src := range e.plan.sources {
		if src.Name != pack[0].Source {
			continue
		}
		if in, ok := src.src.(stage.Resumer); ok && pack[0].To > 0 {
			return e.rangeInput(src, in, t, c), nil
		}
		return e.plan.packInput(src, pack, c), nil
	}
	return nil, fmt.Errorf("task %s reads source %s, which the pipeline does not have", t.Key, pack[0].Source)
}

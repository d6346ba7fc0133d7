package run

import (
	"context"
	"math"
	"slices"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/segment"
	"github.com/corpusmill/corpusmill/stage"
)

// A calibration settles the limits of a stage that are shares of the documents
// that reach it. Its tasks take a sample through the stages before, and gather
// the values; a last task sorts them and commits the limits, which then are plain
// numbers and part of the stage's key.

// sampler is the clerk of a calibration: it writes down the values of the documents
// that reach the probed stage, and for a token budget what tokens become of each behind it.
type sampler struct {
	step    *flow.Step
	columns []int // whose values are written down
	packer  *segment.Compressor
	samples []segment.Sample
	under   map[*corpus.Document]int // of a budget: which sample a document on its way is
	out     *result
}

func newSampler(st *flow.Step) *sampler {
	return &sampler{step: st, columns: sampledColumns(st), packer: segment.NewCompressor()}
}

// sampledColumns are the columns that shares of the step are of; a value that is derived
// may go by all of them.
func sampledColumns(st *flow.Step) (columns []int) {
	for _, s := range st.Shares {
		if s.Column == stage.Derived {
			columns = columns[:0]
			for i := range st.Columns {
				columns = append(columns, i)
			}
			return columns
		}
		columns = append(columns, s.Column)
		if s.Weighted {
			columns = append(columns, s.Column+1)
		}
	}
	slices.Sort(columns)
	return slices.Compact(columns)
}

// sampleValues is how many values a sample of the step has: those of its columns, and for a
// budget the tokens.
func sampleValues(st *flow.Step) int {
	n := len(sampledColumns(st))
	if st.Fit != nil {
		n++
	}
	return n
}

func (c *sampler) begin(*batch) {
	c.samples, c.out = c.samples[:0], &result{}
	if c.step.Fit != nil {
		c.under = map[*corpus.Document]int{}
	}
}

func (c *sampler) leave() *draft {
	return &draft{out: c.out, samples: slices.Clone(c.samples), under: c.under}
}

func (c *sampler) resume(d *draft) {
	c.out, c.samples, c.under = d.out, append(c.samples[:0], d.samples...), d.under
}

func (c *sampler) forget() { c.out, c.samples, c.under = nil, nil, nil }

// Visited takes the values. A document that fails is the pass's own affair: it sends it
// to quarantine.
func (c *sampler) Visited(v *flow.Visit) bool {
	if v.Err != nil || v.Role != flow.Probe || v.Bypassed && c.step.Fit == nil {
		return v.Err == nil && v.Verdict.Kept()
	}
	s := segment.Sample{Group: c.step.Group(v.Document), Values: make([]float64, sampleValues(c.step))}
	for i, column := range c.columns {
		s.Values[i] = math.NaN()
		if !v.Bypassed {
			s.Values[i] = v.Values.Get(column)
		}
	}
	if c.under != nil {
		c.under[v.Document] = len(c.samples)
	}
	c.samples = append(c.samples, s)
	c.out.documents++
	return true
}

// Done notes the tokens of a document that came through.
func (c *sampler) Done(d *corpus.Document) {
	if i, ok := c.under[d]; ok {
		values := c.samples[i].Values
		values[len(values)-1] = float64(d.Tokens)
	}
}

func (c *sampler) end() *result {
	if c.out.documents > 0 {
		var frame []byte
		for _, s := range c.samples {
			frame = segment.AppendSample(frame, s)
		}
		c.out.frame = c.packer.Compress(nil, frame)
	}
	return c.out
}

// limits are those that a commit settled.
func limits(st *flow.Step, settled []ledger.Settled) (flow.Limits, error) {
	l := st.NewLimits()
	for _, s := range settled {
		own := s.Table
		if len(own) == 0 {
			own = []float64{s.Limit}
		}
		if err := st.Set(l, s.Group, s.Share, own...); err != nil {
			return nil, err
		}
	}
	fill(l)
	return l, nil
}

// fill gives a group that lacks a limit that of all documents.
func fill(l flow.Limits) {
	all := l[flow.AllGroups]
	for _, own := range l {
		for i, x := range own {
			if x != x {
				own[i] = all[i]
			}
		}
	}
}

// thinned lets through the documents of an input whose hash falls below a rate.
func (pl *Plan) thinned(read input, rate float64) input {
	if rate >= 1 {
		return read
	}
	if pl.Options.Sample > 0 {
		rate *= pl.Options.Sample // those of a sampled run have the lowest hashes
	}
	return func(ctx context.Context, out intake, s *ledger.Stats) error {
		emit := out.emit
		out.emit = func(b *batch) error {
			b.docs = slices.DeleteFunc(b.docs, func(d *corpus.Document) bool { return pl.draw(d) >= rate })
			b.quarantine = nil
			if len(b.docs) == 0 {
				if b.alone {
					out.again()
				}
				return nil
			}
			return emit(b)
		}
		return read(ctx, out, s)
	}
}

// calibrateTask writes the values of one shard's or segment's sample.
type calibrateTask struct {
	engine *Engine
	input  input
}

func (t *calibrateTask) run(ctx context.Context, p *pool, c *ledger.Commit) error {
	pl := t.engine.plan
	f, err := pl.ledger.Create(ctx, segmentFile(c.Key, ledger.RoleSample, ""))
	if err != nil {
		return err
	}
	defer f.Abort() //nolint:errcheck // after Commit it does nothing, before it the first error counts
	read := func(ctx context.Context, out intake) error { return t.input(ctx, out, pl.sourceStats()) }
	w := segment.NewWriter(f)
	err = p.stream(ctx, read, func(r *result) error {
		c.Documents += r.documents
		if r.documents == 0 {
			return nil
		}
		return w.Add(r.frame, r.documents)
	})
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return err
	}
	file, err := f.Commit(ctx)
	c.Files, c.Content = []ledger.File{file}, file.SHA256
	return err
}

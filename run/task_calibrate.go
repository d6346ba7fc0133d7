package run

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/internal/extsort"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/segment"
	"github.com/corpusmill/corpusmill/stage"
)

// A calibration settles the limits of a stage that are shares of the documents
// that reach it. Its tasks take a sample through the stages before, and gather
// the values; a last task sorts them and commits the limits, which then are plain
// numbers and part of the stage's key.

// sampler is the clerk of a calibration: it writes down the values of the documents
// that reach the probed stage.
type sampler struct {
	step   *flow.Step
	packer *segment.Compressor
	frame  []byte
	out    *result
}

func (c *sampler) begin(*batch) { c.frame, c.out = c.frame[:0], &result{} }

func (c *sampler) leave() *draft   { return &draft{out: c.out, frame: slices.Clone(c.frame)} }
func (c *sampler) resume(d *draft) { c.out, c.frame = d.out, append(c.frame[:0], d.frame...) }
func (c *sampler) forget()         { c.frame, c.out = nil, nil }

// Visited takes the values. A document that fails is the pass's own affair: it sends it
// to quarantine.
func (c *sampler) Visited(v *flow.Visit) bool {
	if v.Err != nil || v.Role != flow.Probe || v.Bypassed {
		return v.Err == nil && v.Verdict.Kept()
	}
	s := segment.Sample{Group: c.step.Group(v.Document), Values: make([]float64, len(c.step.Shares))}
	for i, share := range c.step.Shares {
		s.Values[i] = v.Values.Get(share.Column)
	}
	c.frame = segment.AppendSample(c.frame, s)
	c.out.documents++
	return true
}

// Done has nothing to do with a document.
func (c *sampler) Done(*corpus.Document) {}

func (c *sampler) end() *result {
	if c.out.documents > 0 {
		c.out.frame = c.packer.Compress(nil, c.frame)
	}
	return c.out
}

// limits are those that a commit settled.
func limits(st *flow.Step, settled []ledger.Settled) (flow.Limits, error) {
	l := st.NewLimits()
	for _, s := range settled {
		if err := st.Set(l, s.Group, s.Share, s.Limit); err != nil {
			return nil, err
		}
	}
	return l, nil
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

// settleTask sorts the values of all samples and picks the limits.
type settleTask struct {
	engine  *Engine
	step    *flow.Step
	samples []*ledger.Commit
	whole   bool // the sample is all there is
}

// pot is the values of one share in one group.
type pot struct {
	group string
	share int
	n     int64
	seen  int64
	want  [3]int64 // ranks of the limit and its interval
	got   [3]float64
}

func (t *settleTask) run(ctx context.Context, c *ledger.Commit) error {
	sorter := extsort.New(t.engine.plan.sortBytes(), t.engine.plan.Options.TempDir)
	defer sorter.Close()
	pots, err := t.gather(ctx, sorter)
	if err != nil {
		return err
	}
	for _, p := range pots {
		p.want = ranks(t.step.Shares[p.share], p.n, t.whole)
	}
	for r, err := range sorter.Sorted() {
		if err != nil {
			return err
		}
		p := pots[r[0]]
		for i, want := range p.want {
			if p.seen == want {
				p.got[i] = unordered(r[1])
			}
		}
		p.seen++
	}
	slices.SortFunc(pots, func(a, b *pot) int { return cmp.Or(strings.Compare(a.group, b.group), cmp.Compare(a.share, b.share)) })
	for _, p := range pots {
		if p.n == 0 {
			continue
		}
		s := t.step.Shares[p.share]
		c.Settled = append(c.Settled, ledger.Settled{Share: p.share, Column: t.step.Columns[s.Column].Name, Ratio: s.Ratio, Highest: s.Highest,
			Group: p.group, Documents: p.n, Limit: p.got[0], Low: p.got[1], High: p.got[2]})
	}
	c.Content = plan.DigestOf(c.Settled)
	return nil
}

// gather feeds the sorter with (pot, value) and returns the pots by number.
func (t *settleTask) gather(ctx context.Context, sorter *extsort.Sorter) ([]*pot, error) {
	var pots []*pot
	numbers := map[string]int{} // of a group's first pot
	add := func(group string, share int, x float64) error {
		first, ok := numbers[group]
		if !ok {
			if len(numbers) > groupsMax {
				return fmt.Errorf("%s: per: more than %d groups", t.step.Name, groupsMax)
			}
			first = len(pots)
			numbers[group] = first
			for i := range t.step.Shares {
				pots = append(pots, &pot{group: group, share: i})
			}
		}
		pots[first+share].n++
		return sorter.Add(extsort.Record{uint64(first + share), ordered(x)})
	}
	for _, c := range t.samples {
		file, err := fileOf(t.engine.plan.ledger, c, ledger.RoleSample, "")
		if err != nil {
			return nil, err
		}
		for s, err := range segment.Samples(ctx, file, c.Documents, len(t.step.Shares)) {
			if err != nil {
				return nil, err
			}
			for share, x := range s.Values {
				if math.IsNaN(x) {
					continue
				}
				err := add(flow.AllGroups, share, x)
				if s.Group != flow.AllGroups && err == nil {
					err = add(s.Group, share, x)
				}
				if err != nil {
					return nil, err
				}
			}
		}
	}
	return pots, nil
}

// groupsMax bounds the languages and sources that limits are settled for.
const groupsMax = 100_000

// ranks are the places, in ascending order of n values, of a share's limit and of
// the ends of its 95 % interval: order statistics of a binomial count.
func ranks(s stage.Share, n int64, whole bool) [3]int64 {
	if n == 0 {
		return [3]int64{-1, -1, -1}
	}
	m := min(max(int64(math.Ceil(s.Ratio*float64(n)-1e-9)), 1), n)
	at := m - 1
	if s.Highest {
		at = n - m
	}
	var spread int64
	if !whole {
		spread = int64(math.Ceil(1.96 * math.Sqrt(float64(n)*s.Ratio*(1-s.Ratio))))
	}
	return [3]int64{at, max(at-spread, 0), min(at+spread, n-1)}
}

// ordered maps a float to an integer of the same order; unordered is its inverse.
func ordered(x float64) uint64 {
	b := math.Float64bits(x)
	if b>>63 != 0 {
		return ^b
	}
	return b | 1<<63
}

func unordered(u uint64) float64 {
	if u>>63 != 0 {
		return math.Float64frombits(u &^ (1 << 63))
	}
	return math.Float64frombits(^u)
}

package run

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/corpus"
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

// allGroups is the group that every document belongs to; a language or source
// that the sample lacks takes its limits.
const allGroups = "*"

// groupOf is the group in which the document's limits are settled.
func (st *Step) groupOf(d *corpus.Document) string {
	if len(st.Per) == 0 {
		return allGroups
	}
	var names []string
	for _, per := range st.Per {
		switch per {
		case "lang":
			names = append(names, cmp.Or(d.Lang, "und"))
		case "source":
			names = append(names, d.Origin.Source)
		}
	}
	return strings.Join(names, "/")
}

func (st *Step) limitsOf(d *corpus.Document) []float64 {
	if limits, ok := st.settled[st.groupOf(d)]; ok {
		return limits
	}
	return st.settled[allGroups]
}

// sample keeps the values of a document that reached the probed stage.
func (w *worker) sample(d *corpus.Document) {
	st := w.probe
	w.current = st
	if !st.applies(d) {
		return
	}
	if st.scorer != nil {
		w.waiting[len(w.steps)] = append(w.waiting[len(w.steps)], d)
		return
	}
	w.probed.Clear()
	if err := st.measurer.Measure(d, w.probed); err == nil { // else the pass itself sends it to quarantine
		w.keepSample(d, w.probed)
	}
}

func (w *worker) keepSample(d *corpus.Document, values *corpus.Values) {
	st := w.probe
	s := segment.Sample{Group: st.groupOf(d), Values: make([]float64, len(st.shares))}
	for i, share := range st.shares {
		s.Values[i] = values.Get(share.Column)
	}
	w.frame = segment.AppendSample(w.frame, s)
	w.out.documents++
}

// settle takes the limits of a commit: they are plain numbers now.
func (st *Step) settle(limits []ledger.Settled) {
	unknown := slices.Repeat([]float64{math.NaN()}, len(st.shares))
	st.settled = map[string][]float64{allGroups: unknown}
	for _, s := range limits {
		if _, ok := st.settled[s.Group]; !ok {
			st.settled[s.Group] = slices.Clone(unknown)
		}
		st.settled[s.Group][s.Share] = s.Limit
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
	return func(ctx context.Context, emit func(*batch) error, s *ledger.Stats) error {
		return read(ctx, func(b *batch) error {
			b.docs = slices.DeleteFunc(b.docs, func(d *corpus.Document) bool { return pl.draw(d) >= rate })
			b.quarantine = nil
			if len(b.docs) == 0 {
				return nil
			}
			return emit(b)
		}, s)
	}
}

// calibrateTask writes the values of one shard's or segment's sample.
type calibrateTask struct {
	engine *Engine
	input  input
}

func (t *calibrateTask) run(ctx context.Context, p *pool, c *ledger.Commit) error {
	pl := t.engine.plan
	f, err := pl.ledger.Create(ctx, segmentFile(c.Key, ".sample"))
	if err != nil {
		return err
	}
	defer f.Abort() //nolint:errcheck // after Commit it does nothing, before it the first error counts
	read := func(ctx context.Context, emit func(*batch) error) error { return t.input(ctx, emit, pl.sourceStats()) }
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
	step    *Step
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
		p.want = ranks(t.step.shares[p.share], p.n, t.whole)
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
		s := t.step.shares[p.share]
		c.Settled = append(c.Settled, ledger.Settled{Share: p.share, Column: t.step.columns[s.Column].Name, Ratio: s.Ratio, Highest: s.Highest,
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
			for i := range t.step.shares {
				pots = append(pots, &pot{group: group, share: i})
			}
		}
		pots[first+share].n++
		return sorter.Add(extsort.Record{uint64(first + share), ordered(x)})
	}
	for _, c := range t.samples {
		for s, err := range segment.Samples(ctx, fileOf(t.engine.plan.ledger, c.Files[0]), c.Documents, len(t.step.shares)) {
			if err != nil {
				return nil, err
			}
			for share, x := range s.Values {
				if math.IsNaN(x) {
					continue
				}
				err := add(allGroups, share, x)
				if s.Group != allGroups && err == nil {
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

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

// settleTask sorts the values of all samples and picks the limits: first those of measured
// values, then those of the value that follows from them.
type settleTask struct {
	engine  *Engine
	step    *flow.Step
	samples []*ledger.Commit
	whole   bool    // the sample is all there is
	scale   float64 // documents of the input for each of the sample; of a budget
	deriver stage.Deriver
}

// pot is the values of one column in one group.
type pot struct {
	potOf
	n      int64  // documents
	weight int64  // of them together, for weighted shares
	wants  []want // by rank
	fit    *fitted
}

// want is a place in the order of the values whose value a share asks for.
type want struct {
	rank int64
	into *float64
}

func (t *settleTask) run(ctx context.Context, c *ledger.Commit) error {
	limits := t.step.NewLimits()
	t.deriver, _ = t.step.Object.(stage.Deriver)
	for _, derived := range []bool{false, true} {
		if !slices.ContainsFunc(t.step.Shares, func(s stage.Share) bool { return (s.Column == stage.Derived) == derived }) {
			continue
		}
		settled, err := t.settle(ctx, limits, derived)
		if err != nil {
			return err
		}
		c.Settled = append(c.Settled, settled...)
		for _, s := range settled {
			own := s.Table
			if len(own) == 0 {
				own = []float64{s.Limit}
			}
			if err := t.step.Set(limits, s.Group, s.Share, own...); err != nil {
				return err
			}
		}
		fill(limits)
	}
	slices.SortStableFunc(c.Settled, func(a, b ledger.Settled) int {
		return cmp.Or(strings.Compare(a.Group, b.Group), cmp.Compare(a.Share, b.Share))
	})
	c.Content = plan.DigestOf(c.Settled)
	return nil
}

// settle settles the shares of measured values, or those of the derived one.
func (t *settleTask) settle(ctx context.Context, limits flow.Limits, derived bool) ([]ledger.Settled, error) {
	sorter := extsort.New(t.engine.plan.sortBytes(), t.engine.plan.Options.TempDir)
	defer sorter.Close()
	pots, err := t.gather(ctx, sorter, limits, derived)
	if err != nil {
		return nil, err
	}
	var settled []*ledger.Settled
	for _, p := range pots {
		settled = append(settled, t.ask(p)...)
	}
	seen := make([]int64, len(pots))
	for r, err := range sorter.Sorted() {
		if err != nil {
			return nil, err
		}
		p, x := pots[r[0]], unordered(r[1])
		seen[r[0]] += int64(r[3])
		for len(p.wants) > 0 && p.wants[0].rank < seen[r[0]] {
			*p.wants[0].into = x
			p.wants = p.wants[1:]
		}
		if p.fit != nil {
			p.fit.next(x, float64(r[2]))
		}
	}
	list := make([]ledger.Settled, len(settled))
	for i, s := range settled {
		list[i] = *s
	}
	for _, p := range pots {
		if p.fit != nil {
			list = append(list, p.fit.settled())
		}
	}
	return list, nil
}

// ask notes which places in the order of a pot's values its shares want, and returns what
// they go into.
func (t *settleTask) ask(p *pot) (settled []*ledger.Settled) {
	for i, share := range t.step.Shares {
		if share.Column != p.column || share.Weighted != p.weighted || p.weight == 0 || t.step.Fit != nil && t.step.Fit.Share == i {
			continue
		}
		s := &ledger.Settled{Share: i, Column: t.columnName(share.Column), Ratio: share.Ratio, Highest: share.Highest,
			Group: p.group, Documents: p.n, Why: share.Why}
		if share.Parts > 1 {
			s.Ratio, s.Table = 0, make([]float64, share.Limits())
			for n := range s.Table {
				low := stage.Share{Ratio: float64(n+1) / float64(share.Parts)}
				p.wants = append(p.wants, want{ranks(low, p.weight, true)[0], &s.Table[n]})
			}
		} else {
			at := ranks(share, p.n, t.whole)
			p.wants = append(p.wants, want{at[0], &s.Limit}, want{at[1], &s.Low}, want{at[2], &s.High})
		}
		settled = append(settled, s)
	}
	slices.SortStableFunc(p.wants, func(a, b want) int { return cmp.Compare(a.rank, b.rank) })
	return settled
}

// derivedName is what the value that follows from settled limits is called.
const derivedName = "score"

func (t *settleTask) columnName(column int) string {
	if column == stage.Derived {
		return derivedName
	}
	return t.step.Columns[column].Name
}

// gather feeds the sorter with (pot, value, tokens) and returns the pots by number.
func (t *settleTask) gather(ctx context.Context, sorter *extsort.Sorter, limits flow.Limits, derived bool) ([]*pot, error) {
	g := &gatherer{task: t, sorter: sorter, numbers: map[potOf]int{}, groups: map[string]bool{}}
	fit := t.step.Fit
	if fit != nil && (t.step.Shares[fit.Share].Column == stage.Derived) == derived {
		g.fit = newFitted(t)
	}
	columns := sampledColumns(t.step)
	values := corpus.NewValues(len(t.step.Columns))
	for _, c := range t.samples {
		file, err := fileOf(t.engine.plan.ledger, c, ledger.RoleSample, "")
		if err != nil {
			return nil, err
		}
		for s, err := range segment.Samples(ctx, file, c.Documents, sampleValues(t.step)) {
			if err != nil {
				return nil, err
			}
			g.tokens = 0
			if fit != nil {
				g.tokens = s.Values[len(columns)]
			}
			if !derived {
				err = g.measured(s, columns)
			} else {
				for i, column := range columns {
					values.Set(column, s.Values[i])
				}
				err = g.value(potOf{s.Group, stage.Derived, false}, t.deriver.Derive(values, limits.Of(s.Group)), 1)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	if g.fit != nil {
		g.fit.begin()
		at := g.numberOf(potOf{flow.AllGroups, t.step.Shares[fit.Share].Column, false})
		g.pots[at].fit = g.fit
	}
	return g.pots, nil
}

type potOf struct {
	group    string
	column   int
	weighted bool
}

// gatherer deals values to pots.
type gatherer struct {
	task    *settleTask
	sorter  *extsort.Sorter
	pots    []*pot
	numbers map[potOf]int
	groups  map[string]bool
	tokens  float64 // of the document at hand
	fit     *fitted
}

func (g *gatherer) numberOf(o potOf) int {
	at, ok := g.numbers[o]
	if !ok {
		at = len(g.pots)
		g.numbers[o] = at
		g.pots = append(g.pots, &pot{potOf: o})
	}
	return at
}

// measured takes a document's values: each column once for shares of documents, and once
// for shares of weight.
func (g *gatherer) measured(s segment.Sample, columns []int) error {
	for i, column := range columns {
		counted, weighed := false, false
		for _, share := range g.task.step.Shares {
			counted = counted || share.Column == column && !share.Weighted
			weighed = weighed || share.Column == column && share.Weighted
		}
		if counted {
			if err := g.value(potOf{s.Group, column, false}, s.Values[i], 1); err != nil {
				return err
			}
		}
		if at := slices.Index(columns, column+1); weighed && at >= 0 && s.Values[at] >= 1 {
			if err := g.value(potOf{s.Group, column, true}, s.Values[i], int64(s.Values[at])); err != nil {
				return err
			}
		}
	}
	return nil
}

// value takes a document's value of a column.
func (g *gatherer) value(o potOf, x float64, weight int64) error {
	if x == math.MaxFloat64 { // no limit keeps it
		return nil
	}
	if g.fit != nil && !o.weighted && o.column == g.task.step.Shares[g.task.step.Fit.Share].Column {
		g.fit.count(x, g.tokens)
	}
	if math.IsNaN(x) {
		return nil
	}
	if g.groups[o.group] = true; len(g.groups) > groupsMax {
		return fmt.Errorf("%s: per: more than %d groups", g.task.step.Name, groupsMax)
	}
	groups := []string{flow.AllGroups, o.group}
	if o.group == flow.AllGroups {
		groups = groups[:1]
	}
	for _, group := range groups {
		at := g.numberOf(potOf{group, o.column, o.weighted})
		g.pots[at].n++
		g.pots[at].weight += weight
		if err := g.sorter.Add(extsort.Record{uint64(at), ordered(x), uint64(g.tokens), uint64(weight)}); err != nil {
			return err
		}
	}
	return nil
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

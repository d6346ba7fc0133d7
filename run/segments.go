package run

import (
	"context"
	"fmt"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/segment"
	"github.com/corpusmill/corpusmill/stage"
)

// segmentInput reads segments with the edits of the cut before, in order.
func (e *Engine) segmentInput(sec *Section, r *read) input {
	return func(ctx context.Context, out intake, _ *ledger.Stats) error {
		cut := batcher{out: out}
		defer cut.small()
		for i, c := range r.segments {
			if err := e.readSegment(ctx, sec, c, r.first+i, r.edits, &cut); err != nil {
				return err
			}
		}
		return cut.flush()
	}
}

func (e *Engine) readSegment(ctx context.Context, sec *Section, c *ledger.Commit, number int, edits []*resolved, cut *batcher) error {
	lists := make([]editList, len(edits))
	for i, res := range edits {
		var err error
		if lists[i], err = res.of(ctx, e.plan.ledger, number); err != nil {
			return err
		}
	}
	file, err := fileOf(e.plan.ledger, c, ledger.RoleDocuments, "")
	if err != nil {
		return err
	}
	row := uint32(0)
	for d, err := range segment.Documents(ctx, file, c.Documents, cut.large) {
		if err != nil {
			return fmt.Errorf("segment of %s: %w", c.Label, err)
		}
		for i := range lists {
			if d.Rejection == nil {
				lists[i].apply(d, row, sec.Edits[i])
			}
		}
		if err := cut.add(d); err != nil {
			return err
		}
		row++
	}
	return nil
}

type editList struct {
	edits []segment.Edit
	next  int
}

// apply edits the document of a row; rows come in ascending order.
func (l *editList) apply(d *corpus.Document, row uint32, st *flow.Step) {
	for l.next < len(l.edits) && l.edits[l.next].Row < row {
		l.next++
	}
	if l.next >= len(l.edits) || l.edits[l.next].Row != row {
		return
	}
	e := l.edits[l.next]
	if d.Cut = e.Parts; d.Cut != nil {
		return // where it passes the outcome of the stage
	}
	d.ClusterID, d.ClusterSize = e.Winner, e.Size
	if e.Drop {
		d.Rejection = &corpus.Rejection{Stage: st.Name, Verdict: corpus.Verdict{
			Rule: st.Grouping.Rule, Value: float64(e.Size), Limit: 1, Detail: e.Winner}}
		if x, ok := st.Object.(stage.Dropper); ok {
			d.Rejection.Verdict = x.Dropped(d, e.Size)
		}
	}
}

package run

import (
	"context"
	"encoding/binary"
	"fmt"
	"iter"
	"math"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/internal/extsort"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/segment"
	"github.com/corpusmill/corpusmill/stage"
)

// weighTask tells the candidates of one segment, or of several, what their election goes by.
// It reads the index in order, and the documents where the stage verifies.
type weighTask struct {
	engine   *Engine
	step     *flow.Step
	column   int // of the stage in the index rows
	segments []*ledger.Commit
	first    int // number of the first segment in its pass
	groups   []*ledger.Commit
}

func (t *weighTask) run(ctx context.Context, c *ledger.Commit) error {
	pl := t.engine.plan
	candidates := t.engine.mergeSlices(ctx, t.groups, ledger.RoleCandidates, sliceRange{uint64(t.first), uint64(t.first + len(t.segments))})
	s := new(segmentWalk)
	defer func() { s.close() }()
	number := -1
	items := extsort.NewItems(pl.sortBytes(), pl.Options.TempDir)
	defer items.Close()
	var data []byte
	n := 0
	for x, err := range candidates {
		if err == nil && n&0xFFF == 0 {
			err = ctx.Err()
		}
		if at := int(x.Key[0] >> 32); err == nil && at != number {
			s.close()
			number = at
			s, err = t.open(ctx, t.segments[at-t.first])
		}
		if err == nil {
			err = s.advance(uint32(x.Key[0]))
		}
		if err != nil {
			return fmt.Errorf("%s: segment of %s: %w", t.step.Name, c.Label, err)
		}
		n++
		data = binary.BigEndian.AppendUint64(data[:0], x.Key[0])
		data = binary.BigEndian.AppendUint32(data, uint32(x.Key[1]))
		if s.verifier != nil {
			if data, err = s.evidence(data, uint32(x.Key[1])); err != nil {
				return fmt.Errorf("%s: document %s: %w", t.step.Name, s.document.ID, err)
			}
		}
		rank := [3]uint64{x.Key[3]} // of a document: its place in the star
		if s.spanner != nil {
			rank = rankOfUnit(t.step.Grouping.Survivor(), &s.row, t.column)
		}
		if err := items.Add(extsort.Item{Key: extsort.Record{x.Key[2], rank[0], rank[1], rank[2]}, Data: data}); err != nil {
			return err
		}
	}
	return writeSlices(ctx, pl.ledger, c, ledger.RoleWeighed, items.Sorted())
}

// rankOfUnit is the place of a document's units in the order of who stays, least first;
// equal ones go by document and part.
func rankOfUnit(keep stage.Keep, x *segment.IndexRow, column int) [3]uint64 {
	switch keep.Policy {
	case "first":
		return [3]uint64{}
	case "max", "min":
		const missing = 1 << 63 // where the tie's last bit would be, of which none is short
		switch r := x.Ranks[column]; {
		case r.Missing:
			return [3]uint64{math.MaxUint64, x.Tie[0]>>1 | missing, x.Tie[1]}
		case keep.Policy == "max":
			return [3]uint64{^r.Order, x.Tie[0] >> 1, x.Tie[1]}
		default:
			return [3]uint64{r.Order, x.Tie[0] >> 1, x.Tie[1]}
		}
	}
	return [3]uint64{0, x.Tie[0], x.Tie[1]}
}

// segmentWalk is a segment read row by row.
type segmentWalk struct {
	step     *flow.Step
	verifier stage.Verifier // nil where the documents are not looked at
	spanner  stage.Spanner
	index    func() (segment.IndexRow, error, bool)
	docs     func() (*corpus.Document, error, bool)
	stops    []func()

	at       int64 // the row, -1 before the first
	row      segment.IndexRow
	document *corpus.Document
	spans    []unitSpan // of the document, from the next part on
	spanned  bool
	within   []byte
}

type unitSpan struct {
	part     uint32
	from, to int
}

func (t *weighTask) open(ctx context.Context, c *ledger.Commit) (*segmentWalk, error) {
	l := t.engine.plan.ledger
	w := &segmentWalk{step: t.step, at: -1}
	index, err := fileOf(l, c, ledger.RoleIndex, "")
	if err != nil {
		return w, err
	}
	docs, err := fileOf(l, c, ledger.RoleDocuments, "")
	if err != nil {
		return w, err
	}
	w.verifier, w.spanner = t.step.Checks()
	var stop func()
	w.index, stop = iter.Pull2(segment.Index(ctx, index, c.Documents))
	w.stops = append(w.stops, stop)
	w.docs, stop = iter.Pull2(segment.Documents(ctx, docs, c.Documents, nil))
	w.stops = append(w.stops, stop)
	return w, nil
}

func (w *segmentWalk) close() {
	for _, stop := range w.stops {
		stop()
	}
}

// advance goes to a row, which is not before the one at hand.
func (w *segmentWalk) advance(row uint32) error {
	for ; w.at < int64(row); w.at++ {
		var err error
		var ok bool
		if w.row, err, ok = w.index(); err == nil && ok && w.verifier != nil {
			w.document, err, ok = w.docs()
			w.spans, w.spanned = w.spans[:0], false
		}
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("%w: no document %d", segment.ErrDamaged, row)
		}
	}
	return nil
}

// evidence appends what the stage must know of a unit of the document, behind the values
// that its members must have in common.
func (w *segmentWalk) evidence(dst []byte, part uint32) ([]byte, error) {
	text, err := w.textOf(part)
	if err != nil {
		return nil, err
	}
	w.within = w.within[:0]
	if f := w.step.Grouping.Within; f != nil {
		w.within = f(w.within, w.document)
	}
	dst = binary.AppendUvarint(dst, uint64(len(w.within)))
	return w.verifier.Evidence(append(dst, w.within...), w.document, text)
}

// textOf is the text of a part; parts come in ascending order.
func (w *segmentWalk) textOf(part uint32) (string, error) {
	text := w.document.Text
	if w.spanner == nil {
		return text, nil
	}
	if !w.spanned {
		w.spanned = true
		w.spanner.Spans(text, func(part uint32, from, to int) { w.spans = append(w.spans, unitSpan{part, from, to}) })
	}
	for len(w.spans) > 0 && w.spans[0].part < part {
		w.spans = w.spans[1:]
	}
	if len(w.spans) == 0 || w.spans[0].part != part {
		return "", fmt.Errorf("part %d was compared and is not there", part)
	}
	s := w.spans[0]
	return text[s.from:s.to], nil
}

package run

import (
	"context"
	"fmt"
	"io"
	"iter"
	"math"

	"github.com/corpusmill/corpusmill/internal/extsort"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/segment"
	"github.com/corpusmill/corpusmill/stage"
)

// Units of documents, such as lines, have no clusters: of each group one stays, the
// others are cut. What the election goes by is in the segments, so that candidates travel
// there and back, each time sorted in bounded memory:
//
//	group    keys of all segments        -> candidates by segment: unit, group, place
//	weigh    candidates of a segment     -> by group: rank, unit, evidence
//	elect    what was weighed, by group  -> units that are cut, by segment
//	resolve  units that are cut          -> edits of each segment
//
// A stage that verifies whole documents goes the same way: a group is then a star of
// edges, its centre in the first place, and elected are the edges that hold.
//
// A group is numbered task<<32 | ordinal, a document segment<<32 | row: the files are of
// slices, one for each task that reads them.

// candidates writes the units that share a key with enough others.
func (t *groupTask) candidates(ctx context.Context, c *ledger.Commit) error {
	pl := t.engine.plan
	sorter := extsort.New(pl.sortBytes(), pl.Options.TempDir)
	defer sorter.Close()
	wanted := quorum{documents: t.step.Grouping.Spanner.Quorum()}
	var key stage.Key
	groups := t.numbers()
	add := func(u stage.Unit) error {
		return sorter.Add(extsort.Record{u.Doc, uint64(u.Part), groups.number()})
	}
	err := t.units(ctx, func(k stage.Key, u stage.Unit, _ []byte) error {
		if groups.last == 0 || k != key {
			if err := groups.next(); err != nil {
				return err
			}
			key = k
			wanted.reset()
		}
		return wanted.add(u, add)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", c.Label, err)
	}
	return writeSlices(ctx, pl.ledger, c, ledger.RoleCandidates, itemsOf(sorter.Sorted()))
}

// groupNumbers counts the groups of a task, from 1.
type groupNumbers struct {
	stage      string
	task, last uint64
}

func (t *groupTask) numbers() *groupNumbers {
	return &groupNumbers{stage: t.step.Name, task: uint64(t.share.Number)}
}

func (n *groupNumbers) number() uint64 { return n.task<<32 | n.last }

func (n *groupNumbers) next() error {
	if n.last++; n.last > math.MaxUint32 {
		return fmt.Errorf("%s: more than %d groups in one task", n.stage, uint32(math.MaxUint32))
	}
	return nil
}

// stars writes the edges that the stage has to verify as candidates: those of one
// document are a group, in which it has the first place.
func (t *groupTask) stars(ctx context.Context, c *ledger.Commit, edges *extsort.Sorter) error {
	pl := t.engine.plan
	sorter := extsort.New(pl.sortBytes()/2, pl.Options.TempDir)
	defer sorter.Close()
	groups := t.numbers()
	var last extsort.Record
	for e, err := range edges.Sorted() {
		switch {
		case err != nil:
			return err
		case groups.last == 0 || e[0] != last[0]:
			if err := groups.next(); err != nil {
				return err
			}
			if err := sorter.Add(extsort.Record{e[0], 0, groups.number(), 0}); err != nil {
				return err
			}
		case e == last:
			continue
		}
		last = e
		if err := sorter.Add(extsort.Record{e[1], 0, groups.number(), 1}); err != nil {
			return err
		}
	}
	return writeSlices(ctx, pl.ledger, c, ledger.RoleCandidates, itemsOf(sorter.Sorted()))
}

// quorum holds the units of a group back until enough documents have one, and there are
// two. Those of a document come one after the other.
type quorum struct {
	documents int
	waiting   []stage.Unit
	last      stage.Unit
	units     int64
	seen      int // documents
}

func (q *quorum) reset() { q.waiting, q.units, q.seen = q.waiting[:0], 0, 0 }

func (q *quorum) add(u stage.Unit, through func(stage.Unit) error) error {
	if q.units > 0 && u == q.last {
		return nil // a document that gave the same key twice
	}
	if q.units == 0 || u.Doc != q.last.Doc {
		q.seen++
	}
	q.units++
	q.last = u
	if q.units < 2 || q.seen < q.documents {
		q.waiting = append(q.waiting, u)
		return nil
	}
	for _, w := range q.waiting {
		if err := through(w); err != nil {
			return err
		}
	}
	q.waiting = q.waiting[:0]
	return through(u)
}

// itemsOf are records as items without data.
func itemsOf(records iter.Seq2[extsort.Record, error]) iter.Seq2[extsort.Item, error] {
	return func(yield func(extsort.Item, error) bool) {
		for r, err := range records {
			if !yield(extsort.Item{Key: r}, err) {
				return
			}
		}
	}
}

// writeSlices writes the product of a task, a file of slices.
func writeSlices(ctx context.Context, l *ledger.Ledger, c *ledger.Commit, role ledger.Role, items iter.Seq2[extsort.Item, error]) error {
	return writeProduct(ctx, l, c, role, func(w io.Writer) (int64, error) { return segment.WriteSlices(w, items) })
}

// sliceRange are slices from <= number < to.
type sliceRange struct{ from, to uint64 }

func oneSlice(number int) sliceRange { return sliceRange{uint64(number), uint64(number) + 1} }

// openSlices opens slices of the product of a task.
func (e *Engine) openSlices(ctx context.Context, c *ledger.Commit, role ledger.Role, r sliceRange) (*segment.Items, error) {
	file, err := fileOf(e.plan.ledger, c, role, "")
	if err != nil {
		return nil, err
	}
	return segment.OpenSliceRange(ctx, file, c.Keys[0], r.from, r.to)
}

// mergeSlices merges slices of the products of tasks.
func (e *Engine) mergeSlices(ctx context.Context, commits []*ledger.Commit, role ledger.Role, r sliceRange) iter.Seq2[extsort.Item, error] {
	var inputs []extsort.InputOf[extsort.Item]
	for _, c := range commits {
		inputs = append(inputs, func() (extsort.StreamOf[extsort.Item], error) { return e.openSlices(ctx, c, role, r) })
	}
	return extsort.MergeItems(inputs, e.plan.Options.TempDir)
}

// cut makes the edits of the segments of the units that were elected to be cut.
func (t *resolveTask) cut(ctx context.Context, c *ledger.Commit) error {
	units := t.engine.mergeSlices(ctx, t.elected, ledger.RoleCuts, sliceRange{uint64(t.first), uint64(t.first + len(t.segments))})
	return writeEdits(ctx, t.engine.plan.ledger, c, func(add func(int, segment.Edit) error) error {
		var e segment.Edit
		var doc uint64
		flush := func() error {
			if len(e.Parts) == 0 {
				return nil
			}
			e.Row = uint32(doc)
			err := add(int(doc>>32), e)
			e.Parts = e.Parts[:0]
			return err
		}
		for x, err := range units {
			if err == nil && x.Key[0] != doc {
				err = flush()
			}
			if err != nil {
				return err
			}
			doc = x.Key[0]
			if part := uint32(x.Key[1]); len(e.Parts) == 0 || e.Parts[len(e.Parts)-1] != part {
				e.Parts = append(e.Parts, part) // several groups may say so
			}
		}
		return flush()
	})
}

package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/internal/extsort"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/segment"
)

// mergeTask makes one sorted run of the keys of a bundle of segments, so that each group
// task reads a range of few files. Documents that earlier stages of the cut dropped are not
// in it, and a sketch that the stage keeps comes with each key: a group then needs no other
// file. Segments are read one after the other.
type mergeTask struct {
	engine   *Engine
	step     *flow.Step
	column   int // of the stage in the cut
	segments []*ledger.Commit
	first    int // number of the first segment in its pass
	earlier  []*resolved
}

func (t *mergeTask) run(ctx context.Context, c *ledger.Commit) error {
	dropped, err := t.engine.dropped(ctx, t.earlier, t.first, len(t.segments))
	if err != nil {
		return err
	}
	pl := t.engine.plan
	var rows iter.Seq2[extsort.Item, error]
	var n int64
	if t.step.Grouping.SketchBytes == 0 {
		sorter := extsort.New(pl.sortBytes(), pl.Options.TempDir)
		defer sorter.Close()
		for i, s := range t.segments {
			if err := t.keys(ctx, s, dropped[i], func(r extsort.Record) error {
				r[2] = uint64(i)
				return sorter.Add(r)
			}); err != nil {
				return fmt.Errorf("%s: keys of %s: %w", t.step.Name, s.Label, err)
			}
		}
		rows, n = itemsOf(sorter.Sorted()), sorter.Len()
	} else {
		sorter := extsort.NewItems(pl.sortBytes()/4*3, pl.Options.TempDir)
		defer sorter.Close()
		for i, s := range t.segments {
			if err := t.sketched(ctx, s, dropped[i], i, sorter); err != nil {
				return fmt.Errorf("%s: keys of %s: %w", t.step.Name, s.Label, err)
			}
		}
		rows, n = sorter.Sorted(), sorter.Len()
	}
	c.Segments = len(t.segments)
	return t.write(ctx, c, rows, n)
}

// keys gives the keys of a segment, sorted.
func (t *mergeTask) keys(ctx context.Context, c *ledger.Commit, dropped bitmap, add func(extsort.Record) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	file, err := fileOf(t.engine.plan.ledger, c, ledger.RoleKeys, t.step.Name)
	if err != nil {
		return err
	}
	keys, err := segment.OpenAllKeys(ctx, file, c.Keys[t.column])
	if err != nil {
		return err
	}
	stream := keyStream{keys, 0, dropped}
	defer stream.Close() //nolint:errcheck // it cannot fail
	for {
		var r extsort.Record
		switch err := stream.Next(&r); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := add(r); err != nil {
			return err
		}
	}
}

// sketched adds the keys of a segment with their sketches: both are brought into the order
// of the documents.
func (t *mergeTask) sketched(ctx context.Context, c *ledger.Commit, dropped bitmap, number int, into *extsort.Items) error {
	pl := t.engine.plan
	rows := extsort.New(pl.sortBytes()/4, pl.Options.TempDir)
	defer rows.Close()
	if err := t.keys(ctx, c, dropped, func(r extsort.Record) error { return rows.Add(extsort.Record{r[3], r[0], r[1]}) }); err != nil {
		return err
	}
	file, err := fileOf(pl.ledger, c, ledger.RoleSketches, t.step.Name)
	if err != nil {
		return err
	}
	next, stop := iter.Pull2(segment.SketchRows(ctx, segment.SketchFile{File: file, Documents: c.Documents}, t.step.Grouping.SketchBytes))
	defer stop()
	var sketch []byte
	at := int64(-1) // the row that it is of
	for r, err := range rows.Sorted() {
		ok := true
		for row := int64(r[0] >> 32); err == nil && ok && at < row; at++ {
			sketch, err, ok = next()
		}
		if err == nil && !ok {
			err = fmt.Errorf("%w: no sketch of document %d", segment.ErrDamaged, r[0]>>32)
		}
		if err == nil {
			err = into.Add(extsort.Item{Key: extsort.Record{r[1], r[2], uint64(number), r[0]}, Data: sketch})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *mergeTask) write(ctx context.Context, c *ledger.Commit, rows iter.Seq2[extsort.Item, error], n int64) error {
	return writeFileOf(ctx, t.engine.plan.ledger, c, segmentFile(c.Key, ledger.RoleRun, t.step.Name), func(w io.Writer) (int64, error) {
		run := segment.NewRunWriter(w, n, t.step.Grouping.SketchBytes)
		n := 0
		for x, err := range rows {
			if n++; err == nil && n&0xFFFF == 0 {
				err = ctx.Err()
			}
			if err == nil {
				err = run.Add(x.Key, x.Data)
			}
			if err != nil {
				return 0, err
			}
		}
		return run.Close()
	})
}

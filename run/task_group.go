package run

import (
	"context"
	"fmt"
	"io"
	"iter"

	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/internal/extsort"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/segment"
	"github.com/corpusmill/corpusmill/stage"
)

// A document of a cut is numbered segment<<32 | row.
func docNumber(segment int, row uint32) uint64 { return uint64(segment)<<32 | uint64(row) }

// groupTask merges one range of keys from all segments, or from the runs of their bundles. Of documents it links each group:
// its product is a sorted file of edges, or the candidates that the stage has to verify. Of
// units its product is the candidates.
type groupTask struct {
	engine   *Engine
	step     *flow.Step
	column   int // of the stage in the cut
	segments []*ledger.Commit
	earlier  []*resolved      // stages of the cut
	runs     []*ledger.Commit // the keys of all segments, merged; none where these are few
	share    plan.Share       // of the keys
}

func (t *groupTask) run(ctx context.Context, c *ledger.Commit) error {
	if t.step.Grouping.Spanner != nil {
		return t.candidates(ctx, c)
	}
	pl, l := t.engine.plan, t.engine.plan.ledger
	linker := t.step.Linker()
	sketches, err := t.sketches(pl.sortBytes() / 2)
	if err != nil {
		return err
	}
	edges := extsort.New(pl.sortBytes()/2, pl.Options.TempDir)
	defer edges.Close()
	var addErr error
	edge := func(a, b stage.Unit) {
		if a.Doc > b.Doc {
			a, b = b, a
		}
		if a.Doc != b.Doc && addErr == nil {
			addErr = edges.Add(extsort.Record{a.Doc, b.Doc, 0, 0})
		}
	}
	err = t.groups(ctx, func(g stage.Group, units []stage.Unit, carried []byte) (err error) {
		var done func()
		if g.Sketch, done, err = sketches.of(ctx, units, carried); err != nil {
			return err
		}
		defer done()
		if err := linker.Link(g, edge); err != nil {
			return err
		}
		return addErr
	})
	if err != nil {
		return fmt.Errorf("%s: %w", c.Label, err)
	}
	if t.step.Grouping.Verifier != nil {
		return t.stars(ctx, c, edges)
	}
	return writeEdges(ctx, l, c, edges)
}

// groups streams every group of two or more units through link.
func (t *groupTask) groups(ctx context.Context, link linkGroup) error {
	g := grouping{link: link, max: groupUnitsMax}
	if err := t.units(ctx, g.add); err != nil {
		return err
	}
	return g.flush()
}

// units streams the units of all segments, in the order of their keys, with their sketches
// where these come with the keys.
func (t *groupTask) units(ctx context.Context, add func(stage.Key, stage.Unit, []byte) error) error {
	rows, err := t.rows(ctx)
	if err != nil {
		return err
	}
	narrow := t.step.Grouping.KeyBytes() == 8
	n := 0
	for x, err := range rows {
		if err == nil && n&0xFFFF == 0 {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		n++
		key, unit := unitOf(x.Key, narrow)
		if err := add(key, unit, x.Data); err != nil {
			return err
		}
	}
	return nil
}

// rows are the keys of the task's share: (key, key, segment, row<<32 | part), and sketches.
func (t *groupTask) rows(ctx context.Context) (iter.Seq2[extsort.Item, error], error) {
	dir := t.engine.plan.Options.TempDir
	if len(t.runs) == 0 {
		dropped, err := t.dropped(ctx)
		if err != nil {
			return nil, err
		}
		inputs := make([]extsort.Input, len(t.segments))
		for i := range t.segments {
			inputs[i] = func() (extsort.Stream, error) { return t.openKeys(ctx, i, dropped[i]) }
		}
		return itemsOf(extsort.Merge(inputs, dir)), nil
	}
	first := uint64(0) // number of the first segment of a run
	var records []extsort.Input
	var items []extsort.InputOf[extsort.Item]
	for _, c := range t.runs {
		from := first
		first += uint64(c.Segments)
		open := func() (*runStream, error) {
			file, err := fileOf(t.engine.plan.ledger, c, ledger.RoleRun, t.step.Name)
			if err != nil {
				return nil, err
			}
			rows, err := segment.OpenRun(ctx, file, c.Keys[0], t.step.Grouping.SketchBytes, t.share.Number, t.share.Of)
			return &runStream{rows, from}, err
		}
		records = append(records, func() (extsort.Stream, error) {
			s, err := open()
			return runKeys{s}, err
		})
		items = append(items, func() (extsort.StreamOf[extsort.Item], error) { return open() })
	}
	if t.step.Grouping.SketchBytes == 0 { // smaller where they are merged in rounds
		return itemsOf(extsort.Merge(records, dir)), nil
	}
	return extsort.MergeItems(items, dir), nil
}

// runStream is the rows of a run, with the segments as the plan numbers them.
type runStream struct {
	*segment.RunRows
	first uint64 // segment
}

func (s *runStream) Next(x *extsort.Item) error {
	err := s.RunRows.Next(x)
	x.Key[2] += s.first
	return err
}

// runKeys is the same without sketches.
type runKeys struct{ *runStream }

func (s runKeys) Next(r *extsort.Record) error {
	var x extsort.Item
	err := s.runStream.Next(&x)
	*r = x.Key
	return err
}

// unitOf is the key and the unit of a record; a narrow key is its first word.
func unitOf(r extsort.Record, narrow bool) (stage.Key, stage.Unit) {
	key := stage.Key{Hi: r[0], Lo: r[1]}
	if narrow {
		key.Lo = 0
	}
	return key, stage.Unit{Doc: docNumber(int(r[2]), uint32(r[3]>>32)), Part: uint32(r[3])}
}

// dropped marks the documents that earlier stages of the cut dropped, by segment.
func (t *groupTask) dropped(ctx context.Context) ([]bitmap, error) {
	return t.engine.dropped(ctx, t.earlier, 0, len(t.segments))
}

// dropped marks the documents that stages dropped, of n segments from that number on.
func (e *Engine) dropped(ctx context.Context, stages []*resolved, first, n int) ([]bitmap, error) {
	rows := make([]bitmap, n)
	for _, res := range stages {
		if err := res.dropped(ctx, e.plan.ledger, first, rows); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// groupUnitsMax is the size of a group that is linked as one, 4 MiB of units. It shapes
// edges, so it hangs on neither memory nor workers.
const groupUnitsMax = 1 << 18

// linkGroup takes a group, its units again, and their sketches if these came with the keys.
type linkGroup func(g stage.Group, units []stage.Unit, sketches []byte) error

// grouping collects the units of equal keys. A larger group than max is linked in pieces
// that share its first unit.
type grouping struct {
	link     linkGroup
	max      int
	key      stage.Key
	units    []stage.Unit
	sketches []byte // of the units
}

func (g *grouping) add(key stage.Key, u stage.Unit, sketch []byte) error {
	if len(g.units) > 0 && key != g.key {
		if err := g.flush(); err != nil {
			return err
		}
	}
	if len(g.units) > 1 && len(g.units) >= g.max {
		if err := g.flush(); err != nil {
			return err
		}
		g.units, g.sketches = g.units[:1], g.sketches[:len(sketch)] // the first again
	}
	g.key = key
	if n := len(g.units); n > 0 && g.units[n-1] == u {
		return nil // a document that gave the same key twice
	}
	g.units, g.sketches = append(g.units, u), append(g.sketches, sketch...)
	return nil
}

func (g *grouping) flush() error {
	units, sketches := g.units, g.sketches
	g.units, g.sketches = g.units[:0], g.sketches[:0]
	if len(units) < 2 {
		return nil
	}
	return g.link(stage.Group{Key: g.key, Units: func(yield func(stage.Unit) bool) {
		for _, u := range units {
			if !yield(u) {
				return
			}
		}
	}}, units, sketches)
}

// keyStream is the keys of one segment, without the documents that an earlier stage
// of the cut dropped.
type keyStream struct {
	*segment.Keys
	segment uint64
	dropped bitmap
}

func (t *groupTask) openKeys(ctx context.Context, number int, dropped bitmap) (extsort.Stream, error) {
	c := t.segments[number]
	file, err := fileOf(t.engine.plan.ledger, c, ledger.RoleKeys, t.step.Name)
	if err != nil {
		return nil, err
	}
	keys, err := segment.OpenKeys(ctx, file, c.Keys[t.column], t.share.Number*256/t.share.Of, (t.share.Number+1)*256/t.share.Of)
	return &keyStream{keys, uint64(number), dropped}, err
}

func (k *keyStream) Next(r *extsort.Record) error {
	for {
		if err := k.Keys.Next(r); err != nil {
			return err
		}
		if !k.dropped.has(uint32(r[3] >> 32)) {
			r[2] = k.segment
			return nil
		}
	}
}

// bitmap marks rows of a segment.
type bitmap []uint64

func (b bitmap) has(row uint32) bool {
	return int(row>>6) < len(b) && b[row>>6]&(1<<(row&63)) != 0
}

func (b *bitmap) set(row uint32) {
	for int(row>>6) >= len(*b) {
		*b = append(*b, 0)
	}
	(*b)[row>>6] |= 1 << (row & 63)
}

// writeEdges writes the product of a task, a file of edges.
func writeEdges(ctx context.Context, l *ledger.Ledger, c *ledger.Commit, s *extsort.Sorter) error {
	return writeProduct(ctx, l, c, ledger.RoleEdges, func(w io.Writer) (int64, error) { return segment.WriteEdges(w, s) })
}

// writeProduct writes the one file of a task, and its records into the commit.
func writeProduct(ctx context.Context, l *ledger.Ledger, c *ledger.Commit, role ledger.Role, write func(io.Writer) (int64, error)) error {
	return writeFileOf(ctx, l, c, segmentFile(c.Key, role, ""), write)
}

func writeFileOf(ctx context.Context, l *ledger.Ledger, c *ledger.Commit, file ledger.File, write func(io.Writer) (int64, error)) error {
	f, err := l.Create(ctx, file)
	if err != nil {
		return err
	}
	defer f.Abort() //nolint:errcheck // after Commit it does nothing, before it the first error counts
	n, err := write(f)
	if err != nil {
		return err
	}
	done, err := f.Commit(ctx)
	if err != nil {
		return err
	}
	c.Files, c.Keys, c.Content = []ledger.File{done}, []int64{n}, done.SHA256
	return nil
}

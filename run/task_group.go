package run

import (
	"context"
	"fmt"
	"io"

	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/internal/extsort"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/segment"
	"github.com/corpusmill/corpusmill/stage"
)

// A document of a cut is numbered segment<<32 | row.
func docNumber(segment int, row uint32) uint64 { return uint64(segment)<<32 | uint64(row) }

// groupTask merges one range of keys from all segments. Of documents it links each group:
// its product is a sorted file of edges, or the candidates that the stage has to verify. Of
// units its product is the candidates.
type groupTask struct {
	engine   *Engine
	step     *flow.Step
	column   int // of the stage in the cut
	segments []*ledger.Commit
	earlier  []*resolved // stages of the cut
	number   int         // of the task in its pass
	from, to int         // bins [from, to)
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
	err = t.groups(ctx, func(g stage.Group, units []stage.Unit) (err error) {
		var done func()
		if g.Sketch, done, err = sketches.of(ctx, units); err != nil {
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
func (t *groupTask) groups(ctx context.Context, link func(stage.Group, []stage.Unit) error) error {
	g := grouping{link: link, max: groupUnitsMax}
	if err := t.units(ctx, g.add); err != nil {
		return err
	}
	return g.flush()
}

// units streams the units of all segments, in the order of their keys.
func (t *groupTask) units(ctx context.Context, add func(stage.Key, stage.Unit) error) error {
	dropped, err := t.dropped(ctx)
	if err != nil {
		return err
	}
	inputs := make([]extsort.Input, len(t.segments))
	for i := range t.segments {
		inputs[i] = func() (extsort.Stream, error) { return t.openKeys(ctx, i, dropped[i]) }
	}
	narrow := t.step.Grouping.KeyBytes() == 8
	n := 0
	for r, err := range extsort.Merge(inputs, t.engine.plan.Options.TempDir) {
		if err == nil && n&0xFFFF == 0 {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		n++
		if err := add(unitOf(r, narrow)); err != nil {
			return err
		}
	}
	return nil
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
	rows := make([]bitmap, len(t.segments))
	for _, res := range t.earlier {
		if err := res.dropped(ctx, t.engine.plan.ledger, 0, rows); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// groupUnitsMax is the size of a group that is linked as one, 4 MiB of units. It shapes
// edges, so it hangs on neither memory nor workers.
const groupUnitsMax = 1 << 18

// grouping collects the units of equal keys. A larger group than max is linked in pieces
// that share its first unit.
type grouping struct {
	link  func(stage.Group, []stage.Unit) error
	max   int
	key   stage.Key
	units []stage.Unit
}

func (g *grouping) add(key stage.Key, u stage.Unit) error {
	if len(g.units) > 0 && key != g.key {
		if err := g.flush(); err != nil {
			return err
		}
	}
	if len(g.units) > 1 && len(g.units) >= g.max {
		first := g.units[0]
		if err := g.flush(); err != nil {
			return err
		}
		g.units = append(g.units, first)
	}
	g.key = key
	if n := len(g.units); n > 0 && g.units[n-1] == u {
		return nil // a document that gave the same key twice
	}
	g.units = append(g.units, u)
	return nil
}

func (g *grouping) flush() error {
	units := g.units
	g.units = g.units[:0]
	if len(units) < 2 {
		return nil
	}
	return g.link(stage.Group{Key: g.key, Units: func(yield func(stage.Unit) bool) {
		for _, u := range units {
			if !yield(u) {
				return
			}
		}
	}}, units)
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
	keys, err := segment.OpenKeys(ctx, file, c.Keys[t.column], t.from, t.to)
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
	f, err := l.Create(ctx, segmentFile(c.Key, role, ""))
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

package run

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/corpusmill/corpusmill/internal/extsort"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/segment"
	"github.com/corpusmill/corpusmill/stage"
)

// groupSketches finds the sketches of the units of a group. Units come in an order of
// their own, so that in a large group each would need another block of a file: there the
// blocks are read once, in the order of the files, and the sketches sorted back.
//
// Where the keys of bundles were merged, their sketches came with them.
type groupSketches struct {
	size   int
	stored *segment.Sketches // nil where they come with the keys
	memory int64             // for sorting
	dir    string
}

// sketches opens those of the task's segments; nil where the stage keeps none.
func (t *groupTask) sketches(memory int64) (*groupSketches, error) {
	pl, size := t.engine.plan, t.step.Grouping.SketchBytes
	if size == 0 {
		return nil, nil
	}
	if len(t.runs) > 0 {
		return &groupSketches{size: size}, nil
	}
	var files []segment.SketchFile
	for _, c := range t.segments {
		file, err := fileOf(pl.ledger, c, ledger.RoleSketches, t.step.Name)
		if err != nil {
			return nil, err
		}
		files = append(files, segment.SketchFile{File: file, Documents: c.Documents})
	}
	return &groupSketches{size, segment.NewSketches(files, size, memory/2), memory / 2, pl.Options.TempDir}, nil
}

func (g *groupSketches) find(ctx context.Context, u stage.Unit) ([]byte, error) {
	return g.stored.Of(ctx, int(u.Doc>>32), uint32(u.Doc))
}

// of is how a group finds its sketches, and what is to be called when it is linked.
func (g *groupSketches) of(ctx context.Context, units []stage.Unit, carried []byte) (func(stage.Unit) ([]byte, error), func(), error) {
	if g == nil {
		return func(stage.Unit) ([]byte, error) { return nil, fmt.Errorf("the stage keeps no sketches") }, func() {}, nil
	}
	if g.stored == nil {
		return g.carried(units, carried), func() {}, nil
	}
	if len(units) <= g.stored.Blocks() {
		return func(u stage.Unit) ([]byte, error) { return g.find(ctx, u) }, func() {}, nil
	}
	sorted, err := g.sort(ctx, units)
	if err != nil {
		return nil, nil, err
	}
	next, stop := iter.Pull2(sorted.Sorted())
	at := 0
	return func(u stage.Unit) ([]byte, error) {
		if at >= len(units) || units[at] != u { // asked out of order
			return g.find(ctx, u)
		}
		at++
		x, err, ok := next()
		if err == nil && !ok {
			err = segment.ErrDamaged
		}
		return slices.Clone(x.Data), err
	}, func() { stop(); sorted.Close() }, nil
}

// carried finds sketches that came with the units, at once where these are asked for in
// their order.
func (g *groupSketches) carried(units []stage.Unit, sketches []byte) func(stage.Unit) ([]byte, error) {
	at := 0
	return func(u stage.Unit) ([]byte, error) {
		if at >= len(units) || units[at] != u {
			if at = slices.Index(units, u); at < 0 {
				return nil, fmt.Errorf("unit %v is not of the group", u)
			}
		}
		b := sketches[at*g.size : (at+1)*g.size : (at+1)*g.size]
		at++
		return b, nil
	}
}

// sort reads the sketches of the units in the order of the files.
func (g *groupSketches) sort(ctx context.Context, units []stage.Unit) (*extsort.Items, error) {
	order := make([]uint32, len(units))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int { return cmp.Compare(units[a].Doc, units[b].Doc) })
	sorted := extsort.NewItems(g.memory, g.dir)
	for _, i := range order {
		b, err := g.find(ctx, units[i])
		if err == nil {
			err = sorted.Add(extsort.Item{Key: extsort.Record{uint64(i)}, Data: b})
		}
		if err != nil {
			sorted.Close()
			return nil, err
		}
	}
	return sorted, nil
}

package run

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"sort"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/internal/components"
	"github.com/corpusmill/corpusmill/internal/extsort"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/segment"
	"github.com/corpusmill/corpusmill/stage"
)

// Where a stage has more edges than one task resolves in memory, nothing is held but what
// a sorter has room for:
//
//	components  all edges                          -> the component of each document that has one
//	nominate    these and the index of segments    -> by share: the best document of each component in them
//	choose      what was nominated, by component   -> by nominating task: survivor and size of each component
//	resolve     components and survivors           -> edits of the same segments
//
// The edits are those that resolveTask makes in memory, to the byte. A component is known
// by the least number of its documents.

// componentsTask labels each document that has an edge.
type componentsTask struct {
	engine   *Engine
	segments []*ledger.Commit
	decided  []*ledger.Commit // the tasks that found the edges
}

func (t *componentsTask) run(ctx context.Context, c *ledger.Commit) (err error) {
	pl := t.engine.plan
	starts := make([]uint64, len(t.segments)+1) // of the documents of each segment, as nodes
	for i, s := range t.segments {
		starts[i+1] = starts[i] + uint64(s.Documents)
	}
	f, err := components.New(starts[len(t.segments)], pl.Options.Memory/4, pl.Options.TempDir) // the one task of its pass
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	n := 0
	err = t.engine.edges(ctx, t.decided, func(e segment.Edge) error {
		if n++; n&0xFFFF == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		a, aok := nodeOf(starts, e[0])
		b, bok := nodeOf(starts, e[1])
		if !aok || !bok {
			return fmt.Errorf("%s: %w: an edge of documents %d and %d that no segment has", c.Label, segment.ErrDamaged, e[0], e[1])
		}
		return f.Add(a, b)
	})
	if err != nil {
		return err
	}
	return writeSlices(ctx, pl.ledger, c, ledger.RoleComponents, labels(ctx, f, starts))
}

// nodeOf numbers documents without gaps.
func nodeOf(starts []uint64, doc uint64) (uint64, bool) {
	number := doc >> 32
	if number >= uint64(len(starts)-1) || uint64(uint32(doc)) >= starts[number+1]-starts[number] {
		return 0, false
	}
	return starts[number] + uint64(uint32(doc)), true
}

// docOf is the document of a node, which is not before those of the segment of the last.
func docOf(starts []uint64, node uint64, last uint64) uint64 {
	if i := last >> 32; starts[i] <= node && node < starts[i+1] {
		return docNumber(int(i), uint32(node-starts[i]))
	}
	i := sort.Search(len(starts), func(i int) bool { return starts[i] > node }) - 1
	return docNumber(i, uint32(node-starts[i]))
}

// labels are items of a document and its component.
func labels(ctx context.Context, f *components.Finder, starts []uint64) iter.Seq2[extsort.Item, error] {
	return func(yield func(extsort.Item, error) bool) {
		var doc, component uint64
		n := 0
		for l, err := range f.Labels() {
			if n++; err == nil && n&0xFFFF == 0 {
				err = ctx.Err()
			}
			if err != nil {
				yield(extsort.Item{}, err)
				return
			}
			doc, component = docOf(starts, l.Node, doc), docOf(starts, l.Component, component)
			if !yield(extsort.Item{Key: extsort.Record{doc, component}}, nil) {
				return
			}
		}
	}
}

// nominateTask finds the best document of each component among those of some segments.
type nominateTask struct {
	engine     *Engine
	step       *flow.Step
	column     int // of the stage in the index rows
	number     int // of the task in its pass
	segments   []*ledger.Commit
	first      int // number of the first segment in its pass
	earlier    []*resolved
	components *ledger.Commit
	shares     int // tasks that choose
}

func (t *nominateTask) run(ctx context.Context, c *ledger.Commit) error {
	pl := t.engine.plan
	sorter := extsort.NewItems(pl.sortBytes(), pl.Options.TempDir)
	defer sorter.Close()
	if err := t.read(ctx, sorter); err != nil {
		return fmt.Errorf("%s: %w", c.Label, err)
	}
	best := bests(t.step.Grouping.Survivor(), sorter.Sorted())
	return writeSlices(ctx, pl.ledger, c, ledger.RoleNominees, func(yield func(extsort.Item, error) bool) {
		for x, err := range best {
			item := extsort.Item{Key: extsort.Record{x.share, x.component, uint64(t.number)}, Data: appendNode(nil, &x.node)}
			if !yield(item, err) || err != nil {
				return
			}
		}
	})
}

// best is the best document of a component, whose weight is that of all.
type best struct {
	share, component uint64
	node
	from []uint64 // the tasks that nominated one, in ascending order
}

// bests finds the best of each component among candidates that come by share and component.
func bests(keep stage.Keep, candidates iter.Seq2[extsort.Item, error]) iter.Seq2[best, error] {
	return func(yield func(best, error) bool) {
		var x best
		some := false
		for c, err := range candidates {
			var n node
			if err == nil {
				n, err = decodeNode(c.Data)
			}
			if err != nil {
				yield(best{}, err)
				return
			}
			if !some || c.Key[0] != x.share || c.Key[1] != x.component {
				if some && !yield(x, nil) {
					return
				}
				x, some = best{c.Key[0], c.Key[1], n, []uint64{c.Key[2]}}, true
				continue
			}
			size := x.weight + n.weight
			if better(keep, &n, &x.node) {
				x.node = n
			}
			x.weight = size
			if c.Key[2] != x.from[len(x.from)-1] {
				x.from = append(x.from, c.Key[2])
			}
		}
		if some {
			yield(x, nil)
		}
	}
}

// shareOf is the share of the components that one is in.
func shareOf(component uint64, shares int) uint64 {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], component)
	return xxh3.Hash(b[:]) % uint64(max(shares, 1))
}

// read gives the documents of the segments that have a component, with what they are
// chosen by.
func (t *nominateTask) read(ctx context.Context, sorter *extsort.Items) error {
	all, err := t.engine.openSlices(ctx, t.components, ledger.RoleComponents, sliceRange{uint64(t.first), uint64(t.first + len(t.segments))})
	if err != nil {
		return err
	}
	var w *indexWalk
	closeWalk := func() {
		if w != nil {
			w.close()
		}
	}
	defer func() { closeWalk() }()
	number := -1
	var data []byte
	for x, err := range all.All() {
		if err != nil {
			return err
		}
		n := node{doc: x.Key[0]}
		if s := int(n.doc >> 32); s != number {
			closeWalk()
			number = s
			if w, err = t.engine.walkIndex(ctx, t.segments[s-t.first], s, t.column, t.earlier); err != nil {
				return err
			}
		}
		if err := w.fill(&n); err != nil {
			return err
		}
		data = appendNode(data[:0], &n)
		if err := sorter.Add(extsort.Item{Key: extsort.Record{shareOf(x.Key[1], t.shares) << 32, x.Key[1]}, Data: data}); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// appendNode appends what a document is chosen by.
func appendNode(b []byte, n *node) []byte {
	b = binary.BigEndian.AppendUint64(b, n.doc)
	missing := byte(0)
	if n.rank.Missing {
		missing = 1
	}
	b = binary.BigEndian.AppendUint64(append(b, missing), n.rank.Order)
	b = binary.BigEndian.AppendUint64(b, n.tie[0])
	b = binary.BigEndian.AppendUint64(b, n.tie[1])
	b = binary.AppendVarint(b, n.weight)
	return append(b, n.id...)
}

func decodeNode(b []byte) (n node, err error) {
	d := segment.NewDecoder(b)
	fixed := d.Take(33)
	n.weight = d.Varint()
	id, ok := d.Rest()
	if !ok {
		return n, fmt.Errorf("%w: a candidate of %d bytes", segment.ErrDamaged, len(b))
	}
	n.doc = binary.BigEndian.Uint64(fixed)
	n.rank.Missing, n.rank.Order = fixed[8] != 0, binary.BigEndian.Uint64(fixed[9:])
	n.tie = [2]uint64{binary.BigEndian.Uint64(fixed[17:]), binary.BigEndian.Uint64(fixed[25:])}
	n.id = string(id)
	return n, nil
}

// chooseTask chooses the survivors of a share of the components, and tells each group of
// segments that has documents of them.
type chooseTask struct {
	engine    *Engine
	step      *flow.Step
	number    int // of the share
	nominated []*ledger.Commit
}

func (t *chooseTask) run(ctx context.Context, c *ledger.Commit) error {
	pl := t.engine.plan
	sorter := extsort.NewItems(pl.sortBytes(), pl.Options.TempDir)
	defer sorter.Close()
	var data []byte
	n := 0
	for x, err := range bests(t.step.Grouping.Survivor(), t.engine.mergeSlices(ctx, t.nominated, ledger.RoleNominees, oneSlice(t.number))) {
		if n++; err == nil && n&0xFFF == 0 {
			err = ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("%s: %w", c.Label, err)
		}
		data = appendNode(data[:0], &x.node)
		for _, task := range x.from {
			if err := sorter.Add(extsort.Item{Key: extsort.Record{task << 32, x.component}, Data: data}); err != nil {
				return err
			}
		}
	}
	return writeSlices(ctx, pl.ledger, c, ledger.RoleChosen, sorter.Sorted())
}

// settle writes the edits of some segments, of components whose survivors are
// chosen.
func (t *resolveTask) settle(ctx context.Context, c *ledger.Commit) error {
	pl := t.engine.plan
	labels := extsort.New(pl.sortBytes()/2, pl.Options.TempDir) // by component
	defer labels.Close()
	all, err := t.engine.openSlices(ctx, t.components, ledger.RoleComponents, sliceRange{uint64(t.first), uint64(t.first + len(t.segments))})
	if err != nil {
		return err
	}
	for x, err := range all.All() {
		if err == nil {
			err = labels.Add(extsort.Record{x.Key[1], x.Key[0]})
		}
		if err != nil {
			return fmt.Errorf("%s: %w", c.Label, err)
		}
	}
	edits := extsort.NewItems(pl.sortBytes()/2, pl.Options.TempDir) // by document
	defer edits.Close()
	if err := t.join(ctx, labels, edits); err != nil {
		return fmt.Errorf("%s: %w", c.Label, err)
	}
	return writeEdits(ctx, pl.ledger, c, func(add func(int, segment.Edit) error) error {
		keep := t.step.Grouping.Survivor()
		for x, err := range edits.Sorted() {
			var winner node
			if err == nil {
				winner, err = decodeNode(x.Data)
			}
			if err != nil {
				return err
			}
			doc := x.Key[0]
			e := segment.Edit{Row: uint32(doc), Drop: drops(keep, doc == winner.doc), Winner: winner.id, Size: winner.weight}
			if err := add(int(doc>>32), e); err != nil {
				return err
			}
		}
		return nil
	})
}

// join gives each document the survivor of its component: both come by components.
func (t *resolveTask) join(ctx context.Context, labels *extsort.Sorter, edits *extsort.Items) error {
	chosen, stop := iter.Pull2(t.engine.mergeSlices(ctx, t.chosen, ledger.RoleChosen, oneSlice(t.number)))
	defer stop()
	x, err, ok := chosen()
	n := 0
	for r, lerr := range labels.Sorted() {
		if n++; lerr == nil && n&0xFFFF == 0 {
			lerr = ctx.Err()
		}
		if lerr != nil {
			return lerr
		}
		for err == nil && ok && x.Key[1] < r[0] {
			x, err, ok = chosen()
		}
		if err != nil {
			return err
		}
		if !ok || x.Key[1] != r[0] {
			return fmt.Errorf("%w: no survivor of component %d", segment.ErrDamaged, r[0])
		}
		if err := edits.Add(extsort.Item{Key: extsort.Record{r[1]}, Data: x.Data}); err != nil {
			return err
		}
	}
	return nil
}

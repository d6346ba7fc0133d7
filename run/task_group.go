package run

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/internal/extsort"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/stage"
)

// A document of a cut is numbered segment<<32 | row.
func docNumber(segment int, row uint32) uint64 { return uint64(segment)<<32 | uint64(row) }

// groupTask merges one range of keys from all segments and links each group: its
// product is a sorted file of edges between documents.
type groupTask struct {
	engine   *Engine
	step     *Step
	pass     string
	key      string
	segments []*ledger.Commit
	dropped  func() ([]bitmap, error) // by segment: documents that an earlier stage of the cut dropped
	from, to int                      // bins [from, to)
}

// keysPerTask is how many keys a group task is meant to see; a power of two of
// tasks shares the 256 bins.
const keysPerTask = 64 << 20

func groupTasks(keys int64) int {
	n := 1
	for n < 256 && keys/int64(n) > keysPerTask {
		n *= 2
	}
	return n
}

func (t *groupTask) run(ctx context.Context, _ *pool) (*ledger.Commit, error) {
	pl, l := t.engine.plan, t.engine.plan.ledger
	c := &ledger.Commit{Pass: t.pass, Key: t.key, Label: fmt.Sprintf("%s %d-%d", t.step.Name, t.from, t.to)}
	st := t.step.fork()
	linker, ok := st.obj.(stage.Linker)
	if !ok {
		linker = starLinker{}
	}
	sketches := newSketchReader(ctx, l, t.segments, st, pl.sortBytes()/2)
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
	err := t.groups(ctx, func(g stage.Group) error {
		g.Sketch = sketches.of
		if err := linker.Link(g, edge); err != nil {
			return err
		}
		return addErr
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Label, err)
	}
	f, n, err := writeEdges(ctx, l, "segments/"+t.key+".edges", edges)
	if err != nil {
		return nil, err
	}
	c.Files, c.Keys = []ledger.File{f}, []int64{n}
	return c, nil
}

// starLinker links every unit of a group to its first.
type starLinker struct{}

func (starLinker) Link(g stage.Group, edge func(a, b stage.Unit)) error {
	first, have := stage.Unit{}, false
	for u := range g.Units {
		if !have {
			first, have = u, true
			continue
		}
		edge(first, u)
	}
	return nil
}

// groups streams every group of two or more units through link.
func (t *groupTask) groups(ctx context.Context, link func(stage.Group) error) error {
	dropped, err := t.dropped()
	if err != nil {
		return err
	}
	inputs := make([]extsort.Input, len(t.segments))
	for i, c := range t.segments {
		inputs[i] = func() (extsort.Stream, error) { return t.openKeys(ctx, i, c.Key, dropped[i]) }
	}
	narrow := t.step.grouper.KeyBytes() == 8
	g := grouping{narrow: narrow, link: link, memory: t.engine.plan.sortBytes()}
	for r, err := range extsort.Merge(inputs, t.engine.plan.Options.TempDir) {
		if err == nil && g.n&0xFFFF == 0 {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if err := g.add(r); err != nil {
			return err
		}
	}
	return g.flush()
}

// grouping collects the units of equal keys. A group is held in memory up to a
// limit; a larger one is linked in pieces that share its first unit.
type grouping struct {
	narrow bool
	link   func(stage.Group) error
	memory int64
	key    stage.Key
	units  []stage.Unit
	n      int64
}

func (g *grouping) add(r extsort.Record) error {
	key := stage.Key{Hi: r[0], Lo: r[1]}
	if g.narrow {
		key.Lo = 0
	}
	g.n++
	u := stage.Unit{Doc: docNumber(int(r[2]), uint32(r[3]>>32)), Part: uint32(r[3])}
	if len(g.units) > 0 && key != g.key {
		if err := g.flush(); err != nil {
			return err
		}
	}
	if len(g.units) > 1 && int64(len(g.units))*16 >= g.memory {
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
	}})
}

// keyStream reads a range of bins of one segment's key file.
type keyStream struct {
	r       *bufio.Reader
	c       io.Closer
	segment uint64
	dropped bitmap
}

func (t *groupTask) openKeys(ctx context.Context, segment int, key string, dropped bitmap) (extsort.Stream, error) {
	name := segmentFile(key, keysExt(t.step))
	s := t.engine.plan.ledger.Store
	from, to := int64(0), int64(0)
	head, err := s.OpenRange(ctx, name, 0, keyHeaderBytes)
	if err != nil {
		return nil, err
	}
	var table [keyHeaderBytes]byte
	_, err = io.ReadFull(head, table[:])
	if err := errors.Join(err, head.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	from = int64(binary.BigEndian.Uint64(table[8*t.from:]))
	to = int64(binary.BigEndian.Uint64(table[8*t.to:]))
	ks := &keyStream{segment: uint64(segment), dropped: dropped}
	if from >= to {
		ks.r = bufio.NewReader(eof{})
		return ks, nil
	}
	body, err := s.OpenRange(ctx, name, keyHeaderBytes+from*keyRecordBytes, (to-from)*keyRecordBytes)
	if err != nil {
		return nil, err
	}
	ks.r, ks.c = bufio.NewReaderSize(body, 64<<10), body
	return ks, nil
}

type eof struct{}

func (eof) Read([]byte) (int, error) { return 0, io.EOF }

func (k *keyStream) Next(r *extsort.Record) error {
	for {
		var b [keyRecordBytes]byte
		if _, err := io.ReadFull(k.r, b[:]); err != nil {
			return err
		}
		unit := binary.BigEndian.Uint64(b[16:])
		if k.dropped.has(uint32(unit >> 32)) {
			continue
		}
		*r = extsort.Record{binary.BigEndian.Uint64(b[:]), binary.BigEndian.Uint64(b[8:]), k.segment, unit}
		return nil
	}
}

func (k *keyStream) Close() error {
	if k.c == nil {
		return nil
	}
	return k.c.Close()
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

// sketchReader fetches sketches by document, in blocks of the segment's sketch
// file; it keeps as many recent blocks as its memory allows.
type sketchReader struct {
	ctx      context.Context
	ledger   *ledger.Ledger
	segments []*ledger.Commit
	step     *Step
	max      int // blocks kept
	blocks   map[sketchBlock][]byte
	order    []sketchBlock // in which they were read
}

type sketchBlock struct {
	segment uint32
	block   int64
}

// sketchesPerBlock is how many sketches one read fetches.
const sketchesPerBlock = 512

func newSketchReader(ctx context.Context, l *ledger.Ledger, segments []*ledger.Commit, st *Step, memory int64) *sketchReader {
	perBlock := int64(max(st.sketch, 1)) * sketchesPerBlock
	return &sketchReader{ctx: ctx, ledger: l, segments: segments, step: st, max: int(max(memory/perBlock, 8)), blocks: map[sketchBlock][]byte{}}
}

// of returns the sketch of a unit's document. Evicted blocks stay alive as long
// as somebody holds a slice of them.
func (r *sketchReader) of(u stage.Unit) ([]byte, error) {
	if r.step.sketch == 0 {
		return nil, fmt.Errorf("%s keeps no sketches", r.step.Name)
	}
	row := int64(uint32(u.Doc))
	at := sketchBlock{uint32(u.Doc >> 32), row / sketchesPerBlock}
	b, ok := r.blocks[at]
	if !ok {
		var err error
		if b, err = r.read(at); err != nil {
			return nil, err
		}
		if len(r.order) >= r.max {
			delete(r.blocks, r.order[0])
			r.order = r.order[1:]
		}
		r.blocks[at] = b
		r.order = append(r.order, at)
	}
	size := r.step.sketch
	i := int(row%sketchesPerBlock) * size
	return b[i : i+size : i+size], nil
}

func (r *sketchReader) read(at sketchBlock) ([]byte, error) {
	c, size := r.segments[at.segment], int64(r.step.sketch)
	name := segmentFile(c.Key, sketchExt(r.step))
	first := at.block * sketchesPerBlock
	b := make([]byte, min(sketchesPerBlock, c.Documents-first)*size)
	f, err := r.ledger.Store.OpenRange(r.ctx, name, first*size, int64(len(b)))
	if err != nil {
		return nil, err
	}
	_, err = io.ReadFull(f, b)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return b, nil
}

func writeEdges(ctx context.Context, l *ledger.Ledger, name string, s *extsort.Sorter) (ledger.File, int64, error) {
	f, err := l.Create(ctx, name)
	if err != nil {
		return ledger.File{}, 0, err
	}
	defer f.Abort() //nolint:errcheck // after Commit it does nothing, before it the first error counts
	w := bufio.NewWriterSize(f, 256<<10)
	var b []byte
	var n int64
	last := extsort.Record{}
	for r, err := range s.Sorted() {
		if err != nil {
			return ledger.File{}, 0, err
		}
		if n > 0 && r == last {
			continue
		}
		last = r
		n++
		b = binary.BigEndian.AppendUint64(b[:0], r[0])
		b = binary.BigEndian.AppendUint64(b, r[1])
		if _, err := w.Write(b); err != nil {
			return ledger.File{}, 0, err
		}
	}
	if err := w.Flush(); err != nil {
		return ledger.File{}, 0, err
	}
	done, err := f.Commit(ctx)
	return done, n, err
}

// edit is what a cut decided of one document of a segment.
type edit struct {
	row    uint32
	drop   bool
	winner string // ID of the document that represents the cluster
	size   int64  // documents of the cluster
}

type editList struct {
	edits []edit
	next  int
}

// apply edits the document of a row; rows come in ascending order.
func (l *editList) apply(d *corpus.Document, row uint32, st *Step) {
	for l.next < len(l.edits) && l.edits[l.next].row < row {
		l.next++
	}
	if l.next >= len(l.edits) || l.edits[l.next].row != row {
		return
	}
	e := l.edits[l.next]
	d.ClusterID, d.ClusterSize = e.winner, e.size
	if e.drop {
		d.Rejection = &corpus.Rejection{Stage: st.Name, Verdict: corpus.Verdict{
			Rule: st.dropRule, Value: float64(e.size), Limit: 1, Detail: e.winner}}
	}
}

func appendEdit(dst []byte, e edit) []byte {
	dst = binary.AppendUvarint(dst, uint64(e.row))
	flag := byte(0)
	if e.drop {
		flag = 1
	}
	dst = append(dst, flag)
	dst = binary.AppendVarint(dst, e.size)
	dst = binary.AppendUvarint(dst, uint64(len(e.winner)))
	return append(dst, e.winner...)
}

func decodeEdits(b []byte) ([]edit, error) {
	r := decoder{b: b}
	var edits []edit
	for len(r.b) > 0 && !r.bad {
		e := edit{row: uint32(r.uvarint())}
		if flag := r.take(1); flag != nil {
			e.drop = flag[0] == 1
		}
		e.size, e.winner = r.varint(), r.string()
		edits = append(edits, e)
	}
	if r.bad {
		return nil, errDamaged
	}
	return edits, nil
}

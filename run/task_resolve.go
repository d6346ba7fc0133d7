package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/segment"
	"github.com/corpusmill/corpusmill/stage"
)

// resolveTask turns the edges of one grouping stage into clusters, chooses the
// survivor of each, and writes the edits of every segment.
//
// Only documents that have an edge are held: 72 bytes and the ID of each. Where these are
// too many by the plan, other tasks have done that, and this one has the edits of some
// segments left to write (settle).
type resolveTask struct {
	engine     *Engine
	step       *flow.Step
	column     int // of the stage in the index rows
	number     int // of the task in its pass
	segments   []*ledger.Commit
	first      int // number of the first of them in its pass
	groups     []*ledger.Commit
	elected    []*ledger.Commit // of a stage that weighs its candidates, in place of groups
	earlier    []*resolved      // of the same cut
	components *ledger.Commit   // nil where this task finds them
	chosen     []*ledger.Commit
}

// node is one document that has an edge.
type node struct {
	doc    uint64
	parent int32
	tie    [2]uint64
	weight int64
	rank   corpus.Rank
	id     string
}

const nodeBytes = 160 // with its ID, edges and the table

func (t *resolveTask) run(ctx context.Context, c *ledger.Commit) error {
	if t.step.Grouping.Spanner != nil {
		return t.cut(ctx, c)
	}
	if t.components != nil {
		return t.settle(ctx, c)
	}
	edges, err := t.readEdges(ctx)
	if err != nil {
		return err
	}
	nodes := nodesOf(edges)
	if err := t.fill(ctx, nodes); err != nil {
		return err
	}
	for _, e := range edges {
		union(nodes, find(nodes, indexOf(nodes, e[0])), find(nodes, indexOf(nodes, e[1])))
	}
	return t.write(ctx, c, t.choose(nodes))
}

func (t *resolveTask) readEdges(ctx context.Context) ([]segment.Edge, error) {
	var total int64
	groups := decided(t.step, t.groups, t.elected)
	for _, g := range groups {
		total += g.Keys[0]
	}
	if need := total * nodeBytes; need > t.engine.plan.Options.Memory {
		return nil, fmt.Errorf("%s: %d edges between duplicates need about %s of memory; give --memory", t.step.Name, total, config.Bytes(need>>20<<20))
	}
	edges := make([]segment.Edge, 0, total)
	err := t.engine.edges(ctx, groups, func(e segment.Edge) error {
		edges = append(edges, e)
		return nil
	})
	return edges, err
}

// decided are the tasks that say what the edges of a stage are.
func decided(st *flow.Step, groups, elected []*ledger.Commit) []*ledger.Commit {
	if st.Grouping.Verifier != nil {
		return elected
	}
	return groups
}

// edges gives the edges that tasks found.
func (e *Engine) edges(ctx context.Context, commits []*ledger.Commit, add func(segment.Edge) error) error {
	for _, c := range commits {
		file, err := fileOf(e.plan.ledger, c, ledger.RoleEdges, "")
		if err != nil {
			return err
		}
		for x, err := range segment.Edges(ctx, file, c.Keys[0]) {
			if err == nil {
				err = add(x)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func nodesOf(edges []segment.Edge) []node {
	docs := make([]uint64, 0, 2*len(edges))
	for _, e := range edges {
		docs = append(docs, e[0], e[1])
	}
	slices.Sort(docs)
	docs = slices.Compact(docs)
	nodes := make([]node, len(docs))
	for i, d := range docs {
		nodes[i] = node{doc: d, parent: int32(i)}
	}
	return nodes
}

func indexOf(nodes []node, doc uint64) int32 {
	i, _ := slices.BinarySearchFunc(nodes, doc, func(n node, d uint64) int { return cmp.Compare(n.doc, d) })
	return int32(i)
}

func find(nodes []node, i int32) int32 {
	for nodes[i].parent != i {
		nodes[i].parent = nodes[nodes[i].parent].parent
		i = nodes[i].parent
	}
	return i
}

// union hangs the later root below the earlier: the partition is what counts, and
// it does not depend on the order of edges.
func union(nodes []node, a, b int32) {
	if a < b {
		nodes[b].parent = a
	} else if b < a {
		nodes[a].parent = b
	}
}

// fill reads what the survivor is chosen by from the index of each segment.
func (t *resolveTask) fill(ctx context.Context, nodes []node) error {
	for len(nodes) > 0 {
		number := int(nodes[0].doc >> 32)
		n := slices.IndexFunc(nodes, func(x node) bool { return int(x.doc>>32) != number })
		if n < 0 {
			n = len(nodes)
		}
		if err := t.fillSegment(ctx, number, nodes[:n]); err != nil {
			return err
		}
		nodes = nodes[n:]
	}
	return nil
}

func (t *resolveTask) fillSegment(ctx context.Context, number int, nodes []node) error {
	w, err := t.engine.walkIndex(ctx, t.segments[number], number, t.column, t.earlier)
	if err != nil {
		return err
	}
	defer w.close()
	for i := range nodes {
		if err := w.fill(&nodes[i]); err != nil {
			return err
		}
	}
	return nil
}

// indexWalk reads from the index of a segment what survivors are chosen by.
type indexWalk struct {
	label   string
	column  int
	weights map[uint32]int64 // of documents that stand for others already
	next    func() (segment.IndexRow, error, bool)
	close   func()
	row     int64 // of the next
}

func (e *Engine) walkIndex(ctx context.Context, c *ledger.Commit, number, column int, earlier []*resolved) (*indexWalk, error) {
	w := &indexWalk{label: c.Label, column: column, weights: map[uint32]int64{}}
	for _, res := range earlier {
		l, err := res.of(ctx, e.plan.ledger, number)
		if err != nil {
			return nil, err
		}
		for _, e := range l.edits {
			w.weights[e.Row] = e.Size
		}
	}
	file, err := fileOf(e.plan.ledger, c, ledger.RoleIndex, "")
	if err != nil {
		return nil, err
	}
	w.next, w.close = iter.Pull2(segment.Index(ctx, file, c.Documents))
	return w, nil
}

// fill reads on to the row of a node; they come in ascending order.
func (w *indexWalk) fill(n *node) error {
	for row := int64(uint32(n.doc)); ; {
		x, err, ok := w.next()
		if err != nil {
			return fmt.Errorf("index of %s: %w", w.label, err)
		}
		if !ok {
			return fmt.Errorf("index of %s: %w: no document %d", w.label, segment.ErrDamaged, row)
		}
		w.row++
		if w.row <= row {
			continue
		}
		n.tie, n.weight, n.rank, n.id = x.Tie, x.Weight, x.Ranks[w.column], x.ID
		if weight, ok := w.weights[uint32(row)]; ok {
			n.weight = weight
		}
		return nil
	}
}

// choose picks the survivor of every cluster and returns the edits by document.
func (t *resolveTask) choose(nodes []node) map[int][]segment.Edit {
	best, size := map[int32]int32{}, map[int32]int64{}
	keep := t.step.Grouping.Survivor()
	for i := range nodes {
		root := find(nodes, int32(i))
		size[root] += nodes[i].weight
		if b, ok := best[root]; !ok || better(keep, &nodes[i], &nodes[b]) {
			best[root] = int32(i)
		}
	}
	edits := map[int][]segment.Edit{}
	for i := range nodes {
		n, root := &nodes[i], find(nodes, int32(i))
		drop := drops(keep, best[root] == int32(i))
		number := int(n.doc >> 32)
		edits[number] = append(edits[number], segment.Edit{Row: uint32(n.doc), Drop: drop, Winner: nodes[best[root]].id, Size: size[root]})
	}
	return edits
}

// drops reports whether a document of a cluster goes, which may be the best of it.
func drops(keep stage.Keep, best bool) bool {
	return keep.Policy == "none" || keep.Policy != "all" && !best
}

// better reports whether a survives rather than b.
func better(keep stage.Keep, a, b *node) bool {
	switch keep.Policy {
	case "first":
		return a.doc < b.doc
	case "max", "min":
		x, y := a.rank, b.rank
		switch {
		case x.Missing != y.Missing:
			return y.Missing
		case !x.Missing && x.Order != y.Order:
			return (x.Order > y.Order) == (keep.Policy == "max")
		}
	}
	if a.tie != b.tie {
		return slices.Compare(a.tie[:], b.tie[:]) < 0
	}
	return a.doc < b.doc // the same source and ID twice
}

func (t *resolveTask) write(ctx context.Context, c *ledger.Commit, edits map[int][]segment.Edit) error {
	return writeEdits(ctx, t.engine.plan.ledger, c, func(add func(int, segment.Edit) error) error {
		for i := range t.segments {
			for _, e := range edits[i] {
				if err := add(i, e); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// writeEdits writes the file of edits; they come by segments, and by rows in each.
func writeEdits(ctx context.Context, l *ledger.Ledger, c *ledger.Commit, all func(add func(segment int, e segment.Edit) error) error) error {
	f, err := l.Create(ctx, segmentFile(c.Key, ledger.RoleEdits, ""))
	if err != nil {
		return err
	}
	defer f.Abort() //nolint:errcheck // after Commit it does nothing, before it the first error counts
	var b []byte
	var edit plan.Edit
	flush := func() error {
		if len(b) == 0 {
			return nil
		}
		edit.Offset, edit.Bytes, edit.SHA256 = f.Bytes(), int64(len(b)), segment.DigestOf(b)
		c.Edits = append(c.Edits, edit)
		_, err := f.Write(b)
		b, edit = b[:0], plan.Edit{}
		return err
	}
	err = all(func(number int, e segment.Edit) error {
		if edit.Input != number {
			if err := flush(); err != nil {
				return err
			}
		}
		edit.Input = number
		if e.Drop {
			edit.Dropped++
		}
		b = segment.AppendEdit(b, e)
		return nil
	})
	if err = errors.Join(err, flush()); err != nil {
		return err
	}
	file, err := f.Commit(ctx)
	if err != nil {
		return err
	}
	c.Files, c.Content = []ledger.File{file}, file.SHA256
	return nil
}

// resolved is the committed outcome of one grouping stage, as far as a task reads it: of one
// task, or of some of those that have several segments each.
type resolved struct {
	step    *flow.Step
	commits []*ledger.Commit
}

// of reads the edits of the segment of that number in its pass.
func (r *resolved) of(ctx context.Context, l *ledger.Ledger, number int) (editList, error) {
	for _, c := range r.commits {
		block := c.EditOf(number)
		if block == nil {
			continue
		}
		file, err := fileOf(l, c, ledger.RoleEdits, "")
		if err != nil {
			return editList{}, err
		}
		edits, err := segment.Edits(ctx, file, block.Offset, block.Bytes, block.SHA256)
		return editList{edits: edits}, err
	}
	return editList{}, nil
}

// dropped marks the rows that the stage dropped, of segments from that number on.
func (r *resolved) dropped(ctx context.Context, l *ledger.Ledger, first int, into []bitmap) error {
	for i := range into {
		list, err := r.of(ctx, l, first+i)
		if err != nil {
			return err
		}
		for _, e := range list.edits {
			if e.Drop {
				into[i].set(e.Row)
			}
		}
	}
	return nil
}

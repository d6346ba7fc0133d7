package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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
// Only documents that have an edge are held: 72 bytes and the ID of each.
type resolveTask struct {
	engine   *Engine
	step     *flow.Step
	column   int // of the stage in the index rows
	segments []*ledger.Commit
	groups   []*ledger.Commit
	elected  []*ledger.Commit // of a stage that weighs its candidates, in place of groups
	earlier  []*resolved      // of the same cut
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
	groups := t.groups
	if t.step.Grouping.Verifier != nil {
		groups = t.elected
	}
	for _, g := range groups {
		total += g.Keys[0]
	}
	if need := total * nodeBytes; need > t.engine.plan.Options.Memory {
		return nil, fmt.Errorf("%s: %d edges between duplicates need about %s of memory; give --memory", t.step.Name, total, config.Bytes(need>>20<<20))
	}
	edges := make([]segment.Edge, 0, total)
	for _, g := range groups {
		file, err := fileOf(t.engine.plan.ledger, g, ledger.RoleEdges, "")
		if err != nil {
			return nil, err
		}
		for e, err := range segment.Edges(ctx, file, g.Keys[0]) {
			if err != nil {
				return nil, err
			}
			edges = append(edges, e)
		}
	}
	return edges, nil
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
	c := t.segments[number]
	weights := map[uint32]int64{}
	for _, res := range t.earlier {
		l, err := res.of(ctx, t.engine.plan.ledger, number)
		if err != nil {
			return err
		}
		for _, e := range l.edits {
			weights[e.Row] = e.Size
		}
	}
	file, err := fileOf(t.engine.plan.ledger, c, ledger.RoleIndex, "")
	if err != nil {
		return err
	}
	row := uint32(0)
	for x, err := range segment.Index(ctx, file, c.Documents) {
		switch {
		case err != nil:
			return fmt.Errorf("index of %s: %w", c.Label, err)
		case len(nodes) == 0:
			return nil
		case uint32(nodes[0].doc) == row:
			n := &nodes[0]
			n.tie, n.weight, n.rank, n.id = x.Tie, x.Weight, x.Ranks[t.column], x.ID
			if w, ok := weights[row]; ok {
				n.weight = w
			}
			nodes = nodes[1:]
		}
		row++
	}
	if len(nodes) > 0 {
		return fmt.Errorf("index of %s: %w: no document %d", c.Label, segment.ErrDamaged, uint32(nodes[0].doc))
	}
	return nil
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
		drop := keep.Policy == "none" || keep.Policy != "all" && best[root] != int32(i)
		number := int(n.doc >> 32)
		edits[number] = append(edits[number], segment.Edit{Row: uint32(n.doc), Drop: drop, Winner: nodes[best[root]].id, Size: size[root]})
	}
	return edits
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

// resolved is the committed outcome of one grouping stage.
type resolved struct {
	step   *flow.Step
	commit *ledger.Commit
}

// of reads the edits of the segment of that number in its pass.
func (r *resolved) of(ctx context.Context, l *ledger.Ledger, number int) (editList, error) {
	block := r.commit.EditOf(number)
	if block == nil {
		return editList{}, nil
	}
	file, err := fileOf(l, r.commit, ledger.RoleEdits, "")
	if err != nil {
		return editList{}, err
	}
	edits, err := segment.Edits(ctx, file, block.Offset, block.Bytes, block.SHA256)
	return editList{edits: edits}, err
}

// dropped marks the rows that the stage dropped, for all segments.
func (r *resolved) dropped(ctx context.Context, l *ledger.Ledger, into []bitmap) error {
	for i := range into {
		list, err := r.of(ctx, l, i)
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

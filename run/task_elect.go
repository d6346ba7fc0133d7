package run

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/internal/extsort"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/segment"
	"github.com/corpusmill/corpusmill/stage"
)

// electTask decides which units of a range of keys are cut, or which edges between
// documents hold.
type electTask struct {
	engine  *Engine
	step    *flow.Step
	number  int // of the group task with that range
	weighed []*ledger.Commit
}

func (t *electTask) run(ctx context.Context, c *ledger.Commit) error {
	pl := t.engine.plan
	items := t.engine.mergeSlices(ctx, t.weighed, ledger.RoleWeighed, oneSlice(t.number))
	sorter := extsort.New(pl.sortBytes(), pl.Options.TempDir)
	defer sorter.Close()
	e := newElection(t.step, sorter.Add)
	n := 0
	for x, err := range items {
		if err == nil && n&0xFFF == 0 {
			err = ctx.Err()
		}
		if err == nil {
			err = e.see(x)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", c.Label, err)
		}
		n++
	}
	if t.step.Grouping.Spanner == nil {
		return writeEdges(ctx, pl.ledger, c, sorter)
	}
	return writeSlices(ctx, pl.ledger, c, ledger.RoleCuts, itemsOf(sorter.Sorted()))
}

// Limits of what is told apart within one group; only keys that are no good hashes come
// near. What finds no room stays as it is.
const (
	classesMax  = 1024
	evidenceMax = 64 << 20 // bytes of evidence of the classes, one class always fits
)

// election goes through groups. Units of a group come in the order of who stays: the first
// of those that are the same does. Of documents the first is the centre of a star, and the
// others have an edge if they are the same as it.
type election struct {
	verifier stage.Verifier // nil where equal keys are enough
	units    bool
	policy   string
	add      func(extsort.Record) error // of a unit that is cut, or of an edge
	quorum   int
	group    uint64
	open     bool
	classes  []class
	used     int // classes of the group at hand
	bytes    int
}

// class is the members of a group that are the same.
type class struct {
	quorum
	first    stage.Unit
	evidence []byte
}

func newElection(st *flow.Step, add func(extsort.Record) error) *election {
	verifier, spanner := st.Checks()
	e := &election{verifier: verifier, units: spanner != nil, policy: st.Grouping.Survivor().Policy, add: add}
	if e.units {
		e.quorum = spanner.Quorum()
	}
	return e
}

func (e *election) see(x extsort.Item) error {
	if !e.open || x.Key[0] != e.group {
		e.group, e.open, e.used, e.bytes = x.Key[0], true, 0, 0
	}
	if len(x.Data) < 12 {
		return fmt.Errorf("%w: a candidate of %d bytes", segment.ErrDamaged, len(x.Data))
	}
	u := stage.Unit{Doc: binary.BigEndian.Uint64(x.Data), Part: binary.BigEndian.Uint32(x.Data[8:])}
	k, err := e.classOf(u, x.Data[12:])
	if k == nil || err != nil {
		return err
	}
	if !e.units {
		if u == k.first {
			return nil
		}
		return e.add(extsort.Record{k.first.Doc, u.Doc})
	}
	return k.add(u, func(u stage.Unit) error {
		if e.policy == "all" || e.policy != "none" && u == k.first {
			return nil
		}
		return e.add(extsort.Record{u.Doc, uint64(u.Part)})
	})
}

// classOf finds those that a unit is the same as, or begins a class; nil has no room.
func (e *election) classOf(u stage.Unit, evidence []byte) (*class, error) {
	if e.verifier == nil && e.used == 1 {
		return &e.classes[0], nil
	}
	for i := range e.classes[:e.used] {
		if same, err := e.same(e.classes[i].evidence, evidence); same || err != nil {
			return &e.classes[i], err
		}
	}
	if !e.units && e.used > 0 { // not the same as the centre
		return nil, nil
	}
	if e.used == classesMax || e.used > 0 && e.bytes+len(evidence) > evidenceMax {
		return nil, nil
	}
	if e.used == len(e.classes) {
		e.classes = append(e.classes, class{quorum: quorum{documents: e.quorum}})
	}
	k := &e.classes[e.used]
	e.used++
	e.bytes += len(evidence)
	k.reset()
	k.first, k.evidence = u, append(k.evidence[:0], evidence...)
	return k, nil
}

// same compares what members must have in common, and then asks the stage.
func (e *election) same(a, b []byte) (bool, error) {
	x, y := segment.NewDecoder(a), segment.NewDecoder(b)
	within, other := x.Take(x.Uvarint()), y.Take(y.Uvarint())
	a, aok := x.Rest()
	b, bok := y.Rest()
	if !aok || !bok {
		return false, fmt.Errorf("%w: evidence of %d and %d bytes", segment.ErrDamaged, len(a), len(b))
	}
	return bytes.Equal(within, other) && e.verifier.Same(a, b), nil
}

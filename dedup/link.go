package dedup

import (
	"fmt"
	"math"

	"github.com/corpusmill/corpusmill/stage"
)

// Limits of the verification of one group. Work is at most linkRounds
// comparisons a unit; what is still alone after them stays without an edge here
// and may get one in another band.
const (
	linkRounds  = 8
	linkCarried = 1 << 18 // units that wait for the second round
)

// linker is the scratch of Link.
type linker struct {
	anchor   []byte
	units    []stage.Unit // that no anchor took yet
	sketches []byte       // of units
}

// Link joins the units of a group. Without verification every unit is linked to
// the first. With it, the first unit is the anchor to which every unit that is
// similar enough is linked; the others form the next round, with an anchor of
// their own, for a bounded number of rounds.
func (m *MinHash) Link(g stage.Group, edge func(a, b stage.Unit)) error {
	limit, on := m.minSimilarity()
	if !on {
		g.Star(edge)
		return nil
	}
	l := m.linker.Swap(nil)
	if l == nil {
		l = new(linker)
	}
	p := m.params()
	err := l.verify(g, p.bands*p.rows, equalBytes(limit, p.bands*p.rows), edge)
	m.linker.Store(l)
	return err
}

// equalBytes is the least number of equal bytes among the k of two sketches at
// which the estimated similarity reaches limit. A byte of unequal values is equal
// by chance once in 256, so J is estimated as (equal/k - 1/256) / (1 - 1/256).
func equalBytes(limit float64, k int) int {
	const chance = 1.0 / 256
	return int(math.Ceil(float64(k)*(limit*(1-chance)+chance) - 1e-9))
}

func (l *linker) verify(g stage.Group, size, need int, edge func(a, b stage.Unit)) error {
	anchor, have := stage.Unit{}, false
	l.units, l.sketches = l.units[:0], l.sketches[:0]
	for u := range g.Units {
		b, err := g.Sketch(u)
		if err != nil {
			return err
		}
		if len(b) != size {
			return fmt.Errorf("sketch of %d bytes, want %d", len(b), size)
		}
		switch {
		case !have:
			anchor, have = u, true
			l.anchor = append(l.anchor[:0], b...)
		case similar(l.anchor, b, need):
			edge(anchor, u)
		case len(l.units) < linkCarried:
			l.units, l.sketches = append(l.units, u), append(l.sketches, b...)
		}
	}
	for round := 1; round < linkRounds && len(l.units) > 1; round++ {
		l.round(size, need, edge)
	}
	return nil
}

// round links the waiting units to the first of them and keeps the others.
func (l *linker) round(size, need int, edge func(a, b stage.Unit)) {
	anchor := l.units[0]
	l.anchor = append(l.anchor[:0], l.sketches[:size]...)
	left := 0
	for i, u := range l.units[1:] {
		b := l.sketches[(i+1)*size : (i+2)*size]
		if similar(l.anchor, b, need) {
			edge(anchor, u)
			continue
		}
		l.units[left] = u
		copy(l.sketches[left*size:], b)
		left++
	}
	l.units, l.sketches = l.units[:left], l.sketches[:left*size]
}

// similar reports whether at least need bytes of two sketches are equal.
func similar(a, b []byte, need int) bool {
	equal := 0
	b = b[:len(a)]
	for i, x := range a {
		if x == b[i] {
			equal++
		}
	}
	return equal >= need
}

package tokencount

import (
	"math/bits"

	"github.com/corpusmill/corpusmill/internal/minheap"
)

// Byte-pair encoding of one piece: starting from single bytes, join the two
// neighbours whose concatenation has the lowest rank, the leftmost first, until
// no two neighbours concatenate to a token. (Sennrich, Haddow and Birch 2016, with
// ranks by concatenation as tiktoken has them.)

// smallPiece bounds the merge over a word of bits; longer pieces go through a heap.
const smallPiece = 63

// noJoin and above: no token. Below: rank << 6 | place, of which the least is the
// next join.
const noJoin = noRank &^ 63

// mergers pieces are merged side by side: while a look-up of one waits for memory the
// others go on.
const mergers = 32

// merger is the scratch memory of the merges.
type merger struct {
	v      *vocab
	units  [mergers]mergeUnit
	filled int // units in use

	active [mergers]uint8  // units with joins left
	best   [mergers]uint32 // and the least of each
	// Look-ups that the round has come to, and those of them that may find something.
	asked [2 * mergers]question
	maybe [2 * mergers]uint8
	lines [2 * mergers]uintptr

	big bigMerge
}

// question is a look-up.
type question struct {
	key   key
	hash  uint64
	line  uintptr // where it begins
	place uint32  // unit<<6 | place
}

// mergeUnit is one piece under way. Places are offsets into it.
type mergeUnit struct {
	join   [smallPiece + 1]uint32 // concatenation of the token that starts at a place with the next
	id     [smallPiece + 1]uint32 // rank of the token that starts at a place
	pad    [smallPiece + 1 + 16]byte
	starts uint64 // one bit per place where a token starts
	n      int
}

// encode appends the encoding of piece to dst.
func (m *merger) encode(dst []uint32, piece []byte) []uint32 {
	if len(piece) > smallPiece {
		return m.big.encode(m.v, dst, piece)
	}
	m.filled = 0
	m.add(piece)
	m.run()
	return m.take(dst, 0)
}

// add puts a piece of up to smallPiece bytes into the next unit.
func (m *merger) add(piece []byte) {
	u := &m.units[m.filled]
	m.filled++
	u.n = copy(u.pad[:], piece)
	u.start(m.v)
}

// addKey is add for the n bytes of a key.
func (m *merger) addKey(k key, n int) {
	u := &m.units[m.filled]
	m.filled++
	k.put(u.pad[:])
	u.n = n
	u.start(m.v)
}

// take appends the encoding of unit i after run.
func (m *merger) take(dst []uint32, i int) []uint32 {
	u := &m.units[i]
	for s := u.starts; s != 0; s &= s - 1 {
		dst = append(dst, u.id[bits.TrailingZeros64(s)&63])
	}
	return dst
}

// start sets up n tokens of one byte.
func (u *mergeUnit) start(v *vocab) {
	n := u.n
	u.starts = uint64(1)<<n - 1
	x := u.pad[0]
	for i := range n - 1 {
		y := u.pad[i+1]
		u.id[i] = v.single[x]
		u.join[i] = v.pairs[uint(x)<<8|uint(y)]<<6 | uint32(i)
		x = y
	}
	u.id[n-1] = v.single[x]
	// Up to a multiple of eight, at most seven more.
	for i := n - 1; i < (n+7)&^7; i++ {
		u.join[i] = noJoin
	}
}

// run merges all units.
func (m *merger) run() {
	left := m.filled
	for i := range left {
		m.active[i] = uint8(i)
	}
	for left > 0 {
		m.least(left)
		keep, asked := 0, 0
		for a, best := range m.best[:left] {
			unit := m.active[a]
			m.active[keep] = unit
			if best < noJoin {
				keep++
				asked = m.step(int(unit), best, asked)
			}
		}
		left = keep
		maybe := 0
		for i := range m.asked[:asked] {
			m.maybe[maybe] = uint8(i)
			m.lines[maybe] = m.asked[i].line
			maybe += int(m.v.bit(m.asked[i].hash))
		}
		prefetch(m.lines[:maybe])
		for _, i := range m.maybe[:maybe] {
			q := &m.asked[i]
			m.units[q.place>>6].join[q.place&63] = m.v.findHashed(q.key, q.hash)<<6 | q.place&63
		}
	}
}

// leastPlain writes the least join of each of the first left active units to best.
func (m *merger) leastPlain(left int) {
	for a, unit := range m.active[:left] {
		u := &m.units[unit]
		least := noRank
		for _, j := range u.join[:(u.n+7)&^7] {
			least = min(least, j)
		}
		m.best[a] = least
	}
}

// step makes the join best of a unit and asks for those that it makes possible. It
// returns how many look-ups are asked for then.
func (m *merger) step(unit int, best uint32, asked int) int {
	u := &m.units[unit&(mergers-1)]
	i := best & 63
	above := u.starts &^ (uint64(2)<<i - 1) // more than one bit
	j := bits.TrailingZeros64(above)
	u.starts &^= above & -above
	u.id[i] = best >> 6
	u.join[i] = noJoin
	u.join[j&63] = noJoin
	k, end := u.n, u.n
	if above &= above - 1; above != 0 {
		k = bits.TrailingZeros64(above)
		if above &= above - 1; above != 0 {
			end = bits.TrailingZeros64(above)
		}
		asked = m.ask(unit, int(i), end, asked)
	}
	if below := u.starts & (uint64(1)<<i - 1); below != 0 {
		p := bits.Len64(below) - 1
		u.join[p&63] = noJoin
		asked = m.ask(unit, p, k, asked)
	}
	return asked
}

// ask notes the look-up of the bytes from i to j as the join at i, unless it is clear
// that they are no token.
func (m *merger) ask(unit, i, j, asked int) int {
	u, v := &m.units[unit&(mergers-1)], m.v
	q := &m.asked[asked]
	switch n := j - i; {
	case n <= tinyLen:
		k := tinyAt(u.pad[:], i, n)
		h := hashTiny(k)
		q.key.lo, q.key.hi, q.hash = k, 0, h
		q.line = v.tinyLine(h)
	case n <= shortLen:
		k := shortAt(u.pad[:], i, n)
		q.key, q.hash = k, k.hashShort()
		q.line = v.shortLine(q.hash)
	default:
		u.join[i] = v.findLong(u.pad[i:j])<<6 | uint32(i)
		return asked
	}
	q.place = uint32(unit)<<6 | uint32(i)
	return asked + 1
}

// bigMerge merges in O(n log n): a heap of possible joins ordered by rank, then by
// place. Entries that a later join made stale are dropped when they come up.
type bigMerge struct {
	heap minheap.Heap // rank << placeBits | place
	next []int32      // per place: start of the token after the one that starts here
	prev []int32
	rank []uint32 // per place: rank of the valid heap entry, noRank: none
}

const (
	placeBits = 40
	// maxPiece bounds what one merge takes on, so that places fit an int32 and
	// scratch memory stays below 64 bytes per byte of piece.
	maxPiece = 1<<31 - 1
	// keepPiece is the longest piece whose scratch memory is kept.
	keepPiece = 16 << 10
)

func (g *bigMerge) encode(v *vocab, dst []uint32, piece []byte) []uint32 {
	n := len(piece)
	g.reset(n)
	for i := range n - 1 {
		r := v.pairs[int(piece[i])<<8|int(piece[i+1])]
		g.rank[i] = r
		if r != noRank {
			g.heap = append(g.heap, uint64(r)<<placeBits|uint64(i))
		}
	}
	g.heap.Init()
	for len(g.heap) > 0 {
		e := g.heap[0]
		i := int32(e & (1<<placeBits - 1))
		if g.rank[i] != uint32(e>>placeBits) {
			g.heap.Pop()
			continue
		}
		gone := g.next[i]
		after := g.next[gone]
		g.rank[gone] = noRank
		g.next[i] = after
		if int(after) < n {
			g.prev[after] = i
		}
		g.heap.Pop()
		g.offer(v, piece, i)
		if i > 0 {
			g.offer(v, piece, g.prev[i])
		}
	}
	for i := int32(0); int(i) < n; i = g.next[i] {
		dst = append(dst, v.findAt(piece, int(i), int(g.next[i])))
	}
	if n > keepPiece {
		*g = bigMerge{}
	}
	return dst
}

// reset makes room for n places, each a token of one byte.
func (g *bigMerge) reset(n int) {
	if cap(g.next) < n {
		size := max(n, 1024)
		g.next = make([]int32, size)
		g.prev = make([]int32, size)
		g.rank = make([]uint32, size)
		g.heap = make([]uint64, 0, size)
	}
	g.next, g.prev, g.rank, g.heap = g.next[:n], g.prev[:n], g.rank[:n], g.heap[:0]
	for i := range n {
		g.next[i], g.prev[i] = int32(i+1), int32(i-1)
	}
	g.rank[n-1] = noRank
}

// offer computes the join of the token at place i with the next one.
func (g *bigMerge) offer(v *vocab, piece []byte, i int32) {
	r := noRank
	if second := g.next[i]; int(second) < len(piece) {
		r = v.findAt(piece, int(i), int(g.next[second]))
	}
	g.rank[i] = r
	if r == noRank {
		return
	}
	g.heap.Push(uint64(r)<<placeBits | uint64(i))
}

// findAt returns the rank of b[i:j], or noRank.
func (v *vocab) findAt(b []byte, i, j int) uint32 {
	n := j - i
	if n > shortLen {
		return v.findLong(b[i:j])
	}
	if i+16 <= len(b) {
		return v.findKey(keyAt(b, i, n))
	}
	return v.find(b[i:j])
}

package tokencount

import "math/bits"

// Byte-pair encoding of one piece: starting from single bytes, join the two
// neighbours whose concatenation has the lowest rank, the leftmost first, until
// no two neighbours concatenate to a token. (Sennrich, Haddow and Birch 2016, with
// ranks by concatenation as tiktoken has them.)

// smallPiece bounds the merge over a word of bits; longer pieces go through a heap.
const smallPiece = 63

// noJoin and above: no token. Below: rank << 6 | place, of which the least is the
// next join.
const noJoin = noRank &^ 63

// merger is the scratch memory of the merges. Places are offsets into the piece.
type merger struct {
	v    *vocab
	pad  [smallPiece + 1 + 16]byte
	id   [smallPiece + 1]uint32 // rank of the token that starts at a place
	join [smallPiece + 1]uint32 // its concatenation with the next token

	big bigMerge
}

// encode appends the encoding of piece to dst.
func (m *merger) encode(dst []uint32, piece []byte) []uint32 {
	n := len(piece)
	if n > smallPiece {
		return m.big.encode(m.v, dst, piece)
	}
	copy(m.pad[:], piece)
	m.start(n)
	lanes := uint(n+7) &^ 7
	starts := uint64(2)<<n - 1 // one bit per place where a token starts, and the end
	for {
		best := leastOf(m.join[:lanes])
		if best >= noJoin {
			break
		}
		i := int(best & 63)
		j := nextBit(starts, i)
		k := nextBit(starts, j)
		starts &^= 1 << j
		m.id[i] = best >> 6
		m.join[j] = noJoin
		m.join[i] = noJoin
		if k < n {
			m.join[i] = m.find(i, nextBit(starts, k))
		}
		if i > 0 {
			p := bits.Len64(starts&(1<<i-1)) - 1
			m.join[p] = m.find(p, k)
		}
	}
	for i := 0; i < n; i = nextBit(starts, i) {
		dst = append(dst, m.id[i])
	}
	return dst
}

// start sets up n tokens of one byte.
func (m *merger) start(n int) {
	m.join[n-1] = noJoin
	for i := n; i&7 != 0; i++ {
		m.join[i] = noJoin
	}
	x := m.pad[0]
	for i := range n - 1 {
		y := m.pad[i+1]
		m.id[i] = m.v.single[x]
		m.join[i] = m.v.pairs[uint(x)<<8|uint(y)]<<6 | uint32(i)
		x = y
	}
	m.id[n-1] = m.v.single[x]
}

// leastOf returns the least of joins, a multiple of eight, without a branch on them.
func leastOf(joins []uint32) uint32 {
	a, b, c, d := noRank, noRank, noRank, noRank
	for ; len(joins) >= 8; joins = joins[8:] {
		a = min(a, joins[0], joins[4])
		b = min(b, joins[1], joins[5])
		c = min(c, joins[2], joins[6])
		d = min(d, joins[3], joins[7])
	}
	return min(a, b, c, d)
}

// nextBit returns the place of the first bit of set above place i, which exists.
func nextBit(set uint64, i int) int {
	return i + 1 + bits.TrailingZeros64(set>>(uint(i)+1))
}

// find returns the join of pad[i:j].
func (m *merger) find(i, j int) uint32 {
	if j-i > shortLen {
		return m.v.findLong(m.pad[i:j])<<6 | uint32(i)
	}
	k := keyAt(m.pad[:], i, j-i)
	return m.v.findShort(k, k.hash())<<6 | uint32(i)
}

// bigMerge merges in O(n log n): a heap of possible joins ordered by rank, then by
// place. Entries that a later join made stale are dropped when they come up.
type bigMerge struct {
	heap []uint64 // rank << placeBits | place
	next []int32  // per place: start of the token after the one that starts here
	prev []int32
	rank []uint32 // per place: rank of the valid heap entry, noRank: none
}

const (
	placeBits = 40
	// maxPiece bounds what one merge takes on, so that places fit an int32 and
	// scratch memory stays below 64 bytes per byte of piece.
	maxPiece = 1<<31 - 1
	// keepPiece is the longest piece whose scratch memory is kept.
	keepPiece = 1 << 16
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
	for i := len(g.heap)/2 - 1; i >= 0; i-- {
		g.down(i)
	}
	for len(g.heap) > 0 {
		e := g.heap[0]
		i := int32(e & (1<<placeBits - 1))
		if g.rank[i] != uint32(e>>placeBits) {
			g.pop()
			continue
		}
		gone := g.next[i]
		after := g.next[gone]
		g.rank[gone] = noRank
		g.next[i] = after
		if int(after) < n {
			g.prev[after] = i
		}
		g.pop()
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
	g.heap = append(g.heap, uint64(r)<<placeBits|uint64(i))
	for c := len(g.heap) - 1; c > 0; {
		p := (c - 1) / 2
		if g.heap[p] <= g.heap[c] {
			break
		}
		g.heap[p], g.heap[c] = g.heap[c], g.heap[p]
		c = p
	}
}

func (g *bigMerge) pop() {
	last := len(g.heap) - 1
	g.heap[0] = g.heap[last]
	g.heap = g.heap[:last]
	g.down(0)
}

func (g *bigMerge) down(i int) {
	h := g.heap
	for {
		c := 2*i + 1
		if c >= len(h) {
			return
		}
		if c+1 < len(h) && h[c+1] < h[c] {
			c++
		}
		if h[i] <= h[c] {
			return
		}
		h[i], h[c] = h[c], h[i]
		i = c
	}
}

// findAt returns the rank of b[i:j], or noRank.
func (v *vocab) findAt(b []byte, i, j int) uint32 {
	n := j - i
	if n > shortLen {
		return v.findLong(b[i:j])
	}
	if i+16 <= len(b) {
		k := keyAt(b, i, n)
		return v.findShort(k, k.hash())
	}
	return v.find(b[i:j])
}

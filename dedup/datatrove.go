package dedup

import (
	"crypto/sha1" //nolint:gosec // not for security: the hash that FineWeb's signatures used
	"encoding/binary"
	"math"
	"math/bits"
	"unsafe"

	"github.com/cespare/xxhash/v2"

	"github.com/corpusmill/corpusmill/text"
)

// mersenne61 is the prime of datatrove's permutations.
const mersenne61 = 1<<61 - 1

// troveScratch computes the signatures of datatrove 0.10 (its
// pipeline/dedup/minhash.py with 64-bit precision).
type troveScratch struct {
	a, b   []uint64
	simple []byte // simplified text
	joined []byte // its words with one space between
	words  []text.Word
	ends   []int // end of each word in joined
}

// maxIdleBytes bounds each text buffer that is kept between documents.
const maxIdleBytes = 256 << 10

func newTroveScratch(p params) *troveScratch {
	t := &troveScratch{}
	t.a, t.b = trovePermutations(uint32(p.seed), p.bands*p.rows)
	return t
}

// trovePermutations draws the factors and summands of n permutations as numpy's
// RandomState(seed).randint(1, p) and randint(0, p) do.
func trovePermutations(seed uint32, n int) (a, b []uint64) {
	g := newMT19937(seed)
	a, b = make([]uint64, n), make([]uint64, n)
	for i := range a {
		a[i] = 1 + g.below(mersenne61-1)
	}
	for i := range b {
		b[i] = g.below(mersenne61)
	}
	return a, b
}

// trim lets go of what a long text took.
func (t *troveScratch) trim() {
	if cap(t.simple) > maxIdleBytes || cap(t.joined) > 2*maxIdleBytes {
		t.simple, t.joined, t.words, t.ends = nil, nil, nil, nil
	}
}

// shingles appends the hash of each run of ngram words of the simplified text,
// joined by spaces.
func (t *troveScratch) shingles(dst []uint64, s string, p params) []uint64 {
	defer t.trim()
	t.simple = text.Simplify(t.simple[:0], s)
	if len(t.simple) == 0 {
		return dst
	}
	// the string lives no longer than this call, during which nothing writes simple
	simple := unsafe.String(&t.simple[0], len(t.simple))
	t.words = text.SpacyEnglish.AppendWords(t.words[:0], simple)
	t.joined, t.ends = t.joined[:0], t.ends[:0]
	for _, w := range t.words {
		t.joined = append(t.joined, simple[w.Start:w.End]...)
		t.ends = append(t.ends, len(t.joined))
		t.joined = append(t.joined, ' ')
	}
	start := 0
	for i := p.ngram - 1; i < len(t.ends); i++ {
		gram := t.joined[start:t.ends[i]]
		if p.hash == "sha1" {
			sum := sha1.Sum(gram) //nolint:gosec // see the import
			dst = append(dst, binary.LittleEndian.Uint64(sum[:8]))
		} else {
			dst = append(dst, xxhash.Sum64(gram))
		}
		start = t.ends[i-p.ngram+1] + 1
	}
	return dst
}

// permute sets each value to the least ((x*a+b) mod 2^64) mod 2^61-1 over the
// shingles x. The product wraps before the prime is taken, as in datatrove.
func (t *troveScratch) permute(sig, shingles []uint64) {
	for i := range sig {
		sig[i] = math.MaxUint64
	}
	a, b := t.a[:len(sig)], t.b[:len(sig)]
	for _, x := range shingles {
		for i := range sig {
			v := x*a[i] + b[i]
			v = v&mersenne61 + v>>61
			if v >= mersenne61 {
				v -= mersenne61
			}
			sig[i] = min(sig[i], v)
		}
	}
}

// mt19937 is the Mersenne Twister of Matsumoto and Nishimura (1998), as numpy's
// RandomState uses it.
type mt19937 struct {
	state [624]uint32
	next  int
}

func newMT19937(seed uint32) *mt19937 {
	g := &mt19937{next: 624}
	for i := range g.state {
		g.state[i] = seed
		seed = 1812433253*(seed^seed>>30) + uint32(i) + 1
	}
	return g
}

func (g *mt19937) uint32() uint32 {
	if g.next == len(g.state) {
		for i := range g.state {
			y := g.state[i]&0x80000000 | g.state[(i+1)%624]&0x7FFFFFFF
			g.state[i] = g.state[(i+397)%624] ^ y>>1 ^ y&1*0x9908B0DF
		}
		g.next = 0
	}
	y := g.state[g.next]
	g.next++
	y ^= y >> 11
	y ^= y << 7 & 0x9D2C5680
	y ^= y << 15 & 0xEFC60000
	return y ^ y>>18
}

// below draws from 0 to n-1: 64 bits, high half first, masked to the bits of n-1,
// again until it fits.
func (g *mt19937) below(n uint64) uint64 {
	mask := uint64(1)<<bits.Len64(n-1) - 1
	for {
		v := (uint64(g.uint32())<<32 | uint64(g.uint32())) & mask
		if v < n {
			return v
		}
	}
}

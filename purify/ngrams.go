package purify

import (
	"math/bits"

	"github.com/corpusmill/corpusmill/internal/hashtable"
)

// ngrams counts the n-grams of a sequence of word hashes for n = 2, 3, ... An
// n-gram is named by the position where it occurs first. From n to n+1 only
// positions count whose n-gram and whose successor's n-gram both repeat; their
// two names are the key, so that n-grams never collide beyond n = 2.
type ngrams struct {
	seen   *hashtable.Table
	hashes []uint64
	n      int
	first  []uint32 // name of the n-gram at position i
	count  []uint32 // by name
	next   []uint32
}

// begin takes the hashes of the words; n is 1.
func (g *ngrams) begin(hashes []uint64, seen *hashtable.Table) {
	g.seen, g.hashes, g.n = seen, hashes, 1
	g.first = hashtable.Grown(g.first, len(hashes))
	g.count = hashtable.Grown(g.count, len(hashes))
	g.next = hashtable.Grown(g.next, len(hashes))
}

// len returns the number of n-grams.
func (g *ngrams) len() int { return max(0, len(g.hashes)-g.n+1) }

// extend goes from n to n+1.
func (g *ngrams) extend() {
	g.n++
	n := g.len()
	g.seen.Reset(n)
	for i := range n {
		var key uint64
		if g.n == 2 {
			key = bits.RotateLeft64(g.hashes[i]*0x9E3779B97F4A7C15, 32) + g.hashes[i+1]
		} else {
			a, b := g.first[i], g.first[i+1]
			if g.count[a] < 2 || g.count[b] < 2 {
				g.first[i], g.next[i] = uint32(i), 1
				continue
			}
			key = uint64(a)<<32 | uint64(b)
		}
		name, fresh := g.seen.Add(key, uint32(i))
		g.first[i] = name
		if fresh {
			g.next[i] = 0
		}
		g.next[name]++
	}
	g.count, g.next = g.next, g.count
}

// top returns the first of the most frequent n-grams and its count, 0 if there
// is none.
func (g *ngrams) top() (first, count int) {
	for i := range g.len() {
		if g.first[i] == uint32(i) && int(g.count[i]) > count {
			first, count = i, int(g.count[i])
		}
	}
	return first, count
}

// repeats reports whether the n-gram at position i occurs twice or more.
func (g *ngrams) repeats(i int) bool { return g.count[g.first[i]] > 1 }

package language

import "math/bits"

// grams are the n-grams of a script by open addressing. With an n-gram stands whatever it
// begins with, so that the longest that a text ends with is at most a letter longer than
// that of the text without its last letter.
type grams struct {
	slots []uint64 // the lower bits of a key's hash above its row; 0 is free
	shift uint8    // what is left of a hash tells the slot
	mask  uint64
	free  int // slots that may still be taken: some stay free
}

// A hash has as many bits as the longest n-gram. A slot holds those of them that its place
// does not tell: keys that differ in the others have places a quarter of the table apart.
const (
	hashBits = 8 * maxGram
	rowBits  = 18
	maxRows  = 1<<rowBits - 1
	noRow    = maxRows // of a beginning that ends with no n-gram of the model
)

// newGrams makes a table of keys in ascending order; rows are their places in the list.
// They take at most half of its slots.
func newGrams(keys []uint64) (*grams, error) {
	if n := len(keys); n > maxRows || n > 0 && keys[n-1] >= 1<<hashBits {
		return nil, errModel
	}
	size := max(bits.Len(uint(2*len(keys))), 8)
	g := &grams{slots: make([]uint64, 1<<size), shift: uint8(hashBits - size), mask: 1<<size - 1, free: 3 << size / 4}
	for row, key := range keys {
		if !g.put(key, row) {
			return nil, errModel
		}
	}
	return g, nil
}

// hashOf spreads the bits of a key; different keys have different hashes.
func hashOf(key uint64) uint64 { return key * 0x9E3779B97F4A7C15 & (1<<hashBits - 1) }

// put adds a key. It fails where the table has it, is so full that slots no longer tell
// their keys, or would take the key for a free slot, as none of a model's is.
func (g *grams) put(key uint64, row int) bool {
	h := hashOf(key)
	tag := h << rowBits
	if g.free--; tag == 0 || g.free < 0 {
		return false
	}
	for i := range uint64(len(g.slots) / 8) {
		s := &g.slots[(h>>g.shift+i)&g.mask]
		if *s == 0 {
			*s = tag | uint64(row)
			return true
		}
		if *s^tag <= maxRows {
			return false
		}
	}
	return false
}

// row returns the row of a key, -1 where it is absent.
func (g *grams) row(key uint64) int {
	h := hashOf(key)
	tag := h << rowBits
	for i := h >> (g.shift & 63); ; i++ {
		switch s := g.slots[i&g.mask]; {
		case s^tag <= maxRows:
			return int(s ^ tag)
		case s == 0:
			return -1
		}
	}
}

// longest returns the row and the length of the longest n-gram of at most n codes that
// history ends with; -1 and 0 if there is none.
func (g *grams) longest(history uint64, n int) (row, length int) {
	for ; n > 0; n-- {
		if row := g.row(history & (1<<(8*n) - 1)); row >= 0 {
			return row, n
		}
	}
	return -1, 0
}

// close adds the beginnings of keys, with the rows of the longest n-grams that these end
// with.
func (g *grams) close(keys []uint64) error {
	for _, key := range keys {
		for key >>= 8; key != 0 && g.row(key) < 0; key >>= 8 {
			row, _ := g.longest(key, length(key)-1)
			if row < 0 {
				row = noRow
			}
			if !g.put(key, row) {
				return errModel
			}
		}
	}
	return nil
}

// length is how many codes a key has.
func length(key uint64) int { return (bits.Len64(key) + 7) / 8 }

package score

import (
	"hash/maphash"
	"math/bits"
)

// index keeps a number for each of the hashes of a page. To empty it costs nothing.
type index struct {
	slots []indexSlot // as many as a power of two, a quarter of them free
	page  uint32      // whose slots are in use
	used  int
}

type indexSlot struct {
	key   uint64
	value int32
	page  uint32
}

const indexSlots = 256 // at first

// indexSeed spreads the hashes, which a page's author may have chosen. What an index says
// does not depend on it.
var indexSeed = maphash.Comparable(maphash.MakeSeed(), 0) | 1

// reset empties the index.
func (t *index) reset() {
	t.used = 0
	if t.page++; t.slots == nil || t.page == 0 {
		t.slots, t.page = make([]indexSlot, indexSlots), 1
	}
}

// put keeps the value of a key that has none yet. It returns the one that it has and
// whether it had it.
func (t *index) put(key uint64, value int32) (int32, bool) {
	if t.used > len(t.slots)/4*3 {
		t.grow()
	}
	s := t.find(key)
	if s.page == t.page {
		return s.value, true
	}
	*s = indexSlot{key, value, t.page}
	t.used++
	return value, false
}

// find returns the slot of a key, or the free one where it belongs.
func (t *index) find(key uint64) *indexSlot {
	mask := len(t.slots) - 1
	i := int(key * indexSeed >> (64 - bits.Len(uint(mask))))
	for {
		s := &t.slots[i&mask]
		if s.page != t.page || s.key == key {
			return s
		}
		i++
	}
}

func (t *index) grow() {
	old := t.slots
	t.slots = make([]indexSlot, 2*len(old))
	for _, s := range old {
		if s.page == t.page {
			*t.find(s.key) = s
		}
	}
}

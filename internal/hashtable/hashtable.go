// Package hashtable counts and finds 64-bit keys in scratch that is used again for one
// document after the other.
package hashtable

import "math/bits"

// MaxIdle bounds the scratch that is kept between documents: tables and
// slices beyond it are given back to the collector.
const MaxIdle = 1 << 18

// Table maps 64-bit keys to 32-bit values by open addressing. It is emptied in
// constant time and reused from document to document. Keys are compared whole.
type Table struct {
	slots []slot
	mask  uint64 // of the part in use
	shift uint8
	age   uint32 // slots of another age are free
}

type slot struct {
	key   uint64
	age   uint32
	value uint32
}

// Reset empties the table and makes room for n keys. Of a big table a part
// serves a small document, so that it stays in cache.
func (t *Table) Reset(n int) {
	size := 1 << max(4, bits.Len(uint(n+n/2)))
	t.age++
	if t.age == 0 || len(t.slots) < size || len(t.slots) > max(size, MaxIdle) {
		t.slots, t.age = make([]slot, size), 1
	}
	t.mask, t.shift = uint64(size-1), uint8(64-bits.Len(uint(size-1)))
}

// slot returns the slot of key; it is fresh where the key was absent. The caller
// has made room for it.
func (t *Table) slot(key uint64) (s *slot, fresh bool) {
	slots := t.slots[:t.mask+1]
	for i := key * 0x9E3779B97F4A7C15 >> (t.shift & 63); ; i++ {
		s = &slots[i&t.mask]
		if s.age != t.age {
			s.key, s.age = key, t.age
			return s, true
		}
		if s.key == key {
			return s, false
		}
	}
}

// Add inserts key with value where it is absent. It returns the value of key
// and whether key was absent.
func (t *Table) Add(key uint64, value uint32) (uint32, bool) {
	s, fresh := t.slot(key)
	if fresh {
		s.value = value
	}
	return s.value, fresh
}

// Count returns how often key has been counted, this time included.
func (t *Table) Count(key uint64) uint32 {
	s, fresh := t.slot(key)
	if fresh {
		s.value = 0
	}
	s.value++
	return s.value
}

// Find returns the value of key without inserting it.
func (t *Table) Find(key uint64) (value uint32, found bool) {
	slots := t.slots[:t.mask+1]
	for i := key * 0x9E3779B97F4A7C15 >> (t.shift & 63); ; i++ {
		s := &slots[i&t.mask]
		if s.age != t.age {
			return 0, false
		}
		if s.key == key {
			return s.value, true
		}
	}
}

// Grown returns s with length n; the contents are undefined.
func Grown[T any](s []T, n int) []T {
	if cap(s) < n || cap(s) > max(2*n, MaxIdle) {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}

// Package words hashes the words of class names and texts and looks up their weights.
package words

import (
	"strconv"
	"strings"
)

// Table maps hashed lower-case words to small signed weights. It is a
// read-only open-addressed table.
type Table struct {
	tags []uint8 // of the keys, 0 = none: most words that are looked up are not there
	keys []uint32
	vals []int8
	mask uint32
}

// Constants of the FNV-1a hashes, of 32 and of 64 bits.
const (
	Basis32 = 2166136261
	Prime32 = 16777619

	Basis64 = 14695981039346656037
	Prime64 = 1099511628211
)

// NewTable reads lines or fields of the form "word:weight".
func NewTable(list string) *Table {
	fields := strings.Fields(list)
	size := 16
	for size < 2*len(fields) {
		size *= 2
	}
	t := &Table{tags: make([]uint8, size), keys: make([]uint32, size), vals: make([]int8, size), mask: uint32(size - 1)}
	for _, f := range fields {
		i := strings.LastIndexByte(f, ':')
		if i <= 0 {
			continue
		}
		w, err := strconv.Atoi(f[i+1:])
		if err != nil {
			continue
		}
		t.put(hashEntry(f[:i]), int8(max(-127, min(127, w))))
	}
	return t
}

// Hash hashes a word; it is never 0.
func Hash(s string) uint32 {
	h := uint32(Basis32)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint32(s[i])) * Prime32
	}
	return h | 1
}

// hashEntry hashes a word, or a pair of Han characters as Pair does.
func hashEntry(s string) uint32 {
	const size = 3 // bytes of a character from U+3000 to U+DFFF
	if len(s) == 2*size && s[0] >= 0xe3 && s[0] < 0xee && s[size] >= 0xe3 && s[size] < 0xee {
		return Pair(HashHan(s[:size]), HashHan(s[size:]))
	}
	return Hash(s)
}

// HashHan hashes one character.
func HashHan(s string) uint32 {
	h := uint32(Basis32)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint32(s[i])) * Prime32
	}
	return h
}

// Pair hashes two characters side by side; it is never 0.
func Pair(first, second uint32) uint32 { return first*Prime32 ^ second | 1 }

func (t *Table) put(h uint32, v int8) {
	i := h & t.mask
	for t.tags[i] != 0 && t.keys[i] != h {
		i = (i + 1) & t.mask
	}
	t.tags[i], t.keys[i], t.vals[i] = tagOf(h), h, v
}

// Get returns the weight of a hashed word, 0 when it is not in the table.
func (t *Table) Get(h uint32) int8 {
	if t == nil {
		return 0
	}
	tag := tagOf(h)
	for i := h & t.mask; ; i = (i + 1) & t.mask {
		switch t.tags[i] {
		case 0:
			return 0
		case tag:
			if t.keys[i] == h {
				return t.vals[i]
			}
		}
	}
}

// tagOf is a byte of a hash that its place does not depend on; it is not 0.
func tagOf(h uint32) uint8 { return uint8(h>>24) | 1 }

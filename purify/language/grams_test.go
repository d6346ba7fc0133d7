package language

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// randomKeys are n-grams of few codes, so that many begin and end alike, in order.
func randomKeys(r *rand.Rand, n int) []uint64 {
	var keys []uint64
	for range n {
		key := uint64(0)
		for range 1 + r.IntN(maxGram) {
			key = key<<8 | uint64(1+r.IntN(5))
		}
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// A step from the longest n-gram before one more code finds what a search among all finds.
func TestGrams(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{0, 1, 2, 64, 65, 500, 5000} {
		keys := randomKeys(r, n)
		g, err := newGrams(keys)
		if err == nil {
			err = g.close(keys)
		}
		if err != nil {
			t.Fatal(err)
		}
		history, length := uint64(0), 0
		for i := range 5000 {
			history = history<<8 | uint64(1+r.IntN(5))
			want := noRow
			for n := min(i+1, maxGram); n > 0 && want == noRow; n-- {
				if row, found := slices.BinarySearch(keys, history&(1<<(8*n)-1)); found {
					want = row
				}
			}
			var row int
			if row, length = g.longest(history, min(length+1, maxGram)); row < 0 {
				row = noRow
			}
			if row != want {
				t.Fatalf("%d n-grams, %x: row %d of %d codes, want %d", len(keys), history, row, length, want)
			}
		}
	}
}

func TestGramsRefuse(t *testing.T) {
	for name, keys := range map[string][]uint64{
		"a key twice":                   {7, 7},
		"a key of seven codes":          {1, 1 << hashBits},
		"a key like a free slot":        {1 << (hashBits - 2)},
		"more keys than rows of a slot": make([]uint64, maxRows+1),
	} {
		if _, err := newGrams(keys); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	g, err := newGrams(nil)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for n < len(g.slots) && g.put(uint64(n+1), n) {
		n++
	}
	if n < len(g.slots)/4 || n == len(g.slots) || g.row(1<<40|1) >= 0 {
		t.Errorf("%d of %d slots were taken", n, len(g.slots))
	}
}

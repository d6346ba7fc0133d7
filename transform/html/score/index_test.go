package score

import "testing"

// An index has what was put in since it was emptied, whatever its size.
func TestIndex(t *testing.T) {
	var x index
	for round := range 3 {
		x.reset()
		for n := range 5000 {
			if v, ok := x.put(uint64(n)<<40, int32(n+round)); ok || v != int32(n+round) {
				t.Fatalf("round %d: %d is there: %v, %d", round, n, ok, v)
			}
		}
		for n := range 5000 {
			if v, ok := x.put(uint64(n)<<40, -1); !ok || v != int32(n+round) {
				t.Fatalf("round %d: %d is there: %v, %d", round, n, ok, v)
			}
		}
	}
	x.page = 1<<32 - 1 // and the number of pages may come round
	x.reset()
	if _, ok := x.put(0, 1); ok {
		t.Error("an old page's key")
	}
}

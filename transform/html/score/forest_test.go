package score

import (
	"math/rand/v2"
	"testing"
	"unsafe"
)

// All ways to ask the trees about a batch give the same sums, to the last bit, also where
// a value is a cut.
func TestSums(t *testing.T) {
	if size, leaf := unsafe.Sizeof(Tree{}), unsafe.Offsetof(Tree{}.Leaf); size != 288 || leaf != 32 {
		t.Fatalf("a tree of %d bytes whose leaves are at %d: forest_amd64.s reads others", size, leaf)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	some := func() float32 { return float32(rng.IntN(9)-4) / 2 }
	for _, n := range []int{1, 2, 7, 400} {
		trees := make([]Tree, n)
		for i := range trees {
			for k := range TreeDepth {
				trees[i].Feature[k], trees[i].Cut[k] = uint8(rng.IntN(FeatureCount)), some()
			}
			for k := range trees[i].Leaf {
				trees[i].Leaf[k] = rng.Float32() - 0.5
			}
		}
		var b batch
		b.reset(&Features{})
		for !b.full() {
			row := b.next(b.n)
			for k := range FeatureCount {
				row[k] = some()
			}
		}
		b.sum(0.25, trees, FeatureCount)
		got := b.sums
		b.plainSums(0.25, trees)
		for k := range lanes {
			one := logOdds(0.25, trees, &b.rows[k])
			if got[k] != one || b.sums[k] != one {
				t.Errorf("%d trees, block %d: %v and %v, want %v", n, k, got[k], b.sums[k], one)
			}
		}
	}
}

// The first stage asks for the first features only.
func TestSumsOfFewFeatures(t *testing.T) {
	tree := Tree{Feature: [TreeDepth]uint8{BasicFeatures - 1, 0, 1, 2, 3, 4}}
	tree.Leaf[1] = 1
	var b batch
	b.reset(&Features{})
	for k := 0; !b.full(); k++ {
		b.next(k)[BasicFeatures-1] = float32(k) - 3
	}
	b.sum(0, []Tree{tree}, BasicFeatures)
	if want := [lanes]float32{0, 0, 0, 0, 1, 1, 1, 1}; b.sums != want {
		t.Errorf("%v, want %v", b.sums, want)
	}
}

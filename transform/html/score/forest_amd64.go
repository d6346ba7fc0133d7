package score

import "golang.org/x/sys/cpu"

// transposeAVX2 sets the first n features of dst from src; n is a multiple of 8.
//
//go:noescape
func transposeAVX2(dst *wide, src *[lanes]Features, n int)

// sumsAVX2 is plainSums, over n trees, for processors with AVX2; sums begin with the bias.
//
//go:noescape
func sumsAVX2(sums *[lanes]float32, trees *Tree, n int, f *wide)

// sum sets the sums of the batch by the trees of a stage, which ask for the first
// so many features.
func (b *batch) sum(bias float32, trees []Tree, features int) {
	if !cpu.X86.HasAVX2 || len(trees) == 0 {
		b.plainSums(bias, trees)
		return
	}
	transposeAVX2(&b.wide, &b.rows, (features+7)&^7)
	for i := range b.sums {
		b.sums[i] = bias
	}
	sumsAVX2(&b.sums, &trees[0], len(trees), &b.wide)
}

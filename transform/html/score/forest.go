package score

import "math"

// lanes is how many blocks the trees are asked about at once, so that a tree is read once
// for all of them.
const lanes = 8

// batch holds the features of blocks that wait for the trees.
type batch struct {
	rows   [lanes]Features
	blocks [lanes]int32 // of the page
	n      int
	wide   wide
	sums   [lanes]float32
}

// wide is the features of a batch side by side: the values that its blocks have of one
// follow each other.
type wide [len(Features{})][lanes]float32

// reset makes a batch ready for a page with the features that all of its blocks share.
func (b *batch) reset(page *Features) {
	b.n = 0
	for i := range b.rows {
		b.rows[i] = *page
	}
}

// next is the row of the next block.
func (b *batch) next(block int) *Features {
	b.blocks[b.n] = int32(block)
	b.n++
	return &b.rows[b.n-1]
}

// full reports that the trees are to be asked now.
func (b *batch) full() bool { return b.n == lanes }

// plainSums sets the sums of the batch: bias and one leaf of each tree, added up in their
// order. The questions are asked without branches: the sign bit of cut - value is 1
// exactly when the value is above the cut.
func (b *batch) plainSums(bias float32, trees []Tree) {
	for i := range b.sums {
		b.sums[i] = bias
	}
	for i := range trees {
		t := &trees[i]
		for k := range b.n {
			b.sums[k] += t.Leaf[t.at(&b.rows[k])]
		}
	}
}

// at is the number of the leaf that features lead to.
func (t *Tree) at(f *Features) uint32 {
	return (math.Float32bits(t.Cut[0]-f[t.Feature[0]])>>31 |
		math.Float32bits(t.Cut[1]-f[t.Feature[1]])>>31<<1 |
		math.Float32bits(t.Cut[2]-f[t.Feature[2]])>>31<<2 |
		math.Float32bits(t.Cut[3]-f[t.Feature[3]])>>31<<3 |
		math.Float32bits(t.Cut[4]-f[t.Feature[4]])>>31<<4 |
		math.Float32bits(t.Cut[5]-f[t.Feature[5]])>>31<<5) & (1<<TreeDepth - 1)
}

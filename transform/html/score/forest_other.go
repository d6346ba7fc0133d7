//go:build !amd64

package score

// sum sets the sums of the batch by the trees of a stage.
func (b *batch) sum(bias float32, trees []Tree, _ int) { b.plainSums(bias, trees) }

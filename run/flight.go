package run

import (
	"context"

	"golang.org/x/sync/semaphore"
)

// flight admits batches by weight: what is read and not yet written stays below
// a byte limit, whatever the number of tasks and workers.
type flight struct {
	sem     *semaphore.Weighted
	limit   int64
	scratch int64 // bytes that a stage takes for each of the document at hand
}

func newFlight(limit, scratch int64) *flight {
	return &flight{semaphore.NewWeighted(limit), limit, scratch}
}

// costFactor is what a byte of payload costs on its way: the payload, its decoded
// form, the extracted text.
const costFactor = 3

// weight is that of documents of so many bytes, of which a worker has one at hand, the
// largest at worst.
func (f *flight) weight(bytes, largest int64) int64 {
	return min(bytes*costFactor+largest*f.scratch+64<<10, f.limit)
}

// acquire admits a batch and returns its weight. One whose reader waited for a large
// record has all of it already.
func (f *flight) acquire(ctx context.Context, b *batch) (int64, error) {
	if b.alone {
		return f.limit, nil
	}
	w := f.weight(b.bytes, b.largest)
	return w, f.sem.Acquire(ctx, w)
}

// empty waits until nothing is in flight, and keeps it so.
func (f *flight) empty(ctx context.Context) error { return f.sem.Acquire(ctx, f.limit) }

// shrink gives back what a batch no longer takes that has so many bytes left, and returns
// what it weighs now.
func (f *flight) shrink(weight, left int64) int64 {
	less := f.weight(left, 0)
	if less >= weight {
		return weight
	}
	f.sem.Release(weight - less)
	return less
}

func (f *flight) release(weight int64) { f.sem.Release(weight) }

package run

import (
	"context"

	"golang.org/x/sync/semaphore"
)

// flight admits batches by weight: what is read and not yet written stays below
// a byte limit, whatever the number of tasks and workers.
type flight struct {
	sem   *semaphore.Weighted
	limit int64
}

func newFlight(limit int64) *flight { return &flight{semaphore.NewWeighted(limit), limit} }

// costFactor is what a byte of payload costs on its way: the payload, its decoded
// form, the extracted text and its view.
const costFactor = 3

func (f *flight) weight(bytes int64) int64 { return min(bytes*costFactor+64<<10, f.limit) }

func (f *flight) acquire(ctx context.Context, bytes int64) error {
	return f.sem.Acquire(ctx, f.weight(bytes))
}

// shrink gives back what a batch no longer takes, and returns the bytes that it counts for.
func (f *flight) shrink(bytes, left int64) int64 {
	if left >= bytes {
		return bytes
	}
	f.sem.Release(f.weight(bytes) - f.weight(left))
	return left
}

func (f *flight) release(bytes int64) { f.sem.Release(f.weight(bytes)) }

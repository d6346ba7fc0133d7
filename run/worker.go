package run

import (
	"context"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/ledger"
)

// result is what a worker makes of a batch.
type result struct {
	stats      *ledger.Stats
	kept       []*corpus.Document // in the last section
	routes     []uint64           // the sinks that take each of them, a bit each
	rejects    []*corpus.Document
	quarantine []ledger.QuarantineLine
	documents  int64
	textBytes  int64

	// of a section that ends in a cut, and the first of a calibration
	frame    []byte // compressed records
	index    []byte // compressed index rows
	keys     [][]keyRecord
	sketches [][]byte

	err error
}

// routed are the documents that a sink takes.
func (r *result) routed(sink int) []*corpus.Document {
	docs := make([]*corpus.Document, 0, len(r.kept))
	for i, d := range r.kept {
		if r.routes[i]&(1<<sink) != 0 {
			docs = append(docs, d)
		}
	}
	return docs
}

// keyRecord is a grouping key with the row of its document within the batch.
type keyRecord struct {
	hi, lo uint64
	row    uint32
}

// clerk writes down what becomes of the documents of a batch. Each kind of pass has its
// own.
type clerk interface {
	flow.Observer
	begin(*batch)
	end() *result
}

// worker takes batches through the stages of one section.
type worker struct {
	chain *flow.Chain
	clerk clerk
}

// process runs a batch to the end.
func (w *worker) process(ctx context.Context, b *batch) *result {
	w.clerk.begin(b)
	if err := w.chain.Process(ctx, b.docs); err != nil {
		return &result{err: err}
	}
	return w.clerk.end()
}

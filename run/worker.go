package run

import (
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/segment"
)

// result is what a worker makes of a batch.
type result struct {
	stats      *ledger.Stats
	kept       []*corpus.Document // in the last section
	routes     []uint64           // the sinks that take each of them, a bit each
	rejects    []*corpus.Document
	spare      map[int]bool // of the rejects, those that keep their text only where few of their rule do
	ruleTexts  map[[2]string]int
	quarantine []ledger.QuarantineLine
	documents  int64
	textBytes  int64
	bytesIn    int64 // of the batch

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
	hi, lo    uint64
	row, part uint32
}

// clerk writes down what becomes of the documents of a batch. Each kind of pass has its
// own.
type clerk interface {
	flow.Observer
	begin(*batch)
	end() *result
	// leave gives away what is written of a batch that has to wait; resume goes on with it,
	// at another clerk of the pass maybe.
	leave() *draft
	resume(*draft)
	// forget gives back what a large document has left.
	forget()
}

// draft is what is written of a batch that is not through.
type draft struct {
	out          *result
	frame, index []byte // of documents that are, not compressed yet
	// of a calibration, see sampler
	samples []segment.Sample
	under   map[*corpus.Document]int
}

// worker takes batches through the stages of one section.
type worker struct {
	chain *flow.Chain
	clerk clerk
}

// work takes a batch to its end, or as far as it comes without answers: then there is no
// result yet.
func (w *worker) work(j *job) *result {
	if j.large {
		defer w.chain.Forget()
		defer w.clerk.forget()
	}
	if j.passage == nil {
		w.clerk.begin(j.batch)
		j.passage = w.chain.Begin(j.batch.docs)
		j.batch = nil // documents that were dropped are not kept while others wait
	} else {
		w.clerk.resume(j.draft)
		w.chain.Continue(j.passage, j.answers)
		j.draft, j.answers = nil, nil
	}
	if err := w.chain.Err(); err != nil {
		return &result{err: err}
	}
	if j.passage.Waits() {
		j.draft = w.clerk.leave()
		return nil
	}
	j.passage = nil
	return w.clerk.end()
}

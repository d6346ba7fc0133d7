package tokenshards

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format/megatron"
	"github.com/corpusmill/corpusmill/stage"
)

const (
	// A window of documents is tokenized before it is written; it bounds the memory.
	windowDocuments = 256
	windowTextBytes = 4 << 20
	// serialBytes is the text below which other processors are not worth waking.
	serialBytes = 16 << 10
	// keepSlotIDs bounds the scratch of one document that is kept between windows.
	keepSlotIDs = 4 << 10
	// idBytes is the size of an id in memory.
	idBytes = 4
)

type writer struct {
	sink  *Sink
	name  string
	shard shard
	slots [windowDocuments][]uint32 // ids of the documents of a window
	held  [][]uint32                // the documents of the part, to be shuffled
}

// Write tokenizes and appends documents.
func (w *writer) Write(docs []*corpus.Document) error {
	for len(docs) > 0 {
		n, size := 0, 0
		for n < min(len(docs), windowDocuments) && size < windowTextBytes {
			size += len(docs[n].Text)
			n++
		}
		w.encode(docs[:n], size)
		for i := range n {
			if err := w.take(w.slots[i]); err != nil {
				return err
			}
			if cap(w.slots[i]) > keepSlotIDs {
				w.slots[i] = nil
			}
		}
		docs = docs[n:]
	}
	return nil
}

// encode fills the slots, on all processors that other writers of the sink leave. What a
// slot holds depends on its document alone.
func (w *writer) encode(docs []*corpus.Document, size int) {
	var next atomic.Int64
	work := func() {
		for {
			i := int(next.Add(1)) - 1
			if i >= len(docs) {
				return
			}
			ids := w.sink.tokenizer.Encode(w.slots[i][:0], docs[i].Text)
			if w.sink.appendEnd {
				ids = append(ids, w.sink.end)
			}
			w.slots[i] = ids
		}
	}
	var others sync.WaitGroup
	if size >= serialBytes {
		for range min(cap(w.sink.helpers), len(docs)-1) {
			select {
			case w.sink.helpers <- struct{}{}:
				others.Go(func() {
					work()
					<-w.sink.helpers
				})
			default:
			}
		}
	}
	work()
	others.Wait()
}

func (w *writer) take(ids []uint32) error {
	if !w.sink.shuffle {
		return w.shard.Add(ids)
	}
	if len(w.held) == megatron.MaxDocuments {
		return fmt.Errorf("%s: more than %d documents", w.name, megatron.MaxDocuments)
	}
	w.held = append(w.held, slices.Clone(ids))
	return nil
}

// Commit makes the part and the files beside it visible, and describes the .bin or
// .ds; the others follow from it.
func (w *writer) Commit(ctx context.Context) (stage.Part, error) {
	if w.sink.shuffle {
		place, _, _ := strings.Cut(w.name, ".") // behind the dot stands the key of the plan that made the part
		shuffle(w.held, w.sink.seed, place)
	}
	for _, ids := range w.held {
		if err := w.shard.Add(ids); err != nil {
			return stage.Part{}, err
		}
	}
	w.held = nil
	parts, err := w.shard.Commit(ctx)
	if err != nil {
		return stage.Part{}, err
	}
	parts[0].Companions = parts[1:]
	return parts[0], nil
}

// Abort drops the part.
func (w *writer) Abort() error { return w.shard.Abort() }

// shuffle puts the documents in an order that depends on seed, name and their number
// alone: Fisher and Yates, drawn from PCG.
func shuffle(docs [][]uint32, seed uint64, name string) {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // a hash never fails
	source := rand.NewPCG(seed, h.Sum64())
	for i := len(docs) - 1; i > 0; i-- {
		j, _ := bits.Mul64(source.Uint64(), uint64(i)+1) // below i+1; its bias is below 2^-37
		docs[i], docs[j] = docs[j], docs[i]
	}
}

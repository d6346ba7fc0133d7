package tokencount

import (
	"fmt"
	"unsafe"

	"github.com/corpusmill/corpusmill/text/sentencepiece"
)

// engine is a tokenizer that is no byte-level byte-pair encoding.
type engine interface {
	newWorker() worker
	// workerBytes is what a worker holds at most between texts.
	workerBytes() int64
	// decode appends the bytes of ids, of which each must be below the number of ids.
	decode(dst []byte, ids []uint32) []byte
}

// worker encodes with an engine, for one goroutine at a time.
type worker interface {
	// encode appends the ids of text, valid UTF-8.
	encode(dst []uint32, text []byte) []uint32
}

// spmEngine is a .model file of SentencePiece.
type spmEngine struct{ m *sentencepiece.Model }

// newFromModel reads a .model file. Ids are those of sentencepiece's encode.
func newFromModel(t *Tokenizer, file []byte) error {
	m, err := sentencepiece.Parse(file)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRanks, err)
	}
	t.engine, t.ids = &spmEngine{m}, m.Size()
	if id, ok := m.Control("</s>"); ok {
		t.end, t.hasEnd = uint32(id), true
	}
	return nil
}

func (e *spmEngine) newWorker() worker { return &spmWorker{e: e.m.NewEncoder()} }

func (e *spmEngine) decode(dst []byte, ids []uint32) []byte {
	signed := make([]int32, len(ids))
	for i, id := range ids {
		signed[i] = int32(id)
	}
	return append(dst, e.m.Decode(signed)...)
}

type spmWorker struct {
	e   *sentencepiece.Encoder
	ids []int32
}

func (w *spmWorker) encode(dst []uint32, text []byte) []uint32 {
	// The Encoder does not keep the text.
	w.ids = w.e.AppendIDs(w.ids[:0], unsafe.String(unsafe.SliceData(text), len(text)))
	for _, id := range w.ids {
		dst = append(dst, uint32(id))
	}
	if cap(w.ids) > keepIDs {
		w.ids = nil
	}
	return dst
}

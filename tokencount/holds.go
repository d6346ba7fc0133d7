package tokencount

import (
	"unsafe"

	"github.com/corpusmill/corpusmill/internal/held"
	"github.com/corpusmill/corpusmill/text/sentencepiece"
)

// HoldsBytes is what the vocabulary takes, and at most so many Counters of it between
// texts.
func (t *Tokenizer) HoldsBytes(counters int) int64 {
	n := int64(2*4*keepIDs + maxClean)
	if t.engine != nil {
		n += t.engine.workerBytes()
	} else {
		n += int64(unsafe.Sizeof(Counter{})) + int64(unsafe.Sizeof(*newCache().lines)) + 5*maxOverflow + mergeBytes + formBytes(maxClean)
	}
	return held.Bytes(t) + int64(counters)*n
}

// mergeBytes is what the merge of a long piece keeps: a heap that grew, and three lists.
const mergeBytes = keepPiece * (2*8 + 3*4)

// formBytes is what a former keeps that is let go beyond so much text.
func formBytes(text int) int64 { return int64(text) + int64(text)/8*int64(unsafe.Sizeof(mark{})) }

func (p *pipeline) workerBytes() int64 {
	pieces := keepIDs * int64(2*unsafe.Sizeof(span{})+unsafe.Sizeof(match{}))
	return wordSets*int64(unsafe.Sizeof([2]wordEntry{})) + 4*keepText + pieces + formBytes(keepText) +
		2*4*keepIDs + sentencepiece.MergerBytes + sentencepiece.PathBytes
}

func (e *spmEngine) workerBytes() int64 { return e.m.EncoderBytes() + 4*keepIDs }

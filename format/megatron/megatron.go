// Package megatron reads and writes token shards, the form in which training
// programs map a corpus into memory: Megatron-LM's .bin with its .idx (also what
// DeepSpeed and NeMo read), by [Create] and [Open], and nanotron's .ds with its
// .ds.index and .ds.metadata, by [CreateNanotron] and [OpenNanotron].
//
// The layouts are those of Megatron-LM's megatron/core/datasets/indexed_dataset.py
// (version 1) and datatrove's pipeline/tokens/tokenizer.py. Every number in them is
// little-endian. Separators between documents are ordinary tokens: who writes a
// document appends them.
package megatron

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/corpusmill/corpusmill/format"
)

// ErrDamaged is wrapped by the error about a shard whose files contradict the layout
// or each other.
var ErrDamaged = errors.New("damaged token shard")

const (
	// MaxSequenceTokens is the greatest length of a document: lengths are i32.
	MaxSequenceTokens = math.MaxInt32
	// MaxDocuments is the greatest number of documents of a shard. A writer keeps 4
	// bytes for each, 512 MiB at most.
	MaxDocuments = 1 << 27
	// maxVocab is what i32 ids leave room for.
	maxVocab = 1 << 31
	// smallVocab is the vocabulary from which Megatron takes i32 (not 65,536: its
	// own rule in DType.optimal_dtype).
	smallVocab = 65_500
	// smallVocabNanotron is the largest vocabulary that datatrove writes as u16.
	smallVocabNanotron = 1 << 16
	// bufferBytes are collected before a write.
	bufferBytes = 256 << 10
)

// DType is the code of a token type in the .idx file.
type DType uint8

// The token types that hold ids; Megatron has codes for floats too.
const (
	Uint8  DType = 1
	Int8   DType = 2
	Int16  DType = 3
	Int32  DType = 4
	Int64  DType = 5
	Uint16 DType = 8
)

// Bytes is the size of a token, 0 for a code that stands for no integer.
func (d DType) Bytes() int {
	switch d {
	case Uint8, Int8:
		return 1
	case Int16, Uint16:
		return 2
	case Int32:
		return 4
	case Int64:
		return 8
	}
	return 0
}

// DTypeFor is the type that Megatron takes for a vocabulary of so many ids: u16 below
// 65,500, else i32. It refuses a vocabulary below 1 and above 2,147,483,648.
func DTypeFor(vocab int) (DType, error) {
	switch {
	case vocab < 1 || vocab > maxVocab:
		return 0, fmt.Errorf("vocabulary of %d ids: token shards hold 1 to %d", vocab, maxVocab)
	case vocab < smallVocab:
		return Uint16, nil
	}
	return Int32, nil
}

// tokenWriter appends ids to the file of tokens.
type tokenWriter struct {
	f     *format.File
	width int    // bytes per token: 2 or 4
	vocab uint32 // ids lie below it
	buf   []byte
	err   error // the first; whatever follows repeats it
}

func (t *tokenWriter) add(ids []uint32) error {
	if t.err != nil {
		return t.err
	}
	for i, id := range ids {
		if id >= t.vocab {
			t.err = fmt.Errorf("%s: id %d at place %d of a document: the vocabulary has %d ids", t.f.Name(), id, i, t.vocab)
			return t.err
		}
	}
	for len(ids) > 0 {
		n := min(len(ids), (bufferBytes-len(t.buf))/t.width)
		if t.width == 2 {
			for _, id := range ids[:n] {
				t.buf = binary.LittleEndian.AppendUint16(t.buf, uint16(id))
			}
		} else {
			for _, id := range ids[:n] {
				t.buf = binary.LittleEndian.AppendUint32(t.buf, id)
			}
		}
		ids = ids[n:]
		if len(t.buf) == bufferBytes {
			if err := t.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *tokenWriter) flush() error {
	if t.err == nil && len(t.buf) > 0 {
		_, t.err = t.f.Write(t.buf)
		t.buf = t.buf[:0]
	}
	return t.err
}

// lengths are the tokens of each document, in chunks that never move: a growing
// slice would hold twice as much while it is copied.
type lengths struct {
	chunks [][]uint32
	n      int
}

const lengthsChunk = 1 << 14

// add takes the length of one more document, if both fit the layout.
func (l *lengths) add(name string, tokens int) error {
	if tokens > MaxSequenceTokens {
		return fmt.Errorf("%s: a document of %d tokens: the most is %d", name, tokens, MaxSequenceTokens)
	}
	if l.n == MaxDocuments {
		return fmt.Errorf("%s: more than %d documents", name, MaxDocuments)
	}
	if l.n%lengthsChunk == 0 {
		l.chunks = append(l.chunks, make([]uint32, 0, lengthsChunk))
	}
	last := &l.chunks[len(l.chunks)-1]
	*last = append(*last, uint32(tokens))
	l.n++
	return nil
}

// each calls yield with the length of every document in order.
func (l *lengths) each(yield func(uint32)) {
	for _, chunk := range l.chunks {
		for _, n := range chunk {
			yield(n)
		}
	}
}

// indexWriter writes numbers; its first error stays.
type indexWriter struct {
	f   *format.File
	buf []byte
	err error
}

func (w *indexWriter) room() {
	if len(w.buf) >= bufferBytes {
		w.flush()
	}
}

func (w *indexWriter) u32(x uint32) {
	w.buf = binary.LittleEndian.AppendUint32(w.buf, x)
	w.room()
}

func (w *indexWriter) u64(x uint64) {
	w.buf = binary.LittleEndian.AppendUint64(w.buf, x)
	w.room()
}

func (w *indexWriter) flush() {
	if w.err == nil && len(w.buf) > 0 {
		_, w.err = w.f.Write(w.buf)
	}
	w.buf = w.buf[:0]
}

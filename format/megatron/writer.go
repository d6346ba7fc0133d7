package megatron

import (
	"context"
	"errors"

	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// Layout of the .idx file.
const (
	magic      = "MMIDIDX\x00\x00"
	version    = 1
	headerSize = 34
)

// Writer writes one shard NAME.bin and NAME.idx, every document one sequence. It is
// for one goroutine.
type Writer struct {
	store   store.Store
	name    string
	dtype   DType
	tokens  tokenWriter
	lengths lengths
}

// Create starts the shard of that name (without extension) for ids below vocab, whose
// size decides the type of the tokens, see [DTypeFor]. Nothing is visible before
// Commit.
func Create(ctx context.Context, s store.Store, name string, vocab int) (*Writer, error) {
	dtype, err := DTypeFor(vocab)
	if err != nil {
		return nil, err
	}
	f, err := format.Create(ctx, s, name+".bin")
	if err != nil {
		return nil, err
	}
	return &Writer{store: s, name: name, dtype: dtype,
		tokens: tokenWriter{f: f, width: dtype.Bytes(), vocab: uint32(vocab)}}, nil
}

// Add appends a document and keeps nothing of ids. A document without tokens keeps
// its place. It refuses ids that the vocabulary does not have, documents of more than
// [MaxSequenceTokens] and more than [MaxDocuments]; after an error the shard can only
// be aborted.
func (w *Writer) Add(ids []uint32) error {
	if w.tokens.err == nil {
		w.tokens.err = w.lengths.add(w.name, len(ids))
	}
	return w.tokens.add(ids)
}

// Commit writes the index and makes the shard visible, the .idx last, so that who
// sees it finds its .bin whole. It returns two parts: the .bin, with the documents as
// its rows, and the .idx. After an error neither is there.
func (w *Writer) Commit(ctx context.Context) ([]stage.Part, error) {
	if err := w.tokens.flush(); err != nil {
		return nil, err
	}
	idx, err := format.Create(ctx, w.store, w.name+".idx")
	if err != nil {
		return nil, err
	}
	if err := w.writeIndex(idx); err != nil {
		return nil, errors.Join(err, idx.Abort())
	}
	parts, err := commit(ctx, w.store, w.tokens.f, idx)
	if err != nil {
		return nil, err
	}
	parts[0].Rows = int64(w.lengths.n)
	return parts, nil
}

// commit makes the files visible in that order, or none of them.
func commit(ctx context.Context, s store.Store, files ...*format.File) ([]stage.Part, error) {
	var parts []stage.Part
	for i, f := range files {
		part, err := f.Commit(ctx)
		if err == nil {
			parts = append(parts, part)
			continue
		}
		// The failed one may be whole and only in doubt: it goes too, last first.
		errs := []error{err}
		for _, rest := range files[i+1:] {
			errs = append(errs, rest.Abort())
		}
		for ; i >= 0; i-- {
			errs = append(errs, s.Remove(context.WithoutCancel(ctx), files[i].Name()))
		}
		return nil, errors.Join(errs...)
	}
	return parts, nil
}

// Abort drops the shard; after Commit it does nothing.
func (w *Writer) Abort() error { return w.tokens.f.Abort() }

func (w *Writer) writeIndex(f *format.File) error {
	x := indexWriter{f: f}
	x.buf = append(x.buf, magic...)
	x.u64(version)
	x.buf = append(x.buf, byte(w.dtype))
	x.u64(uint64(w.lengths.n))
	x.u64(uint64(w.lengths.n) + 1)
	w.lengths.each(x.u32)
	offset := uint64(0)
	w.lengths.each(func(n uint32) {
		x.u64(offset)
		offset += uint64(n) * uint64(w.dtype.Bytes())
	})
	for i := range w.lengths.n + 1 {
		x.u64(uint64(i))
	}
	x.flush()
	return x.err
}

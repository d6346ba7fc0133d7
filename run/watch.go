package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"sync/atomic"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/store"
)

// watch looks at a shard while it is read: whether it is still what was listed, whenever a
// reader is opened and closed, and what its blocks hold. A decoder may read in a goroutine
// of its own.
type watch struct {
	shard corpus.Shard
	sums  *store.Checksums
	part  bool          // the rest was left unread at --limit
	count *atomic.Int64 // of all bytes that are read; may be nil

	mu      sync.Mutex
	store   store.Store // that it is read from; nil where the source does not let one look
	version string      // of store.Object, when it was last opened or closed
	moved   bool        // it had several
	err     error       // it is another than that which was listed
}

// through is a store that reads through the watch.
func (w *watch) through(s store.Store) store.Store {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.store = s
	return watchedStore{s, w}
}

type watchedStore struct {
	store.Store
	watch *watch
}

func (s watchedStore) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	r, err := s.Store.Open(ctx, name)
	return s.watch.reader(r, name, 0, err)
}

func (s watchedStore) OpenRange(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	r, err := s.Store.OpenRange(ctx, name, offset, length)
	return s.watch.reader(r, name, offset, err)
}

func (w *watch) reader(r io.ReadCloser, name string, offset int64, err error) (io.ReadCloser, error) {
	if name != w.shard.Name {
		return r, err // of what lies beside it
	}
	if err != nil {
		return nil, w.fail(err)
	}
	if err := w.look(r); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return watchedReader{w.sums.Reader(r, offset), r, w}, nil
}

// fail makes of an error of opening what it says of the shard.
func (w *watch) fail(err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		w.err = w.errorf("was removed")
	case errors.Is(err, fs.ErrInvalid): // the place is one of a shard as it was listed
		w.err = w.errorf("shrank or is no file any more")
	default:
		return err
	}
	return w.err
}

type watchedReader struct {
	io.ReadCloser
	below io.Reader
	watch *watch
}

func (r watchedReader) Read(b []byte) (int, error) {
	n, err := r.ReadCloser.Read(b)
	if r.watch.count != nil {
		r.watch.count.Add(int64(n))
	}
	return n, err
}

func (r watchedReader) Close() error { return errors.Join(r.watch.look(r.below), r.ReadCloser.Close()) }

// look compares what a reader reads with what was listed.
func (w *watch) look(r io.Reader) error {
	d, ok := r.(store.Described)
	if !ok {
		return nil
	}
	o, err := d.Object()
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.shard
	switch {
	case w.err != nil:
	case s.Size >= 0 && o.Size > s.Size:
		w.err = w.errorf("grew from %d to %d bytes", s.Size, o.Size)
	case s.Size >= 0 && o.Size < s.Size:
		w.err = w.errorf("shrank from %d to %d bytes", s.Size, o.Size)
	case s.Stamp != "" && o.Stamp != "" && s.Stamp != o.Stamp:
		w.err = w.errorf("was written to or replaced")
	}
	w.moved = w.moved || w.version != "" && o.Version != w.version
	w.version = o.Version
	return w.err
}

// errorf is an error that says what became of the shard, and what to do.
func (w *watch) errorf(format string, args ...any) error {
	return inputErrorf(w.shard, format, args...)
}

func inputErrorf(s corpus.Shard, format string, args ...any) error {
	return &inputError{fmt.Sprintf("%s (%s) %s since the run listed it: input must be at rest while it is read; move files in when they are whole, "+
		"or leave those that are still written out of the pattern; run again to read this one as it is now", s, s.Path, fmt.Sprintf(format, args...))}
}

// changed is an error where the shard is another than that which was listed.
func (w *watch) changed() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// seen is what was read of the shard, of blocks that begin in the bytes from..to-1. Where it
// was touched under way, at the same size and time, all of them are read again to know
// whether they still hold what was read.
func (w *watch) seen(ctx context.Context, from, to int64) (ledger.Seen, error) {
	s := ledger.Seen{Version: w.version}
	if unread := w.store == nil && to > from; unread || w.part || w.shard.Size < 0 {
		return s, nil
	}
	if w.shard.To > 0 && from > 0 || to < w.shard.Size {
		if err := w.complete(ctx, from, to); err != nil {
			return s, err
		}
	}
	s.Content = w.sums.Content(from, to)
	if !w.moved {
		return s, nil
	}
	same, err := s.Holds(ctx, w.store, w.shard.Name, w.shard.Size, true)
	if err == nil && !same {
		err = w.errorf("was written to or replaced, and has its old size and time,")
	}
	return s, err
}

// complete reads the block in which a range ends to its end, unless that was read ahead:
// the range behind begins in it, and has no checksum of it.
func (w *watch) complete(ctx context.Context, from, to int64) error {
	last := (to - 1) / store.BlockBytes * store.BlockBytes
	if to <= from || last < from || w.sums.Has(last) {
		return nil
	}
	r, err := w.through(w.store).OpenRange(ctx, w.shard.Name, last, min(store.BlockBytes, w.shard.Size-last))
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, r)
	return errors.Join(err, r.Close())
}

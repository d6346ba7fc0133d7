package format

import (
	"context"
	"errors"
	"io"

	"github.com/corpusmill/corpusmill/store"
)

// Limits of Ranges. A window is what one request to the store fetches.
const (
	rangesBytes     = 32 << 20 // all windows together
	rangesWindowMin = 256 << 10
	rangesWindowMax = 4 << 20
	rangesStreams   = 128
)

// Ranges reads one object of a store at any offset, for formats whose index is
// at the end. It fetches windows of 256 KiB to 4 MiB ahead of the reader and
// keeps the last few, one for each of the columns that are read side by side:
// at most 32 MiB. It belongs to one goroutine.
type Ranges struct {
	ctx     context.Context
	s       store.Store
	name    string
	size    int64
	window  int
	windows []window
	clock   int64
	err     error
}

type window struct {
	offset int64
	data   []byte
	used   int64
}

// NewRanges reads the object of that name and size, for a consumer that follows
// at most so many streams at a time.
func NewRanges(ctx context.Context, s store.Store, name string, size int64, streams int) *Ranges {
	r := &Ranges{ctx: ctx, s: s, name: name, size: size}
	r.Streams(streams)
	return r
}

// Streams changes the number of streams; what was fetched is forgotten.
func (r *Ranges) Streams(n int) {
	n = min(max(n, 1), rangesStreams) + 1 // one more for the index
	r.window = min(max(rangesBytes/n, rangesWindowMin), rangesWindowMax) &^ (store.BlockBytes - 1)
	r.windows = make([]window, n)
}

// Size is the object's size in bytes.
func (r *Ranges) Size() int64 { return r.size }

// Err is the first error of the store, nil if there was none: a decoder may hide
// what its reader said.
func (r *Ranges) Err() error { return r.err }

// ReadAt implements io.ReaderAt.
func (r *Ranges) ReadAt(b []byte, offset int64) (int, error) {
	if offset < 0 {
		return 0, errors.New("negative offset")
	}
	n := 0
	for n < len(b) {
		at := offset + int64(n)
		if at >= r.size || at < offset {
			return n, io.EOF
		}
		if w := r.find(at); w != nil {
			n += copy(b[n:], w.data[at-w.offset:])
			continue
		}
		if rest := b[n:]; len(rest) >= r.window && at%store.BlockBytes == 0 {
			if int64(len(rest)) < r.size-at {
				rest = rest[:len(rest)&^(store.BlockBytes-1)]
			}
			m, err := r.fetch(rest[:min(int64(len(rest)), r.size-at)], at)
			n += m
			if err != nil {
				return n, err
			}
			continue
		}
		if err := r.load(at); err != nil {
			return n, err
		}
	}
	return n, nil
}

func (r *Ranges) find(at int64) *window {
	for i := range r.windows {
		w := &r.windows[i]
		if at >= w.offset && at < w.offset+int64(len(w.data)) {
			r.clock++
			w.used = r.clock
			return w
		}
	}
	return nil
}

// load fills the window that was not used for longest, from the beginning of the block
// on: no block is fetched in two halves, which would have no checksum.
func (r *Ranges) load(at int64) error {
	at &^= store.BlockBytes - 1
	w := &r.windows[0]
	for i := range r.windows {
		if r.windows[i].used < w.used {
			w = &r.windows[i]
		}
	}
	n := int(min(int64(r.window), r.size-at))
	if cap(w.data) < n {
		w.data = make([]byte, n)
	}
	w.offset, w.data = at, w.data[:n]
	r.clock++
	w.used = r.clock
	n, err := r.fetch(w.data, at)
	w.data = w.data[:n]
	return err
}

func (r *Ranges) fetch(b []byte, at int64) (int, error) {
	f, err := r.s.OpenRange(r.ctx, r.name, at, int64(len(b)))
	if err != nil {
		return 0, r.fail(err)
	}
	n, err := io.ReadFull(f, b)
	if err := errors.Join(err, f.Close()); err != nil {
		return n, r.fail(err)
	}
	return n, nil
}

func (r *Ranges) fail(err error) error {
	if r.err == nil {
		r.err = err
	}
	return err
}

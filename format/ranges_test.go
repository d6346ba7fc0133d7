package format_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/storetest"
)

// counted counts the requests to a store and fails on demand.
type counted struct {
	store.Store
	requests int
	askew    int // requests that begin or end within a block of the file
	size     int64
	bytes    int64
	err      error
}

func (c *counted) OpenRange(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	if c.err != nil {
		return nil, c.err
	}
	c.requests++
	c.bytes += length
	if end := offset + length; offset%store.BlockBytes != 0 || end%store.BlockBytes != 0 && end != c.size {
		c.askew++
	}
	return c.Store.OpenRange(ctx, name, offset, length)
}

func TestRanges(t *testing.T) {
	const size = 9<<20 + 17
	data := storetest.Bytes(size, 1)
	s := &counted{Store: store.Local(t.TempDir()), size: size}
	storetest.Put(t, s, "f", data)
	r := format.NewRanges(t.Context(), s, "f", size, 3)
	if r.Size() != size {
		t.Errorf("size %d", r.Size())
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		from, n := rng.Int64N(size+100), 1<<rng.IntN(23)
		b := make([]byte, rng.IntN(n)+1)
		got, err := r.ReadAt(b, from)
		want, wantErr := bytes.NewReader(data).ReadAt(make([]byte, len(b)), from)
		if got != want || !errors.Is(err, wantErr) || got > 0 && !bytes.Equal(b[:got], data[from:from+int64(got)]) {
			t.Fatalf("%d bytes at %d: %d, %v, want %d, %v", len(b), from, got, err, want, wantErr)
		}
	}
	if _, err := r.ReadAt(make([]byte, 1), -1); err == nil {
		t.Error("negative offset: no error")
	}
	if s.askew > 0 || s.requests == 0 {
		t.Errorf("%d of %d requests are of parts of blocks, which have no checksum", s.askew, s.requests)
	}
	if r.Err() != nil {
		t.Errorf("the end of a file is no error of the store: %v", r.Err())
	}
	s.err = errors.New("cut")
	r.Streams(1)
	if _, err := r.ReadAt(make([]byte, 10), 0); !errors.Is(err, s.err) || !errors.Is(r.Err(), s.err) {
		t.Errorf("the store fails: %v, %v", err, r.Err())
	}
}

// TestRangesStreams follows several streams in small steps: every byte is fetched
// about once.
func TestRangesStreams(t *testing.T) {
	for _, streams := range []int{1, 20, 128} {
		const each = 1 << 19
		size := int64(streams) * each
		s := &counted{Store: store.Local(t.TempDir()), size: size}
		storetest.Put(t, s, "f", make([]byte, size))
		r := format.NewRanges(t.Context(), s, "f", size, streams)
		b := make([]byte, 60_000)
		for at := int64(0); at < each; at += int64(len(b)) {
			for i := range int64(streams) {
				if _, err := r.ReadAt(b, i*each+at); err != nil && !errors.Is(err, io.EOF) {
					t.Fatal(err)
				}
			}
		}
		if s.askew > 0 {
			t.Errorf("%d streams: %d of %d requests are of parts of blocks", streams, s.askew, s.requests)
		}
		if s.bytes > 9*size { // a window reaches into the next streams
			t.Errorf("%d streams: fetched %d bytes of %d in %d requests", streams, s.bytes, size, s.requests)
		}
	}
}

package segment

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/corpusmill/corpusmill/internal/extsort"
	"github.com/corpusmill/corpusmill/store"
)

// runOf are sorted rows; every third key is hot.
func runOf(n int) []extsort.Record {
	rng := rand.New(rand.NewPCG(3, 4))
	rows := make([]extsort.Record, n)
	for i := range rows {
		key := rng.Uint64()
		if i%3 == 0 {
			key = 0xABCD << 48
		}
		rows[i] = extsort.Record{key, 7, uint64(rng.IntN(SegmentsMax)), uint64(i)<<32 | 3}
	}
	slices.SortFunc(rows, extsort.Compare)
	return rows
}

// sketchOf tells a row by its sketch.
func sketchOf(r extsort.Record, size int) []byte {
	return binary.BigEndian.AppendUint64(nil, r[3]>>32)[8-size:]
}

func runFile(t testing.TB, rows []extsort.Record, sketch int) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewRunWriter(&b, int64(len(rows)), sketch)
	for _, r := range rows {
		if err := w.Add(r, sketchOf(r, sketch)); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := w.Close(); err != nil || n != int64(len(rows)) {
		t.Fatalf("%d rows, %v", n, err)
	}
	return b.Bytes()
}

func readRun(ctx context.Context, f File, rows int64, sketch, number, of int) (got []extsort.Record, err error) {
	k, err := OpenRun(ctx, f, rows, sketch, number, of)
	if err != nil {
		return nil, err
	}
	defer k.Close() //nolint:errcheck // it cannot fail
	for {
		var x extsort.Item
		switch err := k.Next(&x); {
		case errors.Is(err, io.EOF):
			return got, nil
		case err != nil:
			return nil, err
		}
		if !bytes.Equal(x.Data, sketchOf(x.Key, sketch)) {
			return nil, errors.New("another sketch")
		}
		got = append(got, x.Key)
	}
}

// countedStore counts reads.
type countedStore struct {
	store.Store
	reads int
}

func (s *countedStore) OpenRange(ctx context.Context, name string, offset, n int64) (io.ReadCloser, error) {
	s.reads++
	return s.Store.OpenRange(ctx, name, offset, n)
}

// The ranges of a run have all of its rows, in order, each in two reads.
func TestRunByRange(t *testing.T) {
	for _, n := range []int{0, 1, 2, 1000, 70_000} {
		for _, sketch := range []int{0, 8} {
			rows := runOf(n)
			f := put(t, runFile(t, rows, sketch))
			counted := &countedStore{Store: f.Store}
			f.Store = counted
			for _, of := range []int{1, 2, 8, 256, 1024} {
				var all []extsort.Record
				for number := range of {
					counted.reads = 0
					got, err := readRun(t.Context(), f, int64(n), sketch, number, of)
					if err != nil {
						t.Fatal(err)
					}
					for _, r := range got {
						if of > 1 && r[0]/(1<<63/uint64(of/2)) != uint64(number) {
							t.Fatalf("range %d of %d has the key %x", number, of, r[0])
						}
					}
					if counted.reads > 2 {
						t.Errorf("%d rows, range %d of %d: %d reads", n, number, of, counted.reads)
					}
					all = append(all, got...)
				}
				if !slices.Equal(all, rows) {
					t.Errorf("%d rows with %d bytes of sketch in %d ranges: %d came back", n, sketch, of, len(all))
				}
			}
		}
	}
}

func TestRunIsChecked(t *testing.T) {
	f := put(t, runFile(t, runOf(100), 4))
	for _, c := range []struct {
		rows               int64
		sketch, number, of int
	}{{99, 4, 0, 1}, {100, 5, 0, 1}, {100, 4, 1, 1}, {100, 4, -1, 2}, {100, 4, 0, 3}} {
		if _, err := readRun(t.Context(), f, c.rows, c.sketch, c.number, c.of); err == nil {
			t.Errorf("%+v: no error", c)
		}
	}
	w := NewRunWriter(io.Discard, 1, 4)
	if w.Add(extsort.Record{1, 1, SegmentsMax, 1}, make([]byte, 4)) == nil || w.Add(extsort.Record{}, make([]byte, 3)) == nil {
		t.Error("a row that does not fit is taken")
	}
}

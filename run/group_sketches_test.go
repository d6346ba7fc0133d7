package run

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/corpusmill/corpusmill/segment"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// countingStore counts reads.
type countingStore struct {
	store.Store
	reads int
}

func (s *countingStore) OpenRange(ctx context.Context, name string, offset, n int64) (io.ReadCloser, error) {
	s.reads++
	return s.Store.OpenRange(ctx, name, offset, n)
}

// The sketches of a group that is larger than what is held are those of its units, in
// their order, and each block is read once, whatever the order.
func TestSketchesOfALargeGroup(t *testing.T) {
	const segments, rows, perBlock = 3, 20_000, 512
	s := &countingStore{Store: store.Local(t.TempDir())}
	var files []segment.SketchFile
	for n := range segments {
		var b bytes.Buffer
		w := segment.NewSketchWriter(&b, 8)
		for row := range rows {
			if err := w.Write(binary.LittleEndian.AppendUint64(nil, docNumber(n, uint32(row)))); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		name := string(rune('a' + n))
		f, err := s.Create(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(b.Bytes()); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		files = append(files, segment.SketchFile{File: segment.File{Store: s, Name: name, Bytes: int64(b.Len())}, Documents: rows})
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{2, 8, 9, 30_000} { // eight blocks are held
		g := &groupSketches{stored: segment.NewSketches(files, 8, 1), memory: 1}
		units := make([]stage.Unit, size)
		for i := range units {
			units[i].Doc = docNumber(rng.IntN(segments), uint32(rng.IntN(rows)))
		}
		s.reads = 0
		sketch, done, err := g.of(t.Context(), units, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, u := range units {
			b, err := sketch(u)
			if err != nil || binary.LittleEndian.Uint64(b) != u.Doc {
				t.Fatalf("unit %d of %d: %x, %v", i, size, b, err)
			}
		}
		if blocks := segments*(rows/perBlock+1) + 2*segments; s.reads > blocks { // and the tables
			t.Errorf("%d units: %d reads for %d blocks", size, s.reads, blocks)
		}
		if b, err := sketch(units[0]); err != nil || binary.LittleEndian.Uint64(b) != units[0].Doc { // out of order
			t.Errorf("asked again: %x, %v", b, err)
		}
		done()
	}
}

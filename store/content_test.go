package store_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"

	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/storetest"
)

// read takes the checksums of some bytes of an object, which come in pieces of any length.
func read(t *testing.T, c *store.Checksums, data []byte, from, to int64, pieces ...func(io.Reader) io.Reader) {
	t.Helper()
	var in io.Reader = bytes.NewReader(data[from:to])
	for _, p := range pieces {
		in = p(in)
	}
	r := c.Reader(io.NopCloser(in), from)
	if _, err := io.Copy(io.Discard, r); err != nil || r.Close() != nil {
		t.Fatal(err)
	}
}

func TestContent(t *testing.T) {
	const block = store.BlockBytes
	for _, size := range []int64{0, 1, block - 1, block, block + 1, 5*block + 100, 16 * block, 16*block + 1, 40 * block} {
		data := storetest.Bytes(int(size), 3)
		whole := store.NewChecksums(size)
		read(t, whole, data, 0, size, iotest.OneByteReader)
		want := whole.Content(0, size)
		if !want.Known() || want.Bytes(size) != size || (want.Sample != "") != (size > 16*block) || len(want.Blocks) > 1 {
			t.Errorf("%d bytes: %+v", size, want)
		}
		pieces := store.NewChecksums(size)
		for from := size / block * block; from >= 0; from -= block { // backwards
			read(t, pieces, data, from, min(size, from+2*block), iotest.DataErrReader)
		}
		if got := pieces.Content(0, size); got.XXH3 != want.XXH3 || got.Sample != want.Sample {
			t.Errorf("%d bytes in pieces: %+v, want %+v", size, got, want)
		}
	}
}

// TestContentOfPieces has a block that was read in two halves, and ranges.
func TestContentOfPieces(t *testing.T) {
	const block, size = store.BlockBytes, 10 * store.BlockBytes
	data := storetest.Bytes(size, 4)
	c := store.NewChecksums(size)
	read(t, c, data, 100, 3*block+10)
	read(t, c, data, 3*block+10, 6*block-1)
	f := func(from, to int64, want ...[2]int64) {
		t.Helper()
		got := c.Content(from, to).Blocks
		if len(got) != len(want) {
			t.Fatalf("%d to %d: %v, want %v", from, to, got, want)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%d to %d: %v, want %v", from, to, got, want)
			}
		}
	}
	f(0, size, [2]int64{1, 3}, [2]int64{4, 5})
	f(block, 2*block+1, [2]int64{1, 3})
	f(block, 2*block, [2]int64{1, 2})
	f(block+1, 2*block)
	if !c.Has(block) || !c.Has(3*block-1) || c.Has(3*block) || c.Has(0) || c.Has(5*block) {
		t.Error("blocks that are there, or are not")
	}
}

func TestContentHolds(t *testing.T) {
	const block, size = store.BlockBytes, 20*store.BlockBytes + 7
	dir := t.TempDir()
	s := store.Local(dir)
	data := storetest.Bytes(size, 5)
	c := store.NewChecksums(size)
	read(t, c, data, 0, size)
	content := c.Content(0, size)
	f := func(what string, data []byte, content store.Content, wantSample, wantAll bool) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "x"), data, 0o644); err != nil {
			t.Fatal(err)
		}
		for all, want := range map[bool]bool{false: wantSample, true: wantAll} {
			if got, err := content.Holds(t.Context(), s, "x", size, all); err != nil || got != want {
				t.Errorf("%s, all blocks %v: %v, %v", what, all, got, err)
			}
		}
	}
	with := func(at int) []byte {
		b := bytes.Clone(data)
		b[at] ^= 1
		return b
	}
	f("the same", data, content, true, true)
	f("first byte", with(0), content, false, false)
	f("last byte", with(size-1), content, false, false)
	f("a block that is no sample", with(3*block), content, true, false)
	f("a block that is one", with(4*block+1), content, false, false)
	part := c.Content(2*block, 5*block)
	f("what was not read", with(5*block), part, true, true)
	f("what was read of a part", with(5*block-1), part, false, false)
	f("nothing was read", with(0), store.NewChecksums(size).Content(0, size), true, true)
	f("nothing is known", data, store.Content{}, false, false)
	if _, err := content.Holds(t.Context(), s, "gone", size, true); !errors.Is(err, store.ErrNotExist) {
		t.Errorf("a file that is gone: %v", err)
	}
}

func BenchmarkChecksums(b *testing.B) {
	data := storetest.Bytes(256<<10, 6)
	c := store.NewChecksums(1 << 40)
	r := c.Reader(io.NopCloser(repeated{data}), 0)
	b.SetBytes(int64(len(data)))
	into := make([]byte, len(data))
	for b.Loop() {
		if _, err := r.Read(into); err != nil {
			b.Fatal(err)
		}
	}
}

// repeated gives the same bytes for ever; it copies none, which is not what is measured.
type repeated struct{ b []byte }

func (r repeated) Read(p []byte) (int, error) { return len(p), nil }

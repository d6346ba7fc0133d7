package segment

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/internal/extsort"
	"github.com/corpusmill/corpusmill/store"
)

// put stores b and names it.
func put(t testing.TB, b []byte) File {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "f"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	return File{Store: store.Local(dir), Name: "f", Bytes: int64(len(b))}
}

// sorter holds the records of the keys in a map from key to rows.
func sorter(t testing.TB, n int) *extsort.Sorter {
	t.Helper()
	s := extsort.New(1<<20, t.TempDir())
	t.Cleanup(s.Close)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		if err := s.Add(extsort.Record{r.Uint64(), 7, 0, uint64(i)<<32 | 3}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// kinds makes a file of every kind, and a reader that reads all of it.
func kinds(t testing.TB) map[string]struct {
	bytes []byte
	read  func(context.Context, File) error
} {
	t.Helper()
	type kind = struct {
		bytes []byte
		read  func(context.Context, File) error
	}
	pack := NewCompressor()
	var docs, index, samples bytes.Buffer
	dw, iw, sw := NewWriter(&docs), NewWriter(&index), NewWriter(&samples)
	const batches, each = 3, 5
	for b := range batches {
		var d, i, s []byte
		for n := range each {
			doc := &corpus.Document{ID: fmt.Sprint(b, n), Text: "A text of some length.", Signals: []float64{1, 2}}
			d = AppendDocument(d, doc)
			i = AppendIndexRow(i, IndexRow{Tie: TieOf(doc), Weight: 1, Ranks: []corpus.Rank{{Order: 3}}, ID: doc.ID})
			s = AppendSample(s, Sample{Group: "en", Values: []float64{float64(n)}})
		}
		for _, x := range []struct {
			w *Writer
			b []byte
		}{{dw, d}, {iw, i}, {sw, s}} {
			if err := x.w.Add(pack.Compress(nil, x.b), each); err != nil {
				t.Fatal(err)
			}
		}
	}
	const keys = 2*keysPerBlock + 10
	var keyFile, edges, sketches, sliced bytes.Buffer
	sketch := NewSketchWriter(&sketches, 4)
	for i := range 2*sketchesPerBlock + 1 {
		if err := sketch.Write(binary.BigEndian.AppendUint32(nil, uint32(i))); err != nil {
			t.Fatal(err)
		}
	}
	items, itemErr := WriteSlices(&sliced, yieldItems(someItems()))
	_, err := WriteEdges(&edges, sorter(t, keys))
	if err = errors.Join(err, itemErr); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(err, dw.Close(), iw.Close(), sw.Close(), sketch.Close(), WriteKeys(&keyFile, sorter(t, keys))); err != nil {
		t.Fatal(err)
	}
	return map[string]kind{
		"documents": {docs.Bytes(), func(ctx context.Context, f File) error { return drain(Documents(ctx, f, batches*each, nil)) }},
		"index":     {index.Bytes(), func(ctx context.Context, f File) error { return drain(Index(ctx, f, batches*each)) }},
		"samples":   {samples.Bytes(), func(ctx context.Context, f File) error { return drain(Samples(ctx, f, batches*each, 1)) }},
		"edges":     {edges.Bytes(), func(ctx context.Context, f File) error { return drain(Edges(ctx, f, keys)) }},
		"keys": {keyFile.Bytes(), func(ctx context.Context, f File) error {
			_, err := readKeys(ctx, f, keys, 0, 256)
			return err
		}},
		"run": {runFile(t, runOf(keys), 4), func(ctx context.Context, f File) error {
			_, err := readRun(ctx, f, keys, 4, 0, 1)
			return err
		}},
		"slices": {sliced.Bytes(), func(ctx context.Context, f File) error {
			x, err := OpenSlices(ctx, f, items)
			if err != nil {
				return err
			}
			return drain(x.All())
		}},
		"sketches": {sketches.Bytes(), func(ctx context.Context, f File) error {
			s := NewSketches([]SketchFile{{f, 2*sketchesPerBlock + 1}}, 4, 0)
			for row := range uint32(2*sketchesPerBlock + 1) {
				b, err := s.Of(ctx, 0, row)
				if err == nil && binary.BigEndian.Uint32(b) != row {
					err = fmt.Errorf("row %d has the sketch of %d", row, b)
				}
				if err != nil {
					return err
				}
			}
			return nil
		}},
	}
}

func drain[T any](seq func(func(T, error) bool)) (err error) {
	seq(func(_ T, e error) bool {
		err = e
		return e == nil
	})
	return err
}

func readKeys(ctx context.Context, f File, keys int64, from, to int) (got []extsort.Record, err error) {
	k, err := OpenKeys(ctx, f, keys, from, to)
	if err != nil {
		return nil, err
	}
	defer k.Close()
	for {
		var r extsort.Record
		if err := k.Next(&r); errors.Is(err, io.EOF) {
			return got, nil
		} else if err != nil {
			return got, err
		}
		got = append(got, r)
	}
}

// A file of any kind that is cut, grown or changed anywhere is damaged, never read as
// something else.
func TestEveryDamageIsSeen(t *testing.T) {
	for name, k := range kinds(t) {
		t.Run(name, func(t *testing.T) {
			if err := k.read(t.Context(), put(t, k.bytes)); err != nil {
				t.Fatal(err)
			}
			see := func(what string, b []byte) {
				if err := k.read(t.Context(), put(t, b)); !errors.Is(err, ErrDamaged) {
					t.Fatalf("%s: %v", what, err)
				}
			}
			see("empty", nil)
			r := rand.New(rand.NewPCG(3, 4))
			for range 100 {
				at := r.IntN(len(k.bytes))
				flipped := bytes.Clone(k.bytes)
				flipped[at] ^= 1 << r.IntN(8)
				see(fmt.Sprintf("a bit of byte %d of %d", at, len(k.bytes)), flipped)
				see(fmt.Sprintf("cut at %d", at), k.bytes[:at])
				see(fmt.Sprintf("zeros from %d", at), append(bytes.Clone(k.bytes[:at]), make([]byte, len(k.bytes)-at)...))
			}
			see("another file behind it", append(bytes.Clone(k.bytes), k.bytes...))
			committed := put(t, k.bytes)
			committed.End = hex.EncodeToString(k.bytes[len(k.bytes)-16:])
			if err := k.read(t.Context(), committed); err != nil {
				t.Errorf("the file that was committed: %v", err)
			}
			committed.End = hex.EncodeToString(k.bytes[len(k.bytes)-17 : len(k.bytes)-1])
			if err := k.read(t.Context(), committed); !errors.Is(err, ErrDamaged) {
				t.Errorf("another sound file than was committed: %v", err)
			}
			short := put(t, k.bytes)
			short.Bytes++
			if err := k.read(t.Context(), short); !errors.Is(err, ErrDamaged) {
				t.Errorf("shorter than its commit says: %v", err)
			}
		})
	}
}

// Every range of first bytes holds the keys of that range, in order.
func TestKeysByRange(t *testing.T) {
	for _, n := range []int{0, 1, keysPerBlock - 1, keysPerBlock, keysPerBlock + 1, 5 * keysPerBlock} {
		s := sorter(t, n)
		var want []extsort.Record
		for r, err := range s.Sorted() {
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, r)
		}
		var b bytes.Buffer
		if err := WriteKeys(&b, sorter(t, n)); err != nil {
			t.Fatal(err)
		}
		f := put(t, b.Bytes())
		for _, step := range []int{256, 64, 1} {
			var got []extsort.Record
			for from := 0; from < 256; from += step {
				part, err := readKeys(t.Context(), f, int64(n), from, from+step)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range part {
					if bin := int(r[0] >> 56); bin < from || bin >= from+step {
						t.Fatalf("a key of bin %d in %d..%d", bin, from, from+step)
					}
				}
				got = append(got, part...)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%d keys in steps of %d: %d came back", n, step, len(got))
			}
		}
		if _, err := readKeys(t.Context(), f, int64(n)+1, 0, 256); !errors.Is(err, ErrDamaged) {
			t.Errorf("another number of keys than the commit says: %v", err)
		}
	}
}

func TestEdgesComeOnce(t *testing.T) {
	s := extsort.New(1<<20, t.TempDir())
	defer s.Close()
	for _, r := range []extsort.Record{{5, 9}, {0, 0}, {5, 9}, {1, 2}, {0, 0}, {5, 9}} {
		if err := s.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	n, err := WriteEdges(&b, s)
	if err != nil || n != 3 {
		t.Fatal(n, err)
	}
	var got []Edge
	for e, err := range Edges(t.Context(), put(t, b.Bytes()), 3) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e)
	}
	if want := []Edge{{0, 0}, {1, 2}, {5, 9}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// Edits of whole documents and of parts of them come back as they were.
func TestEditsOfParts(t *testing.T) {
	want := []Edit{{Row: 0, Parts: []uint32{0}}, {Row: 1, Drop: true, Winner: "w", Size: 2}, {Row: 7, Parts: []uint32{0, 1, 5, 1<<32 - 1}}, {Row: 8, Winner: "x", Size: 1}}
	var b []byte
	for _, e := range want {
		b = AppendEdit(b, e)
	}
	got, err := decodeEdits(b)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("%v %v", got, err)
	}
	for name, b := range map[string][]byte{
		"no flag": {3}, "no number of parts": {3, 2}, "no parts": {3, 2, 0}, "fewer parts than it says": {3, 2, 2, 1}, "a part twice": {3, 2, 2, 1, 0},
		"a part of more than 32 bits":    binary.AppendUvarint([]byte{3, 2, 1}, 1<<32),
		"parts of more than 32 bits":     binary.AppendUvarint([]byte{3, 2, 2, 1}, 1<<32-1),
		"more parts than bytes could be": binary.AppendUvarint([]byte{3, 2}, 1<<62),
	} {
		if got, err := decodeEdits(b); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
}

// FuzzEdits reads anything as edits: what is taken is written back as it was meant.
func FuzzEdits(f *testing.F) {
	f.Add(AppendEdit(AppendEdit(nil, Edit{Row: 3, Drop: true, Winner: "w", Size: 2}), Edit{Row: 9, Parts: []uint32{1, 4}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		edits, err := decodeEdits(b)
		if err != nil {
			return
		}
		var again []byte
		for _, e := range edits {
			again = AppendEdit(again, e)
		}
		if back, err := decodeEdits(again); err != nil || !reflect.DeepEqual(back, edits) {
			t.Errorf("%v, was %v: %v", back, edits, err)
		}
	})
}

func TestEditsAreChecked(t *testing.T) {
	b := AppendEdit(AppendEdit(nil, Edit{Row: 3, Drop: true, Winner: "w", Size: 2}), Edit{Row: 9, Winner: "x", Size: 4})
	f := put(t, append([]byte("before"), b...))
	got, err := Edits(t.Context(), f, 6, int64(len(b)), DigestOf(b))
	if err != nil || len(got) != 2 || got[1].Winner != "x" {
		t.Fatal(got, err)
	}
	for what, c := range map[string]struct{ offset, length int64 }{"another place": {5, int64(len(b))}, "past the end": {6, int64(len(b)) + 1},
		"no length": {6, -1}, "a length of no file": {6, math.MaxInt64}} {
		if _, err := Edits(t.Context(), f, c.offset, c.length, DigestOf(b)); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// FuzzFile reads anything as a file of every kind.
func FuzzFile(f *testing.F) {
	all := kinds(f)
	for _, k := range all {
		f.Add(k.bytes)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		file := put(t, b)
		for name, k := range all {
			if err := k.read(t.Context(), file); err == nil && !bytes.Equal(b, k.bytes) {
				t.Errorf("%s: taken", name)
			} else if err != nil && !errors.Is(err, ErrDamaged) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

package segment

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"math"
	"slices"
	"testing"

	"github.com/corpusmill/corpusmill/internal/extsort"
)

// someItems are sorted items of slices with one, many and very many of them, with and
// without data.
func someItems() []extsort.Item {
	var list []extsort.Item
	for _, s := range []struct{ number, items int }{{0, 1}, {1, sliceBlockItems}, {7, 2*sliceBlockItems + 1}, {8, 2}, {math.MaxUint32, 3}} {
		for i := range s.items {
			x := extsort.Item{Key: extsort.Record{uint64(s.number)<<32 | uint64(i/2), uint64(i % 2), math.MaxUint64, uint64(i) << 40}}
			if i%3 == 0 {
				x.Data = bytes.Repeat([]byte{byte(i)}, i%100)
			}
			list = append(list, x)
		}
	}
	return list
}

func yieldItems(list []extsort.Item) iter.Seq2[extsort.Item, error] {
	return func(yield func(extsort.Item, error) bool) {
		for _, x := range list {
			if !yield(x, nil) {
				return
			}
		}
	}
}

func readItems(t *testing.T, x *Items, err error) (got []extsort.Item) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	for item, err := range x.All() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, extsort.Item{Key: item.Key, Data: slices.Clone(item.Data)})
	}
	return got
}

func equalItems(a, b []extsort.Item) bool {
	return slices.EqualFunc(a, b, func(a, b extsort.Item) bool { return extsort.CompareItems(a, b) == 0 })
}

// Each slice has its own items, all slices together have all.
func TestSlices(t *testing.T) {
	all := someItems()
	huge := extsort.Item{Key: extsort.Record{9 << 32}, Data: make([]byte, 3*sliceBlockBytes)}
	for name, list := range map[string][]extsort.Item{"none": nil, "one": all[:1], "many": all, "one of many bytes": {huge}, "several of many bytes": {all[0], huge, {Key: extsort.Record{9 << 32, 1}, Data: huge.Data}}} {
		var b bytes.Buffer
		twice := make([]extsort.Item, 0, 2*len(list))
		for _, x := range list {
			twice = append(twice, x, x)
		}
		n, err := WriteSlices(&b, yieldItems(twice))
		if err != nil || n != int64(len(list)) {
			t.Fatalf("%s: %d items of %d, %v", name, n, len(list), err)
		}
		f := put(t, b.Bytes())
		x, err := OpenSlices(t.Context(), f, n)
		if got := readItems(t, x, err); !equalItems(got, list) {
			t.Errorf("%s: %d of %d came back", name, len(got), len(list))
		}
		for _, number := range []uint32{0, 1, 2, 6, 7, 8, 9, 10, math.MaxUint32 - 1, math.MaxUint32} {
			var want []extsort.Item
			for _, x := range list {
				if sliceOf(x.Key) == number {
					want = append(want, x)
				}
			}
			x, err := OpenSlice(t.Context(), f, n, number)
			if got := readItems(t, x, err); !equalItems(got, want) {
				t.Errorf("%s: slice %d has %d items, want %d", name, number, len(got), len(want))
			}
		}
		if _, err := OpenSlice(t.Context(), f, n+1, 0); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: another number of items than the commit says: %v", name, err)
		}
	}
}

// FuzzSlices reads anything as the blocks of a file of slices, whose checksums fit.
func FuzzSlices(f *testing.F) {
	f.Add([]byte{1, 0, 0, 0, 0}, int64(1), []byte{0, 1})
	f.Add([]byte{1, 0, 0, 0, 2, 'a', 'b', 0, 1, 1, 1, 0}, int64(2), []byte{7, 1})
	f.Fuzz(func(t *testing.T, payload []byte, records int64, directory []byte) {
		if records < 0 {
			return
		}
		var b bytes.Buffer
		w := NewWriter(&b)
		if err := errors.Join(w.Add(payload, records), w.Add(directory, 0), w.Close()); err != nil {
			t.Fatal(err)
		}
		x, err := OpenSlices(context.Background(), put(t, b.Bytes()), records)
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Fatal(err)
			}
			return
		}
		var last extsort.Item
		var n int64
		for item, err := range x.All() {
			if err != nil {
				if !errors.Is(err, ErrDamaged) {
					t.Fatal(err)
				}
				return
			}
			if n > 0 && item.Key[0] < last.Key[0] {
				t.Fatalf("%v behind %v", item.Key, last.Key)
			}
			n++
			last = item
		}
		if n != records {
			t.Fatalf("%d of %d items", n, records)
		}
	})
}

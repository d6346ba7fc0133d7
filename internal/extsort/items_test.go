package extsort

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
)

// someItems are items with data of all lengths, some with equal records.
func someItems(n int) []Item {
	rng := rand.New(rand.NewPCG(1, 2))
	list := make([]Item, n)
	for i := range list {
		data := make([]byte, rng.IntN(40))
		if i%1000 == 0 {
			data = make([]byte, 2*chunkBytes)
		}
		for j := range data {
			data[j] = byte(rng.UintN(256))
		}
		list[i] = Item{Record{rng.Uint64() % 50, rng.Uint64() % 3}, data}
	}
	return list
}

func equalItems(a, b Item) bool { return a.Key == b.Key && bytes.Equal(a.Data, b.Data) }

func copied(t *testing.T, seq func(func(Item, error) bool)) []Item {
	t.Helper()
	var got []Item
	for x, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, Item{x.Key, slices.Clone(x.Data)})
	}
	return got
}

func TestItemsAreSortedHoweverOftenTheySpill(t *testing.T) {
	list := someItems(5000)
	want := slices.Clone(list)
	slices.SortFunc(want, CompareItems)
	for _, memory := range []int64{1 << 40, 1 << 20, 1} {
		s := NewItems(memory, t.TempDir())
		scratch := []byte{}
		for _, x := range list {
			scratch = append(scratch[:0], x.Data...) // the sorter must have copied it
			if err := s.Add(Item{x.Key, scratch}); err != nil {
				t.Fatal(err)
			}
		}
		if s.Len() != int64(len(list)) {
			t.Errorf("Len is %d", s.Len())
		}
		if spilled := len(s.spills) > 0; spilled != (memory < 1<<40) {
			t.Errorf("memory %d: %d runs", memory, len(s.spills))
		}
		if got := copied(t, s.Sorted()); !slices.EqualFunc(got, want, equalItems) {
			t.Errorf("memory %d: wrong order", memory)
		}
	}
}

// itemList is a stream that uses one buffer for all data, as a file does.
type itemList struct {
	items []Item
	buf   []byte
}

func (l *itemList) Next(x *Item) error {
	if len(l.items) == 0 {
		return io.EOF
	}
	l.buf = append(l.buf[:0], l.items[0].Data...)
	*x = Item{l.items[0].Key, l.buf}
	l.items = l.items[1:]
	return nil
}

func (l *itemList) Close() error { return nil }

func TestMergeOfItems(t *testing.T) {
	for _, streams := range []int{0, 1, 3, FanIn, FanIn + 1, 2*FanIn + 5} {
		t.Run(fmt.Sprint(streams), func(t *testing.T) {
			var inputs []InputOf[Item]
			var want []Item
			list := someItems(3000)
			for i := range streams {
				var own []Item
				for j := i; j < len(list); j += streams {
					own = append(own, list[j])
				}
				want = append(want, own...)
				slices.SortFunc(own, CompareItems)
				inputs = append(inputs, func() (StreamOf[Item], error) { return &itemList{items: own}, nil })
			}
			slices.SortFunc(want, CompareItems)
			if got := copied(t, MergeItems(inputs, t.TempDir())); !slices.EqualFunc(got, want, equalItems) {
				t.Error("wrong order")
			}
		})
	}
}

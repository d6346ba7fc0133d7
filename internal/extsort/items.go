package extsort

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"io"
	"iter"
	"os"
	"slices"
)

// Item is a record with bytes that travel with it. Items of equal records are in the
// order of their bytes.
type Item struct {
	Key  Record
	Data []byte
}

// CompareItems orders items.
func CompareItems(a, b Item) int {
	return cmp.Or(Compare(a.Key, b.Key), bytes.Compare(a.Data, b.Data))
}

// itemBytes is what an item takes in memory beside its data.
const itemBytes = recordBytes + 24

// chunkBytes is the size of the pieces of memory that hold the data of many items.
const chunkBytes = 256 << 10

var items = codec[Item]{
	compare: CompareItems,
	encode: func(b []byte, x Item) []byte {
		b = records.encode(b, x.Key)
		return append(binary.AppendUvarint(b, uint64(len(x.Data))), x.Data...)
	},
	decode: func(in *bufio.Reader, x *Item) error {
		if err := records.decode(in, &x.Key); err != nil {
			return err
		}
		n, err := binary.ReadUvarint(in)
		if err == nil {
			x.Data = slices.Grow(x.Data[:0], int(n))[:n] // a file of our own
			_, err = io.ReadFull(in, x.Data)
		}
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return err
	},
}

// Items sorts any number of items. The zero value is not usable; call NewItems.
type Items struct {
	dir       string
	max, used int64
	buf       []Item
	chunk     []byte // holds the data of the last items
	spills    []*os.File
	n         int64
}

// NewItems returns a sorter that holds about memory bytes of items, one at least, and
// spills sorted runs to unlinked files in dir ("" = the system's temporary folder).
func NewItems(memory int64, dir string) *Items {
	return &Items{dir: dir, max: max(memory, minRecords*recordBytes)}
}

// Len is the number of items added.
func (s *Items) Len() int64 { return s.n }

// Add takes one item and a copy of its data.
func (s *Items) Add(x Item) error {
	if n := itemBytes + int64(len(x.Data)); len(s.buf) > 0 && s.used+n > s.max {
		if err := s.spill(); err != nil {
			return err
		}
	}
	if len(s.chunk)+len(x.Data) > cap(s.chunk) {
		s.chunk = make([]byte, 0, max(chunkBytes, len(x.Data)))
	}
	at := len(s.chunk)
	s.chunk = append(s.chunk, x.Data...)
	s.buf = append(s.buf, Item{x.Key, s.chunk[at:]})
	s.used += itemBytes + int64(len(x.Data))
	s.n++
	return nil
}

func (s *Items) spill() error {
	slices.SortFunc(s.buf, CompareItems)
	f, err := spill(s.buf, items, s.dir)
	if f != nil {
		s.spills = append(s.spills, f)
	}
	clear(s.buf)
	s.buf, s.chunk, s.used = s.buf[:0], s.chunk[:0:0], 0
	return err
}

// Sorted yields every item in order, once; its data is valid until the next. The sorter
// is closed afterwards.
func (s *Items) Sorted() iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		defer s.Close()
		if len(s.spills) == 0 {
			slices.SortFunc(s.buf, CompareItems)
			for _, x := range s.buf {
				if !yield(x, nil) {
					return
				}
			}
			return
		}
		if err := s.spill(); err != nil {
			yield(Item{}, err)
			return
		}
		inputs := make([]InputOf[Item], len(s.spills))
		for i, f := range s.spills {
			inputs[i] = readRun(f, items)
		}
		s.spills = nil // the merge closes them
		MergeItems(inputs, s.dir)(yield)
	}
}

// Close drops the items and spilled runs.
func (s *Items) Close() {
	s.buf, s.chunk = nil, nil
	for _, f := range s.spills {
		_ = f.Close()
	}
	s.spills = nil
}

// MergeItems is Merge of items. The data of one is valid until the next.
func MergeItems(inputs []InputOf[Item], dir string) iter.Seq2[Item, error] {
	return merge(inputs, items, dir)
}

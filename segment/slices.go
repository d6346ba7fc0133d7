package segment

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"iter"
	"slices"

	"github.com/corpusmill/corpusmill/internal/extsort"
)

// A file of slices has sorted items, in blocks of items whose first word has one high
// half: a slice. A task that writes for many others writes one such file, and each of
// them reads its slice. An item is its four words and the length of its data as uvarints,
// the first word less that of the item before, then the data. The last block has no
// items: it says for each slice its number, less that of the one before, and its blocks.
const (
	sliceBlockItems = 4096
	sliceBlockBytes = 64 << 10
)

// sliceOf is the slice that an item belongs to.
func sliceOf(key extsort.Record) uint32 { return uint32(key[0] >> 32) }

// WriteSlices writes sorted items, each once, and returns their number.
func WriteSlices(w io.Writer, items iter.Seq2[extsort.Item, error]) (int64, error) {
	f := &sliceWriter{w: NewWriter(w)}
	for x, err := range items {
		if err == nil {
			err = f.add(x)
		}
		if err != nil {
			return 0, err
		}
	}
	if err := f.flush(); err != nil {
		return 0, err
	}
	f.endSlice()
	if err := f.w.Add(f.directory, 0); err != nil {
		return 0, err
	}
	return f.w.Records(), f.w.Close()
}

type sliceWriter struct {
	w         *Writer
	b         []byte
	n         int64 // items in b
	last      extsort.Item
	some      bool   // there is a last
	blocks    uint64 // of the slice of last
	directory []byte
	before    uint32 // slice before that of last
}

func (f *sliceWriter) add(x extsort.Item) error {
	if f.some && extsort.CompareItems(f.last, x) == 0 {
		return nil
	}
	number := sliceOf(x.Key)
	if f.some && (number != sliceOf(f.last.Key) || f.n == sliceBlockItems || len(f.b) >= sliceBlockBytes) {
		if err := f.flush(); err != nil {
			return err
		}
		if number != sliceOf(f.last.Key) {
			f.endSlice()
		}
	}
	previous := uint64(number) << 32
	if f.n > 0 {
		previous = f.last.Key[0]
	}
	f.b = binary.AppendUvarint(f.b, x.Key[0]-previous)
	for _, word := range x.Key[1:] {
		f.b = binary.AppendUvarint(f.b, word)
	}
	f.b = binary.AppendUvarint(f.b, uint64(len(x.Data)))
	f.b = append(f.b, x.Data...)
	f.n++
	f.last = extsort.Item{Key: x.Key, Data: append(f.last.Data[:0], x.Data...)}
	f.some = true
	return nil
}

func (f *sliceWriter) flush() error {
	if f.n == 0 {
		return nil
	}
	err := f.w.Add(f.b, f.n)
	f.b, f.n = f.b[:0], 0
	f.blocks++
	return err
}

// endSlice notes the slice of the last item.
func (f *sliceWriter) endSlice() {
	if f.blocks == 0 {
		return
	}
	number := sliceOf(f.last.Key)
	f.directory = binary.AppendUvarint(f.directory, uint64(number-f.before))
	f.directory = binary.AppendUvarint(f.directory, f.blocks)
	f.before, f.blocks = number, 0
}

// Items streams the items of one slice of a file, or of all. It is a stream of
// [extsort.Item].
type Items struct {
	next  func() (Block, error, bool)
	stop  func()
	r     *Reader
	block Decoder
	left  int64 // items of the block
	last  uint64
	// of the slices that are read: their numbers and how many blocks each has left
	slices []slice
}

type slice struct {
	number uint32
	blocks uint64
}

// OpenSlice opens a slice of a file that has so many items in all; a slice that is not
// there has none.
func OpenSlice(ctx context.Context, f File, items int64, number uint32) (*Items, error) {
	return OpenSliceRange(ctx, f, items, uint64(number), uint64(number)+1)
}

// OpenSliceRange opens the slices from <= number < to of a file that has so many items.
func OpenSliceRange(ctx context.Context, f File, items int64, from, to uint64) (*Items, error) {
	return openSlices(ctx, f, items, func(s slice) bool { return from <= uint64(s.number) && uint64(s.number) < to })
}

// OpenSlices opens all slices of a file that has so many items.
func OpenSlices(ctx context.Context, f File, items int64) (*Items, error) {
	return openSlices(ctx, f, items, func(slice) bool { return true })
}

func openSlices(ctx context.Context, f File, items int64, wanted func(slice) bool) (*Items, error) {
	r, err := open(ctx, f, slicesTail(f.Bytes))
	if err != nil {
		return nil, err
	}
	if err := r.Want(items); err != nil {
		return nil, err
	}
	all, err := r.directory(ctx)
	if err != nil {
		return nil, err
	}
	var first uint64 // block
	from := slices.IndexFunc(all, wanted)
	if from < 0 {
		from = len(all)
	}
	for _, s := range all[:from] {
		first += s.blocks
	}
	all = all[from:]
	to := slices.IndexFunc(all, func(s slice) bool { return !wanted(s) })
	if to >= 0 {
		all = all[:to]
	}
	end := first
	for _, s := range all {
		end += s.blocks
	}
	x := &Items{r: r, slices: all}
	x.next, x.stop = iter.Pull2(r.Blocks(ctx, int(first), int(end)))
	return x, nil
}

// slicesTail is how much of a file's end has its table and directory, mostly: some 13 bytes
// a block and four a slice.
func slicesTail(bytes int64) int64 { return tailRead + min(bytes/1024, 4<<20) }

// directory reads the last block.
func (r *Reader) directory(ctx context.Context) ([]slice, error) {
	var all []slice
	if len(r.blocks) == 0 {
		return nil, r.damaged("no directory of slices")
	}
	for b, err := range r.Blocks(ctx, len(r.blocks)-1, len(r.blocks)) {
		if err != nil {
			return nil, err
		}
		d := NewDecoder(b.Payload)
		left := uint64(len(r.blocks) - 1)
		var number uint64
		for d.Left() > 0 && !d.bad {
			step, blocks := d.Uvarint(), d.Uvarint()
			number += step
			if step == 0 && len(all) > 0 || number > 1<<32-1 || step > 1<<32-1 || blocks == 0 || blocks > left {
				return nil, r.damaged("its directory of slices")
			}
			left -= blocks
			all = append(all, slice{uint32(number), blocks})
		}
		if !d.Done() || left > 0 || b.Records != 0 {
			return nil, r.damaged("its directory of slices")
		}
	}
	return all, nil
}

// Next gives the next item, whose data is valid until the one after; io.EOF ends them.
func (x *Items) Next(item *extsort.Item) error {
	for x.left == 0 {
		b, err, ok := x.next()
		if err != nil {
			return err
		}
		if !ok {
			return io.EOF
		}
		if x.slices[0].blocks == 0 {
			x.slices = x.slices[1:]
		}
		x.slices[0].blocks--
		x.block, x.left = Decoder{b: b.Payload}, b.Records
		x.last = uint64(x.slices[0].number) << 32
		if b.Records == 0 {
			return x.r.damaged("a block without items")
		}
	}
	step := x.block.Uvarint()
	key := extsort.Record{x.last + step, x.block.Uvarint(), x.block.Uvarint(), x.block.Uvarint()}
	data := x.block.Take(x.block.Uvarint())
	x.left--
	if x.block.bad || key[0] < x.last || sliceOf(key) != x.slices[0].number || (x.left == 0) != (x.block.Left() == 0) {
		return x.r.damaged("an item of slice %d", x.slices[0].number)
	}
	x.last = key[0]
	*item = extsort.Item{Key: key, Data: data}
	return nil
}

// Close ends the reading.
func (x *Items) Close() error {
	x.stop()
	return nil
}

// All yields the items that are left, and closes the stream.
func (x *Items) All() iter.Seq2[extsort.Item, error] {
	return func(yield func(extsort.Item, error) bool) {
		defer x.Close() //nolint:errcheck // it cannot fail
		for {
			var item extsort.Item
			err := x.Next(&item)
			if errors.Is(err, io.EOF) {
				return
			}
			if !yield(item, err) || err != nil {
				return
			}
		}
	}
}

package segment

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"iter"

	"github.com/corpusmill/corpusmill/internal/extsort"
)

// Keys of a grouping stage are records of 24 bytes, big-endian and sorted: the key
// (16), the row of its document in the segment (4), the part of the document (4). The
// last block has no records: it says how many there are before each first byte of the
// key, 257 numbers of eight bytes.
const (
	keyBytes     = 24
	keysPerBlock = 4096
	bins         = 256
)

// WriteKeys writes sorted records (key, key, 0, row<<32 | part).
func WriteKeys(w io.Writer, s *extsort.Sorter) error {
	f := NewWriter(w)
	if err := writeFixed(f, s.Sorted(), func(b []byte, r extsort.Record) []byte {
		b = binary.BigEndian.AppendUint64(b, r[0])
		b = binary.BigEndian.AppendUint64(b, r[1])
		return binary.BigEndian.AppendUint64(b, r[3])
	}); err != nil {
		return err
	}
	var n uint64
	table := binary.BigEndian.AppendUint64(nil, 0)
	for _, x := range s.Bins() {
		n += uint64(x)
		table = binary.BigEndian.AppendUint64(table, n)
	}
	if err := f.Add(table, 0); err != nil {
		return err
	}
	return f.Close()
}

// writeFixed writes records of one size in blocks of keysPerBlock.
func writeFixed(f *Writer, records iter.Seq2[extsort.Record, error], record func([]byte, extsort.Record) []byte) error {
	var b []byte
	var n int64
	for r, err := range records {
		if err != nil {
			return err
		}
		b = record(b, r)
		if n++; n == keysPerBlock {
			if err := f.Add(b, n); err != nil {
				return err
			}
			b, n = b[:0], 0
		}
	}
	if n == 0 {
		return nil
	}
	return f.Add(b, n)
}

// Keys streams the keys whose first byte is from <= b < to, as records (key, key, 0,
// row<<32 | part). It is an [extsort.Stream].
type Keys struct {
	next func() (Block, error, bool)
	stop func()
	b    []byte
	skip int64 // records of the first block before the range
	left int64 // records of the range
	r    *Reader
}

// wholeRead is up to which size a file that is read whole is read at once.
const wholeRead = 4 << 20

// OpenAllKeys opens a file of so many keys at all of them, in one read where it is small:
// for who reads one file after the other.
func OpenAllKeys(ctx context.Context, f File, keys int64) (*Keys, error) {
	return openKeys(ctx, f, wholeRead, keys, 0, bins)
}

// OpenKeys opens a file of so many keys.
func OpenKeys(ctx context.Context, f File, keys int64, from, to int) (*Keys, error) {
	return openKeys(ctx, f, tailRead, keys, from, to)
}

func openKeys(ctx context.Context, f File, tail, keys int64, from, to int) (*Keys, error) {
	r, err := open(ctx, f, tail)
	if err != nil {
		return nil, err
	}
	if err := r.Want(keys); err != nil {
		return nil, err
	}
	if from < 0 || to > bins || from > to {
		return nil, fmt.Errorf("%s: keys of first bytes %d to %d", f.Name, from, to)
	}
	var first, last uint64
	for b, err := range r.Blocks(ctx, max(len(r.blocks)-1, 0), len(r.blocks)) {
		if err != nil {
			return nil, err
		}
		if len(b.Payload) != 8*(bins+1) {
			return nil, r.damaged("no table of first bytes")
		}
		first, last = binary.BigEndian.Uint64(b.Payload[8*from:]), binary.BigEndian.Uint64(b.Payload[8*to:])
	}
	if first > last || last > uint64(keys) {
		return nil, r.damaged("its table of first bytes")
	}
	k := &Keys{r: r, skip: int64(first % keysPerBlock), left: int64(last - first)}
	k.next, k.stop = iter.Pull2(r.Blocks(ctx, int(first/keysPerBlock), int((last+keysPerBlock-1)/keysPerBlock)))
	return k, nil
}

// Next gives the next key; io.EOF ends the range.
func (k *Keys) Next(r *extsort.Record) error {
	if k.left == 0 {
		return io.EOF
	}
	for len(k.b) == 0 {
		b, err, ok := k.next()
		if err != nil {
			return err
		}
		if !ok || int64(len(b.Payload)) != b.Records*keyBytes || b.Records <= k.skip {
			return k.r.damaged("a block of %d keys", b.Records)
		}
		k.b, k.skip = b.Payload[k.skip*keyBytes:], 0
	}
	*r = extsort.Record{binary.BigEndian.Uint64(k.b), binary.BigEndian.Uint64(k.b[8:]), 0, binary.BigEndian.Uint64(k.b[16:])}
	k.b = k.b[keyBytes:]
	k.left--
	return nil
}

// Close ends the reading.
func (k *Keys) Close() error {
	k.stop()
	return nil
}

// Edge joins two documents of a cut, the smaller number first.
type Edge [2]uint64

const edgeBytes = 16

// WriteEdges writes sorted records (document, document, 0, 0), each once, and returns
// their number.
func WriteEdges(w io.Writer, s *extsort.Sorter) (int64, error) {
	f := NewWriter(w)
	once := func(yield func(extsort.Record, error) bool) {
		var last extsort.Record
		first := true
		for r, err := range s.Sorted() {
			if err == nil && !first && r == last {
				continue
			}
			last, first = r, false
			if !yield(r, err) {
				return
			}
		}
	}
	if err := writeFixed(f, once, func(b []byte, r extsort.Record) []byte {
		b = binary.BigEndian.AppendUint64(b, r[0])
		return binary.BigEndian.AppendUint64(b, r[1])
	}); err != nil {
		return 0, err
	}
	return f.Records(), f.Close()
}

// Edges yields the edges of a file, which must have so many.
func Edges(ctx context.Context, f File, edges int64) iter.Seq2[Edge, error] {
	return func(yield func(Edge, error) bool) {
		r, err := Open(ctx, f)
		if err == nil {
			err = r.Want(edges)
		}
		if err != nil {
			yield(Edge{}, err)
			return
		}
		for b, err := range r.All(ctx) {
			if err == nil && int64(len(b.Payload)) != b.Records*edgeBytes {
				err = r.damaged("a block of %d edges", b.Records)
			}
			if err != nil {
				yield(Edge{}, err)
				return
			}
			for p := b.Payload; len(p) > 0; p = p[edgeBytes:] {
				if !yield(Edge{binary.BigEndian.Uint64(p), binary.BigEndian.Uint64(p[8:])}, nil) {
					return
				}
			}
		}
	}
}

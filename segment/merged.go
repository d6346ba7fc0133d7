package segment

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"iter"
	"math"
	"sort"

	"github.com/corpusmill/corpusmill/internal/extsort"
)

// A run has the keys of a bundle of segments, sorted: rows of the key (16), the segment by
// its place in the bundle (2), the row of its document (4), the part of that (4), big-endian,
// and the sketch of the document where the stage keeps one. Blocks have about as many rows
// as make the table of a large file a small part of what a task reads of it. The last block
// has no rows: it has the first word of the first key of each block.
const (
	runRowBytes   = 26
	runBlocks     = 16 << 10 // about, of a file
	runBlockBytes = 64 << 10 // at least
	runBlockMost  = 1 << 20  // bytes
)

// SegmentsMax is how many segments a bundle can have.
const SegmentsMax = 1 << 16

// RunWriter writes a run.
type RunWriter struct {
	w      *Writer
	sketch int
	block  int // bytes
	b      []byte
	n      int64
	firsts []byte
}

// NewRunWriter writes a run of about so many rows, with sketches of so many bytes.
func NewRunWriter(w io.Writer, rows int64, sketch int) *RunWriter {
	row := runRowBytes + sketch
	block := min(max(rows*int64(row)/runBlocks, runBlockBytes), runBlockMost)
	return &RunWriter{w: NewWriter(w), sketch: sketch, block: max(int(block)/row, 1) * row}
}

// Add appends a row: (key, key, segment, row<<32 | part), not before the one before it.
func (w *RunWriter) Add(r extsort.Record, sketch []byte) error {
	if r[2] >= SegmentsMax || len(sketch) != w.sketch {
		return fmt.Errorf("a row of segment %d with %d bytes of sketch", r[2], len(sketch))
	}
	if len(w.b) == w.block {
		if err := w.flush(); err != nil {
			return err
		}
	}
	if len(w.b) == 0 {
		w.firsts = binary.BigEndian.AppendUint64(w.firsts, r[0])
	}
	w.b = binary.BigEndian.AppendUint64(w.b, r[0])
	w.b = binary.BigEndian.AppendUint64(w.b, r[1])
	w.b = binary.BigEndian.AppendUint16(w.b, uint16(r[2]))
	w.b = binary.BigEndian.AppendUint64(w.b, r[3])
	w.b = append(w.b, sketch...)
	w.n++
	return nil
}

func (w *RunWriter) flush() error {
	if w.n == 0 {
		return nil
	}
	err := w.w.Add(w.b, w.n)
	w.b, w.n = w.b[:0], 0
	return err
}

// Close writes what is left and returns the number of rows.
func (w *RunWriter) Close() (int64, error) {
	if err := w.flush(); err != nil {
		return 0, err
	}
	if err := w.w.Add(w.firsts, 0); err != nil {
		return 0, err
	}
	return w.w.Records(), w.w.Close()
}

// RunRows streams a range of keys of a run, as items of (key, key, segment, row<<32 | part)
// and the sketch, which is valid until the next.
type RunRows struct {
	r          *Reader
	next       func() (Block, error, bool)
	stop       func()
	b          []byte
	row        int
	from, last uint64 // of the first word
}

// OpenRun opens a run of so many rows, with sketches of so many bytes, at the number-th of so
// many equal ranges of keys, a power of two.
func OpenRun(ctx context.Context, f File, rows int64, sketch, number, of int) (*RunRows, error) {
	if number < 0 || number >= of || of&(of-1) != 0 {
		return nil, fmt.Errorf("%s: range %d of %d of its keys", f.Name, number, of)
	}
	r, err := open(ctx, f, runTail(f.Bytes))
	if err != nil {
		return nil, err
	}
	if err := r.Want(rows); err != nil {
		return nil, err
	}
	k := &RunRows{r: r, row: runRowBytes + sketch, last: math.MaxUint64}
	if width := math.MaxUint64/uint64(of) + 1; of > 1 {
		k.from = uint64(number) * width
		k.last = k.from + width - 1
	}
	n := len(r.blocks) - 1 // with rows
	if n < 0 {
		return nil, r.damaged("no table of keys")
	}
	from, to := 0, 0
	for b, err := range r.Blocks(ctx, n, n+1) {
		if err != nil {
			return nil, err
		}
		if len(b.Payload) != 8*n || b.Records != 0 {
			return nil, r.damaged("its table of keys")
		}
		first := func(i int) uint64 { return binary.BigEndian.Uint64(b.Payload[8*i:]) }
		// a block ends where the next begins: the one before the first that is not less may
		// have some
		from = max(sort.Search(n, func(i int) bool { return first(i) >= k.from })-1, 0)
		to = sort.Search(n, func(i int) bool { return first(i) > k.last })
	}
	k.next, k.stop = iter.Pull2(r.Blocks(ctx, from, to))
	return k, nil
}

// runTail is how much of a file's end has its tables: 21 bytes a block.
func runTail(bytes int64) int64 { return tailRead + bytes/(runBlockBytes/24) }

// Next gives the next row; io.EOF ends the range.
func (k *RunRows) Next(x *extsort.Item) error {
	for {
		for len(k.b) == 0 {
			b, err, ok := k.next()
			if err != nil {
				return err
			}
			if !ok {
				return io.EOF
			}
			if b.Records == 0 || int64(len(b.Payload)) != b.Records*int64(k.row) {
				return k.r.damaged("a block of %d rows", b.Records)
			}
			k.b = b.Payload
		}
		b := k.b[:k.row]
		k.b = k.b[k.row:]
		first := binary.BigEndian.Uint64(b)
		if first < k.from {
			continue
		}
		if first > k.last {
			return io.EOF
		}
		*x = extsort.Item{Key: extsort.Record{first, binary.BigEndian.Uint64(b[8:]), uint64(binary.BigEndian.Uint16(b[16:])), binary.BigEndian.Uint64(b[18:])}, Data: b[runRowBytes:]}
		return nil
	}
}

// Close ends the reading.
func (k *RunRows) Close() error {
	k.stop()
	return nil
}

// SketchRows streams the sketches of a segment that has so many documents, in their order.
func SketchRows(ctx context.Context, f SketchFile, size int) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		r, err := open(ctx, f.File, wholeRead)
		if err == nil {
			err = r.Want(f.Documents)
		}
		if err != nil {
			yield(nil, err)
			return
		}
		for b, err := range r.All(ctx) {
			if err == nil && int64(len(b.Payload)) != b.Records*int64(size) {
				err = r.damaged("a block of %d sketches", b.Records)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			for p := b.Payload; len(p) > 0; p = p[size:] {
				if !yield(p[:size:size], nil) {
					return
				}
			}
		}
	}
}

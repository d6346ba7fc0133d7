package segment

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/store"
)

// ErrDamaged means that a file is not as it was written.
var ErrDamaged = errors.New("damaged segment")

// A file of blocks ends in a table and a trailer:
//
//	payload of block 0, payload of block 1, ...
//	table: per block uvarint bytes, uvarint records, xxh3-64 of the payload
//	trailer: table bytes (8), blocks (8), records (8), xxh3-64 of table and of the
//	24 bytes before (8), magic (8); integers little-endian
const (
	trailerBytes  = 40
	magic         = "CMBLOCK1"
	tableRowBytes = 10 // at least
)

// blockMax bounds a block and a decompressed frame: a damaged file must not make a
// huge allocation.
const blockMax = 1 << 30

// blockKept is the memory of a block that is kept for the next.
const blockKept = 4 << 20

// Writer writes a file of blocks.
type Writer struct {
	w       io.Writer
	table   []byte
	blocks  int64
	records int64
}

// NewWriter writes to w, which the caller commits after Close.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Add appends a block with so many records.
func (w *Writer) Add(payload []byte, records int64) error {
	if len(payload) > blockMax {
		return fmt.Errorf("a block of %d bytes is over %d", len(payload), blockMax)
	}
	w.table = binary.AppendUvarint(w.table, uint64(len(payload)))
	w.table = binary.AppendUvarint(w.table, uint64(records))
	w.table = binary.LittleEndian.AppendUint64(w.table, xxh3.Hash(payload))
	w.blocks++
	w.records += records
	_, err := w.w.Write(payload)
	return err
}

// Records is the number of records so far.
func (w *Writer) Records() int64 { return w.records }

// Close writes table and trailer.
func (w *Writer) Close() error {
	b, n := w.table, len(w.table)
	for _, x := range [...]int64{int64(n), w.blocks, w.records} {
		b = binary.LittleEndian.AppendUint64(b, uint64(x))
	}
	b = binary.LittleEndian.AppendUint64(b, xxh3.Hash(b))
	_, err := w.w.Write(append(b, magic...))
	return err
}

// File names a file of blocks in a store.
type File struct {
	Store store.Store
	Name  string
	Bytes int64 // as committed
	// End is how the committed file ends, in hexadecimal, 16 bytes with the checksum of its
	// table: another sound file ends differently. "" is not compared.
	End string
}

// block is a row of the table.
type block struct {
	offset, bytes int64
	records       int64
	sum           uint64
}

// Reader reads a file of blocks.
type Reader struct {
	f       File
	blocks  []block
	records int64
	tail    []byte // bytes of the file from tailAt on, as far as Open has read them
	tailAt  int64
}

// tailRead is how much of a file's end Open asks for at once: most tables fit.
const tailRead = 16 << 10

// Open reads the table of a file.
func Open(ctx context.Context, f File) (*Reader, error) { return open(ctx, f, tailRead) }

// open asks for so much of the file's end at once.
func open(ctx context.Context, f File, tail int64) (*Reader, error) {
	r := &Reader{f: f, tailAt: max(0, f.Bytes-tail)}
	var err error
	if r.tail, err = f.read(ctx, r.tailAt, f.Bytes-r.tailAt); err != nil {
		return nil, err
	}
	if len(r.tail) < trailerBytes || string(r.tail[len(r.tail)-len(magic):]) != magic {
		return nil, r.damaged("no trailer")
	}
	trailer := r.tail[len(r.tail)-trailerBytes:]
	if end := hex.EncodeToString(trailer[trailerBytes-16:]); f.End != "" && end != f.End {
		return nil, r.damaged("it is another file than was committed")
	}
	table := binary.LittleEndian.Uint64(trailer)
	if table > uint64(f.Bytes-trailerBytes) || table > blockMax {
		return nil, r.damaged("its trailer has a table of %d bytes", table)
	}
	if at := f.Bytes - trailerBytes - int64(table); at < r.tailAt {
		head, err := f.read(ctx, at, r.tailAt-at)
		if err != nil {
			return nil, err
		}
		r.tail, r.tailAt = append(head, r.tail...), at
	}
	return r, r.parse(r.tail[len(r.tail)-trailerBytes-int(table):])
}

// parse reads table and trailer.
func (r *Reader) parse(b []byte) error {
	sumAt := len(b) - len(magic) - 8
	if xxh3.Hash(b[:sumAt]) != binary.LittleEndian.Uint64(b[sumAt:]) {
		return r.damaged("the checksum of its table differs")
	}
	n := len(b) - trailerBytes
	blocks, records := binary.LittleEndian.Uint64(b[n+8:]), binary.LittleEndian.Uint64(b[n+16:])
	if blocks > uint64(n)/tableRowBytes {
		return r.damaged("%d blocks in a table of %d bytes", blocks, n)
	}
	d := Decoder{b: b[:n]}
	var end, sum uint64
	r.blocks = make([]block, blocks)
	for i := range r.blocks {
		size, rows := d.Uvarint(), d.Uvarint()
		r.blocks[i] = block{offset: int64(end), bytes: int64(size), records: int64(rows), sum: d.Word()}
		if size > blockMax || rows > records {
			return r.damaged("its table")
		}
		end, sum = end+size, sum+rows
	}
	if !d.Done() || end != uint64(r.f.Bytes-int64(len(b))) || sum != records {
		return r.damaged("its table")
	}
	r.records = int64(records)
	return nil
}

func (r *Reader) damaged(format string, args ...any) error {
	return fmt.Errorf("%s: %w: %s", r.f.Name, ErrDamaged, fmt.Sprintf(format, args...))
}

// Len is the number of records in the file.
func (r *Reader) Len() int64 { return r.records }

// Want fails if the file has another number of records than its commit says.
func (r *Reader) Want(records int64) error {
	if r.records != records {
		return r.damaged("%d records, its commit has %d", r.records, records)
	}
	return nil
}

// Blocks yields the payload of the blocks from <= i < to with the number of their
// records, in one read of the store. A payload is valid until the next.
func (r *Reader) Blocks(ctx context.Context, from, to int) iter.Seq2[Block, error] {
	return func(yield func(Block, error) bool) {
		if from >= to {
			return
		}
		first, last := r.blocks[from], r.blocks[to-1]
		body, err := r.open(ctx, first.offset, last.offset+last.bytes-first.offset)
		if err != nil {
			yield(Block{}, err)
			return
		}
		defer body.Close() //nolint:errcheck // read only
		var buf []byte
		for i := from; i < to; i++ {
			b := r.blocks[i]
			if int64(cap(buf)) < b.bytes || int64(cap(buf)) > max(2*b.bytes, blockKept) {
				buf = make([]byte, b.bytes)
			}
			buf = buf[:b.bytes]
			if _, err := io.ReadFull(body, buf); err != nil {
				yield(Block{}, r.damaged("block %d at %d: %v", i, b.offset, err))
				return
			}
			if xxh3.Hash(buf) != b.sum {
				yield(Block{}, r.damaged("block %d at %d: the checksum differs", i, b.offset))
				return
			}
			if !yield(Block{buf, b.records}, nil) {
				return
			}
		}
	}
}

// Block is what Blocks yields.
type Block struct {
	Payload []byte
	Records int64
}

// All yields every block.
func (r *Reader) All(ctx context.Context) iter.Seq2[Block, error] {
	return r.Blocks(ctx, 0, len(r.blocks))
}

// open reads a range of the payload, from memory where Open has met it.
func (r *Reader) open(ctx context.Context, offset, length int64) (io.ReadCloser, error) {
	if offset >= r.tailAt {
		at := offset - r.tailAt
		return io.NopCloser(bytes.NewReader(r.tail[at : at+length])), nil
	}
	body, err := r.f.Store.OpenRange(ctx, r.f.Name, offset, length)
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{bufio.NewReaderSize(body, 64<<10), body}, nil
}

// read reads a range that is there whole.
func (f File) read(ctx context.Context, offset, length int64) ([]byte, error) {
	if length < 0 || length > blockMax {
		return nil, fmt.Errorf("%s: %w: %d bytes at %d", f.Name, ErrDamaged, length, offset)
	}
	body, err := f.Store.OpenRange(ctx, f.Name, offset, length)
	if err != nil {
		return nil, err
	}
	b := make([]byte, length)
	_, err = io.ReadFull(body, b)
	if err = errors.Join(err, body.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w: shorter than its commit says: %w", f.Name, ErrDamaged, err)
	}
	return b, nil
}

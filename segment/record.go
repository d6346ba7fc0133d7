package segment

import (
	"context"
	"encoding/binary"
	"fmt"
	"iter"
	"math"

	"github.com/klauspost/compress/zstd"
	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

// Compressor makes the payload of a block of records: one zstd frame. Each worker has
// one, so that workers compress side by side.
type Compressor struct{ enc *zstd.Encoder }

// NewCompressor makes a Compressor of the fastest level.
func NewCompressor() *Compressor {
	// the options are constants that NewWriter accepts
	enc, _ := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	return &Compressor{enc}
}

// Compress appends the frame of records to dst.
func (c *Compressor) Compress(dst, records []byte) []byte { return c.enc.EncodeAll(records, dst) }

// frameBytes is how many bytes a frame decompresses to, by its own word.
func frameBytes(frame []byte) uint64 {
	var h zstd.Header
	if err := h.Decode(frame); err != nil || !h.HasFCS {
		return 0 // to decompress it tells
	}
	return h.FrameContentSize
}

// begin and end frame a record: its length in four bytes, little-endian.
func begin(dst []byte) ([]byte, int) { return append(dst, 0, 0, 0, 0), len(dst) }

func end(dst []byte, start int) []byte {
	binary.LittleEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	return dst
}

// Records yields the records of all blocks that a [Compressor] made. A record is
// valid until the next. Large, if it is not nil, is asked before more than
// stage.LargeBytes of a block are held.
func (r *Reader) Records(ctx context.Context, large func() error) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(blockMax))
		if err != nil {
			yield(nil, err)
			return
		}
		defer dec.Close()
		var frame []byte
		for b, err := range r.All(ctx) {
			if cap(frame) > stage.LargeBytes { // of a block before, and few are as large
				frame = nil
			}
			if err == nil && large != nil && frameBytes(b.Payload) > stage.LargeBytes {
				err = large()
			}
			if err == nil {
				if frame, err = dec.DecodeAll(b.Payload, frame[:0]); err != nil {
					err = r.damaged("%v", err)
				}
			}
			if err != nil {
				yield(nil, err)
				return
			}
			rest, n := frame, int64(0)
			for ; len(rest) >= 4; n++ {
				size := binary.LittleEndian.Uint32(rest)
				if uint64(size) > uint64(len(rest)-4) {
					break
				}
				if !yield(rest[4:4+size:4+size], nil) {
					return
				}
				rest = rest[4+size:]
			}
			if len(rest) > 0 || n != b.Records {
				yield(nil, r.damaged("a block of %d records has %d, and %d bytes behind them", b.Records, n, len(rest)))
				return
			}
		}
	}
}

// AppendDocument appends the stored form of d as a record.
func AppendDocument(dst []byte, d *corpus.Document) []byte {
	dst, start := begin(dst)
	for _, s := range [...]string{d.ID, d.URL, d.Lang, d.Text, d.Media, d.Charset, d.FetchedAt, d.Origin.Source, d.Origin.Shard, d.ClusterID} {
		dst = binary.AppendUvarint(dst, uint64(len(s)))
		dst = append(dst, s...)
	}
	dst = binary.AppendUvarint(dst, uint64(len(d.Raw)))
	dst = append(dst, d.Raw...)
	dst = binary.AppendUvarint(dst, uint64(len(d.Extra)))
	dst = append(dst, d.Extra...)
	dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(d.LangScore))
	for _, n := range [...]int64{d.Origin.Record, d.Origin.Offset, d.Tokens, d.ClusterSize} {
		dst = binary.AppendVarint(dst, n)
	}
	dst = binary.AppendUvarint(dst, uint64(len(d.Signals)))
	for _, x := range d.Signals {
		dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(x))
	}
	dst = appendCells(dst, d.Cells)
	if d.Header != "" && len(d.Raw) > 0 { // few plans ask for it, and only for pages as they came
		dst = binary.AppendUvarint(dst, uint64(len(d.Header)))
		dst = append(dst, d.Header...)
	}
	return end(dst, start)
}

// kinds of a cell, by what of it is stored.
const (
	nullCell = iota
	textCell
	wholeCell
	floatCell
)

func appendCells(dst []byte, cells []corpus.Value) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(cells)))
	for _, v := range cells {
		switch {
		case v.Null:
			dst = append(dst, nullCell)
		case v.Str != "":
			dst = binary.AppendUvarint(append(dst, textCell), uint64(len(v.Str)))
			dst = append(dst, v.Str...)
		case v.Float != 0 || math.Signbit(v.Float):
			dst = binary.LittleEndian.AppendUint64(append(dst, floatCell), math.Float64bits(v.Float))
		default: // of any type: all fields are zero but this one
			dst = binary.AppendVarint(append(dst, wholeCell), v.Int)
		}
	}
	return dst
}

func (d *Decoder) cells() []corpus.Value {
	n := d.Uvarint()
	if n == 0 || n > uint64(d.Left()) { // a cell has a byte at least
		d.bad = d.bad || n > 0
		return nil
	}
	cells := make([]corpus.Value, n)
	for i := range cells {
		v := &cells[i]
		switch kind := d.Take(1); {
		case kind == nil:
		case kind[0] == nullCell:
			v.Null = true
		case kind[0] == textCell:
			v.Str = d.String()
		case kind[0] == floatCell:
			v.Float = d.Float()
		case kind[0] == wholeCell:
			v.Int = d.Varint()
		default:
			d.bad = true
		}
	}
	return cells
}

// DecodeDocument reads the stored form of a document, without its length.
func DecodeDocument(record []byte) (*corpus.Document, error) {
	r := NewDecoder(record)
	d := &corpus.Document{}
	for _, s := range [...]*string{&d.ID, &d.URL, &d.Lang, &d.Text, &d.Media, &d.Charset, &d.FetchedAt, &d.Origin.Source, &d.Origin.Shard, &d.ClusterID} {
		*s = r.String()
	}
	d.Raw, d.Extra = r.Bytes(), r.Bytes()
	d.LangScore = r.Float()
	for _, n := range [...]*int64{&d.Origin.Record, &d.Origin.Offset, &d.Tokens, &d.ClusterSize} {
		*n = r.Varint()
	}
	if n := r.Uvarint(); n > uint64(r.Left())/8 {
		r.bad = true
	} else if n > 0 {
		d.Signals = make([]float64, n)
		for i := range d.Signals {
			d.Signals[i] = r.Float()
		}
	}
	d.Cells = r.cells()
	if r.Left() > 0 {
		d.Header = r.String()
	}
	if !r.Done() {
		return nil, ErrDamaged
	}
	return d, nil
}

// Documents yields the documents of a file, which must have so many.
func Documents(ctx context.Context, f File, documents int64, large func() error) iter.Seq2[*corpus.Document, error] {
	return decoded(ctx, f, documents, large, DecodeDocument)
}

// decoded yields the records of a file, each through decode.
func decoded[T any](ctx context.Context, f File, records int64, large func() error, decode func([]byte) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		r, err := Open(ctx, f)
		if err == nil {
			err = r.Want(records)
		}
		if err != nil {
			yield(none, err)
			return
		}
		row := 0
		for b, err := range r.Records(ctx, large) {
			var x T
			if err == nil {
				if x, err = decode(b); err != nil {
					err = fmt.Errorf("%s: record %d: %w", f.Name, row, err)
				}
			}
			if !yield(x, err) || err != nil {
				return
			}
			row++
		}
	}
}

// IndexRow is what grouping needs to know of a document without reading it.
type IndexRow struct {
	Tie    [2]uint64     // [TieOf] the document
	Weight int64         // documents that it stands for
	Ranks  []corpus.Rank // by which survivors are chosen, by grouping stage of the cut
	ID     string
}

// TieOf is the hash that breaks every tie between documents: of source and ID,
// never of arrival.
func TieOf(d *corpus.Document) [2]uint64 {
	var buf [256]byte
	b := append(buf[:0], d.Origin.Source...)
	b = append(b, 0)
	b = append(b, d.ID...)
	h := xxh3.Hash128(b)
	return [2]uint64{h.Hi, h.Lo}
}

// AppendIndexRow appends the row as a record.
func AppendIndexRow(dst []byte, r IndexRow) []byte {
	dst, start := begin(dst)
	dst = binary.LittleEndian.AppendUint64(dst, r.Tie[0])
	dst = binary.LittleEndian.AppendUint64(dst, r.Tie[1])
	dst = binary.AppendVarint(dst, r.Weight)
	dst = binary.AppendUvarint(dst, uint64(len(r.Ranks)))
	for _, x := range r.Ranks {
		if x.Missing {
			dst = append(dst, 0)
		} else {
			dst = binary.LittleEndian.AppendUint64(append(dst, 1), x.Order)
		}
	}
	return end(append(dst, r.ID...), start)
}

func decodeIndexRow(record []byte) (row IndexRow, err error) {
	r := NewDecoder(record)
	row = IndexRow{Tie: [2]uint64{r.Word(), r.Word()}, Weight: r.Varint()}
	if n := r.Uvarint(); n > uint64(r.Left()) { // a rank has a byte at least
		r.bad = true
	} else {
		row.Ranks = make([]corpus.Rank, n)
	}
	for i := range row.Ranks {
		switch kind := r.Take(1); {
		case kind == nil:
		case kind[0] == 0:
			row.Ranks[i].Missing = true
		case kind[0] == 1:
			row.Ranks[i].Order = r.Word()
		default:
			r.bad = true
		}
	}
	row.ID = string(r.Take(uint64(r.Left())))
	if !r.Done() {
		return row, ErrDamaged
	}
	return row, nil
}

// Index yields the index rows of a segment of so many documents.
func Index(ctx context.Context, f File, documents int64) iter.Seq2[IndexRow, error] {
	return decoded(ctx, f, documents, nil, decodeIndexRow)
}

// Sample is the values of a document that reached a stage whose limits are settled.
type Sample struct {
	Group  string
	Values []float64 // by column; NaN where there is none
}

// AppendSample appends the sample as a record.
func AppendSample(dst []byte, s Sample) []byte {
	dst, start := begin(dst)
	dst = binary.AppendUvarint(dst, uint64(len(s.Group)))
	dst = append(dst, s.Group...)
	for _, v := range s.Values {
		dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
	}
	return end(dst, start)
}

// Samples yields the samples of a file, which must have so many, with a value for
// each of so many columns.
func Samples(ctx context.Context, f File, samples int64, columns int) iter.Seq2[Sample, error] {
	return decoded(ctx, f, samples, nil, func(record []byte) (Sample, error) {
		r := NewDecoder(record)
		s := Sample{Group: r.String(), Values: make([]float64, columns)}
		for i := range s.Values {
			s.Values[i] = r.Float()
		}
		if !r.Done() {
			return s, ErrDamaged
		}
		return s, nil
	})
}

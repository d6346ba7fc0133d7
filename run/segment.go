package run

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/store"
)

// A segment is the committed product of one shard: a file of documents and a file
// of index rows, both as concatenated zstd frames, one a batch, so that workers
// compress side by side and readers see one stream.

// fieldMax bounds a length read from a segment: a damaged file must not make a
// huge allocation.
const fieldMax = 1 << 30

var errDamaged = errors.New("damaged segment")

// appendDocument appends the stored form of d: length, then fields.
func appendDocument(dst []byte, d *corpus.Document) []byte {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
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
	binary.LittleEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	return dst
}

// decoder reads fields from one stored record.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) uvarint() uint64 {
	x, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.bad = true
		return 0
	}
	d.b = d.b[n:]
	return x
}

func (d *decoder) varint() int64 {
	x, n := binary.Varint(d.b)
	if n <= 0 {
		d.bad = true
		return 0
	}
	d.b = d.b[n:]
	return x
}

func (d *decoder) take(n uint64) []byte {
	if n > uint64(len(d.b)) {
		d.bad = true
		return nil
	}
	b := d.b[:n]
	d.b = d.b[n:]
	return b
}

func (d *decoder) bytes() []byte {
	b := d.take(d.uvarint())
	if len(b) == 0 {
		return nil
	}
	return append([]byte(nil), b...)
}

func (d *decoder) string() string { return string(d.take(d.uvarint())) }

func (d *decoder) word() uint64 {
	b := d.take(8)
	if b == nil {
		return 0
	}
	return binary.LittleEndian.Uint64(b)
}

func decodeDocument(b []byte) (*corpus.Document, error) {
	r := decoder{b: b}
	d := &corpus.Document{}
	for _, s := range [...]*string{&d.ID, &d.URL, &d.Lang, &d.Text, &d.Media, &d.Charset, &d.FetchedAt, &d.Origin.Source, &d.Origin.Shard, &d.ClusterID} {
		*s = r.string()
	}
	d.Raw, d.Extra = r.bytes(), r.bytes()
	d.LangScore = math.Float64frombits(r.word())
	for _, n := range [...]*int64{&d.Origin.Record, &d.Origin.Offset, &d.Tokens, &d.ClusterSize} {
		*n = r.varint()
	}
	if n := r.uvarint(); n > uint64(len(r.b))/8 {
		r.bad = true
	} else if n > 0 {
		d.Signals = make([]float64, n)
		for i := range d.Signals {
			d.Signals[i] = math.Float64frombits(r.word())
		}
	}
	if r.bad || len(r.b) != 0 {
		return nil, errDamaged
	}
	return d, nil
}

// indexRow is what grouping needs to know of a document without reading it.
type indexRow struct {
	tie    [2]uint64 // 128-bit hash of source and ID
	weight int64     // documents that it stands for
	values []float64 // of the survivor columns of the cut, by stage
	id     string
}

// tieOf is the hash that breaks every tie between documents: of source and ID,
// never of arrival.
func tieOf(d *corpus.Document) [2]uint64 {
	var buf [256]byte
	b := append(buf[:0], d.Origin.Source...)
	b = append(b, 0)
	b = append(b, d.ID...)
	h := xxh3.Hash128(b)
	return [2]uint64{h.Hi, h.Lo}
}

func appendIndexRow(dst []byte, r indexRow) []byte {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	dst = binary.LittleEndian.AppendUint64(dst, r.tie[0])
	dst = binary.LittleEndian.AppendUint64(dst, r.tie[1])
	dst = binary.AppendVarint(dst, r.weight)
	for _, v := range r.values {
		dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
	}
	dst = append(dst, r.id...)
	binary.LittleEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	return dst
}

func decodeIndexRow(b []byte, values int) (indexRow, error) {
	r := decoder{b: b}
	row := indexRow{tie: [2]uint64{r.word(), r.word()}, weight: r.varint(), values: make([]float64, values)}
	for i := range row.values {
		row.values[i] = math.Float64frombits(r.word())
	}
	row.id = string(r.b)
	if r.bad {
		return row, errDamaged
	}
	return row, nil
}

// recordReader reads length-prefixed records from a zstd stream of the store.
type recordReader struct {
	name string
	c    io.Closer
	z    *zstd.Decoder
	r    *bufio.Reader
	buf  []byte
}

func openRecords(ctx context.Context, s store.Store, name string) (*recordReader, error) {
	f, err := s.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	z, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(fieldMax))
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &recordReader{name: name, c: f, z: z, r: bufio.NewReaderSize(z, 64<<10)}, nil
}

// next returns the next record, valid until the next call; io.EOF ends the file.
func (r *recordReader) next() ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r.r, head[:]); err != nil {
		if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, io.EOF
		}
		return nil, fmt.Errorf("%s: %w", r.name, err)
	}
	n := int(binary.LittleEndian.Uint32(head[:]))
	if n > fieldMax {
		return nil, fmt.Errorf("%s: %w", r.name, errDamaged)
	}
	if cap(r.buf) < n {
		r.buf = make([]byte, n)
	}
	r.buf = r.buf[:n]
	if _, err := io.ReadFull(r.r, r.buf); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", r.name, errDamaged, err)
	}
	return r.buf, nil
}

func (r *recordReader) close() error {
	r.z.Close()
	return r.c.Close()
}

func fetchedSeconds(s string) float64 {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return math.NaN()
	}
	return float64(t.Unix())
}

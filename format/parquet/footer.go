package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/klauspost/compress/gzip"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	meta "github.com/parquet-go/parquet-go/format"

	"github.com/corpusmill/corpusmill/format"
)

// footerBytesMax is the largest footer that is read.
const footerBytesMax = 256 << 20

// footerFrame is what stands around the footer: its length and the magic.
const footerFrame = 8

// readFooter reads what a file of that many bytes says of itself.
func readFooter(r io.ReaderAt, size int64) (*meta.FileMetaData, error) {
	if size < 4+footerFrame {
		return nil, fmt.Errorf("%d bytes are no Parquet file", size)
	}
	var tail [footerFrame]byte
	if n, err := r.ReadAt(tail[:], size-footerFrame); n < len(tail) {
		return nil, err
	}
	switch string(tail[4:]) {
	case "PAR1":
	case "PARE":
		return nil, errors.New("the footer is encrypted")
	default:
		return nil, noFooter(r, size)
	}
	n := int64(binary.LittleEndian.Uint32(tail[:]))
	if n > min(size-4-footerFrame, footerBytesMax) {
		return nil, fmt.Errorf("footer of %d bytes in a file of %d", n, size)
	}
	data := make([]byte, n)
	if m, err := r.ReadAt(data, size-footerFrame-n); m < len(data) {
		return nil, fmt.Errorf("the footer: %w", err)
	}
	used, err := structLen(data)
	if err != nil {
		return nil, fmt.Errorf("the footer: %w", err)
	}
	f := new(meta.FileMetaData)
	if err := thrift.NewDecoder(new(thrift.CompactProtocol).NewReaderFromBytes(data[:used])).Decode(f); err != nil {
		return nil, fmt.Errorf("the footer: %w", err)
	}
	if len(f.RowGroups) == 0 && f.NumRows > 0 {
		return nil, fmt.Errorf("the footer: %d rows and no row group", f.NumRows)
	}
	return f, nil
}

// headBytes of a file tell its format.
const headBytes = 512

// noFooter says what a file is that does not end like Parquet, by how it begins.
func noFooter(r io.ReaderAt, size int64) error {
	head := make([]byte, min(size, headBytes))
	if n, err := r.ReadAt(head, 0); n < len(head) {
		return err
	}
	what := format.Container(head)
	switch {
	case bytes.HasPrefix(head, []byte("PAR1")):
		what = "cut short"
	case gzipOfParquet(head):
		what = "gzip around Parquet"
	case what == "":
		what = "cut short or of another format"
	}
	return errors.New("no Parquet footer: the file is " + what)
}

// gzipOfParquet says whether gzip data begin like a Parquet file.
func gzipOfParquet(head []byte) bool {
	d, err := gzip.NewReader(bytes.NewReader(head))
	if err != nil {
		return false
	}
	var magic [4]byte
	_, err = io.ReadFull(d, magic[:])
	return err == nil && string(magic[:]) == "PAR1"
}

// rowsOf is the number of rows of a row group. It is stated more than once, for
// the group and for each flat column: two columns that say the same hold, then what
// the group and a column say, then the smallest number.
func rowsOf(g *meta.RowGroup, nested []bool) int64 {
	flat, least, most := 0, int64(math.MaxInt64), int64(0)
	agrees := false
	for l := range min(len(g.Columns), len(nested)) {
		if nested[l] {
			continue
		}
		n := max(g.Columns[l].MetaData.NumValues, 0)
		flat, least, most, agrees = flat+1, min(least, n), max(most, n), agrees || n == g.NumRows
	}
	rows := max(g.NumRows, 0)
	switch {
	case flat > 1 && least == most, flat == 1 && rows == 0:
		return most
	case agrees:
		return rows
	}
	return min(rows, least)
}

// plainFile opens a file for parquet-go that has the columns of a schema, by
// their physical types, and one row group of pages without compression. Its
// chunks decode the [pages] of any row group of the file at hand.
func plainFile(schema []meta.SchemaElement) (*parquet.File, error) {
	f := meta.FileMetaData{Version: 2, Schema: schema, RowGroups: make(thrift.Slice[meta.RowGroup], 1)}
	columns := thrift.Slice[meta.ColumnChunk]{}
	for i := range schema {
		if e := &schema[i]; e.Type.Valid {
			columns = append(columns, meta.ColumnChunk{MetaData: meta.ColumnMetaData{
				Type:                e.Type.V,
				Encoding:            thrift.Slice[meta.Encoding]{},
				PathInSchema:        thrift.Slice[string]{e.Name},
				Codec:               meta.Uncompressed,
				TotalCompressedSize: math.MaxInt64, // the pages say where they end
			}})
		}
	}
	f.RowGroups[0].Columns = columns
	data, err := thrift.Marshal(new(thrift.CompactProtocol), &f)
	if err != nil {
		return nil, err
	}
	data = binary.LittleEndian.AppendUint32(data, uint32(len(data)))
	data = append(data, "PAR1"...)
	return parquet.OpenFile(bytes.NewReader(data), int64(len(data)), parquet.SkipMagicBytes(true), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true), parquet.ReadBufferSize(readBuffer))
}

package parquet_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/compress/uncompressed"
	"github.com/parquet-go/parquet-go/encoding"
	meta "github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"

	"github.com/corpusmill/corpusmill/format/parquet"
)

// encodedRow holds one text in each encoding that texts are written in.
type encodedRow struct {
	Dict   string `parquet:"dict"`
	ID     string `parquet:"id"`
	Length string `parquet:"length"`
	Plain  string `parquet:"plain"`
	Prefix string `parquet:"prefix"`
}

// encodings are those of the columns of encodedRow.
var encodings = []encoding.Encoding{&pq.RLEDictionary, &pq.Plain, &pq.DeltaLengthByteArray, &pq.Plain, &pq.DeltaByteArray}

var encodedSchema = pq.NewSchema("row", pq.Group{
	"dict":   pq.Encoded(pq.String(), encodings[0]),
	"id":     pq.Encoded(pq.String(), encodings[1]),
	"length": pq.Encoded(pq.String(), encodings[2]),
	"plain":  pq.Encoded(pq.String(), encodings[3]),
	"prefix": pq.Encoded(pq.String(), encodings[4]),
})

// encodedRows are rows whose texts barely compress, so that a flipped bit seldom
// leaves a page that does not decompress.
func encodedRows(n int) (rows []encodedRow) {
	rng := rand.New(rand.NewPCG(7, 8))
	for i := range n {
		b := make([]byte, 400)
		for j := range b {
			b[j] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ."[rng.IntN(64)]
		}
		text := fmt.Sprint("row ", i, " ", string(b))
		rows = append(rows, encodedRow{text, fmt.Sprint("d", i), text, text, text})
	}
	return rows
}

// pageOf is where a data page of a column lies in the file, its header first,
// and which rows it holds.
func pageOf(t *testing.T, data []byte, group, column, page int) (header, from, to int, first, behind int64) {
	f, err := pq.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	g := f.RowGroups()[group]
	index, err := g.ColumnChunks()[column].OffsetIndex()
	if err != nil {
		t.Fatal(err)
	}
	page = min(page, index.NumPages()-1)
	header = int(index.Offset(page))
	to = header + int(index.CompressedPageSize(page))
	first, behind = index.FirstRowIndex(page), g.NumRows()
	if page+1 < index.NumPages() {
		behind = index.FirstRowIndex(page + 1)
	}
	n, err := parquet.HeaderLen(data[header:to])
	if err != nil {
		t.Fatal(err)
	}
	return header, header + n, to, first, behind
}

// TestDamagedPage flips a bit in a page, on both sides of the size from which pages
// are decompressed in place: the rows of the page are lost, in whatever codec and
// encoding, and no others.
func TestDamagedPage(t *testing.T) {
	rows := encodedRows(500)
	for _, size := range []int{10_000, 80_000} {
		for _, codec := range allCodecs {
			for version := 1; version <= 2; version++ {
				sound := file(t, rows, encodedSchema, pq.Compression(codec), pq.DataPageVersion(version), pq.PageBufferSize(size), pq.MaxRowsPerRowGroup(450))
				want, lost, err := readAll(sound)
				if err != nil || lost != 0 || len(want) != len(rows) {
					t.Fatalf("%d rows, %d lost, %v", len(want), lost, err)
				}
				for column, encoding := range encodings {
					_, from, to, first, behind := pageOf(t, sound, 0, column, 1)
					places := []int{(from + to) / 2}
					if codec.CompressionCodec() == meta.Uncompressed {
						places = append(places, from+9, to-1)
					}
					for _, at := range places {
						data := bytes.Clone(sound)
						data[at] ^= 1 << 2
						got, lost, err := readAll(data)
						name := fmt.Sprintf("%s, v%d, pages of %d, %s, byte %d of %d", codec.CompressionCodec(), version, size, encoding, at-from, to-from)
						checkLost(t, name, want, got, first, behind, lost, err)
					}
				}
			}
		}
	}
}

// checkLost checks that all rows but those of a page were read as they are.
func checkLost(t *testing.T, name string, want, got []string, first, behind, lost int64, err error) {
	t.Helper()
	if err != nil || lost == 0 || int64(len(got))+lost != int64(len(want)) {
		t.Errorf("%s: %d rows and %d lost of %d, %v", name, len(got), lost, len(want), err)
	}
	if lost != behind-first {
		t.Errorf("%s: %d rows lost, want %d to %d", name, lost, first, behind-1)
	}
	at := 0
	for i, row := range got {
		if int64(i) == first {
			at += int(lost)
		}
		if row != want[min(at, len(want)-1)] {
			t.Errorf("%s: row %d is not as it was", name, at)
			return
		}
		at++
	}
}

// withoutChecksum takes the checksum from the header of a page, at the same length:
// 0 is none.
func withoutChecksum(data []byte, header int) {
	at := header
	for range 3 { // type, sizes
		_, n := binary.Varint(data[at+1:])
		at += 1 + n
	}
	_, n := binary.Varint(data[at+1:])
	for i := 1; i < n; i++ {
		data[at+i] = 0x80
	}
	data[at+n] = 0
}

// TestCodecChecksum damages pages that have no checksum but that of their codec:
// CRC32 and size of gzip, the checksum of a frame of Zstandard or LZ4.
func TestCodecChecksum(t *testing.T) {
	rows := encodedRows(500)
	const column = 3
	for _, codec := range []compress.Codec{&pq.Gzip, &zstdChecked{}, &lz4Frame{}} {
		for version := 1; version <= 2; version++ {
			for _, size := range []int{10_000, 80_000} {
				sound := file(t, rows, encodedSchema, pq.Compression(codec), pq.DataPageVersion(version), pq.PageBufferSize(size))
				header, from, to, first, behind := pageOf(t, sound, 0, column, 1)
				withoutChecksum(sound, header)
				name := fmt.Sprintf("%s, v%d, pages of %d", codec.CompressionCodec(), version, size)
				want, lost, err := readAll(sound)
				if err != nil || lost != 0 || len(want) != len(rows) {
					t.Fatalf("%s: %d rows, %d lost, %v", name, len(want), lost, err)
				}
				for _, at := range []int{to - 8, to - 4, to - 1, (from + to) / 2, from + (to-from)/3} {
					data := bytes.Clone(sound)
					data[at] ^= 1 << 2
					got, lost, err := readAll(data)
					checkLost(t, fmt.Sprintf("%s, byte %d of %d", name, at-from, to-from), want, got, first, behind, lost, err)
				}
			}
		}
	}
}

// zstdChecked writes frames of Zstandard with their checksum.
type zstdChecked struct{ uncompressed.Codec }

func (*zstdChecked) CompressionCodec() meta.CompressionCodec { return meta.Zstd }

func (*zstdChecked) Encode(_, src []byte) ([]byte, error) {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderCRC(true), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	return w.EncodeAll(src, nil), nil
}

// lz4Frame writes frames of LZ4 with a checksum of their content, as the codec LZ4.
type lz4Frame struct{ uncompressed.Codec }

func (*lz4Frame) CompressionCodec() meta.CompressionCodec { return meta.Lz4 }

func (*lz4Frame) Encode(_, src []byte) ([]byte, error) {
	var b bytes.Buffer
	w := lz4.NewWriter(&b)
	if err := w.Apply(lz4.ChecksumOption(true)); err != nil {
		return nil, err
	}
	if _, err := w.Write(src); err != nil {
		return nil, err
	}
	err := w.Close()
	return b.Bytes(), err
}

// TestDamagedPages damages pages of several columns, that overlap and that do not:
// the rows of each are lost, and once.
func TestDamagedPages(t *testing.T) {
	rows := encodedRows(500)
	data := file(t, rows, encodedSchema, pq.Compression(&pq.Zstd), pq.PageBufferSize(10_000))
	var lost [500]bool
	sound := bytes.Clone(data)
	for _, page := range [][2]int{{2, 0}, {3, 1}, {4, 1}, {4, 2}, {2, 100}} { // of a column; 100 is the last
		_, _, to, first, behind := pageOf(t, sound, 0, page[0], page[1])
		data[to-1] ^= 1
		for i := first; i < behind; i++ {
			lost[i] = true
		}
	}
	r, err := parquet.NewReader(bytes.NewReader(data), int64(len(data)), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // read only
	want := int64(0)
	for {
		row, err := r.Next()
		var group *parquet.GroupError
		if errors.Is(err, io.EOF) {
			break
		}
		if errors.As(err, &group) {
			for i := group.Record; i < group.Record+group.Rows; i, want = i+1, want+1 {
				if i != want || !lost[i] {
					t.Fatalf("row %d is lost, want row %d", i, want)
				}
			}
			continue
		}
		if err != nil || row.Record != want || lost[want] {
			t.Fatalf("row %d, %v; want row %d", row.Record, err, want)
		}
		for i, text := range []string{rows[want].Dict, rows[want].ID, rows[want].Length, rows[want].Plain, rows[want].Prefix} {
			if got, _ := row.Text(i); got != text {
				t.Fatalf("row %d, column %d: %q", want, i, got)
			}
		}
		want++
	}
	if want != int64(len(rows)) {
		t.Errorf("%d rows", want)
	}
}

// TestDamagedSpare reads a damaged page of a column that rows do without: it is null
// where the page was, and no longer.
func TestDamagedSpare(t *testing.T) {
	rows := encodedRows(500)
	const column = 3
	data := file(t, rows, encodedSchema, pq.PageBufferSize(10_000))
	_, from, _, first, behind := pageOf(t, data, 0, column, 1)
	data[from+20] ^= 1
	r, err := parquet.NewReader(bytes.NewReader(data), int64(len(data)), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // read only
	if err := r.Select(1); err != nil {
		t.Fatal(err)
	}
	r.Spare(column)
	for i := range int64(len(rows)) {
		row, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		text, _ := row.Text(column)
		if missing := first <= i && i < behind; missing != row.IsNull(column) || !missing && text != rows[i].Plain {
			t.Fatalf("row %d: %q", i, text)
		}
	}
	if n, err := r.Unread(column); n != behind-first || err == nil {
		t.Errorf("%d rows unread, %v; want %d", n, err, behind-first)
	}
}

// TestOtherFormat names what is no Parquet file.
func TestOtherFormat(t *testing.T) {
	sound := file(t, encodedRows(20))
	packed, err := pq.Gzip.Encode(nil, sound)
	if err != nil {
		t.Fatal(err)
	}
	text, err := pq.Gzip.Encode(nil, bytes.Repeat([]byte("text "), 100))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		data []byte
		want string
	}{
		{packed, "gzip around Parquet"},
		{packed[:600], "gzip around Parquet"},
		{text, "the file is gzip-compressed data"},
		{sound[:len(sound)-1], "the file is cut short"},
		{[]byte("PK\x03\x04, and so on"), "the file is a zip archive"},
		{[]byte("id,text and so on"), "the file is cut short or of another format"},
	} {
		_, err := parquet.NewReader(bytes.NewReader(test.data), int64(len(test.data)), 1<<20)
		if err == nil || !strings.HasSuffix(err.Error(), test.want) {
			t.Errorf("%v, want %s", err, test.want)
		}
	}
}

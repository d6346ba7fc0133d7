package parquet_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"

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

// pageOf is where a data page of a column lies in the file, without its header,
// and which rows it holds.
func pageOf(t *testing.T, data []byte, group, column, page int) (from, to int, first, behind int64) {
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
	from = int(index.Offset(page))
	to = from + int(index.CompressedPageSize(page))
	first, behind = index.FirstRowIndex(page), g.NumRows()
	if page+1 < index.NumPages() {
		behind = index.FirstRowIndex(page + 1)
	}
	header, err := parquet.HeaderLen(data[from:to])
	if err != nil {
		t.Fatal(err)
	}
	return from + header, to, first, behind
}

// TestDamagedPage flips a bit in a page, on both sides of the size from which pages
// are decompressed in place: nothing of the page is given out, in whatever codec
// and encoding, neither with its checksum nor, where the codec has one of its own,
// without.
func TestDamagedPage(t *testing.T) {
	rows := encodedRows(700)
	for _, size := range []int{10_000, 100_000} {
		for _, codec := range allCodecs {
			for version := 1; version <= 2; version++ {
				sound := file(t, rows, encodedSchema, pq.Compression(codec), pq.DataPageVersion(version), pq.PageBufferSize(size), pq.MaxRowsPerRowGroup(600))
				want, lost, err := readAll(sound)
				if err != nil || lost != 0 || len(want) != len(rows) {
					t.Fatalf("%d rows, %d lost, %v", len(want), lost, err)
				}
				for column, encoding := range encodings {
					from, to, first, behind := pageOf(t, sound, 0, column, 1)
					for _, at := range []int{from + 20, (from + to) / 2, to - 1} {
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

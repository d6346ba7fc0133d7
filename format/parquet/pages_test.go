package parquet_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"

	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/compress/uncompressed"
	meta "github.com/parquet-go/parquet-go/format"

	"github.com/corpusmill/corpusmill/format/parquet"
)

// hadoopLZ4 writes the codec LZ4 as Hadoop does: parquet-go knows the raw one.
type hadoopLZ4 struct{ uncompressed.Codec }

func (*hadoopLZ4) CompressionCodec() meta.CompressionCodec { return meta.Lz4 }

func (*hadoopLZ4) Encode(_, src []byte) ([]byte, error) {
	packed, err := pq.Lz4Raw.Encode(nil, src)
	b := binary.BigEndian.AppendUint32(nil, uint32(len(src)))
	return append(binary.BigEndian.AppendUint32(b, uint32(len(packed))), packed...), err
}

var allCodecs = []compress.Codec{&pq.Uncompressed, &pq.Snappy, &pq.Gzip, &pq.Brotli, &pq.Zstd, &pq.Lz4Raw, &hadoopLZ4{}}

// mixed is a row of columns in every encoding.
type mixed struct {
	ID     string   `parquet:"id"`
	Text   *string  `parquet:"text,optional,plain"`
	Source string   `parquet:"source,dict"`
	Length string   `parquet:"length,delta"`
	N      int64    `parquet:"n,delta"`
	M      int32    `parquet:"m"`
	F      float64  `parquet:"f,split"`
	B      bool     `parquet:"b"`
	U      [16]byte `parquet:"u,uuid"`
	L      []string `parquet:"l,list"`
}

func mixedRows(n int) (rows []mixed) {
	for i := range n {
		r := mixed{ID: fmt.Sprint("d", i), Source: []string{"web", "book"}[i%2], Length: fmt.Sprint("prefix ", i), N: int64(i * i), M: int32(-i), F: float64(i) / 3, B: i%3 == 0, U: [16]byte{byte(i)}}
		if i%5 > 0 {
			text := strings.Repeat(fmt.Sprint("text ", i, ". "), 1+i%4)
			r.Text = &text
		}
		for j := range i % 3 {
			r.L = append(r.L, fmt.Sprint(j))
		}
		rows = append(rows, r)
	}
	return rows
}

// readAll reads all rows of all columns. lost are rows.
func readAll(data []byte) (rows []string, lost int64, err error) {
	return readRows(data, func(b []byte, _ string) []byte { return append(b, ' ') }, "")
}

// readObjects reads rows as JSON.
func readObjects(data []byte) (rows []string, lost int64, err error) {
	return readRows(data, func(b []byte, name string) []byte {
		separator := ','
		if len(b) == 0 {
			separator = '{'
		}
		return fmt.Appendf(b, "%c%q:", separator, name)
	}, "}")
}

// readRows reads all rows, with something before each value and behind the last.
func readRows(data []byte, before func([]byte, string) []byte, behind string) (rows []string, lost int64, err error) {
	r, err := parquet.NewReader(bytes.NewReader(data), int64(len(data)), 1<<20)
	if err != nil {
		return nil, 0, err
	}
	defer r.Close() //nolint:errcheck // read only
	for len(rows) < 10_000 {
		row, err := r.Next()
		var bad *parquet.RowError
		var group *parquet.GroupError
		switch {
		case errors.Is(err, io.EOF):
			return rows, lost, nil
		case errors.As(err, &bad):
			lost++
			continue
		case errors.As(err, &group):
			lost += group.Rows
			continue
		case err != nil:
			return rows, lost, fmt.Errorf("%w of no known kind", err)
		}
		b := []byte{}
		for i, name := range r.Names() {
			if b, err = row.AppendJSON(before(b, name), i); err != nil {
				b = append(b, "damaged"...)
			}
		}
		rows = append(rows, string(b)+behind)
	}
	return rows, lost, errors.New("rows without end")
}

// TestCodecs reads files of every codec and both kinds of data pages.
func TestCodecs(t *testing.T) {
	rows := mixedRows(300)
	want, _, err := readAll(file(t, rows, pq.PageBufferSize(500), pq.MaxRowsPerRowGroup(120)))
	if err != nil || len(want) != len(rows) {
		t.Fatalf("%d rows, %v", len(want), err)
	}
	if got, want := want[7], ` "d7" "text 7. text 7. text 7. text 7. " "book" "prefix 7" 49 -7 2.3333333333333335 false "07000000-0000-0000-0000-000000000000" ["0"]`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	large := mixedRows(6_000) // pages on both sides of what is decompressed in place
	wantLarge, _, err := readAll(file(t, large, pq.PageBufferSize(1_000)))
	if err != nil || len(wantLarge) != len(large) {
		t.Fatalf("%d rows, %v", len(wantLarge), err)
	}
	for _, codec := range allCodecs {
		for version := 1; version <= 2; version++ {
			got, lost, err := readAll(file(t, rows, pq.Compression(codec), pq.DataPageVersion(version), pq.PageBufferSize(500), pq.MaxRowsPerRowGroup(120)))
			if err != nil || lost != 0 || !slices.Equal(got, want) {
				t.Errorf("%s, v%d: %d rows, %d lost, %v", codec.CompressionCodec(), version, len(got), lost, err)
			}
			got, lost, err = readAll(file(t, large, pq.Compression(codec), pq.DataPageVersion(version), pq.PageBufferSize(100_000)))
			if err != nil || lost != 0 || !slices.Equal(got, wantLarge) {
				t.Errorf("%s, v%d, large pages: %d rows, %d lost, %v", codec.CompressionCodec(), version, len(got), lost, err)
			}
		}
	}
}

// TestFlippedBits flips the bits of a file, one at a time. Whatever the bit says,
// reading ends, in memory that the size of the file calls for.
func TestFlippedBits(t *testing.T) {
	step := 37 // odd, so that each bit of a byte has its turn
	if testing.Short() {
		step = 97
	}
	const allocatedMax = 8 << 20
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	rows := mixedRows(12)
	for _, codec := range allCodecs {
		for version := 1; version <= 2; version++ {
			sound := file(t, rows, pq.Compression(codec), pq.DataPageVersion(version), pq.MaxRowsPerRowGroup(8))
			data := bytes.Clone(sound)
			pages := 8 * (len(sound) - footerSize(sound) - 8)
			for bit := 32; bit < 8*len(sound); bit += step {
				if bit == pages+pages%step {
					step = max(step, 11) // of the footer fewer do
				}
				data[bit/8] ^= 1 << (bit % 8)
				metrics.Read(s)
				before := s[0].Value.Uint64()
				got, lost, err := readAll(data)
				metrics.Read(s)
				if n := s[0].Value.Uint64() - before; n > allocatedMax {
					t.Errorf("%s, v%d, bit %d: %d bytes allocated", codec.CompressionCodec(), version, bit, n)
				}
				if err == nil && bit < pages && int64(len(got))+lost != int64(len(rows)) {
					t.Errorf("%s, v%d, bit %d: %d rows and %d lost of %d", codec.CompressionCodec(), version, bit, len(got), lost, len(rows))
				}
				data[bit/8] ^= 1 << (bit % 8)
			}
		}
	}
}

// envPeak names the folder whose files TestPeakMemory reads in a process of its
// own.
const envPeak = "CORPUSMILL_TEST_PEAK"

// TestPeakMemory reads damaged files of large pages in a process of its own, for
// each codec, and looks at the memory that it took.
func TestPeakMemory(t *testing.T) {
	if dir := os.Getenv(envPeak); dir != "" {
		names, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			_, _, _ = readAll(data)
		}
		return
	}
	if testing.Short() {
		t.Skip("writes some hundred files")
	}
	const peakMax = 512 << 20
	rng := rand.New(rand.NewPCG(5, 6))
	rows := mixedRows(20_000)
	for _, codec := range allCodecs {
		sound := file(t, rows, pq.Compression(codec), pq.DataPageVersion(2), pq.PageBufferSize(1<<20))
		dir := t.TempDir()
		for i := range 60 {
			data := bytes.Clone(sound)
			at := headerOf(t, data, rng) + rng.IntN(24)
			if i%3 == 0 {
				at = rng.IntN(len(data))
			}
			data[at] ^= 1 << rng.IntN(8)
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%03d", i)), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.Command(os.Args[0], "-test.run", "^TestPeakMemory$")
		cmd.Env = append(os.Environ(), envPeak+"="+dir)
		forgetPeak()
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", codec.CompressionCodec(), err, out)
		}
		peak := peakBytes(cmd.ProcessState)
		t.Logf("%s: %d files of %d kB, %d MB at most", codec.CompressionCodec(), 60, len(sound)/1_000, peak>>20)
		if peak > peakMax {
			t.Errorf("%s: %d MB", codec.CompressionCodec(), peak>>20)
		}
	}
}

// headerOf is where one of the file's page headers begins.
func headerOf(t *testing.T, data []byte, rng *rand.Rand) int {
	f, err := pq.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	columns := f.Metadata().RowGroups[0].Columns
	m := &columns[rng.IntN(len(columns))].MetaData
	if d := m.DictionaryPageOffset; d > 0 && rng.IntN(2) == 0 {
		return int(d)
	}
	return int(m.DataPageOffset)
}

package gather_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	meta "github.com/parquet-go/parquet-go/format"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format/formattest"
	"github.com/corpusmill/corpusmill/gather"
	"github.com/corpusmill/corpusmill/stage"
)

// tableFile is a Parquet file.
func tableFile[T any](t testing.TB, rows []T, options ...parquet.WriterOption) []byte {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[T](&b, options...)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// readTable reads one file.
func readTable(t testing.TB, data []byte, set func(*gather.Parquet)) (*formattest.Feed, string, error) {
	t.Helper()
	var log bytes.Buffer
	env := stage.NewEnv()
	env.RecordBytesMax = 1 << 20
	env.Log = slog.New(slog.NewTextHandler(&log, nil))
	open := opener(gather.OpenParquet, func(s *gather.Parquet, p []string) {
		s.Paths, s.Columns.Find = p, "none"
		if set != nil {
			set(s)
		}
	})
	feeds, err := formattest.Source{Open: open}.Read(t, env, map[string][]byte{"t.parquet": data})
	if err != nil || len(feeds) != 1 {
		return nil, log.String(), err
	}
	return feeds[0], log.String(), nil
}

// spoil overwrites the pages of a column of a row group, or with an empty name the
// row group's first.
func spoil(t testing.TB, data []byte, group int, column string) []byte {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	out := bytes.Clone(data)
	for _, c := range f.Metadata().RowGroups[group].Columns {
		m := &c.MetaData
		if m.PathInSchema[0] != column {
			continue
		}
		from := m.DataPageOffset
		if m.DictionaryPageOffset > 0 {
			from = m.DictionaryPageOffset
		}
		for i := range m.TotalCompressedSize {
			out[from+i] = 0xff
		}
	}
	return out
}

type paper struct {
	ID   string   `parquet:"id"`
	Text *string  `parquet:"text,optional"`
	Note string   `parquet:"note"`
	Tags []string `parquet:"tags,list"`
}

func paperRows(n int) (rows []paper) {
	for i := range n {
		text := fmt.Sprint("text ", i)
		rows = append(rows, paper{ID: fmt.Sprint("d", i), Text: &text, Note: fmt.Sprint("note ", i), Tags: []string{"a"}})
	}
	return rows
}

// TestParquetLostRows counts the rows of damaged row groups; those of the others
// are read.
func TestParquetLostRows(t *testing.T) {
	sound := tableFile(t, paperRows(30), parquet.MaxRowsPerRowGroup(10))
	for _, c := range []struct {
		name      string
		data      []byte
		documents int
		lost      string
	}{
		{"sound", sound, 30, ""},
		{"first group", spoil(t, sound, 0, "text"), 20, "0+10 loss 1"},
		{"last group, by its ids", spoil(t, sound, 2, "id"), 20, "20+10 loss 1"},
		{"two groups", spoil(t, spoil(t, sound, 0, "text"), 2, "text"), 10, "0+10 loss 1, 20+10 loss 1"},
		{"all groups", spoil(t, spoil(t, spoil(t, sound, 0, "text"), 1, "text"), 2, "text"), 0, "0+10 loss 1, 10+10 loss 1, 20+10 loss 1"},
		{"cut short", sound[:len(sound)-1], 0, fmt.Sprintf("0+0 loss 2 of %d bytes", len(sound)-1)},
		{"the beginning", sound[:40], 0, "0+0 loss 2 of 40 bytes"},
	} {
		feed, _, err := readTable(t, c.data, nil)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var lost []string
		for _, e := range feed.Quarantined {
			s := fmt.Sprintf("%d+%d loss %d", e.Record, e.Records, e.Loss)
			if e.Bytes > 0 {
				s += fmt.Sprintf(" of %d bytes", e.Bytes)
			}
			lost = append(lost, s)
		}
		if got := strings.Join(lost, ", "); len(feed.Documents) != c.documents || got != c.lost {
			t.Errorf("%s: %d documents, lost %s, want %d and %s", c.name, len(feed.Documents), got, c.documents, c.lost)
		}
	}
}

// TestParquetSpareColumn damages columns that nobody asked for: every row is there,
// the column null, noted once.
func TestParquetSpareColumn(t *testing.T) {
	sound := tableFile(t, paperRows(30), parquet.MaxRowsPerRowGroup(10))
	large := paperRows(30)
	large[7].Note = strings.Repeat("x", 2<<20)
	for _, c := range []struct {
		name  string
		data  []byte
		noted int64
		extra map[int]string
	}{
		{"sound", sound, 0, map[int]string{0: `{"note":"note 0","tags":["a"]}`}},
		{"note", spoil(t, sound, 1, "note"), 10, map[int]string{9: `{"note":"note 9","tags":["a"]}`, 10: `{"tags":["a"]}`, 19: `{"tags":["a"]}`, 20: `{"note":"note 20","tags":["a"]}`}},
		{"tags", spoil(t, spoil(t, sound, 0, "tags"), 1, "tags"), 20, map[int]string{0: `{"note":"note 0"}`, 20: `{"note":"note 20","tags":["a"]}`}},
		{"both", spoil(t, spoil(t, sound, 2, "tags"), 2, "note"), 20, map[int]string{20: ""}},
		{"a value too large", tableFile(t, large), 1, map[int]string{6: `{"note":"note 6","tags":["a"]}`, 7: `{"tags":["a"]}`, 8: `{"note":"note 8","tags":["a"]}`}},
	} {
		feed, log, err := readTable(t, c.data, nil)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if len(feed.Documents) != 30 || len(feed.Quarantined) > 0 || feed.Noted["column not readable"] != c.noted {
			t.Errorf("%s: %d documents, %v, noted %v, want %d", c.name, len(feed.Documents), feed.Quarantined, feed.Noted, c.noted)
			continue
		}
		for i, want := range c.extra {
			if d := feed.Documents[i]; string(d.Extra) != want || d.Text != fmt.Sprint("text ", i) {
				t.Errorf("%s, row %d: %s %s, want %s", c.name, i, d.Text, d.Extra, want)
			}
		}
		if columns := strings.Count(log, "column="); (columns == 0) != (c.noted == 0) || columns > 2 || columns > 0 && !strings.Contains(log, "t.parquet") {
			t.Errorf("%s: log %s", c.name, log)
		}
	}
	wanted := spoil(t, sound, 1, "note")
	feed, _, err := readTable(t, wanted, func(p *gather.Parquet) { p.URLColumn = "note" })
	if err != nil || len(feed.Documents) != 20 || len(feed.Quarantined) != 1 {
		t.Errorf("a damaged column that is mapped: %d documents, %v", len(feed.Documents), err)
	}
}

// reFooter changes what a file says of itself.
func reFooter(t testing.TB, data []byte, change func(*meta.FileMetaData)) []byte {
	t.Helper()
	end := len(data) - 8
	body := end - int(binary.LittleEndian.Uint32(data[end:]))
	var f meta.FileMetaData
	if err := thrift.Unmarshal(new(thrift.CompactProtocol), data[body:end], &f); err != nil {
		t.Fatal(err)
	}
	change(&f)
	b, err := thrift.Marshal(new(thrift.CompactProtocol), &f)
	if err != nil {
		t.Fatal(err)
	}
	out := append(slices.Clone(data[:body]), b...)
	return append(binary.LittleEndian.AppendUint32(out, uint32(len(b))), "PAR1"...)
}

// TestParquetOddColumn has a column that nobody asked for, of kinds that cannot be
// read.
func TestParquetOddColumn(t *testing.T) {
	sound := tableFile(t, paperRows(30), parquet.MaxRowsPerRowGroup(10), parquet.Compression(&parquet.Snappy))
	const note = 2 // behind id and text
	chunks := func(f *meta.FileMetaData, change func(*meta.ColumnChunk)) {
		for g := range f.RowGroups {
			change(&f.RowGroups[g].Columns[note])
		}
	}
	element := func(f *meta.FileMetaData) *meta.SchemaElement { return &f.Schema[1+note] }
	for name, change := range map[string]func(f *meta.FileMetaData){
		"a codec of no reader": func(f *meta.FileMetaData) { chunks(f, func(c *meta.ColumnChunk) { c.MetaData.Codec = meta.LZO }) },
		"a codec of no name":   func(f *meta.FileMetaData) { chunks(f, func(c *meta.ColumnChunk) { c.MetaData.Codec = 77 }) },
		"another codec":        func(f *meta.FileMetaData) { chunks(f, func(c *meta.ColumnChunk) { c.MetaData.Codec = meta.Zstd }) },
		"another type":         func(f *meta.FileMetaData) { chunks(f, func(c *meta.ColumnChunk) { c.MetaData.Type = meta.Double }) },
		"outside the file": func(f *meta.FileMetaData) {
			chunks(f, func(c *meta.ColumnChunk) { c.MetaData.DataPageOffset = 1 << 40 })
		},
		"at no byte": func(f *meta.FileMetaData) { chunks(f, func(c *meta.ColumnChunk) { c.MetaData.DataPageOffset = -1 }) },
		"of no bytes": func(f *meta.FileMetaData) {
			chunks(f, func(c *meta.ColumnChunk) { c.MetaData.TotalCompressedSize = -1 })
		},
		"in another file": func(f *meta.FileMetaData) { chunks(f, func(c *meta.ColumnChunk) { c.FilePath = "other.parquet" }) },
		"encrypted": func(f *meta.FileMetaData) {
			chunks(f, func(c *meta.ColumnChunk) { c.EncryptedColumnMetadata = []byte("x") })
		},
		"fixed of its own length": func(f *meta.FileMetaData) {
			element(f).Type.V, element(f).TypeLength = meta.FixedLenByteArray, thrift.New[int32](3)
		},
	} {
		feed, log, err := readTable(t, reFooter(t, sound, change), nil)
		if err != nil || len(feed.Documents) != 30 || feed.Noted["column not readable"] != 30 || strings.Count(log, "column=note") != 1 {
			t.Errorf("%s: %+v, %v\n%s", name, feed, err, log)
			continue
		}
		if d := feed.Documents[29]; d.ID != "d29" || d.Text != "text 29" || string(d.Extra) != `{"tags":["a"]}` {
			t.Errorf("%s: %+v", name, d)
		}
	}
	for name, change := range map[string]func(f *meta.FileMetaData){
		"a type of no name":      func(f *meta.FileMetaData) { element(f).Type.V = 77 },
		"fixed without a length": func(f *meta.FileMetaData) { element(f).Type.V = meta.FixedLenByteArray },
		"a uuid of text":         func(f *meta.FileMetaData) { element(f).LogicalType.Value = new(meta.UUIDType) },
		"a date of text":         func(f *meta.FileMetaData) { element(f).LogicalType.Value = new(meta.DateType) },
		"a wrong number of rows": func(f *meta.FileMetaData) {
			f.NumRows = 1
			for g := range f.RowGroups {
				f.RowGroups[g].NumRows = 1 << 40
			}
		},
		"no numbers of rows": func(f *meta.FileMetaData) {
			f.NumRows = 0
			for g := range f.RowGroups {
				f.RowGroups[g].NumRows = 0
			}
		},
	} {
		feed, _, err := readTable(t, reFooter(t, sound, change), nil)
		if err != nil || len(feed.Documents) != 30 || len(feed.Quarantined) > 0 || string(feed.Documents[29].Extra) != `{"note":"note 29","tags":["a"]}` {
			t.Errorf("%s: %+v, %v", name, feed, err)
		}
	}
	feed, _, err := readTable(t, reFooter(t, sound, func(f *meta.FileMetaData) { f.RowGroups = f.RowGroups[:0] }), nil)
	if err != nil || len(feed.Quarantined) != 1 || feed.Quarantined[0].Loss != corpus.LossRest {
		t.Errorf("rows without a row group: %+v, %v", feed, err)
	}
}

// TestParquetIDs reads identifiers of every type as their text.
func TestParquetIDs(t *testing.T) {
	for _, c := range []struct {
		name string
		data []byte
		want []string
	}{
		{"string", idFile(t, "a", "", "ü"), []string{"a", "parquet/t.parquet#1", "ü"}},
		{"int", idFile(t, int64(-1), int64(math.MaxInt64)), []string{"-1", "9223372036854775807"}},
		{"unsigned", idFile(t, uint64(math.MaxUint64)), []string{"18446744073709551615"}},
		{"bool", idFile(t, true, false), []string{"true", "false"}},
		{"float", idFile(t, 1.5, math.NaN(), math.Inf(1)), []string{"1.5", "parquet/t.parquet#1", "parquet/t.parquet#2"}},
		{"binary", idFile(t, []byte{0xff, 0xfe}, []byte("text"), []byte("\x00a")), []string{"//4=", "text", "AGE="}},
		{"int96", idFile(t, deprecated.Int96{0, 0, 2_440_588}), []string{"1970-01-01T00:00:00Z"}},
		{"uuid", tableFile(t, []struct {
			ID   [16]byte `parquet:"id,uuid"`
			Text string   `parquet:"text"`
		}{{ID: [16]byte{1, 15: 0xab}}}), []string{"01000000-0000-0000-0000-0000000000ab"}},
		{"decimal", tableFile(t, []struct {
			ID   int64  `parquet:"id,decimal(2:18)"`
			Text string `parquet:"text"`
		}{{ID: 12_345}, {ID: -5}}), []string{"123.45", "-0.05"}},
		{"date", tableFile(t, []struct {
			ID   int32  `parquet:"id,date"`
			Text string `parquet:"text"`
		}{{ID: 0}, {ID: 2_932_897}}), []string{"1970-01-01", "+010000-01-01"}},
		{"timestamp", tableFile(t, []struct {
			ID   int64  `parquet:"id,timestamp(microsecond)"`
			Text string `parquet:"text"`
		}{{ID: 1}}), []string{"1970-01-01T00:00:00.000001Z"}},
		{"null", tableFile(t, []struct {
			ID   *string `parquet:"id,optional"`
			Text string  `parquet:"text"`
		}{{}}), []string{"parquet/t.parquet#0"}},
	} {
		feed, _, err := readTable(t, c.data, nil)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got []string
		for _, d := range feed.Documents {
			got = append(got, d.ID)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func idFile[T any](t *testing.T, ids ...T) []byte {
	type row struct {
		ID   T      `parquet:"id"`
		Text string `parquet:"text"`
	}
	var rows []row
	for _, id := range ids {
		rows = append(rows, row{id, "text"})
	}
	return tableFile(t, rows)
}

// TestParquetNoText has columns of the text that are none.
func TestParquetNoText(t *testing.T) {
	type ints struct {
		Text *int32 `parquet:"text,optional"`
	}
	type lists struct {
		Text []string `parquet:"text,list"`
	}
	n := int32(1)
	for _, c := range []struct {
		name string
		data []byte
		rows int    // in quarantine
		err  string // of the run
	}{
		{"no rows, of int32", tableFile(t, []ints{}), 0, ""},
		{"no rows, of lists", tableFile(t, []lists{}), 0, ""},
		{"no rows, no text", tableFile(t, []struct{ A int64 }{}), 0, ""},
		{"null alone, of int32", tableFile(t, []ints{{}, {}, {}}), 3, ""},
		{"null alone, of lists", tableFile(t, []struct {
			Text *paper `parquet:"text,optional"`
		}{{}}), 1, ""},
		{"null alone, of strings", tableFile(t, []paper{{}, {}}), 2, ""},
		{"int32", tableFile(t, []ints{{}, {&n}}), 0, `holds no text but`},
		{"lists", tableFile(t, []lists{{}}), 0, `holds no text but a list`},
		{"no text", tableFile(t, []struct{ A int64 }{{}}), 0, `no column "text"`},
		{"decimals", tableFile(t, []struct {
			Text int64 `parquet:"text,decimal(2:18)"`
		}{{}}), 0, `holds no text but DECIMAL(18,2)`},
		{"uuids", tableFile(t, []struct {
			Text [16]byte `parquet:"text,uuid"`
		}{{}}), 0, `holds no text but UUID`},
	} {
		feed, _, err := readTable(t, c.data, nil)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: %v, want %s", c.name, err, c.err)
			}
			continue
		}
		if err != nil || len(feed.Documents) != 0 || len(feed.Quarantined) != c.rows {
			t.Errorf("%s: %+v, %v, want %d in quarantine", c.name, feed, err, c.rows)
			continue
		}
		for _, e := range feed.Quarantined {
			if e.Loss != corpus.LossContent {
				t.Errorf("%s: loss %d", c.name, e.Loss)
			}
		}
	}
}

// TestParquetTypes carries columns of odd types as JSON.
func TestParquetTypes(t *testing.T) {
	schema := parquet.NewSchema("row", parquet.Group{
		"text":     parquet.String(),
		"half":     parquet.Leaf(parquet.FixedLenByteArrayType(2)),
		"interval": parquet.IntervalNode(),
		"time":     parquet.Time(parquet.Microsecond),
		"date":     parquet.Date(),
		"stamp":    parquet.Timestamp(parquet.Millisecond),
	})
	var b bytes.Buffer
	w := parquet.NewWriter(&b, schema)
	for _, v := range []struct {
		interval    []byte
		time, stamp int64
		date        int32
	}{{make([]byte, 12), 0, 0, 0}, {[]byte{14, 0, 0, 0, 3, 0, 0, 0, 0xdc, 5, 0, 0}, 86_399_999_999, 253_402_300_800_000, 2_932_897}, {bytes.Repeat([]byte{0xff}, 12), 86_400_000_000, math.MinInt64, math.MinInt32}} {
		row := parquet.Row{
			parquet.ValueOf(v.date).Level(0, 0, 0), parquet.FixedLenByteArrayValue([]byte{0, 0x3c}).Level(0, 0, 1), parquet.FixedLenByteArrayValue(v.interval).Level(0, 0, 2),
			parquet.ValueOf(v.stamp).Level(0, 0, 3), parquet.ValueOf("text").Level(0, 0, 4), parquet.ValueOf(v.time).Level(0, 0, 5),
		}
		if _, err := w.WriteRows([]parquet.Row{row}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	feed, _, err := readTable(t, b.Bytes(), nil)
	if err != nil || len(feed.Documents) != 3 {
		t.Fatalf("%+v, %v", feed, err)
	}
	for i, want := range []string{
		`{"date":"1970-01-01","half":"ADw=","interval":"PT0S","stamp":"1970-01-01T00:00:00Z","time":"00:00:00"}`,
		`{"date":"+010000-01-01","half":"ADw=","interval":"P14M3DT1.5S","stamp":"+010000-01-01T00:00:00Z","time":"23:59:59.999999"}`,
		`{"date":"-5877641-06-23","half":"ADw=","interval":"P4294967295M4294967295DT4294967.295S","stamp":"-292275055-05-16T16:47:04.192Z","time":86400000000}`,
	} {
		if got := string(feed.Documents[i].Extra); got != want || !json.Valid([]byte(got)) {
			t.Errorf("row %d: %s, want %s", i, got, want)
		}
	}
}

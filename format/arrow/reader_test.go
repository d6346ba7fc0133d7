package arrow_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	lib "github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format/arrow"
	"github.com/corpusmill/corpusmill/format/formattest"
)

// encoded writes batches as a file, or as a stream.
func encoded(t testing.TB, file bool, batches []lib.Record, opts ...ipc.Option) []byte {
	t.Helper()
	var b bytes.Buffer
	opts = append(opts, ipc.WithSchema(batches[0].Schema()))
	var w interface {
		Write(lib.Record) error
		Close() error
	} = ipc.NewWriter(&b, opts...)
	if file {
		fw, err := ipc.NewFileWriter(seekable{&b}, opts...)
		if err != nil {
			t.Fatal(err)
		}
		w = fw
	}
	for _, rec := range batches {
		if err := w.Write(rec); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// seekable tells its place, and never moves.
type seekable struct{ *bytes.Buffer }

func (s seekable) Seek(int64, int) (int64, error) { return int64(s.Len()), nil }

// batch makes a record batch of rows in JSON.
func batch(t testing.TB, schema *lib.Schema, rows ...string) lib.Record {
	t.Helper()
	rec, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader("["+strings.Join(rows, ",")+"]"))
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// column is a schema of one column, which is called c.
func columnOf(typ lib.DataType, notes ...string) *lib.Schema {
	f := lib.Field{Name: "c", Type: typ, Nullable: true}
	if len(notes) > 0 {
		f.Metadata = lib.NewMetadata([]string{notes[0]}, []string{notes[1]})
	}
	return lib.NewSchema([]lib.Field{f}, nil)
}

func open(t testing.TB, data []byte) *arrow.Reader {
	t.Helper()
	r, err := arrow.NewReader(input(data))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func input(data []byte) arrow.Input {
	return arrow.Input{Size: int64(len(data)), Open: func(offset int64) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data[offset:])), nil }}
}

// Every type has cells of a type of ours, and a form in JSON; from files and streams.
func TestTypes(t *testing.T) {
	text := lib.BinaryTypes.String
	pair := lib.StructOf(lib.Field{Name: "a", Type: lib.PrimitiveTypes.Int8, Nullable: true}, lib.Field{Name: "b", Type: text, Nullable: true})
	for _, c := range []struct {
		typ   lib.DataType
		value string // in JSON, as the library reads it
		want  corpus.Type
		cell  string // as text of that type
		json  string // "" is value
		notes []string
	}{
		{lib.FixedWidthTypes.Boolean, `true`, corpus.Bool, "true", "", nil},
		{lib.PrimitiveTypes.Int8, `-128`, corpus.Int, "-128", "", nil},
		{lib.PrimitiveTypes.Int16, `-32768`, corpus.Int, "-32768", "", nil},
		{lib.PrimitiveTypes.Int32, `-2147483648`, corpus.Int, "-2147483648", "", nil},
		{lib.PrimitiveTypes.Int64, `-9223372036854775808`, corpus.Int, "-9223372036854775808", "", nil},
		{lib.PrimitiveTypes.Uint8, `255`, corpus.Int, "255", "", nil},
		{lib.PrimitiveTypes.Uint16, `65535`, corpus.Int, "65535", "", nil},
		{lib.PrimitiveTypes.Uint32, `4294967295`, corpus.Int, "4294967295", "", nil},
		{lib.PrimitiveTypes.Uint64, `9223372036854775808`, corpus.Uint, "9223372036854775808", "", nil},
		{lib.FixedWidthTypes.Float16, `0.5`, corpus.Float, "0.5", "", nil},
		{lib.PrimitiveTypes.Float32, `0.1`, corpus.Float, "0.10000000149011612", "", nil},
		{lib.PrimitiveTypes.Float64, `0.1`, corpus.Float, "0.1", "", nil},
		{text, `"é\n"`, corpus.String, "é\n", "", nil},
		{lib.BinaryTypes.LargeString, `"é"`, corpus.String, "é", "", nil},
		{lib.BinaryTypes.StringView, `"a text of more than twelve bytes"`, corpus.String, "a text of more than twelve bytes", "", nil},
		{lib.BinaryTypes.StringView, `"short"`, corpus.String, "short", "", nil},
		{lib.BinaryTypes.Binary, `"/wA="`, corpus.Bytes, "/wA=", "", nil},
		{lib.BinaryTypes.LargeBinary, `"YQ=="`, corpus.Bytes, "YQ==", `"a"`, nil},
		{lib.BinaryTypes.BinaryView, `"/wA="`, corpus.Bytes, "/wA=", "", nil},
		{&lib.FixedSizeBinaryType{ByteWidth: 2}, `"/wA="`, corpus.Bytes, "/wA=", "", nil},
		{&lib.FixedSizeBinaryType{ByteWidth: 16}, `"ASNFZ4mrze8BI0VniavN7w=="`, corpus.String, "01234567-89ab-cdef-0123-456789abcdef", `"01234567-89ab-cdef-0123-456789abcdef"`, []string{"ARROW:extension:name", "arrow.uuid"}},
		{text, `"{\"a\": 1}"`, corpus.JSON, `{"a": 1}`, `{"a":1}`, []string{"ARROW:extension:name", "arrow.json"}},
		{text, `"{\"a\":1}"`, corpus.JSON, `{"a":1}`, `{"a":1}`, []string{"corpusmill.type", "json"}},
		{lib.FixedWidthTypes.Date32, `"1969-12-31"`, corpus.Date, "1969-12-31", "", nil},
		{lib.FixedWidthTypes.Date64, `"2024-02-29"`, corpus.Date, "2024-02-29", `"2024-02-29T00:00:00Z"`, nil},
		{&lib.TimestampType{Unit: lib.Second, TimeZone: "UTC"}, `"1969-12-31T23:59:59Z"`, corpus.Millis, "1969-12-31T23:59:59Z", "", nil},
		{&lib.TimestampType{Unit: lib.Millisecond, TimeZone: "Europe/Berlin"}, `"2024-02-29T12:00:00.001Z"`, corpus.Millis, "2024-02-29T12:00:00.001Z", "", nil},
		{&lib.TimestampType{Unit: lib.Microsecond, TimeZone: "UTC"}, `"2024-02-29T12:00:00.000001Z"`, corpus.Micros, "2024-02-29T12:00:00.000001Z", "", nil},
		{&lib.TimestampType{Unit: lib.Nanosecond, TimeZone: "UTC"}, `"1969-12-31T23:59:59.999999999Z"`, corpus.Nanos, "1969-12-31T23:59:59.999999999Z", "", nil},
		{&lib.TimestampType{Unit: lib.Second}, `"2024-02-29 12:00:00"`, corpus.LocalMillis, "2024-02-29T12:00:00", `"2024-02-29T12:00:00Z"`, nil},
		{&lib.TimestampType{Unit: lib.Nanosecond}, `"2024-02-29 12:00:00.000000001"`, corpus.LocalNanos, "2024-02-29T12:00:00.000000001", `"2024-02-29T12:00:00.000000001Z"`, nil},
		{lib.FixedWidthTypes.Time32ms, `"12:00:00.001"`, corpus.String, "12:00:00.001", "", nil},
		{lib.FixedWidthTypes.Time64ns, `"23:59:59.999999999"`, corpus.String, "23:59:59.999999999", "", nil},
		{&lib.Decimal128Type{Precision: 10, Scale: 2}, `"-0.05"`, corpus.String, "-0.05", "", nil},
		{&lib.Decimal256Type{Precision: 70, Scale: 0}, `"1234567890123456789012345678901234567890"`, corpus.String, "1234567890123456789012345678901234567890", "", nil},
		{lib.FixedWidthTypes.MonthInterval, `{"months": -3}`, corpus.String, "P-3M", `"P-3M"`, nil},
		{lib.FixedWidthTypes.DayTimeInterval, `{"days": 2, "milliseconds": 3004}`, corpus.String, "P2DT3.004S", `"P2DT3.004S"`, nil},
		{lib.FixedWidthTypes.MonthDayNanoInterval, `{"months": 0, "days": 0, "nanoseconds": 0}`, corpus.String, "PT0S", `"PT0S"`, nil},
		{lib.FixedWidthTypes.Duration_us, `"1500us"`, corpus.Int, "1500", "1500", nil},
		{pair, `{"a": 1, "b": null}`, corpus.JSON, `{"a":1,"b":null}`, `{"a":1,"b":null}`, nil},
		{lib.ListOf(text), `["a", null]`, corpus.JSON, `["a",null]`, `["a",null]`, nil},
		{lib.ListOf(pair), `[{"a": 1, "b": "x"}]`, corpus.JSON, `[{"a":1,"b":"x"}]`, `[{"a":1,"b":"x"}]`, nil},
		{lib.LargeListOf(lib.PrimitiveTypes.Int64), `[]`, corpus.JSON, `[]`, "", nil},
		{lib.FixedSizeListOf(2, lib.PrimitiveTypes.Int64), `[1, 2]`, corpus.JSON, `[1,2]`, `[1,2]`, nil},
		{lib.ListViewOf(lib.PrimitiveTypes.Int64), `[1, 2]`, corpus.JSON, `[1,2]`, `[1,2]`, nil},
		{lib.MapOf(lib.PrimitiveTypes.Int32, text), `[{"key": 7, "value": "x"}]`, corpus.JSON, `{"7":"x"}`, `{"7":"x"}`, nil},
		{&lib.DictionaryType{IndexType: lib.PrimitiveTypes.Int8, ValueType: text}, `"en"`, corpus.String, "en", "", nil},
		{&lib.DictionaryType{IndexType: lib.PrimitiveTypes.Uint32, ValueType: lib.PrimitiveTypes.Uint64}, `7`, corpus.Uint, "7", "", nil},
		{lib.RunEndEncodedOf(lib.PrimitiveTypes.Int32, text), `"run"`, corpus.String, "run", "", nil},
	} {
		schema := columnOf(c.typ, c.notes...)
		rec := batch(t, schema, `{"c": `+c.value+`}`, `{"c": null}`, `{"c": `+c.value+`}`)
		for _, file := range []bool{true, false} {
			r := open(t, encoded(t, file, []lib.Record{rec, rec}))
			if typ, ok := r.CellType(0); typ != c.want || !ok {
				t.Errorf("%s: cells of type %s, want %s", c.typ, typ.Name(), c.want.Name())
			}
			rows := int64(0)
			for ; ; rows++ {
				row, err := r.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil || row.Record != rows {
					t.Fatalf("%s: row %d is %d: %v", c.typ, rows, row.Record, err)
				}
				v, ok, err := row.Cell(0, c.want)
				j, jerr := row.AppendJSON([]byte("x"), 0)
				want, null := c.json, rows%3 == 1
				if want == "" {
					want = c.value
				}
				if null {
					want = "null"
				}
				if !ok || err != nil || jerr != nil || v.Null != null || !null && c.want.Text(v) != c.cell || string(j) != "x"+want || row.IsNull(0) != null {
					t.Errorf("%s, row %d: cell %q (%+v) %v %v, JSON %s %v; want %s and %s", c.typ, rows, c.want.Text(v), v, ok, err, j, jerr, c.cell, want)
				}
			}
			if rows != 6 {
				t.Errorf("%s: %d rows", c.typ, rows)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// A field of a struct is found by its path, is null where the struct is, and leaves it.
func TestPaths(t *testing.T) {
	inner := lib.StructOf(lib.Field{Name: "x.y", Type: lib.PrimitiveTypes.Int64, Nullable: true}, lib.Field{Name: "z", Type: lib.ListOf(lib.PrimitiveTypes.Int8), Nullable: true})
	schema := lib.NewSchema([]lib.Field{
		{Name: "s", Type: lib.StructOf(lib.Field{Name: "t", Type: inner, Nullable: true}, lib.Field{Name: "u", Type: lib.BinaryTypes.String, Nullable: true}), Nullable: true},
		{Name: "s.t", Type: lib.PrimitiveTypes.Int8, Nullable: true},
	}, nil)
	r := open(t, encoded(t, true, []lib.Record{batch(t, schema, `{"s": {"t": {"x.y": 1, "z": [2]}, "u": "v"}, "s.t": 3}`, `{"s": {"t": null, "u": null}}`, `{"s": null}`)}))
	xy, z, st := r.Column("s.t.x.y"), r.Column("s.t.z"), r.Column("s.t")
	if xy < 0 || z < 0 || st != 1 || r.Column("s.t.x.y") != xy || r.Column("s.w") >= 0 || r.Column("t") >= 0 || r.Column("") >= 0 {
		t.Fatal(xy, z, st)
	}
	r.Take(xy)
	if r.Taken(0) || !r.Taken(xy) || r.Taken(z) {
		t.Error("taken:", r.Taken(0), r.Taken(xy), r.Taken(z))
	}
	for _, want := range []string{`{"t":{"z":[2]},"u":"v"} 1 [2] 3`, `{"t":null,"u":null} null null null`, `null null null null`} {
		row, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range []int{0, xy, z, st} {
			b, err := row.AppendJSON(nil, c)
			if err != nil {
				t.Error(err)
			}
			got = append(got, string(b))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// A cell that is none of the type asked for says so.
func TestCellsOfOtherTypes(t *testing.T) {
	for _, c := range []struct {
		typ   lib.DataType
		value string
		as    corpus.Type
		want  string // "no" where it is none
	}{
		{lib.PrimitiveTypes.Int64, "5", corpus.Float, "5"},
		{lib.PrimitiveTypes.Int64, "-5", corpus.Uint, "no"},
		{lib.PrimitiveTypes.Int64, "5", corpus.String, "5"},
		{lib.BinaryTypes.String, `"5"`, corpus.Int, "no"},
		{lib.BinaryTypes.Binary, `"/w=="`, corpus.String, "no"},
		{&lib.TimestampType{Unit: lib.Second, TimeZone: "UTC"}, `"2024-01-01T00:00:00Z"`, corpus.Nanos, "2024-01-01T00:00:00Z"},
		{lib.PrimitiveTypes.Float64, "0.5", corpus.Int, "no"},
	} {
		r := open(t, encoded(t, true, []lib.Record{batch(t, columnOf(c.typ), `{"c": `+c.value+`}`)}))
		row, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		v, ok, err := row.Cell(0, c.as)
		got := c.as.Text(v)
		if !ok {
			got = "no"
		}
		if got != c.want || err != nil || !ok && !v.Null {
			t.Errorf("%s as %s: %s %+v %v, want %s", c.typ, c.as.Name(), got, v, err, c.want)
		}
	}
}

// numbered are batches of ten rows, the n-th of which has the number n and a long text.
func numbered(t testing.TB, batches int) []lib.Record {
	schema := lib.NewSchema([]lib.Field{{Name: "n", Type: lib.PrimitiveTypes.Int64}, {Name: "text", Type: lib.BinaryTypes.String},
		{Name: "lang", Type: &lib.DictionaryType{IndexType: lib.PrimitiveTypes.Int8, ValueType: lib.BinaryTypes.String}}}, nil)
	var list []lib.Record
	for i := range batches {
		var rows []string
		for k := range 10 {
			rows = append(rows, fmt.Sprintf(`{"n": %d, "text": %q, "lang": "en"}`, 10*i+k, strings.Repeat(fmt.Sprint("text ", k, " "), 30)))
		}
		list = append(list, batch(t, schema, rows...))
	}
	return list
}

// told reads a file to its end and lists what it gives: rows in a line, what is lost.
func told(r *arrow.Reader) string {
	var list []string
	rows := 0
	for {
		row, err := r.Next()
		var lost *arrow.BatchError
		var rest *arrow.RestError
		switch {
		case err == nil:
			rows++
			_, _, _ = row.Text(0)
			continue
		case rows > 0:
			list = append(list, fmt.Sprint(rows))
			rows = 0
		}
		switch {
		case errors.As(err, &lost):
			list = append(list, fmt.Sprintf("lost %d+%d", lost.Record, lost.Rows))
		case errors.As(err, &rest):
			return strings.Join(append(list, fmt.Sprintf("rest %d@%d", rest.Record, rest.Offset)), ", ")
		case errors.Is(err, io.EOF):
			return strings.Join(list, ", ")
		default:
			return fmt.Sprint(list, err)
		}
	}
}

// bodies are where the data of the record batches of a file begin, and how long they are.
func bodies(t testing.TB, data []byte) (at []int, length []int) {
	t.Helper()
	pos := 8
	for pos+8 <= len(data) && binary.LittleEndian.Uint32(data[pos:]) == 0xFFFFFFFF {
		n := int(binary.LittleEndian.Uint32(data[pos+4:]))
		if n == 0 {
			return at, length
		}
		m := ipc.NewMessage(memory.NewBufferBytes(data[pos+8:pos+8+n]), memory.NewBufferBytes([]byte{}))
		body := int(m.BodyLen())
		if m.Type() == ipc.MessageRecordBatch {
			at, length = append(at, pos+8+n), append(length, body)
		}
		pos += 8 + n + body
	}
	return at, length // a writer that leaves no mark
}

// A damaged batch costs its rows, a cut the rest; what is lost is counted.
func TestDamagedBatches(t *testing.T) {
	for _, compression := range []ipc.Option{ipc.WithZstd(), ipc.WithLZ4()} {
		sound := encoded(t, true, numbered(t, 3), compression)
		at, length := bodies(t, sound)
		spoiled := func(batches ...int) []byte {
			b := bytes.Clone(sound)
			for _, i := range batches {
				for k := range length[i] {
					b[at[i]+k] = 0x7f
				}
			}
			return b
		}
		footer := bytes.Clone(sound[:len(sound)-10])
		for _, c := range []struct {
			name string
			data []byte
			want string
		}{
			{"sound", sound, "30"},
			{"the first", spoiled(0), "lost 0+10, 20"},
			{"the second", spoiled(1), "10, lost 10+10, 10"},
			{"the last", spoiled(2), "20, lost 20+10"},
			{"all", spoiled(0, 1, 2), "lost 0+10, lost 10+10, lost 20+10"},
			{"within the last batch", sound[:at[2]+length[2]/2], fmt.Sprintf("20, rest 20@%d", messageAt(sound, at[2]))},
			{"behind the second", sound[:at[1]+length[1]], fmt.Sprintf("20, rest 20@%d", at[1]+length[1])},
			{"before the mark", sound[:at[2]+length[2]], fmt.Sprintf("30, rest 30@%d", at[2]+length[2])},
			{"within the footer", footer, fmt.Sprintf("30, rest 30@%d", at[2]+length[2])},
			{"a mark in place of the last batch", slices.Concat(sound[:messageAt(sound, at[2])], make([]byte, 8), sound[at[2]+length[2]:]), fmt.Sprintf("20, rest 20@%d", messageAt(sound, at[2])+4)},
		} {
			if got := told(open(t, c.data)); got != c.want {
				t.Errorf("%s: %s, want %s", c.name, got, c.want)
			}
		}
	}
}

// messageAt is where the message begins whose data do at that place.
func messageAt(data []byte, body int) int {
	return bytes.LastIndex(data[:body-8], []byte{0xff, 0xff, 0xff, 0xff})
}

// A stream may end between messages; a file may not.
func TestStreamsEndAnywhere(t *testing.T) {
	stream := encoded(t, false, numbered(t, 2))
	if got := told(open(t, stream)); got != "20" {
		t.Error(got)
	}
	if got := told(open(t, stream[:len(stream)-8])); got != "20" {
		t.Errorf("without its mark: %s", got)
	}
	if got := told(open(t, stream[:len(stream)-4])); !strings.HasPrefix(got, "20, rest 20@") {
		t.Errorf("within its mark: %s", got)
	}
}

func TestNoArrow(t *testing.T) {
	for data, want := range map[string]string{
		"": "0 bytes", "ARR": "3 bytes", "FEA1xxxx": "Feather file of version 1", "PAR1xxxx": "begins otherwise", "\x00\x00\x00\x00\x00\x00\x00\x00": "begins otherwise",
		"ARROW1\x00": "EOF", "ARROW1\x00\x00": "EOF", "\xff\xff\xff\xff\xff\xff\xff\x7f": "2147483647 bytes, 0 are left", "{\"a\": 1}": "begins otherwise",
	} {
		if _, err := arrow.NewReader(input([]byte(data))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", data, err, want)
		}
	}
}

// Large batches ask for memory with nothing in hand, and are lost where there is none.
func TestBatchesAskForMemory(t *testing.T) {
	schema := columnOf(lib.BinaryTypes.String)
	row := func(n int) lib.Record {
		b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		b.Field(0).(*array.StringBuilder).Append(strings.Repeat("x", n))
		return b.NewRecord()
	}
	for _, c := range []struct {
		name string
		opts []ipc.Option
		size int
		asks bool
	}{
		{"plain, small", nil, arrow.BatchBytes/2 - 4_096, false},
		{"plain, large", nil, arrow.BatchBytes / 2, true},
		{"compressed, small", []ipc.Option{ipc.WithLZ4()}, arrow.BatchBytes - 1<<20, false},
		{"compressed, large", []ipc.Option{ipc.WithLZ4()}, arrow.BatchBytes, true},
		{"zstd, large", []ipc.Option{ipc.WithZstd()}, arrow.BatchBytes, true},
	} {
		data := encoded(t, true, []lib.Record{row(1), row(c.size), row(2), row(c.size)}, c.opts...)
		held, asked, most := int64(0), 0, int64(0)
		in := input(data)
		in.Reserve = func(n int64) (func(), error) {
			if held != 0 {
				t.Errorf("%s: asks for %d with %d in hand", c.name, n, held)
			}
			held, most = held+n, max(most, n)
			asked++
			return func() { held -= n }, nil
		}
		r, err := arrow.NewReader(in)
		if err != nil {
			t.Fatal(err)
		}
		got := told(r)
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if got != "4" || (asked > 0) != c.asks || held != 0 || c.asks && most < int64(c.size) {
			t.Errorf("%s: %s, asked %d times for up to %d bytes, %d held at the end", c.name, got, asked, most, held)
		}
		none, err := arrow.NewReader(input(data))
		if err != nil {
			t.Fatal(err)
		}
		want := "4"
		if c.asks {
			want = "1, lost 1+1, 1, lost 3+1"
		}
		if got := told(none); got != want {
			t.Errorf("%s without memory: %s, want %s", c.name, got, want)
		}
	}
}

// No damage makes the reader fail otherwise than by its errors, nor read without end.
func FuzzReader(f *testing.F) {
	for _, file := range []bool{true, false} {
		for _, opts := range [][]ipc.Option{nil, {ipc.WithZstd()}, {ipc.WithLZ4()}} {
			f.Add(encoded(f, file, numbered(f, 2), opts...))
		}
	}
	rng := rand.New(rand.NewPCG(5, 6))
	sound := encoded(f, true, numbered(f, 2), ipc.WithZstd())
	for range 50 {
		f.Add(formattest.Damage(rng, sound))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := arrow.NewReader(input(data))
		if err != nil {
			return
		}
		defer r.Close()                            //nolint:errcheck // read only
		for used := 0; used < 1<<20; used += 100 { // texts may share their bytes: there is no end to what they come to
			row, err := r.Next()
			var lost *arrow.BatchError
			switch {
			case errors.As(err, &lost):
				if lost.Rows < 0 {
					t.Fatalf("%d rows lost", lost.Rows)
				}
				continue
			case err != nil:
				return
			}
			for c := range r.Names() {
				text, _, _ := row.Text(c)
				_, _, _ = row.ID(c)
				used += len(text)
				typ, _ := r.CellType(c)
				v, ok, _ := row.Cell(c, typ)
				if !ok && !v.Null {
					t.Fatalf("a cell that is none: %+v", v)
				}
				_, _ = row.AppendJSON(nil, c)
			}
		}
	})
}

// Files of other writers are read as they are meant.
func TestPythonWriters(t *testing.T) {
	python := os.Getenv("CORPUSMILL_TEST_PYTHON")
	if python == "" {
		t.Skip("CORPUSMILL_TEST_PYTHON is not set")
	}
	dir := t.TempDir()
	script := `
import sys, datetime, decimal, pyarrow as pa, pyarrow.feather as feather, polars as pl
out = sys.argv[1]
rows = {"id": ["a", "b", None], "text": ["one", "a text that is longer than twelve bytes", "drei"], "n": [1, None, 3],
  "day": [datetime.date(2024, 2, 29)] * 3, "at": [datetime.datetime(2024, 2, 29, 12, 0, 0, 1)] * 3, "tags": [["x"], [], None], "ok": [True, None, False]}
t = pa.table(rows)
feather.write_feather(t, out + "/feather-lz4.arrow")
feather.write_feather(t, out + "/feather-none.arrow", compression="uncompressed", chunksize=1)
with pa.ipc.new_stream(out + "/stream.arrow", t.schema) as w: w.write_table(t, max_chunksize=2)
d = t.set_column(1, "text", t.column("text").dictionary_encode())
with pa.ipc.new_file(out + "/dictionary.arrow", d.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as w: w.write_table(d)
with pa.ipc.new_stream(out + "/deltas.arrow", d.schema, options=pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True)) as w:
  for i in range(3): w.write_table(t.slice(i, 1).set_column(1, "text", t.column("text").slice(0, i + 1).combine_chunks().dictionary_encode().slice(i, 1)))
v = t.cast(pa.schema([f.with_type(pa.string_view()) if f.type == pa.string() else f for f in t.schema]))
with pa.ipc.new_file(out + "/views.arrow", v.schema) as w: w.write_table(v)
p = pl.DataFrame(rows)
p.write_ipc(out + "/polars.arrow"); p.write_ipc(out + "/polars-zstd.arrow", compression="zstd"); p.write_ipc_stream(out + "/polars-stream.arrow")
p.with_columns(pl.col("text").cast(pl.Categorical)).write_ipc(out + "/polars-categorical.arrow")
`
	if b, err := exec.Command(python, "-c", script, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	want := `a one 1 2024-02-29 2024-02-29T12:00:00.000001 ["x"] true
b a text that is longer than twelve bytes  2024-02-29 2024-02-29T12:00:00.000001 [] ` + `
 drei 3 2024-02-29 2024-02-29T12:00:00.000001  false`
	files, _ := os.ReadDir(dir)
	for _, f := range files {
		data, err := os.ReadFile(dir + "/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		r := open(t, data)
		var lines []string
		for {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", f.Name(), err)
			}
			var cells []string
			for i := range r.Names() {
				typ, _ := r.CellType(i)
				v, ok, err := row.Cell(i, typ)
				if !ok || err != nil {
					t.Errorf("%s: %s: %v", f.Name(), r.Name(i), err)
				}
				cells = append(cells, typ.Text(v))
			}
			lines = append(lines, strings.Join(cells, " "))
		}
		if got := strings.Join(lines, "\n"); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", f.Name(), got, want)
		}
	}
	if len(files) != 10 {
		t.Errorf("%d files", len(files))
	}
}

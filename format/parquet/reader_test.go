package parquet_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"

	"github.com/corpusmill/corpusmill/format/formattest"
	"github.com/corpusmill/corpusmill/format/parquet"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/storetest"
)

type point struct {
	X *int32   `parquet:"x,optional"`
	L []string `parquet:"l"`
}

// every is a row of every type that JSON has a form for.
type every struct {
	Bool    bool              `parquet:"bool"`
	I32     int32             `parquet:"i32"`
	U32     uint32            `parquet:"u32"`
	U64     uint64            `parquet:"u64"`
	F32     float32           `parquet:"f32"`
	F64     *float64          `parquet:"f64,optional"`
	Str     string            `parquet:"str,dict"`
	Bin     []byte            `parquet:"bin"`
	UUID    [16]byte          `parquet:"uuid,uuid"`
	JSON    string            `parquet:"json,json"`
	Enum    string            `parquet:"enum,enum"`
	Date    int32             `parquet:"date,date"`
	Milli   int64             `parquet:"milli,timestamp(millisecond)"`
	Micro   int64             `parquet:"micro,timestamp(microsecond)"`
	Nano    int64             `parquet:"nano,timestamp(nanosecond)"`
	Old     deprecated.Int96  `parquet:"old"`
	Dec     int64             `parquet:"dec,decimal(3:18)"`
	List    []string          `parquet:"list,list"`
	Lists   [][]int32         `parquet:"-"`
	Opt     []*string         `parquet:"opt,list"`
	Plain   []int64           `parquet:"plain"`
	Map     map[string]int64  `parquet:"map"`
	Ints    map[int32]string  `parquet:"ints"`
	Struct  point             `parquet:"struct"`
	Nothing *point            `parquet:"nothing,optional"`
	Deep    []point           `parquet:"deep,list"`
	Maps    map[string]*point `parquet:"maps"`
}

func file[T any](t testing.TB, rows []T, options ...pq.WriterOption) []byte {
	var b bytes.Buffer
	w := pq.NewGenericWriter[T](&b, options...)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTypes(t *testing.T) {
	day := time.Date(2026, 1, 2, 3, 4, 5, 678_901_234, time.UTC)
	i, f, s := int32(-7), math.Inf(1), "s\n"
	full := every{Bool: true, I32: -5, U32: math.MaxUint32, U64: math.MaxUint64, F32: 0.1, F64: &f, Str: "\"中\n", Bin: []byte{0xff, 0},
		UUID: [16]byte{0x12, 0x34, 15: 0xff}, JSON: "{\"a\" :\n[1]}", Enum: "E", Date: int32(day.Unix() / 86_400),
		Milli: day.UnixMilli(), Micro: day.UnixMicro(), Nano: day.UnixNano(), Old: deprecated.Int96{1_000_000_000, 0, 2_440_589}, Dec: -1_234,
		List: []string{"a", ""}, Opt: []*string{nil, &s}, Plain: []int64{1, 2}, Map: map[string]int64{"k": 1}, Ints: map[int32]string{3: "v"},
		Struct: point{&i, []string{"x", "y"}}, Nothing: &point{}, Deep: []point{{&i, nil}, {nil, []string{"z"}}}, Maps: map[string]*point{"p": {L: []string{"q"}}}}
	data := file(t, []every{full, {JSON: "no json"}})
	r, err := parquet.NewReader(bytes.NewReader(data), int64(len(data)), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`bool true; i32 -5; u32 4294967295; u64 18446744073709551615; f32 0.1; f64 null; str "\"中\n"; bin "/wA="; uuid "12340000-0000-0000-0000-0000000000ff"; json {"a":[1]}; enum "E"; date "2026-01-02"; milli "2026-01-02T03:04:05.678Z"; micro "2026-01-02T03:04:05.678901Z"; nano "2026-01-02T03:04:05.678901234Z"; old "1970-01-02T00:00:01Z"; dec "-1.234"; list ["a",""]; opt [null,"s\n"]; plain [1,2]; map {"k":1}; ints {"3":"v"}; struct {"x":-7,"l":["x","y"]}; nothing {"x":null,"l":[]}; deep [{"x":-7,"l":[]},{"x":null,"l":["z"]}]; maps {"p":{"x":null,"l":["q"]}}; `,
		`bool false; i32 0; u32 0; u64 0; f32 0; f64 missing; str ""; bin ""; uuid "00000000-0000-0000-0000-000000000000"; json "no json"; enum ""; date "1970-01-01"; milli "1970-01-01T00:00:00Z"; micro "1970-01-01T00:00:00Z"; nano "1970-01-01T00:00:00Z"; old null; dec "0.000"; list []; opt []; plain []; map {}; ints {}; struct {"x":null,"l":[]}; nothing missing; deep []; maps {}; `,
	}
	for n, want := range want {
		row, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for i, name := range r.Names() {
			b, err := row.AppendJSON(nil, i)
			if err != nil || !json.Valid(b) {
				t.Errorf("row %d, %s: %s, %v", n, name, b, err)
			}
			if row.IsNull(i) {
				b = []byte("missing")
			}
			got += name + " " + string(b) + "; "
		}
		if got != want {
			t.Errorf("row %d:\n%s, want\n%s", n, got, want)
		}
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
	if text, null := rowText(t, data, "dec"); text != "-1.234" || null {
		t.Errorf("text of a decimal: %q", text)
	}
	if _, null := rowText(t, data, "list"); !null {
		t.Error("a list has no text")
	}
}

func rowText(t *testing.T, data []byte, column string) (string, bool) {
	r, err := parquet.NewReader(bytes.NewReader(data), int64(len(data)), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Select(r.Column(column)); err != nil {
		t.Fatal(err)
	}
	row, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	return row.Text(r.Column(column))
}

type lines struct {
	Text  string   `parquet:"text"`
	Lines []string `parquet:"lines,list"`
}

// TestRowLimit has rows on both sides of the limit, flat and nested.
func TestRowLimit(t *testing.T) {
	const limit = 100_000
	long := strings.Repeat("x", limit)
	rows := []lines{{Text: "a"}, {Text: long}, {Text: "b", Lines: make([]string, limit/24+1)}, {Text: "c", Lines: []string{long[:limit/2], long[:limit/2]}}, {Text: long[:limit/2], Lines: []string{long[:limit/4]}}, {Text: "d"}}
	for _, page := range []int{1, 1_000, 1 << 20} { // rows within a page, and rows that span pages
		data := file(t, rows, pq.PageBufferSize(page))
		r, err := parquet.NewReader(bytes.NewReader(data), int64(len(data)), limit)
		if err != nil {
			t.Fatal(err)
		}
		var got string
		for n := 0; ; n++ {
			row, err := r.Next()
			var bad *parquet.RowError
			if errors.Is(err, io.EOF) {
				break
			}
			if errors.As(err, &bad) && errors.Is(err, parquet.ErrTooLarge) {
				got += fmt.Sprint(" large", bad.Record)
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			got += fmt.Sprint(" ok", row.Record)
			b, err := row.AppendJSON(nil, 1)
			if want, _ := json.Marshal(append([]string{}, rows[n].Lines...)); err != nil || string(b) != string(want) {
				t.Errorf("row %d: %.100s, %v", n, b, err)
			}
		}
		if want := " ok0 large1 large2 large3 ok4 ok5"; got != want {
			t.Errorf("pages of %d bytes: got%s, want%s", page, got, want)
		}
	}
}

// TestDamagedGroup loses the rows of one row group and none of the others.
func TestDamagedGroup(t *testing.T) {
	var rows []lines
	for i := range 300 {
		rows = append(rows, lines{Text: fmt.Sprint("text number ", i)})
	}
	data := file(t, rows, pq.MaxRowsPerRowGroup(100))
	at := bytes.Index(data, []byte("text number 150"))
	if at < 0 {
		t.Fatal("the file is compressed")
	}
	data[at] ^= 1 // the page's checksum is wrong now
	r, err := parquet.NewReader(bytes.NewReader(data), int64(len(data)), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	var got []int64
	for {
		row, err := r.Next()
		var lost *parquet.GroupError
		if errors.Is(err, io.EOF) {
			break
		}
		if errors.As(err, &lost) {
			if lost.Record != 100 || lost.Rows != 100 {
				t.Errorf("lost %+v", lost)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, row.Record)
	}
	if len(got) != 200 || got[100] != 200 {
		t.Errorf("read %d rows", len(got))
	}
}

// TestFooter checks what a part says of itself: row groups closed by bytes, no
// long values in the footer, a fixed author.
func TestFooter(t *testing.T) {
	s := sink(func(s *parquet.Sink) { s.RowGroupBytes = 500_000 })
	dir := t.TempDir()
	data := write(t, s, dir, 20)
	f, err := pq.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	meta := f.Metadata()
	if got := meta.CreatedBy; got != "corpusmill version 1(build )" {
		t.Errorf("created by %q", got)
	}
	if n := len(f.RowGroups()); n < 9 || n > 11 { // 20 times 250 kB
		t.Errorf("%d row groups", n)
	}
	for g, group := range meta.RowGroups {
		for _, c := range group.Columns {
			path := c.MetaData.PathInSchema[0]
			st := c.MetaData.Statistics
			if long := path == "text" || path == "extra"; long && len(st.Min)+len(st.Max)+len(st.MinValue)+len(st.MaxValue) > 0 {
				t.Errorf("row group %d, %s: minimum and maximum of %d bytes", g, path, len(st.MinValue))
			}
			if c.MetaData.NumValues != group.NumRows {
				t.Errorf("row group %d, %s: %d values in %d rows", g, path, c.MetaData.NumValues, group.NumRows)
			}
		}
	}
	if size := footerSize(data) / len(f.RowGroups()); size > 4_000 {
		t.Errorf("the footer takes %d bytes a row group", size)
	}
}

func footerSize(data []byte) int {
	n := data[len(data)-8:]
	return int(n[0]) | int(n[1])<<8 | int(n[2])<<16
}

// FuzzReader reads damaged files: an error, never a panic, never without end.
func FuzzReader(f *testing.F) {
	var rows []lines
	for i := range 20 {
		rows = append(rows, lines{Text: fmt.Sprint("text ", i), Lines: []string{"a", fmt.Sprint(i)}})
	}
	sound := file(f, rows, pq.MaxRowsPerRowGroup(7))
	nested := file(f, []every{{}, {List: []string{"a"}}})
	f.Add(sound)
	f.Add(nested)
	rng := rand.New(rand.NewPCG(3, 4))
	for range 100 {
		f.Add(formattest.Damage(rng, sound))
		f.Add(formattest.Damage(rng, nested))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<20 {
			return
		}
		r, err := parquet.NewReader(bytes.NewReader(data), int64(len(data)), 1<<20)
		if err != nil {
			return
		}
		defer r.Close() //nolint:errcheck // read only
		for range 10_000 {
			row, err := r.Next()
			var bad *parquet.RowError
			var lost *parquet.GroupError
			switch {
			case err == io.EOF:
				return
			case errors.As(err, &bad), errors.As(err, &lost):
				continue
			case err != nil:
				t.Fatalf("%v of no known kind", err)
			}
			for i := range r.Names() {
				row.Text(i)
				row.IsNull(i)
				if b, err := row.AppendJSON(nil, i); err == nil && !json.Valid(b) {
					t.Fatalf("%s", b)
				}
			}
		}
	})
}

// TestNoFile opens what is no Parquet file.
func TestNoFile(t *testing.T) {
	for _, s := range []string{"", "PAR1", "PAR1PAR1", "PAR1\xff\xff\xff\xffPAR1", "PAR1\x00\x00\x00\x00PAR1", strings.Repeat("x", 100)} {
		if _, err := parquet.NewReader(strings.NewReader(s), int64(len(s)), 1<<20); err == nil {
			t.Errorf("%q: no error", s)
		}
	}
}

// TestPages checks that long columns are cut into pages of 8 MiB.
func TestPages(t *testing.T) {
	docs, size := prose(5_000)
	dir := t.TempDir()
	opened, err := sink(func(*parquet.Sink) {}).Open(t.Context(), dir, stage.NewEnv())
	if err != nil {
		t.Fatal(err)
	}
	w, err := opened.Create(t.Context(), "part", formattest.Schema())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(docs); err != nil {
		t.Fatal(err)
	}
	part, err := w.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	data := storetest.Get(t, store.Local(dir), part.File)
	f, err := pq.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	index, err := f.RowGroups()[0].ColumnChunks()[f.Root().Column("text").Index()].OffsetIndex()
	if err != nil {
		t.Fatal(err)
	}
	if n, want := index.NumPages(), int(size/(8<<20))+1; n < want || n > want+1 {
		t.Errorf("%d pages of %d bytes of text, want about %d", n, size, want)
	}
}

// TestPageMax loses the rows of pages that are larger than is allowed, and no others.
func TestPageMax(t *testing.T) {
	type line struct {
		Text string `parquet:"text,plain"`
	}
	const large = 1 << 20
	rows := []line{{"a"}, {strings.Repeat("x", large)}, {"b"}}
	data := file(t, rows, pq.MaxRowsPerRowGroup(1), pq.Compression(&pq.Zstd))
	for limit, lost := range map[int64]int{0: 0, large + 4: 0, large + 3: 1, 5: 1} {
		r, err := parquet.NewReader(bytes.NewReader(data), int64(len(data)), 4<<20)
		if err != nil {
			t.Fatal(err)
		}
		r.PageMax(limit)
		if err := r.Select(0); err != nil {
			t.Fatal(err)
		}
		read, gone := 0, 0
		for {
			_, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			var group *parquet.GroupError
			switch {
			case err == nil:
				read++
			case errors.As(err, &group) && group.Record == 1 && group.Rows == 1 && strings.Contains(err.Error(), "raise record_bytes_max"):
				gone++
			default:
				t.Errorf("limit %d: %v", limit, err)
			}
		}
		if gone != lost || read+gone != len(rows) {
			t.Errorf("limit %d: %d rows read, %d lost; want %d lost", limit, read, gone, lost)
		}
	}
}

package gather_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/corpusmill/corpusmill/format/formattest"
	"github.com/corpusmill/corpusmill/gather"
	"github.com/corpusmill/corpusmill/stage"
)

// arrowOf writes rows in JSON as a file of several batches, or as a stream.
func arrowOf(t testing.TB, file bool, schema *arrow.Schema, batches ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	opts := []ipc.Option{ipc.WithSchema(schema), ipc.WithZstd()}
	var w interface {
		Write(arrow.Record) error
		Close() error
	} = ipc.NewWriter(&b, opts...)
	if file {
		fw, err := ipc.NewFileWriter(fromStart{&b}, opts...)
		if err != nil {
			t.Fatal(err)
		}
		w = fw
	}
	for _, rows := range batches {
		rec, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(rows))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(rec); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// fromStart is written from its start to its end.
type fromStart struct{ *bytes.Buffer }

func (f fromStart) Seek(int64, int) (int64, error) { return int64(f.Len()), nil }

// arrowFile has n rows, so many in a batch.
func arrowFile(t testing.TB, file bool, n, batch int) []byte {
	schema := arrow.NewSchema([]arrow.Field{{Name: "id", Type: arrow.BinaryTypes.String, Nullable: true}, {Name: "text", Type: arrow.BinaryTypes.LargeString, Nullable: true},
		{Name: "n", Type: arrow.PrimitiveTypes.Int64, Nullable: true}, {Name: "tags", Type: arrow.ListOf(arrow.BinaryTypes.String), Nullable: true}}, nil)
	var batches []string
	for i := 0; i < n; i += batch {
		var rows []map[string]any
		for k := i; k < min(i+batch, n); k++ {
			rows = append(rows, map[string]any{"id": fmt.Sprint("d", k), "text": fmt.Sprint("text ", k, strings.Repeat(" word", k%50)), "n": k, "tags": []string{"a"}})
		}
		b, err := json.Marshal(rows)
		if err != nil {
			t.Fatal(err)
		}
		batches = append(batches, string(b))
	}
	return arrowOf(t, file, schema, batches...)
}

// readArrow reads one file in a folder.
func readArrow(t testing.TB, name string, data []byte, set func(*gather.Arrow, *stage.Env)) (*formattest.Feed, error) {
	t.Helper()
	env := stage.NewEnv()
	env.Name = "src"
	var settings gather.Arrow
	if set != nil {
		set(&settings, env)
	}
	open := opener(gather.OpenArrow, func(s *gather.Arrow, p []string) {
		*s = settings
		s.Paths = p
	})
	feeds, err := formattest.Source{Open: open}.Read(t, env, map[string][]byte{name: data})
	if err != nil {
		return nil, err
	}
	return feeds[0], nil
}

// Columns keep their type, nested fields are found by path, folders are columns, the rest
// is carried; settings that name what is not there are refused.
func TestArrowColumns(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{{Name: "key", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		{Name: "content", Type: arrow.StructOf(arrow.Field{Name: "body", Type: arrow.BinaryTypes.String, Nullable: true}, arrow.Field{Name: "score", Type: arrow.PrimitiveTypes.Float64, Nullable: true}), Nullable: true},
		{Name: "day", Type: arrow.FixedWidthTypes.Date32, Nullable: true}, {Name: "none", Type: arrow.Null, Nullable: true}}, nil)
	data := arrowOf(t, true, schema, `[{"key": 7, "content": {"body": "text", "score": 0.5}, "day": "1970-01-02"}, {"key": null, "content": null}]`)
	mapped := func(s *gather.Arrow, _ *stage.Env) {
		s.IDColumn, s.TextColumn, s.Columns.Find = "key", "content.body", "auto"
	}
	for _, c := range []struct {
		name string
		set  func(*gather.Arrow, *stage.Env)
		want string
	}{
		{"found", mapped, `7  "text" "" text/plain   0@-1 {Str:{"score":0.5} Int:0 Float:0 Null:false} {Str: Int:1 Float:0 Null:false} {Str: Int:5 Float:0 Null:false}`},
		{"none", func(s *gather.Arrow, e *stage.Env) { mapped(s, e); s.Columns.Find = "none" }, `7  "text" "" text/plain  {"hour":5,"content":{"score":0.5},"day":"1970-01-02"} 0@-1`},
		{"dropped", func(s *gather.Arrow, e *stage.Env) { mapped(s, e); s.Columns.Find, e.Carry = "none", "drop" }, `7  "text" "" text/plain   0@-1`},
		{"declared", func(s *gather.Arrow, e *stage.Env) {
			mapped(s, e)
			s.Columns = stage.Columns{List: []stage.InputColumn{{Name: "score", Path: "content.score", Type: 2}, {Name: "date", Path: "day", Type: 0}, {Name: "hour", Path: "hour", Type: 1}}}
		}, `7  "text" "" text/plain   0@-1 {Str: Int:0 Float:0.5 Null:false} {Str:1970-01-02 Int:0 Float:0 Null:false} {Str: Int:5 Float:0 Null:false}`},
		{"too large", func(s *gather.Arrow, e *stage.Env) { mapped(s, e); e.RecordBytesMax = 3 }, "row of 18 bytes is larger than record_bytes_max"},
		{"no text", func(s *gather.Arrow, _ *stage.Env) {}, `no column "text"; the file has key, content, day, none: set text_column`},
		{"a number", func(s *gather.Arrow, _ *stage.Env) { s.TextColumn = "key" }, `column "key" holds no text but int64: set text_column`},
		{"a struct", func(s *gather.Arrow, _ *stage.Env) { s.TextColumn, s.IDColumn = "content.body", "content" }, `column "content" holds more than one value a row: set id_column`},
	} {
		feed, err := readArrow(t, "hour=5/f.arrow", data, c.set)
		got := fmt.Sprint(err)
		if err == nil {
			got = feed.String()
			if q := feed.Quarantined; len(q) != 3-len(feed.Documents)-1 || q[len(q)-1].Record != 1 {
				t.Errorf("%s: the row without text: %v", c.name, q)
			}
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

// Lost batches are counted, in files and streams; an empty table is one of no documents.
func TestArrowLostRows(t *testing.T) {
	for _, file := range []bool{true, false} {
		sound := arrowFile(t, file, 90, 30)
		feed, err := readArrow(t, "f", sound, nil)
		if err != nil || len(feed.Documents) != 90 || len(feed.Quarantined) > 0 || feed.Documents[89].ID != "d89" {
			t.Fatalf("%v %v", feed, err)
		}
		cut := sound[:len(sound)/2]
		feed, err = readArrow(t, "f", cut, nil)
		if err != nil || len(feed.Quarantined) != 1 {
			t.Fatalf("%v %v", feed, err)
		}
		if q := feed.Quarantined[0]; q.Record != int64(len(feed.Documents)) || q.Bytes == 0 || q.Offset+q.Bytes != int64(len(cut)) || q.Record < 30 {
			t.Errorf("cut short: %+v behind %d documents", q, len(feed.Documents))
		}
		empty := arrowFile(t, file, 0, 30)
		if feed, err = readArrow(t, "f", empty, nil); err != nil || len(feed.Documents)+len(feed.Quarantined) > 0 {
			t.Errorf("empty: %v %v", feed, err)
		}
	}
	if feed, err := readArrow(t, "f", []byte("no table"), nil); err != nil || len(feed.Quarantined) != 1 || feed.Quarantined[0].Bytes != 8 {
		t.Errorf("%v %v", feed, err)
	}
}

package arrow_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format/arrow"
	"github.com/corpusmill/corpusmill/format/formattest"
	"github.com/corpusmill/corpusmill/stage"
)

func sink(change func(*arrow.Sink)) formattest.Sink {
	return formattest.Sink{
		Open: func(ctx context.Context, dir string, env *stage.Env) (stage.Sink, error) {
			s := arrow.Def.New().(*arrow.Sink)
			s.Dir = dir
			change(s)
			obj, err := arrow.Def.OpenExact(ctx, s, env)
			opened, _ := obj.(stage.Sink)
			return opened, err
		},
		Read: read,
	}
}

func read(t testing.TB, part []byte) []formattest.Cells {
	r, err := ipc.NewFileReader(bytes.NewReader(part))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // read only
	var rows []formattest.Cells
	for i := range r.NumRecords() {
		rec, err := r.RecordAt(i)
		if err != nil {
			t.Fatal(err)
		}
		for row := range int(rec.NumRows()) {
			cells := formattest.Cells{}
			for c, col := range rec.Columns() {
				if col.IsNull(row) {
					continue
				}
				var v corpus.Value
				switch col := col.(type) {
				case *array.Int64:
					v.Int = col.Value(row)
				case *array.Uint64:
					v.Int = int64(col.Value(row))
				case *array.Boolean:
					if col.Value(row) {
						v.Int = 1
					}
				case *array.Date32:
					v.Int = int64(col.Value(row))
				case *array.Timestamp:
					v.Int = int64(col.Value(row))
				case *array.Binary:
					v.Str = string(col.Value(row))
				case *array.Float64:
					v.Float = col.Value(row)
				case *array.String:
					v.Str = strings.Clone(col.Value(row))
				default:
					t.Fatalf("column of type %T", col)
				}
				cells[rec.ColumnName(c)] = v
			}
			rows = append(rows, cells)
		}
		rec.Release()
	}
	return rows
}

func TestSink(t *testing.T) {
	for _, compression := range []string{"zstd", "lz4", "none"} {
		t.Run(compression, func(t *testing.T) {
			formattest.RunSink(t, sink(func(s *arrow.Sink) { s.Compression = compression }))
		})
	}
	t.Run("many batches", func(t *testing.T) {
		formattest.RunSink(t, sink(func(s *arrow.Sink) { s.BatchBytes = 1_000 }))
	})
}

func TestSinkS3(t *testing.T) { formattest.RunSinkS3(t, sink(func(*arrow.Sink) {})) }

func TestSettings(t *testing.T) {
	for _, c := range []struct {
		change func(*arrow.Sink)
		want   string
	}{
		{func(s *arrow.Sink) {}, ""},
		{func(s *arrow.Sink) { s.Compression = "gzip" }, "compression"},
		{func(s *arrow.Sink) { s.BatchBytes = 0 }, "batch_bytes"},
		{func(s *arrow.Sink) { s.BatchBytes = 1 }, ""},
		{func(s *arrow.Sink) { s.BatchBytes = 1 << 30 }, ""},
		{func(s *arrow.Sink) { s.BatchBytes = 1<<30 + 1 }, "batch_bytes"},
		{func(s *arrow.Sink) { s.PartBytes = 0 }, "part_bytes"},
		{func(s *arrow.Sink) { s.Dir = "" }, "dir"},
	} {
		_, err := sink(c.change).Open(t.Context(), t.TempDir(), stage.NewEnv())
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("want an error about %q, got %v", c.want, err)
		}
	}
}

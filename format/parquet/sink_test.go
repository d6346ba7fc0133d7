package parquet_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format/formattest"
	"github.com/corpusmill/corpusmill/format/parquet"
	"github.com/corpusmill/corpusmill/stage"
)

func sink(change func(*parquet.Sink)) formattest.Sink {
	return formattest.Sink{
		Open: func(ctx context.Context, dir string, env *stage.Env) (stage.Sink, error) {
			s := parquet.Def.New().(*parquet.Sink)
			s.Dir = dir
			change(s)
			obj, err := parquet.Def.OpenExact(ctx, s, env)
			opened, _ := obj.(stage.Sink)
			return opened, err
		},
		Read: read,
	}
}

// read reads a part back with the package's own reader; the types come from the
// file.
func read(t testing.TB, part []byte) []formattest.Cells {
	r, err := parquet.NewReader(bytes.NewReader(part), int64(len(part)), math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // read only
	types := map[string]corpus.Type{}
	for i, name := range r.Names() {
		types[name], _ = r.CellType(i)
	}
	var rows []formattest.Cells
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		cells := formattest.Cells{}
		for i, name := range r.Names() {
			if row.IsNull(i) {
				continue
			}
			v, ok, err := row.Cell(i, types[name])
			if err != nil || !ok {
				t.Fatalf("%s: %v, %v", name, ok, err)
			}
			cells[name] = v
		}
		rows = append(rows, cells)
	}
}

func TestSink(t *testing.T) {
	for _, level := range []string{"fastest", "default", "better"} {
		t.Run(level, func(t *testing.T) {
			formattest.RunSink(t, sink(func(s *parquet.Sink) { s.Level = level }))
		})
	}
	t.Run("many row groups", func(t *testing.T) {
		formattest.RunSink(t, sink(func(s *parquet.Sink) { s.RowGroupBytes = 1_000 }))
	})
}

func TestSinkS3(t *testing.T) { formattest.RunSinkS3(t, sink(func(*parquet.Sink) {})) }

func TestSettings(t *testing.T) {
	for _, c := range []struct {
		change func(*parquet.Sink)
		want   string
	}{
		{func(s *parquet.Sink) {}, ""},
		{func(s *parquet.Sink) { s.Level = "best" }, "level"},
		{func(s *parquet.Sink) { s.RowGroupBytes = 0 }, "row_group_bytes"},
		{func(s *parquet.Sink) { s.RowGroupBytes = 1 }, ""},
		{func(s *parquet.Sink) { s.PartBytes = 0 }, "part_bytes"},
		{func(s *parquet.Sink) { s.Dir = "" }, "dir"},
	} {
		_, err := sink(c.change).Open(t.Context(), t.TempDir(), stage.NewEnv())
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("want an error about %q, got %v", c.want, err)
		}
	}
}

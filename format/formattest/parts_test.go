package formattest_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format/arrow"
	"github.com/corpusmill/corpusmill/format/formattest"
	"github.com/corpusmill/corpusmill/format/jsonl"
	"github.com/corpusmill/corpusmill/format/parquet"
	"github.com/corpusmill/corpusmill/stage"
)

// envPython names the variable that holds a Python with pyarrow, duckdb and
// zstandard.
const envPython = "CORPUSMILL_TEST_PYTHON"

// open opens a sink of a literal.
func open[T any](t *testing.T, open func(context.Context, T, *stage.Env) (stage.Sink, error), set func(*T)) stage.Sink {
	var s T
	set(&s)
	sink, err := open(t.Context(), s, stage.NewEnv())
	if err != nil {
		t.Fatal(err)
	}
	return sink
}

// TestPartsReadByPyArrowAndDuckDB writes the same documents through every sink
// and has them compared by programs that share no code with this one.
func TestPartsReadByPyArrowAndDuckDB(t *testing.T) {
	python := os.Getenv(envPython)
	if python == "" {
		t.Skipf("%s names no Python with pyarrow, duckdb and zstandard", envPython)
	}
	// Columns of the input are read by type in e2e: the readers' words for times differ.
	documents := slices.DeleteFunc(formattest.Schema(), func(c corpus.Column) bool { return strings.HasPrefix(c.Name, "in.") })
	many := formattest.Documents()
	for i := range 3_000 {
		many = append(many, &corpus.Document{ID: fmt.Sprint("n", i), Text: strings.Repeat(fmt.Sprintln("line", i, "文"), 1+i%200), Signals: []float64{float64(i) / 7, float64(i)},
			URL: fmt.Sprintf("https://host%d.example/%d", i%400, i), Origin: corpus.Origin{Source: "s", Shard: strconv.Itoa(i / 100), Record: int64(i)}})
	}
	for _, c := range []struct {
		name   string
		docs   []*corpus.Document
		schema corpus.Schema
	}{
		{"documents", many, documents},
		{"rejects", formattest.Documents(), corpus.RejectSchema()}, // most columns are null
		{"none", nil, documents},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			var files []string
			for _, sink := range []stage.Sink{
				open(t, parquet.Open, func(s *parquet.Sink) { s.Dir, s.RowGroupBytes = dir, 1<<20 }),
				open(t, arrow.Open, func(s *arrow.Sink) { s.Dir, s.BatchBytes = dir, 1<<20 }),
				open(t, jsonl.Open, func(s *jsonl.Sink) { s.Dir = dir }),
			} {
				w, err := sink.Create(t.Context(), "part", c.schema)
				if err != nil {
					t.Fatal(err)
				}
				if err := w.Write(c.docs); err != nil {
					t.Fatal(err)
				}
				part, err := w.Commit(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				files = append(files, filepath.Join(dir, part.File))
			}
			script := filepath.Join("..", "..", "bench", "parity", "parts", "check.py")
			out, err := exec.CommandContext(t.Context(), python, append([]string{script}, files...)...).CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if got := strings.TrimSpace(string(out)); got != strconv.Itoa(len(c.docs)) {
				t.Errorf("compared %s rows, wrote %d", got, len(c.docs))
			}
		})
	}
}

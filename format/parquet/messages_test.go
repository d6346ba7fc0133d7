package parquet_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format/parquet"
	"github.com/corpusmill/corpusmill/stage"
)

// Conversations are lists that readers know, between other columns, and come back as JSON.
func TestMessages(t *testing.T) {
	dir := t.TempDir()
	sink, err := parquet.Open(t.Context(), parquet.Sink{Dir: dir}, stage.NewEnv())
	if err != nil {
		t.Fatal(err)
	}
	cells := []string{`[{"role":"user","content":"a \"b\""},{"role":"assistant","content":"c"}]`, `[]`, ``, `[{"role":"system","content":"s"},{"role":"user","content":""},{"role":"assistant","content":"é"}]`, `{"no":"list"}`}
	schema := corpus.Schema{
		{Name: "id", Value: func(d *corpus.Document) corpus.Value { return corpus.Str(d.ID) }},
		{Name: "messages", Type: corpus.JSON, Messages: true, Value: func(d *corpus.Document) corpus.Value { return corpus.StrOrNull(d.Text) }},
		{Name: "n", Type: corpus.Int, Value: func(d *corpus.Document) corpus.Value { return corpus.Int64(int64(len(d.ID))) }},
	}
	w, err := sink.Create(t.Context(), "a", schema)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range cells {
		if err := w.Write([]*corpus.Document{{ID: strings.Repeat("x", i+1), Text: c}}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{`[{"content":"a \"b\"","role":"user"},{"content":"c","role":"assistant"}]`, `[]`, ``, `[{"content":"s","role":"system"},{"content":"","role":"user"},{"content":"é","role":"assistant"}]`, ``}
	data, err := os.ReadFile(filepath.Join(dir, "a.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := parquet.NewReader(bytes.NewReader(data), int64(len(data)), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	for n := range cells {
		row, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		id, _ := row.Text(0)
		messages, err := row.AppendJSON(nil, 1)
		if want[n] == "" {
			want[n] = "null"
		}
		if err != nil || string(messages) != want[n] || id != strings.Repeat("x", n+1) {
			t.Errorf("row %d: %s, %s, %v", n, id, messages, err)
		}
	}
	python := os.Getenv(envPython)
	if python == "" || exec.Command(python, "-c", "import pyarrow").Run() != nil {
		t.Skip(envPython + " names no Python with pyarrow")
	}
	out, err := exec.Command(python, "-c", "import sys, pyarrow.parquet as p; t = p.read_table(sys.argv[1]); print(t.schema.field('messages').type, t['messages'].to_pylist())", filepath.Join(dir, "a.parquet")).CombinedOutput()
	if s := string(out); err != nil || !strings.Contains(s, "struct<content: string not null, role: string not null>") || !strings.Contains(s, `[[{'content': 'a "b"', 'role': 'user'}, {'content': 'c', 'role': 'assistant'}], [], None, [{`) {
		t.Errorf("pyarrow: %s, %v", s, err)
	}
}

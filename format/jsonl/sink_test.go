package jsonl_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"math"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format/formattest"
	"github.com/corpusmill/corpusmill/format/jsonl"
	"github.com/corpusmill/corpusmill/stage"
)

func sink() formattest.Sink {
	return formattest.Sink{
		Open: func(ctx context.Context, dir string, env *stage.Env) (stage.Sink, error) {
			return jsonl.Open(ctx, jsonl.Sink{Dir: dir}, env)
		},
		Read: read,
	}
}

func read(t testing.TB, part []byte) []formattest.Cells {
	z, err := zstd.NewReader(bytes.NewReader(part))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	types := map[string]corpus.Type{}
	for _, c := range append(formattest.Schema(), corpus.RejectSchema()...) {
		types[c.Name] = c.Type
	}
	var rows []formattest.Cells
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 100<<20)
	for lines.Scan() {
		fields := map[string]json.RawMessage{}
		if err := json.Unmarshal(lines.Bytes(), &fields); err != nil {
			t.Fatal(err)
		}
		cells := formattest.Cells{}
		for name, raw := range fields {
			var v corpus.Value
			var err error
			switch typ := types[name]; typ {
			case corpus.Int:
				err = json.Unmarshal(raw, &v.Int)
			case corpus.Float:
				err = json.Unmarshal(raw, &v.Float)
			case corpus.JSON:
				v.Str = string(raw)
			default:
				text := string(raw)
				if text[0] == '"' {
					err = json.Unmarshal(raw, &text)
				}
				v, _ = typ.Parse(text)
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			cells[name] = v
		}
		rows = append(rows, cells)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestSink(t *testing.T)   { formattest.RunSink(t, sink()) }
func TestSinkS3(t *testing.T) { formattest.RunSinkS3(t, sink()) }

// TestAppend writes what JSON has no form for.
func TestAppend(t *testing.T) {
	d := &corpus.Document{ID: "\xff\n", Signals: []float64{math.Inf(1), -0.5}}
	schema := corpus.PartSchema(nil, []corpus.Column{{Name: "a"}, {Name: "b"}})
	want := "{\"id\":\"\ufffd\\n\",\"source\":\"\",\"text\":\"\",\"tokens\":0,\"cluster_size\":1,\"b\":-0.5,\"src_shard\":\"\",\"src_record\":0,\"src_offset\":0}\n"
	if got := string(jsonl.Append(nil, d, schema)); got != want {
		t.Errorf("got %swant %s", got, want)
	}
}

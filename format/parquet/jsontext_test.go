package parquet_test

import (
	"bytes"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format/parquet"
)

// The sink writes JSON as strings, and they are read as the JSON that they were; a string
// that is no JSON is one as JSON, and a string that is wanted as a string stays as it is.
func TestStringsAsJSON(t *testing.T) {
	type row struct {
		S string `parquet:"s"`
	}
	for text, want := range map[string]string{
		`{"a":[1,"x"]}`: `{"a":[1,"x"]}`, "{\n\"a\": 1}": `{"a":1}`, `7`: `7`, `"q"`: `"q"`,
		`{bad`: `"{bad"`, `word`: `"word"`, ``: `""`,
	} {
		data := file(t, []row{{text}})
		r, err := parquet.NewReader(bytes.NewReader(data), int64(len(data)), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if err = r.Select(0); err != nil {
			t.Fatal(err)
		}
		row, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if v, ok, err := row.Cell(0, corpus.JSON); !ok || err != nil || v.Str != want {
			t.Errorf("%q as JSON: %q %v %v, want %q", text, v.Str, ok, err, want)
		}
		if v, ok, err := row.Cell(0, corpus.String); !ok || err != nil || v.Str != text {
			t.Errorf("%q as a string: %q %v %v", text, v.Str, ok, err)
		}
	}
}

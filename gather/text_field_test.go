package gather_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/gather"
	"github.com/corpusmill/corpusmill/stage"
)

// TestWrongTextField refuses input whose records all lack the field of the text, before
// they go to quarantine one by one; a file that is odd among others, or some records, do
// not fail a run.
func TestWrongTextField(t *testing.T) {
	lacking := strings.Repeat(`{"id":"a","body":"t","meta":{"x":1}}`+"\n", 999)
	for name, c := range map[string]struct {
		files []string
		field string
		want  string
	}{
		"there":                     {files: []string{`{"text":"a"}`}},
		"nowhere":                   {files: []string{lacking}, want: `jsonl/0.jsonl: no record has a field "text": set text_field; the first records have body, meta`},
		"misspelt":                  {files: []string{lacking}, field: "bdy", want: `no record has a field "bdy": set text_field; did you mean "body"?; the first records have body, meta`},
		"a path":                    {files: []string{lacking}, field: "meta.text", want: `no record has a field "meta.text": set text_field`},
		"in the thousandth record":  {files: []string{lacking + `{"text":"a"}`}},
		"beyond it":                 {files: []string{lacking + lacking + `{"text":"a"}`}, want: "no record has"},
		"one odd file of two":       {files: []string{lacking, `{"text":"a"}`}},
		"the other odd file of two": {files: []string{`{"text":"a"}`, lacking}},
		"two odd files":             {files: []string{lacking, lacking}, want: `jsonl/0.jsonl: no record has`},
		"no string":                 {files: []string{`{"text":1}`}},
		"no object":                 {files: []string{"5\n6\n"}},
		"empty":                     {files: []string{""}},
		"empty and lacking":         {files: []string{"", lacking}},
		"damaged":                   {files: []string{"\x1f\x8b\x08"}},
		"declared columns":          {files: []string{lacking}, field: "txt", want: "no record has"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for i, text := range c.files {
				if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)+".jsonl"), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			settings := gather.JSONL{Paths: []string{dir + "/*"}, TextField: c.field}
			if name == "declared columns" {
				settings.Columns = stage.Columns{List: []stage.InputColumn{}}
			}
			src, err := gather.OpenJSONL(t.Context(), settings, stage.NewEnv())
			if err != nil {
				t.Fatal(err)
			}
			_, err = src.(stage.ColumnSource).Columns(t.Context())
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			if errors.As(err, new(*stage.UnseenError)) {
				t.Errorf("%v: the input was seen", err)
			}
		})
	}
}

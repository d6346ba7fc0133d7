package gather_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/corpusmill/corpusmill/gather"
	"github.com/corpusmill/corpusmill/stage"
)

// rowsOf writes a Parquet file of n rows like one.
func rowsOf[T any](t *testing.T, row T, n int) string {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[T](&b)
	for range n {
		if _, err := w.Write([]T{row}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestWrongTextColumn refuses tables that have no text under the name of the text before
// anything is read of them, with the columns that are there. An empty file and a damaged
// one are no mistake in the settings.
func TestWrongTextColumn(t *testing.T) {
	type texts struct {
		Text string `parquet:"text"`
		Body string `parquet:"body"`
	}
	type nested struct {
		Content struct {
			Body string `parquet:"body"`
		} `parquet:"content"`
	}
	sound := rowsOf(t, texts{"a", "b"}, 1)
	other := rowsOf(t, struct {
		Body  string `parquet:"body"`
		Score int64  `parquet:"score"`
	}{"b", 1}, 1)
	number := rowsOf(t, struct {
		Text *float64 `parquet:"text,optional"`
		Body string   `parquet:"body"`
	}{nil, "b"}, 1)
	for name, c := range map[string]struct {
		files   []string
		column  string
		columns stage.Columns
		want    string
	}{
		"there": {files: []string{sound}},
		"bytes are a text": {files: []string{rowsOf(t, struct {
			Text []byte `parquet:"text"`
		}{[]byte("a")}, 1)}},
		"a path":                     {files: []string{rowsOf(t, nested{}, 1)}, column: "content.body"},
		"no such path":               {files: []string{rowsOf(t, nested{}, 1)}, column: "content.text", want: `no column "content.text"; the file has content: set text_column; did you mean "content"?`},
		"nowhere":                    {files: []string{other}, want: `parquet/0.parquet: no column "text"; the file has body, score: set text_column`},
		"misspelt":                   {files: []string{other}, column: "bdy", want: `no column "bdy"; the file has body, score: set text_column; did you mean "body"?`},
		"a number":                   {files: []string{other}, column: "score", want: `parquet/0.parquet: column "score" holds no text but INT(64,true): set text_column; the file has body, score`},
		"lacking in the second":      {files: []string{sound, other}, want: `parquet/1.parquet: no column "text"`},
		"a number without a value":   {files: []string{number}, want: `parquet/0.parquet: column "text" holds no text`},
		"a number in the second":     {files: []string{sound, number}, want: `parquet/1.parquet: column "text" holds no text`},
		"no columns":                 {files: []string{other}, columns: stage.Columns{Find: "none"}, want: `no column "text"`},
		"no columns, and there":      {files: []string{sound}, columns: stage.Columns{Find: "none"}},
		"declared columns":           {files: []string{other}, columns: stage.Columns{List: []stage.InputColumn{{Name: "score", Path: "score"}}}, want: `no column "text"`},
		"no rows":                    {files: []string{rowsOf(t, struct{ X string }{}, 0)}},
		"damaged":                    {files: []string{"PAR1"}},
		"no columns, damaged":        {files: []string{"PAR1"}, columns: stage.Columns{Find: "none"}},
		"no rows, and another lacks": {files: []string{rowsOf(t, texts{}, 0), other}, want: `parquet/1.parquet: no column "text"`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for i, text := range c.files {
				if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)+".parquet"), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			settings := gather.Parquet{Paths: []string{dir + "/*"}, TextColumn: c.column, Columns: c.columns}
			wrongText(t, func(ctx context.Context) (stage.Source, error) {
				return gather.OpenParquet(ctx, settings, stage.NewEnv())
			}, c.want)
		})
	}
}

// wrongText asks a source for its columns.
func wrongText(t *testing.T, open func(context.Context) (stage.Source, error), want string) {
	t.Helper()
	src, err := open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = src.(stage.ColumnSource).Columns(t.Context())
	if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
		t.Errorf("error %v, want %q", err, want)
	}
	if errors.As(err, new(*stage.UnseenError)) {
		t.Errorf("%v: the input was seen", err)
	}
}

// TestAbsentColumns warns of an identifier or address that no file has under the name that the
// settings give, once; the defaults may be absent.
func TestAbsentColumns(t *testing.T) {
	type row struct {
		Text string `parquet:"text"`
		Link string `parquet:"link"`
	}
	dir := t.TempDir()
	other := rowsOf(t, struct {
		Text string `parquet:"text"`
		Page string `parquet:"page"`
	}{"a", "b"}, 1)
	for i, text := range []string{rowsOf(t, row{"a", "b"}, 1), other, rowsOf(t, struct{ X string }{}, 0)} {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)+".parquet"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for column, want := range map[string]string{"": "", "link": "", "page": "", "lnk": `setting="url_column: \"lnk\"" columns="text, link"`} {
		var log bytes.Buffer
		env := stage.NewEnv()
		env.Log = slog.New(slog.NewTextHandler(&log, nil))
		src, err := gather.OpenParquet(t.Context(), gather.Parquet{Paths: []string{dir + "/*"}, URLColumn: column}, env)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := src.(stage.ColumnSource).Columns(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		said := strings.Count(log.String(), "no file that was looked at")
		if (said == 1) != (want != "") || said > 1 || !strings.Contains(log.String(), want) {
			t.Errorf("%q: %d warnings, want %q in %s", column, said, want, log.String())
		}
	}
}

// TestTypesOfOddColumns: bytes stay bytes, and decimals keep their digits as texts.
func TestTypesOfOddColumns(t *testing.T) {
	type row struct {
		Text  string   `parquet:"text"`
		Blob  []byte   `parquet:"blob"`
		Fixed [4]byte  `parquet:"fixed"`
		Price int64    `parquet:"price,decimal(2:10)"`
		UUID  [16]byte `parquet:"uid,uuid"`
		Tags  []string `parquet:"tags,list"`
	}
	path := filepath.Join(t.TempDir(), "a.parquet")
	if err := os.WriteFile(path, []byte(rowsOf(t, row{Text: "a", Blob: []byte{0xff, 0}, Price: -325}, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := gather.OpenParquet(t.Context(), gather.Parquet{Paths: []string{path}}, stage.NewEnv())
	if err != nil {
		t.Fatal(err)
	}
	list, err := src.(stage.ColumnSource).Columns(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range list {
		got = append(got, c.Name+" "+c.Type.Name())
	}
	if want := "blob bytes, fixed bytes, price string, uid string, tags json"; strings.Join(got, ", ") != want {
		t.Errorf("%q, want %s", got, want)
	}
	for d, err := range stage.Documents(t.Context(), src) {
		if err != nil {
			t.Fatal(err)
		}
		if d.Cells[0].Str != "\xff\x00" || d.Cells[2].Str != "-3.25" || len(d.Extra) > 0 {
			t.Errorf("cells %v, extra %s", d.Cells, d.Extra)
		}
	}
}

package gather_test

import (
	"fmt"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format/formattest"
	"github.com/corpusmill/corpusmill/gather"
	"github.com/corpusmill/corpusmill/stage"
)

// What folders say is a column or carried as extra; of another type than its column it is
// counted. A file's own value goes before its folder's.
func TestFolders(t *testing.T) {
	type row struct {
		Text string `parquet:"text"`
		Lang string `parquet:"lang,optional"`
	}
	day := stage.Columns{List: []stage.InputColumn{{Name: "day", Path: "day", Type: corpus.Date}}}
	for _, c := range []struct {
		name, file string
		columns    stage.Columns
		carry      string
		want       string
	}{
		{"a name of ours", "lang=en/n=7/f", stage.Columns{Find: "auto"}, "extra", `{"lang":"en"} 7 map[]`},
		{"none", "lang=en/n=7/s=a%2Fb\"/f", stage.Columns{Find: "none"}, "extra", `{"lang":"en","n":7,"s":"a/b\""} map[]`},
		{"dropped", "lang=en/n=7/f", stage.Columns{Find: "none"}, "drop", ` map[]`},
		{"null", "lang=__HIVE_DEFAULT_PARTITION__/f", stage.Columns{Find: "none"}, "extra", ` map[]`},
		{"of the type", "day=2026-01-02/f", day, "extra", ` 2026-01-02 map[]`},
		{"of another type", "day=today/f", day, "extra", `{"day":"today"}  map[column day: not of type date:1]`},
		{"nowhere", "lang=en/f", day, "drop", `  map[column day: no day in the file:1]`},
		{"of another type, dropped", "day=today/f", day, "drop", `  map[column day: not of type date:1]`},
	} {
		for format, data := range map[string][]byte{"jsonl": []byte(`{"text":"t"}`), "parquet": tableFile(t, []struct {
			Text string `parquet:"text"`
		}{{"t"}})} {
			if got := folders(t, format, c.file, data, c.columns, c.carry); got != c.want {
				t.Errorf("%s, %s: %s, want %s", c.name, format, got, c.want)
			}
		}
	}
	for format, data := range map[string][]byte{"jsonl": []byte(`{"text":"t","lang":"de"}`), "parquet": tableFile(t, []row{{"t", "de"}})} {
		if got := folders(t, format, "lang=en/f", data, stage.Columns{Find: "none"}, "extra"); got != `{"lang":"de"} map[]` {
			t.Errorf("%s: %s", format, got)
		}
	}
	if got := folders(t, "jsonl", "lang=en/f", []byte(`{"text":"t","x":{"lang":"de"}}`), stage.Columns{Find: "none"}, "extra"); got != `{"lang":"en","x":{"lang":"de"}} map[]` {
		t.Error(got)
	}
	if got := folders(t, "jsonl", "day=today/f", []byte(`{"text":"t","day":"2026-01-02"}`), day, "extra"); got != ` 2026-01-02 map[]` {
		t.Error(got)
	}
	if got := folders(t, "jsonl", "day=2026-01-02/f", []byte(`{"text":"t","day":"soon"}`), day, "extra"); got != `{"day":"soon"}  map[column day: not of type date:1]` {
		t.Error(got)
	}
}

// folders reads a file of one record and shows its extra, cells and notes.
func folders(t *testing.T, format, file string, data []byte, columns stage.Columns, carry string) string {
	t.Helper()
	open := opener(gather.OpenParquet, func(p *gather.Parquet, paths []string) { p.Paths, p.Columns = paths, columns })
	if format == "jsonl" {
		open = opener(gather.OpenJSONL, func(j *gather.JSONL, paths []string) { j.Paths, j.Columns = paths, columns })
	}
	e := env()
	e.Carry = carry
	feeds, err := formattest.Source{Open: open}.Read(t, e, map[string][]byte{file: data})
	if err != nil || len(feeds[0].Documents) != 1 {
		t.Fatal(feeds, err)
	}
	d := feeds[0].Documents[0]
	s := string(d.Extra)
	for _, v := range d.Cells {
		typ := corpus.Int
		if len(columns.List) > 0 {
			typ = columns.List[0].Type
		}
		s += " " + typ.Text(v)
	}
	return s + " " + fmt.Sprint(feeds[0].Noted)
}

// Cells of JSON are sound and on one line, whatever the input calls JSON; extra is an object.
func TestSoundJSON(t *testing.T) {
	type row struct {
		Text  string `parquet:"text"`
		J     string `parquet:"j,json"`
		Extra string `parquet:"extra,json"`
		N     int64  `parquet:"n"`
	}
	columns := stage.Columns{List: []stage.InputColumn{{Name: "j", Path: "j", Type: corpus.JSON}, {Name: "extra", Path: "extra", Type: corpus.JSON}}}
	for value, want := range map[string]string{
		`{"a":1}`:                 `{"a":1,"n":1} {"a":1} map[]`,
		"{\n \"a\": [1,\r\n2]}\n": `{"a":[1,2],"n":1} {"a":[1,2]} map[]`,
		`{ }`:                     `{"n":1} { } map[]`,
		"{\n}":                    `{"n":1} {} map[]`,
		`[1]`:                     `{"extra":[1],"n":1} [1] map[column extra: not of type json:1]`,
		`"x"`:                     `{"extra":"x","n":1} "x" map[column extra: not of type json:1]`,
		`7`:                       `{"extra":7,"n":1} 7 map[column extra: not of type json:1]`,
	} {
		for format, data := range map[string][]byte{"jsonl": fmt.Appendf(nil, `[{"text":"t","n":1,"j":%s,"extra":%s}]`, value, value), "parquet": tableFile(t, []row{{"t", value, value, 1}})} {
			if got := folders(t, format, "f", data, columns, "extra"); got != want {
				t.Errorf("%s, %s: %s, want %s", value, format, got, want)
			}
		}
	}
	for _, value := range []string{"", "{bad", "1 2", "nul"} {
		want := fmt.Sprintf(`{"extra":%q,"j":%q,"n":1}  map[column extra: not of type json:1 column j: not of type json:1]`, value, value)
		if got := folders(t, "parquet", "f", tableFile(t, []row{{"t", value, value, 1}}), columns, "extra"); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
	if got := folders(t, "jsonl", "f", []byte("[{\n\"text\": \"t\",\n\"k\": [\n1,\n2]\n}]"), stage.Columns{Find: "none"}, "extra"); got != `{"k":[1,2]} map[]` {
		t.Error(got)
	}
	if got := folders(t, "jsonl", "j=abc/f", []byte(`{"text":"t"}`), stage.Columns{List: columns.List[:1]}, "extra"); got != `{"j":"abc"}  map[column j: not of type json:1]` {
		t.Error(got)
	}
	if got := folders(t, "jsonl", "k=%FF/f", []byte(`{"text":"t"}`), stage.Columns{Find: "none"}, "extra"); got != `{"k":"%FF"} map[]` {
		t.Error(got)
	}
}

// A column of parts that got a name of the documents' by rename is none of theirs.
func TestRenamedColumn(t *testing.T) {
	for value, want := range map[string]string{`"en"`: "en ", `0.5`: ` {"lang":0.5}`} {
		data := fmt.Appendf(nil, `{"text":"t","source":"s","src_shard":"x","src_record":1,"src_offset":2,"lang":%s}`, value)
		open := opener(gather.OpenJSONL, func(j *gather.JSONL, paths []string) { j.Paths, j.Columns = paths, stage.Columns{Find: "parts"} })
		feeds, err := formattest.Source{Open: open}.Read(t, env(), map[string][]byte{"f": data})
		if err != nil || len(feeds[0].Documents) != 1 {
			t.Fatal(feeds, err)
		}
		if d := feeds[0].Documents[0]; d.Lang+" "+string(d.Extra) != want || d.Origin.Record != 1 || len(feeds[0].Noted) > 0 {
			t.Errorf("%s: %s %s, record %d, %v", value, d.Lang, d.Extra, d.Origin.Record, feeds[0].Noted)
		}
	}
}

package e2e_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// typedInput writes records with fields of every type, some of them odd.
func typedInput(t *testing.T, dir string) string {
	t.Helper()
	var lines strings.Builder
	for i := range 40 {
		views, lang := fmt.Sprint(int64(1)<<62+int64(i)), "en"
		switch {
		case i == 3:
			views = `"many"`
		case i == 4:
			views = "null"
		case i%2 == 1:
			lang = "zh"
		}
		fmt.Fprintf(&lines, `{"id":"d%d","content":{"body":"text of document number %d","n":%d},"lang":"%s","language":"%s","stats":{"views":%s,"score":%d},"ok":%v,"day":"2026-01-%02d","note":"n%d"}`+"\n",
			i, i/4, i, lang, lang, views, i, i%3 == 0, 1+i/2%5, i)
	}
	return writeFile(t, filepath.Join(dir, "a.jsonl"), []byte(lines.String()))
}

const typedPipeline = `name: typed
source:
  jsonl:
    paths: [IN/*.jsonl]
    text_field: content.body
    columns: { lang: string, views: { path: stats.views, type: int }, score: { path: stats.score, type: float }, ok: bool, day: date, language: string }
stages:
- switch:
    by: ok
    cases:
      true: [ { gopher_quality: { annotate: true, where: "score >= 20 and lang = 'en'" } } ]
- exact_dedup: { within: [day, language], keep: { max: score } }
- token_count: { tokenizer: gpt2, where: "not views = null" }
sink:
- { name: table, parquet: {} }
- { name: lines, jsonl: {} }
- { name: folders, partition_by: [language, day], where: "day < '2026-01-05'", parquet: {} }
`

// Columns of the input keep their types: rules, cases, survivors, conditions and folders go
// by them, and what is of another type is null, counted and carried along.
func TestTypedColumns(t *testing.T) {
	in := t.TempDir()
	typedInput(t, in)
	_, dir, err := inProcess(t, strings.ReplaceAll(typedPipeline, "IN", in))
	if err != nil {
		t.Fatal(err)
	}
	docs := readParts(t, dir+"/parts/lines")
	if kept := slices.Sorted(maps.Keys(docs)); len(kept) != 39 || docs["d2"] != nil { // of d2 and d3, of a day and language, the higher score
		t.Errorf("kept %v", kept)
	}
	for id, want := range map[string]string{
		"d0":  `{"cluster_size":1,"day":"2026-01-01","extra":{"content":{"n":0},"note":"n0"},"lang":"en","lang_score":0,"language":"en","ok":true,"score":0,"tokens":5,"views":4611686018427387904}`,
		"d3":  `{"cluster_id":"d3","cluster_size":2,"day":"2026-01-02","extra":{"content":{"n":3},"note":"n3","stats":{"views":"many"}},"lang":"en","lang_score":0,"language":"en","ok":true,"score":3}`,
		"d4":  `{"cluster_size":1,"day":"2026-01-03","extra":{"content":{"n":4},"note":"n4"},"lang":"en","lang_score":0,"language":"en","ok":false,"score":4}`,
		"d25": `{"cluster_size":1,"day":"2026-01-03","extra":{"content":{"n":25},"note":"n25"},"lang":"zh","lang_score":0,"language":"zh","ok":false,"score":25,"tokens":5,"views":4611686018427387929}`,
	} {
		d := docs[id]
		got := map[string]any{}
		for name, v := range d {
			if !strings.HasPrefix(name, "sig_") && !strings.HasPrefix(name, "src_") && !slices.Contains([]string{"id", "source", "text"}, name) {
				got[name] = v
			}
		}
		b, _ := json.Marshal(got)
		var x, y any
		if json.Unmarshal(b, &x) != nil || json.Unmarshal([]byte(want), &y) != nil || !reflect.DeepEqual(x, y) {
			t.Errorf("%s: %s\nwant %s", id, b, want)
		}
	}
	measured := 0
	for id, d := range docs {
		if _, ok := d["sig_gopher_quality_words"]; ok {
			measured++
			if d["ok"] != true || d["lang"] != "en" || d["score"].(float64) < 20 {
				t.Errorf("%s was measured: %v", id, d)
			}
		}
	}
	if measured != 3 { // 24, 30 and 36
		t.Errorf("%d documents were measured", measured)
	}
	stats, err := os.ReadFile(dir + "/stats.json")
	if err != nil || !strings.Contains(string(stats), `"column views: not of type int": 1`) {
		t.Errorf("the odd value is not counted: %v", err)
	}
	folders, _ := filepath.Glob(dir + "/parts/folders/language=*/day=2026-01-0[1-4]/*.parquet")
	if len(folders) != 8 {
		t.Errorf("folders %v", folders)
	}
}

// A run over parts with no stages gives equal rows, from any format, folders or none.
func TestOwnPartsComeBack(t *testing.T) {
	in := t.TempDir()
	typedInput(t, in)
	_, dir, err := inProcess(t, strings.ReplaceAll(typedPipeline, "IN", in))
	if err != nil {
		t.Fatal(err)
	}
	want := readParts(t, dir+"/parts/lines")
	for source, rows := range map[string]int{"parquet: { paths: [DIR/table/*.parquet] }": 39, "jsonl: { paths: [DIR/lines/*.zst] }": 39, "parquet: { paths: [DIR/folders/**] }": 31} {
		s, again, err := inProcess(t, strings.ReplaceAll("source: { "+source+" }\nstages: []\nsink: { jsonl: {} }\n", "DIR", dir+"/parts"))
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		got := readParts(t, again+"/parts")
		if len(got) != rows || s.Tokens == 0 {
			t.Errorf("%s: %d rows, want %d; %d tokens", source, len(got), rows, s.Tokens)
		}
		for id, d := range got {
			if !reflect.DeepEqual(d, want[id]) {
				t.Errorf("%s: %s:\n got %v\nwant %v", source, id, d, want[id])
			}
		}
		if out := string(output(t, program(t, "verify", again))); !strings.Contains(out, "every document accounted for") {
			t.Error(out)
		}
	}
}

// Parquet parts that were copied without their manifest keep extra too.
func TestOwnPartsWithoutManifest(t *testing.T) {
	in := writeFile(t, filepath.Join(t.TempDir(), "a.jsonl"), []byte(`{"id":"d","text":"t","topic":"a","n":[1]}`+"\n"))
	_, dir, err := inProcess(t, "source: { jsonl: { paths: ["+in+"] } }\nstages: []\nsink: { parquet: {} }\n")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(dir + "/parts/_corpusmill.json"); err != nil {
		t.Fatal(err)
	}
	_, again, err := inProcess(t, "source: { parquet: { paths: ["+dir+"/parts/*.parquet] } }\nstages: []\nsink: { jsonl: {} }\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(readParts(t, again+"/parts")["d"]["extra"]); got != "map[n:[1] topic:a]" {
		t.Error(got)
	}
}

// Survivors are told apart by whole numbers to 64 bits, where floats are equal.
func TestSurvivorsOf64Bits(t *testing.T) {
	for _, c := range []struct{ typ, less, more string }{
		{"int", "9007199254740992", "9007199254740993"}, {"int", "-9223372036854775808", "-9223372036854775807"},
		{"uint", "18446744073709551614", "18446744073709551615"}, {"timestamp_ns", `"2026-01-02T00:00:00.000000001Z"`, `"2026-01-02T00:00:00.000000002Z"`},
	} {
		for _, stage := range []string{"exact_dedup", "line_dedup"} {
			for keep, want := range map[string]string{"max": "more", "min": "less"} {
				for _, order := range [][2]string{{"less", "more"}, {"more", "less"}} {
					value := map[string]string{"less": c.less, "more": c.more}
					var lines string
					for _, name := range order {
						lines += fmt.Sprintf(`{"id":"%s","url":"https://a.example/%s","text":"a line that two documents have","v":%s}`+"\n", name, name, value[name])
					}
					in := writeFile(t, filepath.Join(t.TempDir(), "a.jsonl"), []byte(lines))
					_, dir, err := inProcess(t, "source: { jsonl: { paths: ["+in+"], columns: { v: "+c.typ+" } } }\nstages: [ { "+stage+": { keep: { "+keep+": v } } } ]\nsink: { jsonl: {} }\n")
					if err != nil {
						t.Fatal(err)
					}
					if docs := readParts(t, dir+"/parts"); len(docs) != 1 || docs[want] == nil {
						t.Errorf("%s by %s of %s and %s: kept %v", stage, keep, c.less, c.more, docs)
					}
				}
			}
		}
	}
}

// The types of parts come back from formats and folders that have none, whatever the first
// lines hold: a run says in the manifest of its folder what it wrote.
func TestOwnPartsKeepTypes(t *testing.T) {
	var lines strings.Builder
	for i := range 1_050 { // more than are looked at
		late, score := "null", "-0"
		if i >= 1_040 {
			late, score = "1.5", "0.5"
		}
		fmt.Fprintf(&lines, `{"id":"d%d","text":"t","score":%s,"late":%s,"bin":"AP8=","at":"2026-01-02T03:04:05.000006Z","big":%d,"code":"00%d","day":"2026-01-0%d","ok":%v}`+"\n",
			i, score, late, uint64(math.MaxUint64)-uint64(i%2), i%3, 1+i%3, i%2 == 0)
	}
	in := writeFile(t, filepath.Join(t.TempDir(), "a.jsonl"), []byte(lines.String()))
	columns := "score: float, late: float, bin: bytes, at: timestamp, big: uint, code: string, day: date, ok: bool"
	pipeline := "source: { SOURCE }\nstages: []\nsink:\n- { name: lines, jsonl: {} }\n- { name: folders, partition_by: [big, code, day, ok], parquet: {} }\n"
	_, dir, err := inProcess(t, strings.ReplaceAll(pipeline, "SOURCE", "jsonl: { paths: ["+in+"], columns: { "+columns+" } }"))
	if err != nil {
		t.Fatal(err)
	}
	want := readParts(t, dir+"/parts/lines")
	for _, source := range []string{"jsonl: { paths: [DIR/lines/*.zst] }", "jsonl: { paths: [DIR/lines/*.zst], columns: { \"*\": auto } }", "parquet: { paths: [DIR/folders/**] }"} {
		_, again, err := inProcess(t, strings.ReplaceAll(pipeline, "SOURCE", strings.ReplaceAll(source, "DIR", dir+"/parts")))
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if got := readParts(t, again+"/parts/lines"); len(got) != 1_050 || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %d documents, d0 %v, d1045 %v\nwant %v, %v", source, len(got), got["d0"], got["d1045"], want["d0"], want["d1045"])
		}
		b, err := os.ReadFile(again + "/plan.yaml")
		for column := range strings.SplitSeq(columns, ", ") {
			if name, typ, _ := strings.Cut(column, ": "); !strings.Contains(string(b), strings.Replace(column, "timestamp", "timestamp_us", 1)) {
				t.Errorf("%s: column %s is no %s: %v\n%s", source, name, typ, err, b)
			}
		}
	}
}

// What is wrong with columns of the input is told before the run, with its place and what
// helps.
func TestColumnsOfTheInputAreRefused(t *testing.T) {
	in := t.TempDir()
	for name, lines := range map[string]string{
		"a/1.jsonl": `{"text":"x","n":1,"s":"a","f":1}`, "a/2.jsonl": `{"text":"x","n":2,"s":"b","f":0.5}`, "b/1.jsonl": `{"text":"x","n":"one"}`,
	} {
		writeFile(t, filepath.Join(in, name), []byte(lines+"\n"))
	}
	auto := func(dirs, more string) string {
		return "source: { jsonl: { paths: [" + dirs + "], columns: { \"*\": auto" + more + " } } }\n"
	}
	for _, c := range []struct{ source, stages, sink, want string }{
		{auto("IN/a/*", ""), "[{ exact_dedup: { keep: { max: f }, within: [s] } }]", "{ where: \"n > 1 and f < 1\", partition_by: [n, s], jsonl: {} }", ""},
		{auto("IN/**", ""), "[]", "{ jsonl: {} }", "files are at odds over the types of columns: declare one, such as columns: { n: string, \"*\": auto }:\n  n                    int          jsonl/a/1.jsonl\n  n                    string       jsonl/b/1.jsonl"},
		{auto("IN/**", ", n: string"), "[]", "{ where: \"n = '1'\", jsonl: {} }", ""},
		{auto("IN/a/*", ""), "[{ exact_dedup: { keep: { max: s } } }]", "{ jsonl: {} }", `keep: no numeric column "s" before exact_dedup; known: text_bytes, lang_score, tokens, fetched_at, n, f`},
		{auto("IN/a/*", ""), "[]", "{ where: \"n = 'x'\", jsonl: {} }", "column n is a number, 'x' is none"},
		{auto("IN/a/*", ""), "[{ switch: { by: n, cases: { x: [] } } }]", "{ jsonl: {} }", `case "x": the column n holds numbers`},
		{auto("IN/a/*", ""), "[{ gopher_quality: { where: \"m = 1\" } }]", "{ jsonl: {} }", `there is no column "m"`},
		{auto("IN/a/*", ""), "[{ gopher_quality: { where: \"lang = 'en'\" } }]", "{ jsonl: {} }", "gopher_quality goes by the column lang, which nothing before it sets: put language before it"},
		{auto("IN/a/*", ", lang: string"), "[{ gopher_quality: { where: \"lang = 'en'\" } }]", "{ jsonl: {} }", ""},
		{auto("IN/a/*", ""), "[{ gopher_quality: { where: \"source = 'jsonk'\" } }]", "{ jsonl: {} }", `gopher_quality: where: no source is called "jsonk"; did you mean "jsonl"?`},
		{auto("IN/a/*", ", sig_gopher_quality_words: { path: n, type: int }"), "[{ gopher_quality: { annotate: true } }]", "{ jsonl: {} }",
			"gopher_quality stores the column sig_gopher_quality_words, which the input has already: give the stage another name (as)"},
		{auto("IN/a/*", ", sig_gopher_quality_words: { path: n, type: int }"), "[{ gopher_quality: { annotate: true, as: again } }]", "{ jsonl: {} }", ""},
		{auto("IN/a/*", ", sig_gopher_quality_words: { path: n, type: int }"), "[gopher_quality]", "{ jsonl: {} }", ""},
		{auto("IN/a/*", ""), "[{ exact_dedup: { where: \"n = 1\" } }]", "{ jsonl: {} }", "exact_dedup works across documents: when, where and annotate do not apply to it"},
		{auto("IN/a/*", ", media: string"), "[]", "{ jsonl: {} }", "documents have a column media of their own"},
		{auto("IN/a/*", ", tokens: string"), "[]", "{ jsonl: {} }", "columns: tokens: documents have a column of that name, of type int"},
		{auto("IN/a/*", ", \"\": int"), "[]", "{ jsonl: {} }", "columns: a column has a name"},
		{auto("IN/a/*", ", x: varchar"), "[]", "{ jsonl: {} }", `columns: x: no type is called "varchar"; known: string, int, float`},
		{auto("IN/a/*", ", x: flaot"), "[]", "{ jsonl: {} }", `columns: x: no type is called "flaot"; did you mean "float"?`},
		{auto("IN/a/*", ", x: { path: n }"), "[]", "{ jsonl: {} }", "columns: x: want a type, of string, int, float"},
		{auto("IN/c/*", ""), "[]", "{ where: \"n = 1\", jsonl: {} }", "not known are the columns of the input (source jsonl: "},
		{"source: [ { name: a, jsonl: { paths: [IN/a/*], columns: { n: int } } }, { name: b, jsonl: { paths: [IN/b/*], columns: { n: string } } } ]\n", "[]", "{ jsonl: {} }",
			"source b: column n is of type string, in another source of type int"},
	} {
		yaml := strings.ReplaceAll(c.source, "IN", in) + "stages: " + c.stages + "\nsink: " + c.sink + "\n"
		code, stderr := exit(t, program(t, "check", writeFile(t, filepath.Join(t.TempDir(), "p.yaml"), []byte(yaml))))
		if (code == 0) != (c.want == "") || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: %s\nwant %s", yaml, stderr, c.want)
		}
	}
}

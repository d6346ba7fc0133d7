package e2e_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format/arrow"
	"github.com/corpusmill/corpusmill/format/parquet"
	parts "github.com/corpusmill/corpusmill/output"
	"github.com/corpusmill/corpusmill/store"
)

// exportInput has languages, duplicates, undeclared fields and columns of every type, null
// here and there, in whose values formats differ.
func exportInput(t *testing.T, dir string) {
	t.Helper()
	var lines strings.Builder
	texts := map[string]string{"en": "The quick brown fox jumps over the lazy dog and then it goes home again, number", "de": "Der schnelle braune Fuchs springt \u00fcber den faulen Hund und geht dann wieder nach Hause, Nummer"}
	for i := range 60 {
		lang := "en"
		if i%3 == 0 {
			lang = "de"
		}
		fmt.Fprintf(&lines, `{"id":"d%d","text":"%s %d","topic":"t/%d=,{","note":[%d,null]`, i, texts[lang], i/2, i%3, i)
		if i%5 != 0 {
			fmt.Fprintf(&lines, `,"url":"http://host%d.example/%d","ok":%v,"big":%d,"huge":%d,"score":%g,"day":"%04d-02-03","at":"2024-02-29T12:00:00.%03dZ","local":"2024-02-29T12:00:00.%06d","blob":"/wA%d","tree":{"a" : [%d, "\u00e9\\n"]},"year":%d`,
				i%4, i, i%2 == 0, int64(math.MaxInt64)-int64(i), uint64(math.MaxUint64)-uint64(i), float64(i)/3, 1900+i, i, i, i%10, i, 2000+i%2)
		}
		lines.WriteString("}\n")
	}
	writeFile(t, filepath.Join(dir, "a.jsonl"), []byte(lines.String()))
}

const exportPipeline = `name: typed
source:
  name: web
  jsonl:
    paths: [IN/*.jsonl]
    columns: { ok: bool, big: int, huge: uint, score: float, day: date, at: timestamp_ms, local: local_timestamp_us, blob: bytes, tree: json, topic: string, year: int }
stages:
- language: {}
- gopher_quality: { annotate: true, where: "lang = 'en'" }
- exact_dedup: {}
- token_count: { tokenizer: gpt2 }
sink:
- { name: parquet, parquet: { part_bytes: 2KiB } }
- { name: jsonl, jsonl: { part_bytes: 2KiB } }
- { name: arrow, arrow: { part_bytes: 2KiB } }
- { name: folders, partition_by: [lang, topic, year, host], parquet: {} }
- { name: arrows, partition_by: [topic, day], rename: { topic: subject }, arrow: {} }
- name: others
  partition_by: [lang]
  rename: { id: key, text: content, url: text, big: id, lang: language, extra: rest, score: lang }
  drop: [src_offset, tokens, sig_gopher_quality_words, at, lang_score]
  jsonl: {}
`

// cellsOf are the rows of the parts in a folder, by their ID: each column with its value as
// text, those of null left out.
func cellsOf(t *testing.T, dir string) map[string]map[string]string {
	t.Helper()
	m, err := parts.Read(t.Context(), store.Local(dir), "")
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]corpus.Type{}
	for _, c := range m.Columns {
		if types[c.Name], err = corpus.ParseType(c.Type); err != nil {
			t.Fatal(err)
		}
	}
	rows := map[string]map[string]string{}
	add := func(cells map[string]string, file string) {
		maps.Copy(cells, parts.HiveValues(file))
		rows[cells["id"]] = cells
	}
	for _, p := range m.Parts {
		name := filepath.Join(dir, p.File)
		switch {
		case strings.HasSuffix(name, ".parquet"):
			eachParquet(t, name, types, func(c map[string]string) { add(c, p.File) })
		case strings.HasSuffix(name, ".arrow"):
			eachArrow(t, name, types, func(c map[string]string) { add(c, p.File) })
		default:
			eachLine(t, name, types, func(c map[string]string) { add(c, p.File) })
		}
	}
	if int64(len(rows)) != m.Documents {
		t.Errorf("%s: %d rows by ID of %d", dir, len(rows), m.Documents)
	}
	return rows
}

// same reports rows that differ in any cell.
func sameCells(t *testing.T, name string, got, want map[string]map[string]string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d rows, want %d", name, len(got), len(want))
	}
	wrong := 0
	for _, id := range slices.Sorted(maps.Keys(want)) {
		for _, c := range slices.Sorted(maps.Keys(joinedKeys(got[id], want[id]))) {
			g, gok := got[id][c]
			w, wok := want[id][c]
			if (g != w || gok != wok) && wrong < 10 {
				wrong++
				t.Errorf("%s: %s: %s is %q (%v), want %q (%v)", name, id, c, g, gok, w, wok)
			}
		}
	}
}

func joinedKeys(a, b map[string]string) map[string]string {
	c := maps.Clone(a)
	if c == nil {
		c = map[string]string{}
	}
	maps.Copy(c, b)
	return c
}

func eachLine(t *testing.T, name string, types map[string]corpus.Type, do func(map[string]string)) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	r, err := decompress(f)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // read only
	for dec := json.NewDecoder(r); dec.More(); {
		var d map[string]json.RawMessage
		if err := dec.Decode(&d); err != nil {
			t.Fatal(err)
		}
		cells := map[string]string{}
		for c, raw := range d {
			typ, ok := types[c]
			if !ok {
				t.Fatalf("%s: the manifest has no column %s", name, c)
			}
			text := string(raw)
			if raw[0] == '"' && typ != corpus.JSON {
				if err := json.Unmarshal(raw, &text); err != nil {
					t.Fatal(err)
				}
			}
			v, ok := typ.Parse(text)
			if !ok {
				t.Fatalf("%s: %s: %s is no %s", name, c, text, typ.Name())
			}
			cells[c] = typ.Text(v)
		}
		do(cells)
	}
}

func eachParquet(t *testing.T, name string, types map[string]corpus.Type, do func(map[string]string)) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // read only
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	r, err := parquet.NewReader(f, info.Size(), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		cells := map[string]string{}
		for i, c := range r.Names() {
			if typ, _ := r.CellType(i); typ != types[c] && (types[c] != corpus.JSON || typ != corpus.String) {
				t.Fatalf("%s: %s is of type %s, the manifest says %s", name, c, typ.Name(), types[c].Name())
			}
			if v, ok, err := row.Cell(i, types[c]); !ok || err != nil {
				t.Fatal(name, c, err)
			} else if !v.Null {
				cells[c] = types[c].Text(v)
			}
		}
		do(cells)
	}
}

func eachArrow(t *testing.T, name string, types map[string]corpus.Type, do func(map[string]string)) {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	r, err := arrow.NewReader(arrow.Input{Size: info.Size(), Open: func(offset int64) (io.ReadCloser, error) {
		f, err := os.Open(name)
		if err == nil {
			_, err = f.Seek(offset, io.SeekStart)
		}
		return f, err
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // read only
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		cells := map[string]string{}
		for i, c := range r.Names() {
			if typ, _ := r.CellType(i); typ != types[c] {
				t.Fatalf("%s: %s is of type %s, the manifest says %s", name, c, typ.Name(), types[c].Name())
			}
			if v, ok, err := row.Cell(i, types[c]); !ok || err != nil {
				t.Fatal(name, c, err)
			} else if !v.Null {
				cells[c] = types[c].Text(v)
			}
		}
		do(cells)
	}
}

// Parts of every format, in folders or not, with other names or not, are exported to every
// format with all that they have: the rows are equal in every cell.
func TestExportRoundTrip(t *testing.T) {
	in := t.TempDir()
	exportInput(t, in)
	s, dir, err := inProcess(t, strings.ReplaceAll(exportPipeline, "IN", in))
	if err != nil {
		t.Fatal(err)
	}
	want := cellsOf(t, dir+"/parts/parquet")
	if len(want) < 20 || int64(len(want)) != s.Documents || s.Tokens == 0 {
		t.Fatalf("%d rows, %d documents, %d tokens", len(want), s.Documents, s.Tokens)
	}
	kinds := map[string]bool{}
	for _, cells := range want {
		for c := range cells {
			kinds[c] = true
		}
	}
	for _, c := range []string{"id", "url", "host", "source", "lang", "lang_score", "tokens", "cluster_id", "ok", "big", "huge", "score", "day", "at", "local", "blob", "tree", "topic", "year", "sig_gopher_quality_words", "src_shard", "extra"} {
		if !kinds[c] {
			t.Errorf("no row has %s", c)
		}
	}
	for _, from := range []string{"jsonl", "arrow"} {
		sameCells(t, from, cellsOf(t, dir+"/parts/"+from), want)
	}
	less := map[string]map[string]string{}
	for id, cells := range want {
		less[id] = maps.Clone(cells)
		for _, c := range []string{"src_offset", "tokens", "sig_gopher_quality_words", "at", "lang_score"} {
			delete(less[id], c)
		}
	}
	for _, from := range []string{"parquet", "jsonl", "arrow", "folders", "arrows", "others"} {
		for _, to := range []string{"parquet", "jsonl", "arrow"} {
			output(t, program(t, "export", dir, to, "--from", from))
			rows := want
			if from == "others" {
				rows = less
			}
			sameCells(t, from+" to "+to, cellsOf(t, dir+"/exports/"+to+"/parts"), rows)
			if out := string(output(t, program(t, "verify", dir+"/exports/"+to))); !strings.Contains(out, "every document accounted for") {
				t.Error(out)
			}
			if err := os.RemoveAll(dir + "/exports/" + to); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Parts without a text are no input of an export, and other sinks are told by name.
func TestExportsThatAreRefused(t *testing.T) {
	in := t.TempDir()
	writeFile(t, in+"/a.jsonl", docsOf("a", 3))
	_, dir, err := inProcess(t, strings.ReplaceAll("source: { jsonl: { paths: [IN/*] } }\nstages: []\nsink: [{ name: a, drop: [text], jsonl: {} }, { name: b, megatron: { tokenizer: gpt2 } }]\n", "IN", in))
	if err != nil {
		t.Fatal(err)
	}
	for from, want := range map[string]string{"a": "have no text (drop): there is nothing to export", "b": "are megatron: only parquet, arrow and jsonl can be read again", "c": `no sink "c"`} {
		if code, stderr := exit(t, program(t, "export", dir, "parquet", "--from", from)); code != 2 || !strings.Contains(stderr, want) {
			t.Errorf("%s: %d %s", from, code, stderr)
		}
	}
}

// Other readers see the types of the columns, and those of the folders as they infer them.
func TestTypesInOtherReaders(t *testing.T) {
	python := os.Getenv("CORPUSMILL_TEST_PYTHON")
	if python == "" {
		t.Skip("CORPUSMILL_TEST_PYTHON is not set: other readers are not asked")
	}
	in := t.TempDir()
	exportInput(t, in)
	_, dir, err := inProcess(t, strings.ReplaceAll(`
source: { jsonl: { paths: [IN/*.jsonl], columns: { ok: bool, big: int, huge: uint, score: float, day: date, at: timestamp_ms, nanos: { path: at, type: timestamp_ns }, local: local_timestamp_us, blob: bytes, tree: json, year: int, topic: string } } }
stages: []
sink:
- { name: parquet, partition_by: [year, topic], rename: { topic: subject, huge: unsigned }, parquet: {} }
- { name: arrow, partition_by: [year, topic], rename: { topic: subject, huge: unsigned }, arrow: {} }
`, "IN", in))
	if err != nil {
		t.Fatal(err)
	}
	script := `
import sys, datetime, pyarrow as pa, pyarrow.dataset as ds, polars as pl, duckdb
out = sys.argv[1]
utc = datetime.timezone.utc
def same(what, got, want):
    assert got == want, f"{what}: {got}, want {want}"
value = {"ok": False, "big": 2**63 - 1 - 7, "unsigned": 2**64 - 1 - 7, "score": 7 / 3, "day": datetime.date(1907, 2, 3),
    "at": datetime.datetime(2024, 2, 29, 12, 0, 0, 7000, tzinfo=utc), "local": datetime.datetime(2024, 2, 29, 12, 0, 0, 7),
    "blob": bytes([255, 0]) + b"", "year": 2001, "subject": "t/1=,{"}
arrows = {"ok": pa.bool_(), "big": pa.int64(), "unsigned": pa.uint64(), "score": pa.float64(), "day": pa.date32(), "at": pa.timestamp("ms", "UTC"),
    "nanos": pa.timestamp("ns", "UTC"), "local": pa.timestamp("us"), "blob": pa.binary(), "id": pa.string(), "src_record": pa.int64(), "year": pa.int32(), "subject": pa.string()}
polars = {"ok": pl.Boolean, "big": pl.Int64, "unsigned": pl.UInt64, "score": pl.Float64, "day": pl.Date, "at": pl.Datetime("ms", "UTC"),
    "nanos": pl.Datetime("ns", "UTC"), "local": pl.Datetime("us"), "blob": pl.Binary, "id": pl.String, "year": pl.Int64, "subject": pl.String}
for kind, form in (("parquet", "parquet"), ("arrow", "ipc")):
    d = ds.dataset(f"{out}/{kind}", format=form, partitioning="hive")
    for name, typ in arrows.items(): same(f"pyarrow {kind} {name}", d.schema.field(name).type, typ)
    t = d.to_table()
    same("rows", t.num_rows, 60)
    row = next(r for r in t.select([c for c in t.column_names if c != "nanos"]).to_pylist() if r["id"] == "d7")
    for name, v in value.items():
        if name != "blob": same(f"pyarrow {kind} {name}", row[name], v)
    same("blob", row["blob"][:1], bytes([255]))
    read = pl.scan_parquet if kind == "parquet" else pl.scan_ipc
    p = read(f"{out}/{kind}/**/*.{kind}", hive_partitioning=True).collect()
    for name, typ in polars.items(): same(f"polars {kind} {name}", p.schema[name], typ)
    row = p.filter(pl.col("id") == "d7").to_dicts()[0]
    for name, v in value.items():
        if name != "blob": same(f"polars {kind} {name}", row[name], v)
q = duckdb.sql(f"from read_parquet('{out}/parquet/**/*.parquet', hive_partitioning=true)")
types = dict(zip(q.columns, map(str, q.types)))
for name, typ in {"ok": "BOOLEAN", "big": "BIGINT", "unsigned": "UBIGINT", "score": "DOUBLE", "day": "DATE", "at": "TIMESTAMP WITH TIME ZONE", "local": "TIMESTAMP",
        "blob": "BLOB", "tree": "VARCHAR", "id": "VARCHAR", "year": "BIGINT", "subject": "VARCHAR"}.items(): same(f"duckdb {name}", types[name], typ)
row = duckdb.sql(f"""select ok, big, unsigned, score, day, local, year, subject, epoch_ms("at") from read_parquet('{out}/parquet/**/*.parquet', hive_partitioning=true) where id = 'd7'""").fetchall()[0]
same("duckdb", row, (value["ok"], value["big"], value["unsigned"], value["score"], value["day"], value["local"], 2001, value["subject"], 1709208000007))
same("duckdb, nulls", duckdb.sql(f"select count(*) from read_parquet('{out}/parquet/**/*.parquet', hive_partitioning=true) where year is null and ok is null").fetchall()[0][0], 12)
`
	if b, err := exec.Command(python, "-c", script, dir+"/parts").CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, b)
	}
}

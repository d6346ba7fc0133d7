package e2e_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// readers opens the parts of a run as people do, each reader that is there, and prints a
// line each: rows, tokens, and how it reads extra.
const readers = `
import glob, json, os, sys
run, out = sys.argv[1], {}
files = sorted(glob.glob(run + "/parts/*.parquet"))
def reader(name):
    def wrap(f):
        try:
            out[name] = f()
        except ImportError:
            out[name] = None
    return wrap
@reader("pyarrow")
def _():
    import pyarrow.parquet as pq, pyarrow.dataset as ds
    t, d = pq.read_table(run + "/parts"), ds.dataset(run + "/parts", format="parquet")
    assert d.count_rows() == t.num_rows
    return [t.num_rows, sum(t["tokens"].to_pylist()), str(t.schema.field("extra").type)]
@reader("polars")
def _():
    import polars
    t = polars.scan_parquet(run + "/parts/*.parquet").collect()
    return [t.height, t["tokens"].sum(), str(t.schema["extra"])]
@reader("duckdb")
def _():
    import duckdb
    q = "select count(*), sum(tokens)::bigint, any_value(typeof(extra)), sum(length(extra->>'$.x')) from '%s/parts/*.parquet'" % run
    return list(duckdb.sql(q).fetchall()[0])[:3]
@reader("datasets")
def _():
    os.environ["HF_HUB_OFFLINE"] = "1"
    import datasets
    datasets.disable_progress_bars()
    d = datasets.load_dataset(run, cache_dir=sys.argv[2])["train"]
    s = datasets.load_dataset(run, split="train", streaming=True, cache_dir=sys.argv[2])
    assert [r["id"] for r in s] == d["id"][:]
    return [d.num_rows, sum(d["tokens"]), d.features["extra"].dtype]
@reader("spark")
def _():
    from pyspark.sql import SparkSession
    s = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.log.level", "ERROR").getOrCreate()
    d = s.read.parquet(run + "/parts")
    r = d.selectExpr("count(*)", "sum(tokens)").collect()[0]
    return [r[0], r[1], dict(d.dtypes)["extra"]]
print(json.dumps(out))
`

// The parts of a run open in what people read them with; extra is text to all of them.
func TestPartsInReaders(t *testing.T) {
	python := os.Getenv("CORPUSMILL_TEST_PYTHON")
	if python == "" {
		t.Skip("CORPUSMILL_TEST_PYTHON names no Python")
	}
	dir := filepath.Join(t.TempDir(), "run")
	s := quick(t, dir)
	cmd := exec.Command(python, "-c", readers, dir, t.TempDir())
	cmd.Stderr = os.Stderr
	b, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got map[string][]any
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &got); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	want := map[string]string{"pyarrow": "string", "polars": "String", "duckdb": "VARCHAR", "datasets": "string", "spark": "string"}
	for name, extra := range want {
		switch r := got[name]; {
		case r == nil:
			t.Logf("%s is not there", name)
		case r[0] != float64(s.Documents) || r[1] != float64(s.Tokens) || r[2] != extra:
			t.Errorf("%s reads %v, want %d rows, %d tokens, extra as %s", name, r, s.Documents, s.Tokens, extra)
		}
	}
}

// The card of a dataset is written anew as long as nobody has changed it.
func TestCard(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	s := quick(t, dir, "--set", "sink.partition_by=[lang]")
	name := filepath.Join(dir, "README.md")
	first, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"---\npretty_name: \"quickstart\"\nlanguage:\n- \"en\"\n- \"zh\"\n", "size_categories:\n- n<1K\n",
		"configs:\n- config_name: \"default\"\n  data_files:\n  - split: train\n    path: \"parts/**/*.parquet\"\n---\n", "\n| zh | ", fmt.Sprintf("%d documents, %d tokens, ", s.Documents, s.Tokens)} {
		if !strings.Contains(string(first), want) {
			t.Errorf("the card lacks %q:\n%s", want, first)
		}
	}
	quick(t, dir, "--set", "sink.partition_by=[lang]", "--set", "stages.chinese_quality.min_chars=400")
	second, err := os.ReadFile(name)
	if err != nil || string(second) == string(first) {
		t.Errorf("the card was not written anew: %v", err)
	}
	mine := strings.Replace(string(second), "# license: that of your sources, which a run does not know", "license: odc-by", 1)
	writeFile(t, name, []byte(mine))
	quick(t, dir, "--set", "sink.partition_by=[lang]")
	if b, err := os.ReadFile(name); err != nil || string(b) != mine {
		t.Errorf("a card that somebody changed was written over: %v", err)
	}
	output(t, program(t, "verify", dir))
}

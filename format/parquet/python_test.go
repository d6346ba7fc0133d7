package parquet_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// envPython names a Python with pyarrow and polars.
const envPython = "CORPUSMILL_TEST_PYTHON"

// TestPython reads what pyarrow and polars write: every codec, both kinds of data
// pages, every encoding of values.
func TestPython(t *testing.T) {
	python := os.Getenv(envPython)
	if python == "" {
		t.Skip(envPython + " names no Python")
	}
	const script = `
import json, sys, polars, pyarrow as pa, pyarrow.parquet as pq
rows = range(3000)
t = pa.table({
    "id": ["d%d" % i for i in rows],
    "text": [("text number %d " % i) * (i % 17) if i % 11 else None for i in rows],
    "n": pa.array([i if i % 3 else None for i in rows], pa.int64()),
    "b": [i % 3 == 0 for i in rows],
    "f": pa.array([i / 4 for i in rows], pa.float32()),
    "l": [["a", "b%d" % i][:i % 3] for i in rows],
    "s": [{"x": i, "y": None if i % 2 else [i]} for i in rows],
})
for codec in "none snappy gzip brotli zstd lz4".split():
    for version in "1.0", "2.0":
        name = sys.argv[1] + "/arrow-" + codec + version
        pq.write_table(t, name + "-dictionary", compression=codec, data_page_version=version, row_group_size=1000, data_page_size=2000)
        pq.write_table(t, name + "-plain", compression=codec, data_page_version=version, use_dictionary=False, write_page_checksum=True)
        pq.write_table(t, name + "-delta", compression=codec, data_page_version=version, use_dictionary=False, column_encoding={
            "id": "DELTA_BYTE_ARRAY", "text": "DELTA_LENGTH_BYTE_ARRAY", "n": "DELTA_BINARY_PACKED", "f": "BYTE_STREAM_SPLIT"})
for codec in "uncompressed snappy gzip brotli zstd lz4".split():
    polars.from_arrow(t).write_parquet(sys.argv[1] + "/polars-" + codec, compression=codec, row_group_size=1000)
print("\n".join(json.dumps(r) for r in t.to_pylist()))
`
	for _, module := range []string{"pyarrow", "polars"} {
		if err := exec.Command(python, "-c", "import "+module).Run(); err != nil {
			t.Skipf("%s has no %s", python, module)
		}
	}
	dir := t.TempDir()
	cmd := exec.Command(python, "-c", script, dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	want := jsonRows(t, strings.Split(strings.TrimSpace(string(out)), "\n"))
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(names) != 42 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines, lost, err := readObjects(data)
		if err != nil || lost > 0 {
			t.Errorf("%s: %d rows lost, %v", filepath.Base(name), lost, err)
			continue
		}
		if got := jsonRows(t, lines); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %d rows differ", filepath.Base(name), len(got))
		}
	}
}

func jsonRows(t *testing.T, lines []string) (rows []any) {
	for _, line := range lines {
		d := json.NewDecoder(strings.NewReader(line))
		var row any
		if err := d.Decode(&row); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		rows = append(rows, row)
	}
	return rows
}

"""Compare the parts that the Parquet, Arrow and JSONL sinks wrote of the same
documents, row by row, as pyarrow and DuckDB read them.

    python check.py PART.parquet PART.arrow PART.jsonl.zst

Needs pyarrow, duckdb and zstandard. Prints the number of rows; exits with 1 and
the first differences where the parts are not equal.
"""

import io
import json
import math
import sys

import duckdb
import pyarrow.ipc
import pyarrow.parquet
import zstandard


def jsonl(path, columns):
    """The rows of a JSONL part; a column that a line leaves out is null."""
    with open(path, "rb") as f:
        text = io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(f), encoding="utf-8", newline="\n")
        return [[json.loads(line).get(c) for c in columns] for line in text]


def cell(value, column):
    """One form for the same value: JSON columns parsed, NaN as null."""
    if column == "extra" and isinstance(value, str):
        return json.loads(value)
    if isinstance(value, float) and math.isnan(value):
        return None
    return value


def table(t):
    return [[cell(row[c], c) for c in t.column_names] for row in t.to_pylist()]


def main():
    parquet_path, arrow_path, jsonl_path = sys.argv[1:]
    parquet = pyarrow.parquet.read_table(parquet_path)
    with pyarrow.ipc.open_file(arrow_path) as f:
        arrow = f.read_all()
    columns = parquet.column_names
    duck = duckdb.connect()
    duck.execute("SET preserve_insertion_order = true")
    cursor = duck.execute("SELECT * FROM read_parquet(?)", [parquet_path])
    duck_columns = [d[0] for d in cursor.description]
    duck_rows = [[cell(v, c) for v, c in zip(row, duck_columns)] for row in cursor.fetchall()]
    duck_arrow = duck.from_arrow(arrow)
    readings = {
        "pyarrow, Parquet": (columns, table(parquet)),
        "pyarrow, Arrow": (arrow.column_names, table(arrow)),
        "DuckDB, Parquet": (duck_columns, duck_rows),
        "DuckDB, Arrow": (duck_arrow.columns, [[cell(v, c) for v, c in zip(r, duck_arrow.columns)] for r in duck_arrow.fetchall()]),
    }
    want = [[cell(v, c) for v, c in zip(row, columns)] for row in jsonl(jsonl_path, columns)]
    bad = 0
    for name, (names, rows) in readings.items():
        if list(names) != columns:
            print(f"{name}: columns {names}, want {columns}", file=sys.stderr)
            bad += 1
        if len(rows) != len(want):
            print(f"{name}: {len(rows)} rows, JSONL has {len(want)}", file=sys.stderr)
            bad += 1
        for i, (got, line) in enumerate(zip(rows, want)):
            for c, g, w in zip(columns, got, line):
                # 1 == 1.0 in Python: a JSON number has no type of its own
                if g != w and bad < 10:
                    print(f"{name}: row {i}, {c}: {g!r:.200}, JSONL has {w!r:.200}", file=sys.stderr)
                    bad += 1
    statistics(parquet_path)
    if bad:
        sys.exit(1)
    print(len(want))


def statistics(path):
    """No text may stand in the footer."""
    meta = pyarrow.parquet.read_metadata(path)
    for g in range(meta.num_row_groups):
        for i in range(meta.num_columns):
            c = meta.row_group(g).column(i)
            if c.path_in_schema in ("text", "extra") and c.is_stats_set and c.statistics.has_min_max:
                sys.exit(f"{c.path_in_schema}: minimum and maximum in the footer")


main()

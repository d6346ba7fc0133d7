#!/usr/bin/env python3
"""Writes ../opencc/t2s.txt.gz, ../opencc/s2t.txt.gz and ../opencc/testdata/cases.jsonl.gz.

Needs PyPI opencc 1.4.2 (Apache License 2.0), whose dictionaries and tool opencc_dict it
reads, and for the cases the folder of its source distribution, whose inputs
(test/testcases/testcases.json) it has the package convert. Run: python3 chinese_tables.py SDIST
"""

import gzip
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import opencc as package

TABLES = {
    "t2s": ["CJK_Compatibility_Ideographs", "TSPhrases", "TSCharactersExt", "TSCharacters"],
    "s2t": ["CJK_Compatibility_Ideographs", "STPhrases", "STPhrases_GeneratedFromRegionalPhrases", "STCharacters"],
}
OUT = Path(__file__).parent.parent / "opencc"


def entries(name):
    """The entries of a dictionary with the first of their values, as conversion takes it."""
    clib = Path(package.__file__).parent / "clib"
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run([clib / "bin" / "opencc_dict", "-i", clib / "share" / "opencc" / f"{name}.ocd2", "-f", "ocd2",
                        "-o", out.name, "-t", "text"], check=True)
        for line in open(out.name, encoding="utf-8"):
            key, values = line.rstrip("\n").split("\t")
            yield key, values.split(" ")[0]


def pack(path, lines):
    with open(path, "wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, compresslevel=9, filename="") as out:
        out.write("".join(line + "\n" for line in lines).encode())


def main():
    assert package.__version__ == "1.4.2", package.__version__
    for config, dictionaries in TABLES.items():
        lines = []
        for name in dictionaries:
            # what stands first counts; a phrase that occurs in both lists is the first one's
            lines.append(f"= {name}")
            lines += [f"{k}\t{v}" for k, v in sorted(entries(name))]
        pack(OUT / f"{config}.txt.gz", lines)
    text = (Path(sys.argv[1]) / "test/testcases/testcases.json").read_text(encoding="utf-8")
    cases = json.loads(re.sub(r",(\s*[}\]])", r"\1", text))["cases"]
    converters = {c: package.OpenCC(c) for c in TABLES}
    lines = []
    for case in cases:
        got = {c: conv.convert(case["input"]) for c, conv in converters.items()}
        for c, want in case["expected"].items():
            assert c not in got or got[c] == want, (case["id"], c, got[c], want)
        lines.append(json.dumps({"id": case["id"], "input": case["input"], **got}, ensure_ascii=False))
    pack(OUT / "testdata" / "cases.jsonl.gz", lines)


main()

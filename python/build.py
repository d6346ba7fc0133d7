#!/usr/bin/env python3
"""Writes a wheel: the sources of the package and the program. It needs the standard library alone.

    python3 python/build.py PROGRAM [--platform linux-amd64] [--out dist]

The same sources and program give the same bytes."""

import argparse
import base64
import hashlib
import os
import re
import stat
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
# Static programs: no C library is asked for.
TAGS = {
    "linux-amd64": "manylinux2014_x86_64.musllinux_1_1_x86_64",
    "linux-arm64": "manylinux2014_aarch64.musllinux_1_1_aarch64",
    "darwin-amd64": "macosx_12_0_x86_64",
    "darwin-arm64": "macosx_12_0_arm64",
}
LIMIT = 100 << 20  # of PyPI

METADATA = """Metadata-Version: 2.1
Name: corpusmill
Version: {version}
Summary: Pretraining corpora: raw archives in, clean, deduplicated, counted shards out
License: Apache-2.0
Requires-Python: >=3.9
Provides-Extra: arrow
Requires-Dist: pyarrow>=14; extra == "arrow"
Provides-Extra: ray
Requires-Dist: ray[default]>=2.9; extra == "ray"
Provides-Extra: spark
Requires-Dist: pyspark>=3.5; extra == "spark"
Description-Content-Type: text/markdown

{readme}"""


def main():
    p = argparse.ArgumentParser()
    p.add_argument("program", help="the program of that platform")
    p.add_argument("--platform", default="linux-amd64", choices=sorted(TAGS))
    p.add_argument("--out", default=os.path.join(HERE, "dist"))
    a = p.parse_args()
    package = os.path.join(HERE, "src", "corpusmill")
    with open(os.path.join(package, "__init__.py"), encoding="utf-8") as f:
        version = re.search(r'__version__ = "([^"]+)"', f.read()).group(1)
    with open(os.path.join(HERE, "README.md"), encoding="utf-8") as f:
        readme = f.read()
    with open(a.program, "rb") as f:
        program = f.read()
    tag = "py3-none-" + TAGS[a.platform]
    info = "corpusmill-%s.dist-info/" % version
    files = []  # name, bytes, executable
    for name in sorted(os.listdir(package)):
        if name.endswith(".py") or name == "py.typed":
            with open(os.path.join(package, name), "rb") as f:
                files.append(("corpusmill/" + name, f.read(), False))
    files.append(("corpusmill-%s.data/scripts/corpusmill" % version, program, True))
    with open(os.path.join(HERE, "..", "LICENSE"), "rb") as f:
        files.append((info + "licenses/LICENSE", f.read(), False))
    files.append((info + "METADATA", METADATA.format(version=version, readme=readme).encode(), False))
    wheel = "Wheel-Version: 1.0\nGenerator: corpusmill build.py\nRoot-Is-Purelib: false\n"
    wheel += "".join("Tag: py3-none-%s\n" % t for t in TAGS[a.platform].split("."))
    files.append((info + "WHEEL", wheel.encode(), False))
    record = "".join(
        "%s,sha256=%s,%d\n" % (name, base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode(), len(data)) for name, data, _ in files
    )
    files.append((info + "RECORD", (record + info + "RECORD,,\n").encode(), False))
    os.makedirs(a.out, exist_ok=True)
    out = os.path.join(a.out, "corpusmill-%s-%s.whl" % (version, tag))
    with zipfile.ZipFile(out + ".new", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
        for name, data, executable in files:
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
            entry.external_attr = (stat.S_IFREG | (0o755 if executable else 0o644)) << 16
            z.writestr(entry, data)
    size = os.path.getsize(out + ".new")
    if size > LIMIT:
        raise SystemExit("the wheel has %.1f MB: want %.1f at most" % (size / 1e6, LIMIT / 1e6))
    os.replace(out + ".new", out)
    print("%s: %.1f MB, the program %.1f MB" % (out, size / 1e6, len(program) / 1e6))


main()

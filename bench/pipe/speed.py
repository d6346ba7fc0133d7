#!/usr/bin/env python3
"""extract_many over a pipe beside the command extract on the same pages: pages per second of
user and system CPU of the program, by turns, and by the clock.

    python3 speed.py PAGES.warc.gz [ROUNDS]

The Python has the package corpusmill. The command reads the pages as files, as the package hands
them to its child: both do all work but that. The share that counts is that of the child's CPU;
Python's own is told beside it."""

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
import zlib

import corpusmill
from corpusmill import _pipe


def pages(path):
    """The bodies of the HTML responses of an archive."""
    with open(path, "rb") as f:
        data = f.read()
    at = 0
    while at < len(data):
        d, parts = zlib.decompressobj(31), []
        step = at
        while not d.eof:
            parts.append(d.decompress(data[step : step + (1 << 16)]))
            step += 1 << 16
        at = min(step, len(data)) - len(d.unused_data)
        record = b"".join(parts)
        head, _, rest = record.partition(b"\r\n\r\n")
        if b"WARC-Type: response" not in head:
            continue
        http, _, body = rest.partition(b"\r\n\r\n")
        if re.search(rb"(?im)^(content|transfer)-encoding:", http):
            continue  # the command gets bodies as they are
        if b"html" in http.lower():
            yield body[: -4 if body.endswith(b"\r\n\r\n") else None]


def cpu(who):
    r = resource.getrusage(who)
    return r.ru_utime + r.ru_stime


def command(files):
    begun, used = time.monotonic(), cpu(resource.RUSAGE_CHILDREN)
    out = subprocess.run([corpusmill.program(), "extract", "--json", "--workers", "2", *files], stdout=subprocess.PIPE, check=False).stdout
    lines = [json.loads(line) for line in out.splitlines()]
    return cpu(resource.RUSAGE_CHILDREN) - used, time.monotonic() - begun, 0.0, [x["text"] for x in lines]


def pipe(bodies):
    used, own, begun = cpu(resource.RUSAGE_CHILDREN), cpu(resource.RUSAGE_SELF), time.monotonic()
    os.environ["GOMAXPROCS"] = "2"
    texts = list(corpusmill.extract_many(bodies))
    took = time.monotonic() - begun
    for child in list(_pipe._children.values()):  # its CPU counts when it has ended
        child.close()
    _pipe._children.clear()
    return cpu(resource.RUSAGE_CHILDREN) - used, took, cpu(resource.RUSAGE_SELF) - own, [t or "" for t in texts]


def main():
    bodies = list(pages(sys.argv[1]))
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    size = sum(map(len, bodies)) / 1e6
    best = {}
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for i, b in enumerate(bodies):
            files.append(os.path.join(folder, "%05d.html" % i))
            with open(files[-1], "wb") as f:
                f.write(b)
        texts = {}
        for _ in range(rounds):
            for name, run in (("command", lambda: command(files)), ("pipe", lambda: pipe(bodies))):
                used, took, own, texts[name] = run()
                old = best.get(name, (1e9, 1e9, 1e9))
                best[name] = (min(old[0], used), min(old[1], took), min(old[2], own))
    same = sum(a == b for a, b in zip(texts["command"], texts["pipe"]))
    print("%d pages, %.1f MB; equal texts %d" % (len(bodies), size, same))
    for name, (used, took, own) in best.items():
        print("%-8s program %.2f s of CPU (%.0f MB/s), Python %.2f s, clock %.2f s" % (name, used, size / used, own, took))
    print("over the pipe: %.0f %% of the command's speed by the program's CPU, %.0f %% by the clock"
          % (100 * best["command"][0] / best["pipe"][0], 100 * best["command"][1] / best["pipe"][1]))


main()

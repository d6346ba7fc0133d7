"""Time package purify/fasttext and the C++ library's binding on the same texts.

    python speed.py MODEL [ROUNDS]

The two take turns, each on one thread; user CPU seconds count. The binding gets bytes
and skips its Python wrapper. Prints the least time of each, MB/s of text, and how long
opening the model takes.
"""
import os
import resource
import subprocess
import sys
import tempfile
import time

import peer


def user():
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime


def race(tool, model, path, name, texts, rounds):
    size = sum(map(len, texts))
    ready = [t + b"\n" for t in texts]
    go = subprocess.Popen([tool, "time", path, "1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          env=dict(os.environ, GOMAXPROCS="1"))
    go.stdin.write(peer.frames(texts) + peer.frames([b""]))
    ours, theirs = [], []
    for _ in range(rounds):
        go.stdin.write(b"x")
        go.stdin.flush()
        ours.append(float(go.stdout.readline()))
        start = user()
        for text in ready:
            model.f.predict(text, 1, 0.0, "strict")
        theirs.append(user() - start)
    go.stdin.close()
    go.wait()
    a, b = min(ours), min(theirs)
    print("%-8s %5d texts, %5.2f MB: Go %.3f s, %.1f MB/s (first pass %.1f); C++ binding %.3f s, %.1f MB/s: %.1fx" % (
        name, len(texts), size / 1e6, a, size / 1e6 / a, size / 1e6 / ours[0], b, size / 1e6 / b, b / a), flush=True)


def main():
    path, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with tempfile.TemporaryDirectory() as folder:
        tool = os.path.join(folder, "fasttext-go")
        peer.build(tool)
        start = time.perf_counter()
        model = peer.load(path)
        took = 1000 * (time.perf_counter() - start)
        ours = subprocess.run([tool, "load", path, "10"], check=True, capture_output=True, text=True).stdout.strip()
        print("open: Go %s ms (least of 10, with a predictor), C++ binding %.1f ms" % (ours, took))
        pages = [peer.one_line(t) for t in peer.pages() if t]
        race(tool, model, path, "pages", pages, rounds)
        race(tool, model, path, "langid", [peer.one_line(t) for _, t in peer.labelled() if t], rounds)
        race(tool, model, path, "100 B", [t[:100] for t in pages], rounds)


if __name__ == "__main__":
    main()

"""The C++ library through its Python binding, the texts, and the Go side."""
import gzip
import json
import os
import random
import struct
import subprocess

import fasttext

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "..", "..", ".."))
DATA = os.path.abspath(os.path.join(ROOT, "..", "shared", "data"))


def lines(name):
    with gzip.open(os.path.join(DATA, name), "rt", encoding="utf-8") as f:
        for line in f:
            yield json.loads(line)


def labelled():
    return [(d["lang"], d["text"]) for d in lines("langid.jsonl.gz")]


def pages():
    return [d["text"] for d in lines("expected/text.jsonl.gz")]


def one_line(text):
    """The text as the binding takes it: newlines are spaces."""
    return text.replace("\n", " ").encode()


def hard(labels, n=3000, seed=5):
    """Bytes that probe the tokeniser: every kind of space, labels, newlines, </s>, bytes
    that are no UTF-8, long tokens."""
    r = random.Random(seed)
    parts = [b" ", b"\n", b"\r", b"\t", b"\v", b"\f", b"\0", b"</s>", b"<", b">", b"</s>x", b"__label__", b"__label__zz",
             b"\x85", b"\xa0", "\u00a0\u3000\u2028".encode(), b"\xff", b"\x80\x80\x80", b"\xe4\xb8", "\u4e2d\u6587".encode(),
             b"a", b"the", b"of", b"Haus", "\u00fc\u00e9".encode(), "\U0001f600".encode(), b"x" * 70, "\u0436".encode() * 40,
             b"y" * 5000] + [label.encode() for label in labels[:3]]
    out = [b"", b" ", b"\n", b"\n\nabc", b"abc", b"</s>", b"</s> abc", b"abc\ndef", b"\0", b"a" * 100000, b"\xe4" * 3000]
    while len(out) < n:
        out.append(b"".join(r.choice(parts) + r.choice([b"", b" "]) for _ in range(r.randrange(1, 20))))
    return out


def load(path):
    return fasttext.FastText._FastText(model_path=path)


def labels_of(model):
    return model.f.getLabels("replace")[0]


def predict(model, text, k, threshold):
    """(label, probability) pairs of bytes; the newline is what the binding's own predict adds."""
    try:
        return [(label, p) for p, label in model.f.predict(text + b"\n", k, threshold, "replace")]
    except RuntimeError:  # weights that are no numbers
        return []


def build(out):
    subprocess.run(["go", "build", "-o", out, "./bench/parity/fasttext"], cwd=ROOT, check=True)


def frames(texts):
    return b"".join(struct.pack("<I", len(t)) + t for t in texts)


def go_predict(tool, path, texts, k, threshold, labels):
    env = dict(os.environ, GOMAXPROCS="1")
    raw = subprocess.run([tool, "predict", path, str(k), repr(threshold)], input=frames(texts), check=True,
                         stdout=subprocess.PIPE, env=env).stdout
    at, out = 0, []
    for _ in texts:
        n, = struct.unpack_from("<I", raw, at)
        at += 4
        one = []
        for _ in range(n):
            label, p = struct.unpack_from("<If", raw, at)
            at += 8
            one.append((labels[label], p))
        out.append(one)
    assert at == len(raw)
    return out

"""Write the digests that the trainer's tests compare with: of the model files that the
C++ library makes of purify/fasttext/testdata/train.txt on one thread.

    python train_golden.py

The text is written anew too: made-up lines in which no two words occur equally often,
because the library leaves the order of such words to its sort. Each model is trained in
a process of its own: on one thread the library sets only the first tenth of the input
matrix, and in a fresh process the rest is zero. Needs fasttext (PyPI
fasttext-numpy2-wheel).
"""
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile

import peer

OUT = os.path.join(peer.ROOT, "purify", "fasttext", "testdata")
TEXT = os.path.join(OUT, "train.txt")
MODELS = {
    "softmax": dict(loss="softmax", dim=10, epoch=4, lr=0.5, wordNgrams=2, bucket=3300, minCount=3),
    "hs": dict(loss="hs", dim=9, epoch=3, lr=0.3, minn=2, maxn=3, bucket=5000, minCount=2),
    "ova": dict(loss="ova", dim=16, epoch=5, lr=0.2, wordNgrams=3, minn=1, maxn=2, bucket=2500),
    "several": dict(loss="ova", dim=10, epoch=6, lr=0.4, wordNgrams=2, bucket=3000),
}
WORDS = "the mill grinds grain river bread flour water die M\u00fchle mahlt das Korn Flu\u00df Brot Mehl Wasser le moulin " \
    "broie grain\u00e9 rivi\u00e8re pain farine eau \u78e8\u574a \u9762\u5305 \u6c34 \u6cb3 \u0445\u043b\u0435\u0431 \u0432\u043e\u0434\u0430 " \
    "\u043c\u0443\u043a\u0430".split()


def write_text():
    r = random.Random(11)
    tokens = [w for n, w in enumerate(WORDS) for _ in range(2 * n + 1)]
    r.shuffle(tokens)
    labels = ["a"] * 50 + ["b"] * 30 + ["c"] * 12 + ["d"] * 7
    r.shuffle(labels)
    with open(TEXT, "w", encoding="utf-8") as f:
        for i, label in enumerate(labels):
            end = len(tokens) if i == len(labels) - 1 else r.randrange(0, 2 * len(tokens) // (len(labels) - i))
            line, tokens = tokens[:end], tokens[end:]
            f.write("__label__%s %s\n" % (label, " ".join(line)))


def several(path):
    """The same text with a second label on each third line and another on each fifth."""
    with open(TEXT, encoding="utf-8") as src, open(path, "w", encoding="utf-8") as dst:
        for i, line in enumerate(src):
            dst.write("__label__e " * (i % 3 == 0) + "__label__f " * (i % 5 == 0) + line)


def main():
    if len(sys.argv) > 1:
        import fasttext
        fasttext.train_supervised(sys.argv[3], thread=1, verbose=0, **MODELS[sys.argv[1]]).save_model(sys.argv[2])
        return
    write_text()
    digests = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in MODELS:
            path = os.path.join(folder, name)
            text = TEXT
            if name == "several":
                several(text := path + ".txt")
            subprocess.run([sys.executable, __file__, name, path, text], check=True)
            with open(path, "rb") as f:
                digests[name] = hashlib.sha256(f.read()).hexdigest()
    with open(os.path.join(OUT, "train.json"), "w") as f:
        json.dump(digests, f, indent=1)
        f.write("\n")


if __name__ == "__main__":
    main()

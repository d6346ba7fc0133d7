"""Compare package purify/fasttext with the C++ library on every text of the shared data.

    python check.py [--quick] MODEL ...

Besides the models named, small ones of every loss are trained on the labelled texts in
a temporary folder, and quantised in every way. For each model all labels with their
order are compared (all labels and the best of every text, five with threshold 0.1 of
every tenth), and probabilities to 1e-5.
Prints one line a model; exits 1 on any difference. Needs fasttext (PyPI
fasttext-numpy2-wheel).
"""
import argparse
import os
import sys
import tempfile

import fasttext

import peer

TRAINED = [
    ("hs", dict(loss="hs", dim=16, minn=2, maxn=4, bucket=20000)),
    ("softmax", dict(loss="softmax", dim=10, wordNgrams=2, bucket=5000)),
    ("ns", dict(loss="ns", dim=8, minn=3, maxn=6, wordNgrams=2, bucket=30000)),
    ("ova", dict(loss="ova", dim=7, minn=1, maxn=2, wordNgrams=3, bucket=10007)),
    ("words", dict(loss="softmax", dim=10, minCount=2)),
]
QUANTISED = [
    ("hs", "q", dict()),
    ("hs", "qnorm-qout", dict(qnorm=True, qout=True)),
    ("hs", "cutoff", dict(cutoff=3000, qnorm=True)),
    ("softmax", "qnorm-qout-dsub3", dict(qnorm=True, qout=True, dsub=3)),
    ("softmax", "cutoff", dict(cutoff=2000)),
    ("ns", "qout", dict(qout=True)),
    ("ns", "cutoff-qout", dict(cutoff=4000, qnorm=True, qout=True)),
    ("ova", "qnorm", dict(qnorm=True)),
    ("ova", "cutoff-dsub4", dict(cutoff=1000, qout=True, dsub=4)),
    ("words", "cutoff", dict(cutoff=500, qnorm=True)),
]


def train(folder):
    corpus = os.path.join(folder, "train.txt")
    with open(corpus, "w", encoding="utf-8") as f:
        for lang, text in peer.labelled():
            f.write("__label__%s %s\n" % (lang, text[:300].replace("\n", " ")))
    # The binding sets a matrix in ten blocks, one by each of ten threads, and leaves the
    # rest of rows times columns undefined: buckets are added until there is no rest.
    words = len(fasttext.train_supervised(corpus, epoch=1, dim=10, thread=10, verbose=0).get_words())
    for name, args in TRAINED:
        if args.get("bucket"):
            args = dict(args, bucket=args["bucket"] + -(words + args["bucket"]) % 10)

        def fresh():
            return fasttext.train_supervised(corpus, epoch=5, lr=0.1, thread=10, verbose=0, **args)
        path = os.path.join(folder, name + ".bin")
        fresh().save_model(path)
        yield path
        for of, kind, how in QUANTISED:
            if of == name:
                model = fresh()
                model.quantize(verbose=0, thread=1, **how)
                path = os.path.join(folder, "%s-%s.ftz" % (name, kind))
                model.save_model(path)
                yield path


def compare(tool, path, sets):
    """All labels of every text, and fewer of every text (k 1) or a part of them."""
    model = peer.load(path)
    labels = peer.labels_of(model)
    bad = worst = 0
    unordered = inexact = total = 0
    for name, texts in sets + [("hard", peer.hard(labels))]:
        for k, threshold, step in ((-1, 0.0, 1), (1, 0.0, 1), (5, 0.1, 10)):
            some = texts[::step]
            ours = peer.go_predict(tool, path, some, k, threshold, labels)
            for i, text in enumerate(some):
                theirs = peer.predict(model, text, k, threshold)
                total += 1
                if [x for x, _ in theirs] != [x for x, _ in ours[i]]:
                    unordered += 1
                    if bad < 5:
                        print("  %s %s %d k=%d: %s, ours %s" % (os.path.basename(path), name, i, k, theirs[:3], ours[i][:3]))
                        bad += 1
                a, b = dict(theirs), dict(ours[i])
                diff = max((abs(a[x] - b[x]) for x in a if x in b), default=0)
                worst = max(worst, diff)
                inexact += a != b
                if diff > 1e-5 and bad < 5:
                    print("  %s %s %d: differs by %g" % (os.path.basename(path), name, i, diff))
                    bad += 1
    print("%-28s %7d predictions, %d with other labels or order, %d not bit-equal, greatest difference %.2g" %
          (os.path.basename(path), total, unordered, inexact, worst), flush=True)
    return unordered == 0 and worst <= 1e-5


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--quick", action="store_true", help="a tenth of the texts")
    ap.add_argument("models", nargs="*")
    args = ap.parse_args()
    step = 10 if args.quick else 1
    sets = [("langid", [peer.one_line(t) for _, t in peer.labelled()][::step]),
            ("pages", [peer.one_line(t) for t in peer.pages()][::step])]
    ok = True
    with tempfile.TemporaryDirectory() as folder:
        tool = os.path.join(folder, "fasttext-go")
        peer.build(tool)
        for path in args.models:
            ok &= compare(tool, path, sets)
        for path in train(folder):
            ok &= compare(tool, path, sets)
    sys.exit(0 if ok else 1)


if __name__ == "__main__":
    main()

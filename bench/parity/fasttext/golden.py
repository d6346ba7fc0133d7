"""Make the tiny models of purify/fasttext/testdata and golden.json, what the C++ library
predicts with them.

    python golden.py

The training text is our own. The C++ library trains with threads, so that each run gives
other models: commit all files together.
"""
import base64
import json
import os
import struct
import tempfile

import fasttext

import peer

OUT = os.path.join(peer.ROOT, "purify", "fasttext", "testdata")
TEXT = {
    "en": ["the mill grinds the grain that the river brings", "we sort the pages and keep what is worth reading",
           "a good page says one thing and says it well", "the wheel turns slowly when the water is low",
           "bread is made of flour, water, salt and time"],
    "de": ["die M\u00fchle mahlt das Korn, das der Fluss bringt", "wir ordnen die Seiten und behalten, was lesenswert ist",
           "eine gute Seite sagt eines und sagt es gut", "das Rad dreht sich langsam, wenn das Wasser niedrig steht",
           "Brot wird aus Mehl, Wasser, Salz und Zeit gemacht"],
    "fr": ["le moulin moud le grain que la rivi\u00e8re apporte", "nous trions les pages et gardons ce qui m\u00e9rite d'\u00eatre lu",
           "une bonne page dit une chose et la dit bien", "la roue tourne lentement quand l'eau est basse",
           "le pain est fait de farine, d'eau, de sel et de temps"],
    "ru": ["\u043c\u0435\u043b\u044c\u043d\u0438\u0446\u0430 \u043c\u0435\u043b\u0435\u0442 \u0437\u0435\u0440\u043d\u043e",
           "\u043a\u043e\u043b\u0435\u0441\u043e \u043c\u0435\u0434\u043b\u0435\u043d\u043d\u043e \u0432\u0435\u0440\u0442\u0438\u0442\u0441\u044f",
           "\u0445\u043b\u0435\u0431 \u0434\u0435\u043b\u0430\u044e\u0442 \u0438\u0437 \u043c\u0443\u043a\u0438 \u0438 \u0432\u043e\u0434\u044b"],
    "zh": ["\u78e8\u574a\u78e8\u6cb3\u6c34\u5e26\u6765\u7684\u8c37\u7269", "\u6c34\u4f4e\u65f6\u8f6e\u5b50\u8f6c\u5f97\u6162",
           "\u9762\u5305\u662f\u7528\u9762\u7c89\u548c\u6c34\u505a\u7684"],
}
MODELS = [
    ("hs", dict(loss="hs", minn=2, maxn=4, bucket=300), [("ftz", dict(qnorm=True))]),
    ("softmax", dict(loss="softmax", wordNgrams=2, bucket=300), [("ftz", dict(cutoff=256, dsub=3))]),
    ("ns", dict(loss="ns", minn=1, maxn=2, wordNgrams=3, bucket=210), [("ftz", dict())]),
    ("ova", dict(loss="ova"), []),
    ("many", dict(loss="hs", minn=3, maxn=3, bucket=100), [("ftz", dict(qout=True, qnorm=True, cutoff=300))]),
]


def corpus(path, many):
    with open(path, "w", encoding="utf-8") as f:
        if many:  # a quantised output matrix needs 256 labels
            for i in range(260):
                f.write("__label__%d w%d w%d </s>\n" % (i, i, i % 7))
            return
        for lang, texts in TEXT.items():
            for n, text in enumerate(texts * 4):
                f.write("__label__%s %s\n" % (lang, text if n % 3 else text + " __label__all"))


def texts():
    own = [t.encode() for group in TEXT.values() for t in group]
    return own + [b"w3 w10 w17", b"w250 unseen"] + [t for t in peer.hard(["__label__de", "__label__all"], 110) if len(t) < 400]


def train(path, args):
    """Rows times columns must be a multiple of ten: the library leaves the rest unset."""
    args = dict(args, dim=5, epoch=20, lr=0.3, thread=10, minCount=1, verbose=0)
    model = fasttext.train_supervised(path, **args)
    if args.get("bucket") and (len(model.get_words()) + args["bucket"]) % 2:
        args["bucket"] += 1
        model = fasttext.train_supervised(path, **args)
    return model


def main():
    os.makedirs(OUT, exist_ok=True)
    golden = {"texts": [base64.b64encode(t).decode() for t in texts()], "models": {}}
    with tempfile.TemporaryDirectory() as folder:
        for name, args, kinds in MODELS:
            path = os.path.join(folder, name)
            corpus(path, name == "many")
            save(train(path, args), name + ".bin", golden)
            for kind, how in kinds:
                model = train(path, args)
                model.quantize(verbose=0, thread=1, **how)
                save(model, name + "." + kind, golden)
    with open(os.path.join(OUT, "golden.json"), "w") as f:
        json.dump(golden, f, indent=0)
        f.write("\n")


def save(model, name, golden):
    path = os.path.join(OUT, name)
    model.save_model(path)
    model = peer.load(path)
    labels = peer.labels_of(model)
    results = []
    for text in texts():
        got = peer.predict(model, text, 5, 0.0)
        bits = [struct.unpack("<I", struct.pack("<f", p))[0] for _, p in got]
        results.append([x for pair in zip([labels.index(label) for label, _ in got], bits) for x in pair])
    golden["models"][name] = results
    print(name, os.path.getsize(path), len(labels))


if __name__ == "__main__":
    main()

"""Write texts as token shards, read them back by the published layouts (layout.py)
and compare the ids with tiktoken's.

    python check.py [--keep DIR] [--part-bytes SIZE] [--tokenizer NAME ...] [FILE.jsonl[.gz] ...]

Without files: sentences of this script in several languages, hard cases and random
Unicode strings. Prints one line per tokenizer; exits 1 on any difference. Needs
tiktoken. With --keep the shards stay, for datatrove_check.py.
"""
import argparse
import glob
import gzip
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tokens"))
import layout  # noqa: E402
import peer  # noqa: E402

SENTENCES = [
    "A shard is a file of numbers; the index beside it says where each document begins.",
    "Ein Index nennt Anfang und L\u00e4nge jedes Dokuments, mehr nicht.",
    "\u7d22\u5f15\u8bb0\u5f55\u6bcf\u7bc7\u6587\u6863\u7684\u957f\u5ea6\u548c\u4f4d\u7f6e\u3002",
    "\u0418\u043d\u0434\u0435\u043a\u0441 \u0445\u0440\u0430\u043d\u0438\u0442 \u0434\u043b\u0438\u043d\u0443 \u043a\u0430\u0436\u0434\u043e\u0433\u043e \u0434\u043e\u043a\u0443\u043c\u0435\u043d\u0442\u0430.",
    "\u0627\u0644\u0641\u0647\u0631\u0633 \u064a\u062d\u0641\u0638 \u0637\u0648\u0644 \u0643\u0644 \u0648\u062b\u064a\u0642\u0629.",
    "for i := range lengths {\n\toffset += lengths[i] * width\n}\n",
]


def own(seed=1):
    """Texts of our own, the empty one and separators in words among them."""
    r = random.Random(seed)
    yield from ["", " ", "\n", "x", "<|endoftext|>", "\u0000", "a" * 5_000, "\U0001f469\u200d\U0001f4bb"]
    for _ in range(2_000):
        yield "\n".join(r.choice(SENTENCES) for _ in range(r.randrange(12)))
    for _ in range(2_000):
        yield "".join(chr(c) for c in (r.randrange(0x30000) for _ in range(r.randrange(60))) if not 0xd800 <= c < 0xe000)


def texts_of(files):
    if not files:
        yield from own()
    for name in files:
        with (gzip.open if name.endswith(".gz") else open)(name, "rt", encoding="utf-8") as f:
            for line in f:
                text = json.loads(line).get("text")
                if isinstance(text, str):
                    # JSON can name half of a surrogate pair, UTF-8 cannot.
                    yield text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def check(binary, name, texts, folder, part_bytes):
    source = os.path.join(folder, "texts.jsonl")
    with open(source, "w", encoding="utf-8") as f:
        for text in texts:
            f.write(json.dumps({"text": text}) + "\n")
    subprocess.run([binary, name, source, folder, part_bytes], check=True, stdout=subprocess.DEVNULL)
    enc = peer.encoding("r50k_base" if name == "gpt2" else name)
    want = [enc.encode_ordinary(t) + [enc.eot_token] for t in texts]
    bad = 0
    parts = sorted(glob.glob(os.path.join(folder, "megatron", "*.idx")))
    got = []
    for p in parts:
        documents, code = layout.megatron(p[:-4])
        bad += code != (8 if enc.n_vocab < 65_500 else 4)
        got += documents
    bad += sum(a != b for a, b in zip(got, want)) + abs(len(got) - len(want))
    sets = sorted(glob.glob(os.path.join(folder, "nanotron", "*.ds")))
    got = []
    for p in sets:
        documents, metadata = layout.nanotron(p)
        bad += metadata[0] != "%s|%d" % (name, 2 if enc.n_vocab <= 1 << 16 else 4)
        got += documents
    bad += sum(a != b for a, b in zip(got, want)) + abs(len(got) - len(want))
    print("%-12s %6d documents %10d tokens  %d .bin, %d .ds  %d mismatches" % (
        name, len(texts), sum(map(len, want)), len(parts), len(sets), bad), flush=True)
    return bad


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("files", nargs="*")
    ap.add_argument("--keep", metavar="DIR")
    ap.add_argument("--part-bytes", default="100KiB")
    ap.add_argument("--tokenizer", action="append", help="default: gpt2, cl100k_base and o200k_base")
    args = ap.parse_args()
    texts = list(texts_of(args.files))
    bad = 0
    with tempfile.TemporaryDirectory() as tmp:
        binary = os.path.join(tmp, "megatron.exe")
        subprocess.run(["go", "build", "-o", binary, "."], cwd=HERE, check=True)
        for name in args.tokenizer or ["gpt2", "cl100k_base", "o200k_base"]:
            folder = os.path.join(args.keep or tmp, name)
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(folder)
            bad += check(binary, name, texts, folder, args.part_bytes)
    sys.exit(bad != 0)


if __name__ == "__main__":
    main()

"""tiktoken's encodings, made from local rank files (no network), and the Go side."""
import base64
import glob
import hashlib
import json
import os
import random
import struct
import subprocess

import tiktoken
from tiktoken_ext import openai_public as public

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "..", "..", ".."))
DATA = os.path.abspath(os.path.join(ROOT, "..", "shared", "data"))
NAMES = ["cl100k_base", "o200k_base", "r50k_base", "p50k_base"]


def go(*args):
    return subprocess.run(["go", *args], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def assets():
    return os.path.join(go("list", "-m", "-f", "{{.Dir}}", "github.com/pkoukk/tiktoken-go-loader"), "assets")


def encoding(name):
    """tiktoken's own definition of the encoding, its file loader replaced by ours."""
    folder = assets()

    def load(url, expected_hash=None):
        with open(os.path.join(folder, os.path.basename(url)), "rb") as f:
            raw = f.read()
        assert hashlib.sha256(raw).hexdigest() == expected_hash
        return {base64.b64decode(t): int(r) for t, r in (l.split() for l in raw.splitlines() if l)}

    public.load_tiktoken_bpe = load
    return tiktoken.Encoding(**public.ENCODING_CONSTRUCTORS[name]())


class HuggingFace:
    """A tokenizer.json in Hugging Face's tokenizers."""

    def __init__(self, path):
        from tokenizers import Tokenizer
        self.t = Tokenizer.from_file(path)
        with open(path, encoding="utf-8") as f:
            self.added = [a["content"] for a in json.load(f)["added_tokens"]]

    def encode_ordinary(self, text):
        return self.t.encode(text, add_special_tokens=False).ids

    def token_byte_values(self):
        special = set(self.added)
        return [self.t.decode([i]).encode() for t, i in self.t.get_vocab().items() if t not in special]

    def with_added(self, n, seed):
        r = random.Random(seed)
        parts = self.added + ["<", "<|", "|>", "x", " ", "\n", "<think", "e\u0301", "\u4e2d", "12345", "'s"]
        for _ in range(n):
            yield "".join(r.choice(parts) for _ in range(r.choice((1, 2, 5))))


def build(out):
    go("build", "-o", out, "./bench/parity/tokens")
    return out


def frames(texts):
    for t in texts:
        b = t.encode("utf-8")
        yield struct.pack("<I", len(b)) + b


def go_sources(limit):
    root, out, size = go("env", "GOROOT"), [], 0
    for path in filter(os.path.isfile, sorted(glob.glob(root + "/src/**/*.go", recursive=True))):
        with open(path, "rb") as f:
            text = f.read().decode("utf-8", "replace")
        out.append(text)
        size += len(text)
        if size > limit:
            break
    return out

"""Readers of token shards that follow the published layouts, with Python's standard
library alone and no code of this repository: Megatron-LM's .bin with .idx
(megatron/core/datasets/indexed_dataset.py) and datatrove's .ds
(pipeline/tokens/tokenizer.py)."""
import array
import os
import struct
import sys

FORMATS = {1: "B", 2: "b", 3: "h", 4: "i", 5: "q", 8: "H"}


def ids_of(raw, code):
    ids = array.array(code, raw)
    if sys.byteorder == "big":
        ids.byteswap()
    return ids.tolist()


def megatron(prefix):
    """The documents of PREFIX.bin and PREFIX.idx, and the type code of the tokens."""
    with open(prefix + ".idx", "rb") as f:
        index = f.read()
    assert index[:9] == b"MMIDIDX\x00\x00", "magic"
    version, code, sequences, bounds = struct.unpack_from("<QBQQ", index, 9)
    assert version == 1, "version"
    assert len(index) == 34 + 12 * sequences + 8 * bounds, "size of the index"
    lengths = struct.unpack_from("<%di" % sequences, index, 34)
    offsets = struct.unpack_from("<%dq" % sequences, index, 34 + 4 * sequences)
    documents = struct.unpack_from("<%dq" % bounds, index, 34 + 12 * sequences)
    assert documents == tuple(range(sequences + 1)), "every document is one sequence"
    form = FORMATS[code]
    width = struct.calcsize(form)
    with open(prefix + ".bin", "rb") as f:
        raw = f.read()
    out, end = [], 0
    for n, at in zip(lengths, offsets):
        assert at == end, "sequences stand back to back"
        end = at + n * width
        out.append(ids_of(raw[at:end], form))
    assert end == len(raw), "size of the .bin"
    return out, code


def nanotron(name):
    """The documents of a .ds, and the three lines of its metadata."""
    with open(name + ".metadata", encoding="utf-8") as f:
        metadata = f.read().split("\n")
    width = int(metadata[0].rsplit("|", 1)[1])
    with open(name + ".index", "rb") as f:
        raw = f.read()
    ends = struct.unpack("<%dQ" % (len(raw) // 8), raw)
    with open(name, "rb") as f:
        raw = f.read()
    out, start = [], 0
    for end in ends:
        out.append(ids_of(raw[start * width:end * width], {2: "H", 4: "I"}[width]))
        start = end
    assert start * width == len(raw) == os.path.getsize(name), "size of the .ds"
    assert int(metadata[1]) == start, "tokens in the metadata"
    return out, metadata

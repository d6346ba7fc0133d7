"""Hold the shards that check.py --keep DIR left against datatrove: its writers must
give the same bytes for the same ids, its training data set must read the same ids.

    python datatrove_check.py DIR

Needs datatrove with numpy, humanize and torch. Prints one line per tokenizer; exits 1
on any difference.
"""
import glob
import os
import sys
import tempfile

import layout
from datatrove.pipeline.tokens.megatron_tokenizer import MegatronTokenizedFile
from datatrove.pipeline.tokens.tokenizer import TokenizedFile
from datatrove.utils.dataset import DatatroveFolderDataset

SEQUENCE = 64


def differs(a, b):
    with open(a, "rb") as x, open(b, "rb") as y:
        return x.read() != y.read()


def megatron(folder, tmp):
    """Bytes of .bin and .idx: datatrove takes i32 above 65,536 ids, Megatron from 65,500."""
    bad = files = 0
    for idx in sorted(glob.glob(os.path.join(folder, "megatron", "*.idx"))):
        documents, code = layout.megatron(idx[:-4])
        w = MegatronTokenizedFile(tmp, "peer", token_size=2 if code == 8 else 4)
        for ids in documents:
            w.write(ids)
        w.close()
        bad += differs(idx, os.path.join(tmp, "peer.idx")) + differs(idx[:-4] + ".bin", os.path.join(tmp, "peer.bin"))
        files += 1
    return bad, files


def nanotron(folder, tmp):
    """Bytes of .ds, index and metadata, then ids as training sees them."""
    bad = files = windows = 0
    row, width = [], 2
    for ds in sorted(glob.glob(os.path.join(folder, "nanotron", "*.ds"))):
        documents, metadata = layout.nanotron(ds)
        tokenizer, width = metadata[0].rsplit("|", 1)
        width = int(width)
        w = TokenizedFile(tmp, "peer.ds", tokenizer_name_or_path=tokenizer, save_final_metadata=True, token_size=width)
        for ids in documents:
            w.write(ids, None)
        w.close()
        for ext in ("", ".index", ".metadata"):
            bad += differs(ds + ext, os.path.join(tmp, "peer.ds" + ext))
        flat = [i for ids in documents for i in ids]
        for at in range(0, len(flat) - SEQUENCE, SEQUENCE + 1):
            row.append(flat[at:at + SEQUENCE + 1])
        files += 1
    data = DatatroveFolderDataset(os.path.join(folder, "nanotron"), SEQUENCE, filename_pattern="*.ds", token_size=width)
    bad += len(data) != len(row)
    for i, want in enumerate(row):
        bad += data[i]["input_ids"].tolist() != want
        windows += 1
    return bad, files, windows


def main():
    bad = 0
    for folder in sorted(glob.glob(os.path.join(sys.argv[1], "*"))):
        with tempfile.TemporaryDirectory() as tmp:
            a, bins = megatron(folder, tmp)
            b, sets, windows = nanotron(folder, tmp)
        bad += a + b
        print("%-12s %d .bin and .idx, %d .ds with index and metadata, %d sequences of %d tokens  %d mismatches" % (
            os.path.basename(folder), bins, sets, windows, SEQUENCE, a + b), flush=True)
    sys.exit(bad != 0)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Runs what a page of docs/migrate shows, the peer's program and ours, on the
same input, and says what both keep.

    PYTHON bench/migrate/run.py PEER --corpusmill FILE [--lid FILE] [--work FOLDER] [--ids]

PEER is datatrove, dolma, data-juicer or nemo-curator, PYTHON one that has it. The
blocks come out of the page, no copy is here: Python and shell blocks that do
not begin with `corpusmill`, and files whose first line is `# NAME, for PEER`,
are the peer's; `# file: NAME` and lines of `corpusmill` are ours. The input is
the demo crawl, and for pages that read documents its extracted text with
copies added. Exit code 0: both ran and kept something of the other's.
1: a block failed, or they share nothing.
3: this Python does not have the peer.
"""
import argparse
import collections
import glob
import gzip
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
MODULES = {"datatrove": "datatrove", "dolma": "dolma", "data-juicer": "data_juicer", "nemo-curator": "nemo_curator"}
TITLES = {"datatrove": "datatrove", "dolma": "dolma", "data-juicer": "data-juicer", "nemo-curator": "NeMo Curator"}
KEY = {"datatrove": "url"}  # what names a document in both outputs; id elsewhere
LID_URL = "https://dl.fbaipublicfiles.com/fasttext/supervised-models/lid.176.bin"
FIRST = {}  # of each document made here, the first with the same text
MOST_SECONDS = 120  # of one block


def blocks(peer):
    """The fenced blocks of the page: (language, text)."""
    page = open(os.path.join(ROOT, "docs", "migrate", peer + ".md"), encoding="utf-8").read()
    return re.findall(r"^```(\w+)\n(.*?)^```$", page, re.M | re.S)


def files_and_lines(peer):
    """What the page gives the peer and us: files by name, and commands in order."""
    theirs, ours = ({}, []), ({}, [])
    for lang, text in blocks(peer):
        first = text.split("\n", 1)[0]
        if m := re.match(r"# file: (\S+)$", first):
            ours[0][m[1]] = text
        elif m := re.match(r"# (\S+), for ", first):
            theirs[0][m[1]] = text
        elif lang == "python":
            theirs[0]["script.py"] = text
            theirs[1].append([sys.executable, "script.py"])
        elif lang == "sh":
            for line in text.replace("\\\n", " ").splitlines():
                side = ours if line.startswith("corpusmill ") else theirs
                side[1].append(["bash", "-c", line])
    return theirs, ours


def make_input(program, folder):
    """crawl/*.warc.gz and the documents of it: data/input.jsonl, and the same as
    data/documents/input.jsonl.gz. Every ninth document stands there again, every
    thirteenth with one more sentence, every eleventh cut to a few words."""
    os.makedirs(os.path.join(folder, "crawl"))
    for name in sorted(glob.glob(os.path.join(ROOT, "pipelines", "demo", "*.warc.gz"))):
        shutil.copy(name, os.path.join(folder, "crawl"))
    text = os.path.join(folder, "text")
    os.makedirs(text)
    with open(os.path.join(text, "text.yaml"), "w") as f:
        f.write("name: text\nsource: { warc: { paths: [../crawl/*.warc.gz] } }\nstages:\n  - html_text: {}\nsink: { jsonl: { dir: output/ } }\n")
    run([program, "run", "text.yaml"], text, os.environ)
    lines, first = [], {}

    def add(id, doc, text):
        FIRST[id] = first.setdefault(text, id)
        lines.append(json.dumps({"id": id, "url": doc["url"], "source": "demo", "text": text}, ensure_ascii=False) + "\n")

    documents = sorted(read(os.path.join(text, "output")), key=lambda d: d["url"])
    for i, d in enumerate(documents):
        add(f"d{i:03}", d, d["text"])
        if i % 9 == 0:
            add(f"d{i:03}-copy", d, d["text"])
        if i % 13 == 0:
            add(f"d{i:03}-near", d, d["text"] + "\nOne more sentence stands below this text and nowhere else.")
        if i % 11 == 0:
            add(f"d{i:03}-short", d, " ".join(d["text"].split()[:8]))
    os.makedirs(os.path.join(folder, "data", "documents"))
    with open(os.path.join(folder, "data", "input.jsonl"), "w", encoding="utf-8") as f:
        f.writelines(lines)
    with gzip.open(os.path.join(folder, "data", "documents", "input.jsonl.gz"), "wt", encoding="utf-8") as f:
        f.writelines(lines)
    return len(documents), len(lines)


def read(folder):
    """The documents of all JSON lines in a folder, plain, gzip or zstd."""
    for name in sorted(glob.glob(os.path.join(folder, "*.jsonl*")) + glob.glob(os.path.join(folder, "*.json.gz"))):
        if name.endswith((".zst", ".zstd")):
            import zstandard
            with open(name, "rb") as f:
                data = zstandard.ZstdDecompressor().stream_reader(f, read_across_frames=True).read()
        else:
            data = (gzip.open if name.endswith(".gz") else open)(name, "rb").read()
        for line in data.decode("utf-8").split("\n"):
            if line.strip():
                yield json.loads(line)


def keys(peer, folder):
    """What names each document of an output; data-juicer's file of statistics has no ids."""
    field = KEY.get(peer, "id")
    return [name_of(d[field] if field in d else d["metadata"][field]) for d in read(folder) if "text" in d]


def run(command, folder, env):
    """Runs a command in a process group of its own, so that what it starts ends with it."""
    log = os.path.join(folder, "log.txt")
    with open(log, "wb") as out:
        p = subprocess.Popen(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            code = p.wait(MOST_SECONDS)
        except subprocess.TimeoutExpired:
            code = f"none after {MOST_SECONDS} s"
            os.killpg(p.pid, signal.SIGKILL)
            p.wait()
    if code:
        with open(log, encoding="utf-8", errors="replace") as f:
            print(f.read()[-4000:], file=sys.stderr)
        sys.exit(f"{' '.join(command)}: exit code {code}")


def environment(peer, folder, lid):
    """The peers' own ways to a language model that is there already."""
    env = dict(os.environ, HF_HUB_OFFLINE="1", PATH=os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"], HOME=folder)
    if not lid:
        return env
    if peer == "datatrove":
        name = os.path.join(folder, "assets", "datatrove", "lid", "ft176", LID_URL.removeprefix("https://").replace("/", "_"))
        for scheme in ("", "https:__"):  # the name that datatrove gives depends on fsspec's version
            place(lid, os.path.join(os.path.dirname(name), scheme + os.path.basename(name)))
        env["HF_ASSETS_CACHE"] = os.path.join(folder, "assets")
    elif peer == "dolma":
        from dolma.core.paths import resource_to_filename
        place(lid, os.path.join(folder, "cache", "dolma", resource_to_filename(LID_URL)))
        env["XDG_CACHE_HOME"] = os.path.join(folder, "cache")
    elif peer == "data-juicer":
        place(lid, os.path.join(folder, "models", "lid.176.bin"))
        env["DATA_JUICER_EXTERNAL_MODELS_HOME"] = os.path.join(folder, "models")
    return env


def place(lid, name):
    os.makedirs(os.path.dirname(name), exist_ok=True)
    shutil.copy(lid, name)
    open(name + ".completed", "w").close()


def rejected(peer, program, folder):
    """Which rule of ours dropped each document, in the page's first pipeline."""
    rules = {}
    name = "from-" + peer.removesuffix("-curator")

    def show(*more):
        return json.loads(subprocess.run([program, "show", "runs/" + name, "--json", *more], cwd=folder, check=True, capture_output=True, text=True).stdout)

    for stage in show()["stages"]:
        for rule in stage["rejected"]:
            for d in show("--rejects", stage["name"] + "." + rule, "--samples", "1000")["samples"]:
                rules[name_of(d[KEY.get(peer, "id")])] = stage["name"] + "." + rule
    return rules


def name_of(key):
    """The first document with the same text: which of equal ones stays is not compared."""
    return FIRST.get(str(key), str(key))


def main():
    a = argparse.ArgumentParser()
    a.add_argument("peer", choices=MODULES)
    a.add_argument("--corpusmill", required=True, help="the program")
    a.add_argument("--lid", help="lid.176.bin or .ftz; without it the peer fetches its own")
    a.add_argument("--work", help="folder to keep (default: one that is removed)")
    a.add_argument("--ids", action="store_true", help="print what one alone keeps")
    a = a.parse_args()
    if importlib.util.find_spec(MODULES[a.peer]) is None:
        print(f"this Python has no {MODULES[a.peer]}")
        sys.exit(3)
    if a.work:
        os.makedirs(a.work)
        compare(a, os.path.abspath(a.work))
    else:
        with tempfile.TemporaryDirectory() as folder:
            compare(a, folder)


def compare(a, work):
    program = os.path.abspath(a.corpusmill)
    bin = os.path.join(work, "bin")
    os.makedirs(bin)
    os.symlink(program, os.path.join(bin, "corpusmill"))
    pages, documents = make_input(program, work)
    kept = {}
    for side, (files, commands) in zip(("theirs", "ours"), files_and_lines(a.peer)):
        folder = os.path.join(work, side)
        os.makedirs(folder)
        for name in ("crawl", "data"):
            shutil.copytree(os.path.join(work, name), os.path.join(folder, name))
        for name, text in files.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
                f.write(text)
        env = environment(a.peer, folder, a.lid and os.path.abspath(a.lid)) if side == "theirs" else dict(os.environ, PATH=bin + os.pathsep + os.environ["PATH"])
        for command in commands:
            run(command, folder, env)
        kept[side] = keys(a.peer, os.path.join(folder, "output"))
    theirs, ours = collections.Counter(kept["theirs"]), collections.Counter(kept["ours"])
    both, they, we = set(theirs) & set(ours), set(theirs) - set(ours), set(ours) - set(theirs)
    given = pages if a.peer == "datatrove" else documents
    print(f"{a.peer}.md: {given} documents in, {sum(theirs.values())} kept by {TITLES[a.peer]}, {sum(ours.values())} by corpusmill, "
          f"{len(both)} by both, {len(they)} by {TITLES[a.peer]} alone, {len(we)} by corpusmill alone")
    why = rejected(a.peer, program, os.path.join(work, "ours"))
    for rule, n in collections.Counter(why.get(k, "no reason found") for k in they).most_common():
        print(f"  {n} kept by {TITLES[a.peer]} alone: dropped here by {rule}")
    if a.ids:
        for k in sorted(they):
            print("  -", k, why.get(k, ""))
        for k in sorted(we):
            print("  +", k)
    if not both:
        sys.exit("they have no document in common")


if __name__ == "__main__":
    main()

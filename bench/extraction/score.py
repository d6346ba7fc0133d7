#!/usr/bin/env python3
"""Score extracted texts against gold texts, by set, page type and script, with intervals.

score.py GOLD.jsonl.gz[,GOLD2...] NAME=TEXTS.jsonl.gz ... [--against NAME] [--worst N] [--only REGEXP]

TEXTS are {id, text} lines; the first NAME is judged, --against another (default: the last).
Word F1 is of word multisets, CJK characters as words. For CJK pages and threads there are
two scores that know order: F1 of character 4-grams, and ROUGE-L (longest common subsequence
of words). Intervals are 95 % of 1,000 bootstrap samples of sites; pages of a site stay
together. A missing page counts as empty.
"""
import argparse
import collections
import gzip
import json
import os
import random
import re

CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
WORD = re.compile(f"[{CJK}]|[^\\W{CJK}]+")
LONGEST = 20000  # words a side up to which ROUGE-L is computed
SAMPLES = 1000


def lines(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rt") as f:
        yield from map(json.loads, f)


def site(page):
    """The registered domain, about; sets that made their addresses up carry the real host in front of theirs."""
    host = re.sub(r"^\w+://|[/:?#].*", "", page["url"].lower())
    if host.endswith(".example"):
        host = host[: -len(".example")].rpartition(".")[0] or host
    parts = host.split(".")
    second = len(parts) > 2 and len(parts[-1]) == 2 and parts[-2] in ("co", "com", "gov", "org", "net", "edu", "ac", "or", "ne")
    return ".".join(parts[-3 if second else -2 :])


def f1(a, b):
    both = sum((a & b).values())
    m, n = sum(a.values()), sum(b.values())
    if not m or not n:
        return (1.0, 1.0, 1.0) if m == n else (0.0, 0.0, 0.0)
    return 2 * both / (m + n), both / m, both / n


def grams(text):
    text = re.sub(r"\s+", "", text)
    return collections.Counter(text[i : i + 4] for i in range(len(text) - 3))


def common(a, b):
    """Length of the longest common subsequence, bit-parallel (Hyyro 2004)."""
    places = {}
    for i, x in enumerate(a):
        places[x] = places.get(x, 0) | 1 << i
    full = (1 << len(a)) - 1
    v = full
    for y in b:
        u = v & places.get(y, 0)
        v = ((v + u) | (v - u)) & full
    return len(a) - bin(v).count("1")


def judge(text, gold, ordered):
    p, g = WORD.findall(text.lower()), WORD.findall(gold.lower())
    f, precision, recall = f1(collections.Counter(p), collections.Counter(g))
    out = {"F1": f, "P": precision, "R": recall}
    if ordered:
        out["4-gram"] = f1(grams(text), grams(gold))[0]
        if max(len(p), len(g)) <= LONGEST:
            out["ROUGE-L"] = 2 * common(g, p) / (len(p) + len(g)) if p or g else 1.0
    return out


def mean(values):
    return sum(values) / len(values)


def interval(by_site):
    """95 % of the means of samples of sites; by_site is a list of lists."""
    rng = random.Random(1)
    sums = [(sum(v), len(v)) for v in by_site]
    means = []
    for _ in range(SAMPLES):
        drawn = rng.choices(sums, k=len(sums))
        means.append(sum(s for s, _ in drawn) / sum(n for _, n in drawn))
    means.sort()
    return means[SAMPLES // 40], means[-SAMPLES // 40 - 1]


def groups(name, page):
    script = page.get("script") or "other"
    kind = page.get("page_type") or "?"
    yield name
    yield f"{name} {kind}"
    if name in ("magic", "zh"):
        yield f"{name} {page['source']}" if name == "zh" else f"{name} {kind} {script}"


def main():
    args = argparse.ArgumentParser()
    args.add_argument("gold")
    args.add_argument("texts", nargs="+")
    args.add_argument("--against", default="")
    args.add_argument("--worst", type=int, default=0)
    args.add_argument("--only", default="")
    a = args.parse_args()
    names = [t.partition("=")[0] for t in a.texts]
    texts = {}
    for t in a.texts:
        name, _, path = t.partition("=")
        texts[name] = {r["id"]: r.get("text") or "" for r in lines(path)}
    against = a.against or names[-1]
    rows = collections.defaultdict(list)
    for path in a.gold.split(","):
        set_name = os.path.basename(path).partition(".")[0]
        for page in lines(path):
            if page.get("gold") is None:
                continue
            keys = [k for k in groups(set_name, page) if re.search(a.only, k)]
            if not keys:
                continue
            ordered = set_name == "zh" or page.get("script") == "cjk" or page.get("page_type") == "forum"
            scores = {n: judge(texts[n].get(page["id"], ""), page["gold"], ordered) for n in names}
            for k in keys:
                rows[k].append((site(page), page, scores))
    print(f"{'':34} pages sites  " + "  ".join(f"{n[:22]:22}" for n in names) + "  difference")
    for k in sorted(rows):
        v = rows[k]
        sites = collections.defaultdict(list)
        for s, _, scores in v:
            sites[s].append(scores)
        for metric in ("F1", "P", "R", "4-gram", "ROUGE-L"):
            if any(metric not in s[names[0]] for _, _, s in v) and metric not in ("4-gram", "ROUGE-L"):
                continue
            if not any(metric in s[names[0]] for _, _, s in v):
                continue
            cells = []
            for n in names:
                by = [[s[n][metric] for s in group if metric in s[n]] for group in sites.values()]
                by = [g for g in by if g]
                low, high = interval(by)
                cells.append(f"{mean([x for g in by for x in g]):.4f} [{low:.3f}, {high:.3f}]")
            if len(names) > 1:
                by = [[s[names[0]][metric] - s[against][metric] for s in g if metric in s[names[0]] and metric in s[against]] for g in sites.values()]
                by = [g for g in by if g]
                low, high = interval(by)
                cells.append(f"{mean([x for g in by for x in g]):+.4f} [{low:+.3f}, {high:+.3f}]")
            print(f"{k if metric == 'F1' else '':26}{metric:8} {len(v):5} {len(sites):5}  " + "  ".join(f"{c:22}" for c in cells))
    if a.worst:
        seen = {}
        for k in rows:
            for _, page, scores in rows[k]:
                seen[page["id"]] = (scores[names[0]]["F1"], page, scores)
        for f, page, scores in sorted(seen.values(), key=lambda r: r[0])[: a.worst]:
            s = scores[names[0]]
            print(f"{f:.3f} P {s['P']:.2f} R {s['R']:.2f} {against} {scores[against]['F1']:.3f} {page['id']} {page.get('page_type')} {page['url'][:90]}")


main()

#!/usr/bin/env python3
"""The fineweb recipe stage by stage: seconds of corpusmill and of datatrove.

stages.py TIMINGS.json USER_SECONDS REPORT.json

TIMINGS.json is that of a run with one worker, USER_SECONDS its user CPU; REPORT.json is
written by run_datatrove.py. datatrove extracts in a process of its own, whose user CPU
counts as extraction.
"""
import json, sys

STAGES = [
    ("URL lists", ["url_blocklist"], ["Url-filter"]),
    ("HTML to text", ["html_text"], ["Trafilatura"]),
    ("language", ["language"], ["Language ID"]),
    ("Gopher repetition", ["gopher_repetition"], ["Gopher Repetition"]),
    ("Gopher quality", ["gopher_quality"], ["Gopher Quality"]),
    ("C4 quality", ["c4_quality"], ["C4 Quality"]),
    ("FineWeb quality", ["fineweb_quality"], ["FineWeb Quality"]),
    ("MinHash signatures and clusters", ["exact_dedup", "minhash"], ["MinHash stage"]),
    ("personal data", ["pii"], ["PII"]),
    ("token count", ["token_count"], ["Counter"]),
]

timings, user, report = json.load(open(sys.argv[1])), float(sys.argv[2]), json.load(open(sys.argv[3]))
ours = {s["name"]: s["seconds"] for s in timings["stages"]}
theirs = [(s["name"], s["cpu_s"]) for run in report.values() if isinstance(run, dict) for s in run["stages"]]
extraction = report["base"]["child_user_s"]
total = report["total_self_user_s"] + report["total_child_user_s"]

print("| stage | corpusmill s | datatrove s | ratio |")
print("|---|---|---|---|")
rest, rest_theirs = user, total
for label, own, names in STAGES:
    a = sum(ours.get(n, 0) for n in own)
    b = sum(s for name, s in theirs for n in names if n in name)
    if "Trafilatura" in names:
        b += extraction
    rest, rest_theirs = rest - a, rest_theirs - b
    print(f"| {label} | {a:.3f} | {b:.2f} | {b / a:.0f} |" if b else f"| {label} | {a:.3f} | | |")
print(f"| start, reading, writing, the rest | {rest:.3f} | {rest_theirs:.2f} | {rest_theirs / rest:.0f} |")
print(f"| all | {user:.2f} | {total:.1f} | {total / user:.0f} |")

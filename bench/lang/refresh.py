"""Put this package's figures of today into the tables of README.md; those of the peers stay.

    python bench/lang/refresh.py ../shared/data/langid.jsonl.gz

Run it in the module's root.
"""
import re
import subprocess
import sys
import tempfile

README = "bench/lang/README.md"


def main():
    with tempfile.TemporaryDirectory() as folder:
        program, samples = folder + "/lang", folder + "/samples.jsonl"
        subprocess.run(["go", "build", "-o", program, "./bench/lang"], check=True)
        with open(samples, "wb") as f:
            subprocess.run([program, "samples", sys.argv[1]], stdout=f, check=True)
        out = subprocess.run([program, "score", samples], stdout=subprocess.PIPE, check=True, text=True).stdout
    with open(README, encoding="utf-8") as f:
        text = f.read()
    changed = 0
    for row in out.splitlines():
        cells = [c.strip() for c in row.strip("| \n").split("|")]
        if len(cells) not in (3, 4) or not re.match(r"\d", cells[-1]):
            continue
        key = "| " + " | ".join(cells[:-1]) + " | "
        new, n = re.subn(r"(?m)^" + re.escape(key) + r"[^|]+\|", lambda _: key + cells[-1] + " |", text)
        changed += new != text
        text = new
        if n == 0:
            print("no row", key)
    with open(README, "w", encoding="utf-8") as f:
        f.write(text)
    print(changed, "rows changed")


main()

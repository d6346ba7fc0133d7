#!/usr/bin/env python3
"""The arithmetic of docs/cluster.md: what a crawl costs, from figures that were measured and
assumptions that are named. Prints the tables of the page.

    python3 arithmetic.py"""

# Measured (docs/log.md, bench/fineweb): the recipe fineweb on web.warc.gz, one core.
WARC_MB = 31.7           # compressed, 914 pages, 169.8 MB of HTML
PAGES = 914
HTML_MB = 169.8
CPU_SECONDS = 2.0        # of user CPU, all passes
KEPT = 400               # documents behind the rules, before deduplication drops any
SEGMENT_MB = 1.29        # documents of the segment
KEYS_MB = 0.168          # keys of exact_dedup and minhash
OTHER_MB = 0.061         # index and sketches
PARTS_MB = 1.14          # Parquet
PEAK_GB = 0.2            # memory of a process with two workers
TASK_START = 0.3         # seconds of CPU of a process that begins

# Assumed.
PRICE_CORE_HOUR = 0.05   # USD, a core of two threads, on demand; spot about a third
SPOT = 0.35
PUT, GET = 5e-6, 4e-7    # USD a request of an object store
STORE_GB_MONTH = 0.023   # USD
CORES = 1000
BUSY = 0.85              # of the cores' time that is work
SLOWER = 1.5             # a rented core against the one that was measured; not measured
RANGE_MB = 128 * 1.048576  # packs.cut
BUNDLE = 1000            # segments whose keys are merged to one run
WRITES_TASK = 7          # a segment task: documents, index, keys of two stages, sketches, statistics, commit
KEYS_PARTITION = 64 << 20  # keys of a group task (plan/expand.go)
KEYS_DOCUMENT = 15       # 14 bands and a hash


def crawl(name, tb, files, mb_per_second, pages):
    mb = tb * 1e6
    seconds = mb / mb_per_second
    hours = seconds / 3600 * SLOWER
    scale = mb / WARC_MB if mb_per_second < 20 else mb / HTML_MB
    ranges = max(files, int(mb / RANGE_MB))
    kept = KEPT * scale
    temporary = (SEGMENT_MB + KEYS_MB + OTHER_MB) * scale / 1e6
    parts = PARTS_MB * scale / 1e6
    bundles, partitions = files / BUNDLE, 1 << max(0, int(kept * KEYS_DOCUMENT / KEYS_PARTITION) - 1).bit_length()
    writes = WRITES_TASK * files + 2 * (2 * bundles + 2 * partitions)
    # the input, the keys of two stages for their merge, edits and documents for the parts; runs
    reads = files * (1 + 2 * 2 + 2 + 2) + 2 * 2 * bundles * partitions
    money = hours / BUSY * PRICE_CORE_HOUR
    print("| %s | %.0f TB, %s files, about %.1f G pages |" % ("**" + name + "**", tb, format(files, ","), pages / 1e9))
    print("| tasks of the first pass | %s, one a file (`packs.cut: 0`), of %.0f s each; %s of 128 MiB |" % (format(files, ","), seconds / files * SLOWER, format(ranges, ",")))
    print("| core-hours | %s; on %d cores that are busy for %.0f %%: %.1f hours |" % (format(round(hours), ","), CORES, BUSY * 100, hours / CORES / BUSY))
    print("| documents behind the rules | %.2f G |" % (kept / 1e9))
    print("| temporary bytes | %.1f TB: documents %.1f, keys %.2f, the rest %.2f |" % (temporary, SEGMENT_MB * scale / 1e6, KEYS_MB * scale / 1e6, OTHER_MB * scale / 1e6))
    print("| parts, before duplicates are dropped | %.1f TB |" % parts)
    print("| group tasks a stage | %d, over %d merged runs |" % (partitions, bundles))
    print("| requests of the run folder | %.1f M writes, %.1f M reads |" % (writes / 1e6, reads / 1e6))
    print("| money | %s USD of cores (%s at spot), %d USD of requests, %d USD a month while the temporary bytes lie there |"
          % (format(round(money), ","), format(round(money * SPOT), ","), round(writes * PUT + reads * GET), round(temporary * 1000 * STORE_GB_MONTH)))


speed = WARC_MB / CPU_SECONDS
print("%.1f MB of WARC, %.0f MB of HTML and %.0f pages a second on one core\n" % (speed, HTML_MB / CPU_SECONDS, PAGES / CPU_SECONDS))
print("| | |\n|---|---|")
crawl("a crawl of Common Crawl", 90, 90_000, speed, 90e6 / WARC_MB * PAGES)
crawl("MDFS, 866 TB of compressed archives", 866, 866_000, speed, 866e6 / WARC_MB * PAGES)
crawl("MDFS, 866 TB of HTML", 866, 866_000, HTML_MB / CPU_SECONDS, 866e6 / HTML_MB * PAGES)

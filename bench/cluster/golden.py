#!/usr/bin/env python3
"""The same bytes on engines that lose machines: one plain run, one on Ray with two nodes of
which one is removed, one on Spark with two executors of which one is killed.

    python3 golden.py --input DIR_OF_WARC --model FASTTEXT [--engines plain,ray,spark] [--work DIR]

The Python has the package corpusmill (python/build.sh), ray 2.60.0 and pyspark 4.3.0 (Java 17).
Prints a line of JSON a run, and ends with 1 where bytes differ."""

import argparse
import glob
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zlib

import corpusmill
from corpusmill import _tasks

HERE = os.path.dirname(os.path.abspath(__file__))
SHARDS = 16


def split(files, out):
    """Deals the records of archives to shards, one after the other."""
    os.makedirs(out)
    shards = [open(os.path.join(out, "s%02d.warc.gz" % i), "wb") for i in range(SHARDS)]
    n = 0
    for path in files:
        with open(path, "rb") as f:
            data = f.read()
        at = 0
        while at < len(data):
            d = zlib.decompressobj(31)
            step = at
            while not d.eof:
                d.decompress(data[step : step + (1 << 16)])
                step += 1 << 16
            end = min(step, len(data)) - len(d.unused_data)
            shards[n // 40 % SHARDS].write(data[at:end])
            n, at = n + 1, end
    for s in shards:
        s.close()


def pipeline(work, name, model):
    """The pipeline, with folders of its own for the parts."""
    with open(os.path.join(HERE, "pipeline.yaml")) as f:
        text = f.read()
    folder = os.path.join(work, name)
    os.makedirs(folder)
    for word, value in (("IN", os.path.join(work, "in")), ("OUT", os.path.join(folder, "out")), ("MODEL", model)):
        text = text.replace('"%s' % word, '"' + value)
    path = os.path.join(folder, "pipeline.yaml")
    with open(path, "w") as f:
        f.write(text)
    return path, os.path.join(folder, "run")


def bytes_of(folder):
    """Digests of all that is promised to be the same."""
    sums = {}
    for path in glob.glob(folder + "/**", recursive=True):
        name = os.path.relpath(path, folder)
        promised = name.startswith("out/") or name in ("run/manifest.jsonl", "run/stats.json")
        if os.path.isfile(path) and promised and not os.path.basename(name).startswith("_corpusmill"):
            with open(path, "rb") as f:
                sums[name] = hashlib.sha256(f.read()).hexdigest()
    return sums


def commits(run):
    return len([p for p in glob.glob(run + "/commits/*/*.json") if "/list/" not in p])


def plan(path, run):
    subprocess.run([corpusmill.program(), "tasks", path, "--run", run], check=True, stdout=subprocess.DEVNULL)


def on_ray(path, run, loses):
    import ray
    from ray.cluster_utils import Cluster

    import corpusmill.ray

    plan(path, run)
    cluster = Cluster()
    cluster.add_node(num_cpus=1, memory=4 << 30, object_store_memory=200 << 20)
    second = cluster.add_node(num_cpus=1, memory=4 << 30, object_store_memory=200 << 20)
    ray.init(address=cluster.address, log_to_driver=False)
    lost = {}

    def say(done, result):
        if loses and done == 4:
            lost["at"] = commits(run)
            cluster.remove_node(second, allow_graceful=False)
            threading.Timer(3, lambda: cluster.add_node(num_cpus=1, memory=4 << 30, object_store_memory=200 << 20)).start()

    begun = time.monotonic()
    s = corpusmill.ray.run(run, cpus=1, memory="2GiB", say=say)
    took = time.monotonic() - begun
    ray.shutdown()
    cluster.shutdown()
    if loses and "at" not in lost:
        raise SystemExit("no node was removed")
    return took, s, "a node removed at %s commits" % lost.get("at") if loses else ""


def children(pid):
    """The processes below one, by /proc."""
    below = {}
    for stat in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(stat) as f:
                text = f.read()
        except OSError:
            continue
        below.setdefault(int(text.rsplit(")", 1)[1].split()[1]), []).append(int(text.split(" ", 1)[0]))
    found, rest = [], [pid]
    while rest:
        for child in below.get(rest.pop(), []):
            found.append(child)
            rest.append(child)
    return found


def executors():
    """The JVMs of executors that this process has started."""
    found = []
    for pid in children(os.getpid()):
        try:
            with open("/proc/%d/cmdline" % pid, "rb") as f:
                words = f.read().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"java") and any(b"CoarseGrainedExecutorBackend" in w for w in words):
            found.append(pid)
    return sorted(found)


def on_spark(path, run, loses):
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    from pyspark import SparkConf, SparkContext

    import corpusmill.spark

    plan(path, run)
    conf = SparkConf().setMaster("local-cluster[2,1,1024]").setAppName("golden").set("spark.ui.enabled", "false").set("spark.task.maxFailures", "6")
    sc = SparkContext(conf=conf)
    sc.setLogLevel("OFF")
    killed = {}

    def kill():
        while commits(run) < 4:
            time.sleep(0.05)
        victim = executors()[-1]
        below = [p for p in children(victim)]
        os.kill(victim, signal.SIGKILL)
        killed.update(at=commits(run), below=below)

    if loses:
        threading.Thread(target=kill, daemon=True).start()
    begun = time.monotonic()
    s = corpusmill.spark.run(sc, run, cpus=1, memory="2GiB")
    took = time.monotonic() - begun
    sc.stop()
    if loses and "at" not in killed:
        raise SystemExit("no executor was killed")
    left = [p for p in killed.get("below", []) if os.path.exists("/proc/%d" % p)]
    return took, s, "an executor killed at %s commits; of its %d child processes %d live on" % (killed.get("at"), len(killed["below"]), len(left)) if loses else ""


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--input", required=True)
    p.add_argument("--model", required=True)
    p.add_argument("--engines", default="plain,ray,spark")
    p.add_argument("--calm", action="store_true", help="lose nothing")
    p.add_argument("--work", default="")
    a = p.parse_args()
    work = a.work or tempfile.mkdtemp()
    if not os.path.isdir(os.path.join(work, "in")):
        split(sorted(glob.glob(os.path.join(a.input, "*.warc.gz"))), os.path.join(work, "in"))
    want, failed = None, False
    for engine in ["plain"] + [e for e in a.engines.split(",") if e != "plain"]:
        shutil.rmtree(os.path.join(work, engine), ignore_errors=True)
        path, run = pipeline(work, engine, os.path.abspath(a.model))
        if engine == "plain":
            begun = time.monotonic()
            s = corpusmill.run(path, run=run, workers=2, memory="4GiB", quiet=True).summary
            took, note = time.monotonic() - begun, ""
            want = bytes_of(os.path.dirname(path))
        else:
            took, s, note = {"ray": on_ray, "spark": on_spark}[engine](path, run, not a.calm)
        got = bytes_of(os.path.dirname(path))
        differ = sorted(n for n in set(got) | set(want) if got.get(n) != want.get(n))
        failed = failed or bool(differ) or not got
        print(json.dumps({"engine": engine, "seconds": round(took, 1), "documents": s["documents"], "tasks": s["tasks_run"] + s["tasks_resumed"],
                          "run_at_the_end": s["tasks_run"], "files": len(got), "differ": differ, "note": note}), flush=True)
    if not a.work:
        shutil.rmtree(work)
    sys.exit(1 if failed else 0)


main()

"""Runs the tasks of a run on Ray: python -m corpusmill.ray RUN.

Ray has the keys of tasks: it places them, tries those again whose node is lost, and asks for
nodes. The plan is in the run folder (corpusmill tasks PIPELINE --run RUN makes it), and what is
done is what is committed there: nothing else is kept."""

import argparse
import json
import sys
import time
from typing import Any, Dict, List, Optional

from . import _tasks

_AT_ONCE = 10_000  # keys that Ray has at once
_LIST_EVERY = 2.0  # seconds between two listings at least


def _one(run: str, key: str, cpus: int, memory: int) -> Dict[str, Any]:
    return _tasks.run_task(run, key, cpus, memory)


def run(run: str, *, cpus: int = 1, memory: str = "4GiB", workers: int = 0, retries: int = 5, say=None) -> Dict[str, Any]:
    """Runs what is left of a run on the cluster of ray.init, and ends it. A task takes cpus cores
    and memory of a node; workers bounds the tasks at once, 0 does not. Returns the summary of
    corpusmill run --json. Raises the error of a task that failed more than retries times."""
    import ray

    bytes_ = _tasks.memory_of(memory)
    one = ray.remote(num_cpus=cpus, memory=bytes_, max_retries=retries, retry_exceptions=True)(_one)
    bound = workers or _AT_ONCE
    under_way: Dict[Any, str] = {}
    listed: List[Dict[str, Any]] = []
    next_list, done, since = 0.0, 0, 1
    while True:
        if not listed and (not under_way or since and time.monotonic() >= next_list):
            begun, known = time.monotonic(), set(under_way.values())
            listed = [t for t in _tasks.ready(run) if t["key"] not in known]
            next_list, since = time.monotonic() + max(_LIST_EVERY, 5 * (time.monotonic() - begun)), 0
            if not listed and not under_way:
                break
        while listed and len(under_way) < bound:
            key = listed.pop(0)["key"]
            under_way[one.remote(run, key, cpus, bytes_)] = key
        refs = list(under_way)
        if not ray.wait(refs, num_returns=1, timeout=_LIST_EVERY)[0]:
            continue
        for ref in ray.wait(refs, num_returns=len(refs), timeout=0)[0]:
            result = ray.get(ref)  # raises what the task raised
            del under_way[ref]
            done, since = done + 1, since + 1
            if say:
                say(done, result)
    return _tasks.finish(run, cpus, bytes_)


def main(args: Optional[list] = None) -> int:
    p = argparse.ArgumentParser(prog="python -m corpusmill.ray", description="Runs the tasks of a run on Ray.")
    p.add_argument("run", help="run folder or s3:// location, with a plan")
    p.add_argument("--cpus", type=int, default=1, help="cores of a task")
    p.add_argument("--memory", default="4GiB", help="memory of a task")
    p.add_argument("--workers", type=int, default=0, help="tasks at once at most")
    p.add_argument("--retries", type=int, default=5, help="failures of a task that are tried again")
    a = p.parse_args(args)
    import ray

    ray.init(ignore_reinit_error=True)
    s = run(a.run, cpus=a.cpus, memory=a.memory, workers=a.workers, retries=a.retries,
            say=lambda n, r: print("%d tasks done" % n, file=sys.stderr) if n % 100 == 0 else None)
    print(json.dumps(s))
    return 0


if __name__ == "__main__":
    sys.exit(main())

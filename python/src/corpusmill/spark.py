"""Runs the tasks of a run on Spark: spark-submit "$(python3 -m corpusmill where spark)" RUN.

Spark has the keys of tasks: it places them and tries those again whose executor is lost. The
plan is in the run folder (corpusmill tasks PIPELINE --run RUN makes it), and what is done is what
is committed there. Documents never pass through the JVM."""

import argparse
import io
import json
import os
import sys
import tempfile
import zipfile
from typing import Any, Dict, Optional

_HERE = os.path.dirname(os.path.abspath(__file__))
if __name__ == "__main__":  # as spark-submit runs it: the package is the folder of this file
    sys.path[:] = [os.path.dirname(_HERE)] + [p for p in sys.path if os.path.abspath(p or ".") != _HERE]

from corpusmill import _tasks  # noqa: E402

_AT_ONCE = 10_000  # keys of a job of Spark


def _shipped() -> Optional[str]:
    """The program that spark-submit --files sent, None where there is none."""
    from pyspark import SparkFiles

    path = SparkFiles.get("corpusmill")
    if not os.path.isfile(path):
        return None
    if not os.access(path, os.X_OK):
        os.chmod(path, 0o755)
    return path


def _package() -> str:
    """The sources of this package as a zip: executors need not have it."""
    fd, name = tempfile.mkstemp(suffix=".zip", prefix="corpusmill-")
    with os.fdopen(fd, "wb") as f:
        b = io.BytesIO()
        with zipfile.ZipFile(b, "w") as z:
            for file in sorted(os.listdir(_HERE)):
                if file.endswith(".py"):
                    z.write(os.path.join(_HERE, file), "corpusmill/" + file)
        f.write(b.getvalue())
    return name


def run(sc, run: str, *, cpus: int = 1, memory: str = "4GiB", workers: int = 0, say=None) -> Dict[str, Any]:
    """Runs what is left of a run on a SparkContext, and ends it. A task uses cpus cores, which
    should be spark.task.cpus, and memory beside the JVM. Returns the summary of corpusmill run
    --json. Raises the error of a task that failed more than spark.task.maxFailures times."""
    bytes_ = _tasks.memory_of(memory)
    package = _package()
    sc.addPyFile(package)

    def one(key):
        from corpusmill import _tasks as there
        from corpusmill.spark import _shipped as shipped

        return there.run_task(run, key, cpus, bytes_, shipped())

    done = 0
    try:
        while True:
            tasks = _tasks.ready(run)
            if not tasks:
                break
            keys = [t["key"] for t in tasks[:_AT_ONCE]]
            done += len(sc.parallelize(keys, len(keys)).map(one).collect())
            if say:
                say(done)
    finally:
        os.remove(package)
    return _tasks.finish(run, cpus, bytes_)


def main(args: Optional[list] = None) -> int:
    p = argparse.ArgumentParser(prog="spark.py", description="Runs the tasks of a run on Spark.")
    p.add_argument("run", help="run folder or s3:// location, with a plan")
    p.add_argument("--cpus", type=int, default=1, help="cores of a task: spark.task.cpus")
    p.add_argument("--memory", default="4GiB", help="memory of a task, beside the JVM")
    p.add_argument("--workers", type=int, default=0, help="executors, for spark-submit alone")
    a = p.parse_args(args)
    from pyspark import SparkContext

    sc = SparkContext.getOrCreate()
    s = run(sc, a.run, cpus=a.cpus, memory=a.memory, say=lambda n: print("%d tasks done" % n, file=sys.stderr))
    print(json.dumps(s))
    sc.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())

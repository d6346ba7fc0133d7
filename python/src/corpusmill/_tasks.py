"""What the launchers share: the tasks of a run as data, and a child that runs them by key."""

import atexit
import json
import os
import subprocess
import threading
from typing import Any, Dict, List, Optional, Tuple

from ._errors import CorpusmillError, of_exit_code
from ._program import program, start


class TaskFailed(CorpusmillError):
    """A task ended with an error: the engine may try it again."""


def memory_of(text: str) -> int:
    """Bytes of a size such as 16GiB or 16384MiB."""
    for unit, factor in (("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("", 1)):
        if text.endswith(unit):
            return int(float(text[: len(text) - len(unit)] or 0) * factor)
    raise ValueError(text)


def ready(run: str, path: Optional[str] = None) -> List[Dict[str, Any]]:
    """The tasks that can be run now, the longest first."""
    done = subprocess.run([path or program(), "tasks", run, "--json"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        raise of_exit_code(done.returncode, done.stderr.decode("utf-8", "replace"))
    tasks = [json.loads(line) for line in done.stdout.splitlines()]
    return sorted(tasks, key=lambda t: (-t["estimated_seconds"], t["key"]))


def finish(run: str, cpus: int, memory: int) -> Dict[str, Any]:
    """Ends a run whose tasks are done: its parts become current. What is missing after all is
    run here."""
    child = start(["run", run, "--json", "--workers", str(cpus), "--memory", _budget(memory)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    out, _ = child.communicate()
    if child.returncode not in (0, 5):
        raise of_exit_code(child.returncode, "")
    return json.loads(out)


def _budget(memory: int) -> str:
    return "%dMiB" % ((memory >> 20) // 5 * 4)


_children: Dict[Tuple[int, str, int, int], subprocess.Popen] = {}
_using = threading.Lock()


@atexit.register
def _close():
    for (pid, *_), child in _children.items():
        if pid == os.getpid():
            child.stdout.close()
            try:
                child.stdin.close()
            except OSError:
                pass
            child.wait()


def run_task(run: str, key: str, cpus: int, memory: int, path: Optional[str] = None) -> Dict[str, Any]:
    """Runs a task in the child of this process, which keeps its models for the next one.
    Raises TaskFailed where the task failed or the child died."""
    with _using:
        at = (os.getpid(), run, cpus, memory)
        child = _children.get(at)
        if child is None or child.poll() is not None:
            args = ["task", "--run", run, "--workers", str(cpus), "--memory", _budget(memory), "-"]
            child = _children[at] = start(args, path=path, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            child.stdin.write(key.encode() + b"\n")
            child.stdin.flush()
            line = child.stdout.readline()
        except OSError:
            line = b""
        if not line:
            raise TaskFailed("the process of task %s ended with %s" % (key, child.wait()))
    result = json.loads(line)
    if not result["ok"]:
        raise TaskFailed("task %s: %s" % (key, result["error"]))
    return result

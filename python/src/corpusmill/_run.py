"""run and read."""

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass, field
from typing import Any, Dict, Mapping, Optional, Union

from ._errors import of_exit_code
from ._program import program, start

_EMPTY = 5  # the run is whole and no document was left


@dataclass(frozen=True)
class RunResult:
    """The outcome of a run."""

    run: str
    """The run folder."""
    documents: int
    tokens: int
    bytes: int
    """Of text, UTF-8."""
    parts: int
    quarantined: int
    seconds: float
    summary: Dict[str, Any] = field(repr=False)
    """All that corpusmill run --json says."""

    def read(self, sink: str = ""):
        """The parts, as read gives them."""
        return read(self.run, sink=sink)


def run(
    pipeline: Union[str, "os.PathLike[str]", Mapping[str, Any]],
    *,
    run: Union[str, "os.PathLike[str]", None] = None,
    set: Optional[Mapping[str, Any]] = None,
    workers: Optional[int] = None,
    memory: Optional[str] = None,
    limit: int = 0,
    sample: float = 0,
    replace: bool = False,
    quiet: bool = False,
) -> RunResult:
    """Runs a pipeline, or resumes it: a file, the name of a recipe, or a dict with the content of
    such a file. run is the run folder or its s3:// location, set changes settings by their path,
    such as {"stages.minhash.bands": 20}. What the program says goes to standard error; quiet
    keeps it for the error. Raises UsageError, Interrupted or CorpusmillError."""
    args = ["--json"]
    if run is not None:
        args += ["--run", os.fspath(run)]
    for path, value in (set or {}).items():
        args += ["--set", "%s=%s" % (path, value if isinstance(value, str) else json.dumps(value))]
    for name, value in (("workers", workers), ("memory", memory), ("limit", limit), ("sample", sample)):
        if value:
            args += ["--" + name, str(value)]
    if replace:
        args.append("--replace")
    if not isinstance(pipeline, Mapping):
        return _run(os.fspath(pipeline), args, quiet)
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "pipeline.yaml")
        with open(file, "w", encoding="utf-8") as f:
            json.dump(pipeline, f)  # JSON is YAML
        return _run(file, args, quiet)


def _run(pipeline: str, args, quiet: bool) -> RunResult:
    # What goes wrong is said at the end: the last lines make the error.
    child = start(["run", pipeline, *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                  stderr=subprocess.PIPE if quiet else None)
    try:
        out, err = child.communicate()
    except BaseException:
        child.terminate()
        child.wait()
        raise
    if child.returncode not in (0, _EMPTY):
        raise of_exit_code(child.returncode, (err or b"").decode("utf-8", "replace")[-4000:])
    s = json.loads(out)
    return RunResult(s["run"], s["documents"], s["tokens"], s["bytes"], s["parts"], s["quarantined"], s["seconds"], s)


def read(run: Union[str, "os.PathLike[str]"], *, sink: str = ""):
    """The current parts of a finished run as a pyarrow.dataset.Dataset, of Parquet or Arrow sinks.
    sink is the name of one where the pipeline has several. Needs pyarrow."""
    import pyarrow.dataset

    done = subprocess.run([program(), "serve", "parts", os.fspath(run), *_server()], stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode:
        raise of_exit_code(done.returncode, done.stderr.decode("utf-8", "replace"))
    sinks = json.loads(done.stdout)
    chosen = [s for s in sinks if s["sink"] == sink]
    if not chosen:
        raise KeyError("the run has no sink %r, but %s" % (sink, ", ".join(repr(s["sink"]) for s in sinks)))
    files, folder = chosen[0]["files"], chosen[0]["folder"]
    formats = {"parquet": "parquet", "arrow": "feather"}
    if chosen[0]["format"] not in formats:
        raise ValueError("the sink writes %s: pyarrow reads parquet and arrow" % chosen[0]["format"])
    system, prefix = _file_system(folder)
    partitioning = pyarrow.dataset.HivePartitioning.discover() if any("=" in f for f in files) else None
    return pyarrow.dataset.dataset([prefix.rstrip("/") + "/" + f for f in files], filesystem=system, format=formats[chosen[0]["format"]],
                                   partitioning=partitioning, partition_base_dir=prefix)


def _endpoint() -> str:
    return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""


def _server():
    args = []
    if _endpoint():
        args += ["--s3-endpoint", _endpoint()]
    if os.environ.get("AWS_REGION"):
        args += ["--s3-region", os.environ["AWS_REGION"]]
    return args


def _file_system(folder: str):
    import pyarrow.fs

    if folder.startswith("s3://"):
        options = {}
        if _endpoint():
            options["endpoint_override"] = _endpoint()
        if os.environ.get("AWS_REGION"):
            options["region"] = os.environ["AWS_REGION"]
        return pyarrow.fs.S3FileSystem(**options), folder[len("s3://") :]
    return pyarrow.fs.LocalFileSystem(), os.path.abspath(folder)

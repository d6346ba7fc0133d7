"""corpusmill from Python: the program does the work, this package speaks to it.

    import corpusmill

    result = corpusmill.run("quickstart", run="runs/demo")
    table = corpusmill.read("runs/demo").to_table(columns=["url", "text", "tokens"])
    text = corpusmill.extract(html, url="https://example.org/")
    counts = corpusmill.count_tokens(["one text", "another"])

corpusmill.ray and corpusmill.spark run the tasks of a run on Ray and Spark.
"""

from ._errors import CorpusmillError, Interrupted, UsageError
from ._pipe import count_tokens, extract, extract_many
from ._program import program
from ._run import RunResult, read, run

__all__ = [
    "CorpusmillError",
    "Interrupted",
    "RunResult",
    "UsageError",
    "count_tokens",
    "extract",
    "extract_many",
    "program",
    "read",
    "run",
]
__version__ = "0.1.0"

"""Errors, by the exit codes of the program."""


class CorpusmillError(Exception):
    """The program failed. The message is its own."""


class UsageError(CorpusmillError):
    """A mistake in the pipeline or in an argument: nothing was written."""


class Interrupted(CorpusmillError):
    """Stopped by a signal, or locked by another process: the same call goes on."""


def of_exit_code(code, message):
    """The error of an exit code."""
    kind = {2: UsageError, 75: Interrupted}.get(code, CorpusmillError)
    return kind(message.strip() or "corpusmill ended with exit code %d" % code)

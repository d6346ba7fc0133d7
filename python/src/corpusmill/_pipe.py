"""extract and count_tokens: documents through pipes, to one long-lived child for each kind of
question. A frame is a batch of pairs of texts, little-endian: how many pairs, the lengths of
both texts of each, then the bytes of all. Answers come in the order of requests."""

import atexit
import collections
import os
import struct
import threading
from concurrent.futures import Future
from typing import Dict, Iterable, Iterator, List, Optional, Tuple, Union, overload

from ._errors import CorpusmillError, of_exit_code
from ._program import start

# A batch is sent when it has so many bytes or documents; so many batches are under way.
_BATCH_BYTES = 1 << 20
_BATCH_DOCUMENTS = 1024
_DEPTH = 6

Page = Union[str, bytes]


class _Child:
    """A child that answers frames."""

    def __init__(self, args: Tuple[str, ...]):
        self._process = start(list(args), stdin=-1, stdout=-1, stderr=-1, bufsize=0)
        self._writing = threading.Lock()
        self._waiting = collections.deque()
        self._broken: Optional[Exception] = None
        self._said = b""
        self._errors = threading.Thread(target=self._listen, daemon=True)
        self._errors.start()
        threading.Thread(target=self._read, daemon=True).start()

    def _listen(self):
        for line in self._process.stderr:
            self._said = (self._said + line)[-4000:]

    def _read(self):
        try:
            with os.fdopen(os.dup(self._process.stdout.fileno()), "rb", buffering=1 << 20) as f:
                while True:
                    head = f.read(4)
                    if not head:
                        break
                    (n,) = struct.unpack("<I", head)
                    lengths = struct.unpack("<%dI" % (2 * n), f.read(8 * n))
                    body = f.read(sum(lengths))
                    if len(body) != sum(lengths):
                        break
                    answers, at = [], 0
                    for i in range(n):
                        a, b = lengths[2 * i], lengths[2 * i + 1]
                        answers.append((body[at : at + a], body[at + a : at + a + b]))
                        at += a + b
                    self._waiting.popleft().set_result(answers)
        except Exception as e:  # of a file that was closed under it
            self._broken = e
        self._errors.join(timeout=5)
        error = of_exit_code(self._process.wait(), self._said.decode("utf-8", "replace"))
        with self._writing:
            self._broken = error
            while self._waiting:
                self._waiting.popleft().set_exception(error)
            for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
                try:
                    pipe.close()
                except OSError:
                    pass

    def ask(self, pairs: List[Tuple[bytes, bytes]]) -> "Future":
        """Sends a frame. The future has the answers."""
        head = bytearray(struct.pack("<I", len(pairs)))
        for a, b in pairs:
            head += struct.pack("<II", len(a), len(b))
        answer: Future = Future()
        with self._writing:
            if self._broken is not None:
                raise self._broken
            self._waiting.append(answer)
            frame = b"".join([bytes(head), *(text for pair in pairs for text in pair)])
            try:
                self._send(frame)
            except OSError:  # the reader says why it ended
                pass
        return answer

    def _send(self, frame: bytes):
        view, fd = memoryview(frame), self._process.stdin.fileno()
        while view:
            view = view[os.write(fd, view) :]

    def alive(self) -> bool:
        return self._broken is None

    def close(self):
        with self._writing:
            try:
                self._process.stdin.close()  # the end of its input ends it
            except OSError:
                pass
        self._process.wait()


_children: Dict[Tuple[int, Tuple[str, ...]], _Child] = {}
_opening = threading.Lock()


def _child(*args: str) -> _Child:
    """The child of this process for these arguments. One that ended is started anew."""
    key = (os.getpid(), args)  # a fork has none
    with _opening:
        child = _children.get(key)
        if child is None or not child.alive():
            child = _children[key] = _Child(args)
        return child


@atexit.register
def _close():
    for (pid, _), child in list(_children.items()):
        if pid == os.getpid():
            child.close()


def _batches(pairs: Iterable[Tuple[bytes, bytes]]) -> Iterator[List[Tuple[bytes, bytes]]]:
    batch, size = [], 0
    for pair in pairs:
        batch.append(pair)
        size += len(pair[0]) + len(pair[1])
        if size >= _BATCH_BYTES or len(batch) >= _BATCH_DOCUMENTS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _stream(child: _Child, pairs: Iterable[Tuple[bytes, bytes]]) -> Iterator[Tuple[bytes, bytes]]:
    """Answers to all, in order; batches are sent ahead of the answer that is read."""
    ahead: collections.deque = collections.deque()
    for batch in _batches(pairs):
        ahead.append(child.ask(batch))
        if len(ahead) >= _DEPTH:
            yield from ahead.popleft().result()
    while ahead:
        yield from ahead.popleft().result()


def _request(page: Page, url: str) -> Tuple[bytes, bytes]:
    if isinstance(page, str):
        return ("utf-8\n" + url).encode(), page.encode("utf-8", "surrogatepass")
    return ("\n" + url).encode(), bytes(page)


def _extract_args(mode, format, links, images, comments, title) -> List[str]:
    args = ["serve", "extract", "--mode", mode, "--format", format]
    for name, given in (("links", links), ("images", images), ("comments", comments), ("title", title)):
        if given:
            args.append("--" + name)
    return args


def extract(
    html: Page,
    *,
    url: str = "",
    mode: str = "default",
    format: str = "text",
    links: bool = False,
    images: bool = False,
    comments: bool = False,
    title: bool = False,
) -> str:
    """The main text of an HTML page, or the text of a PDF, DOCX, ODT or EPUB document, as the
    command corpusmill extract gives it; "" where a page has none.

    html is text, or bytes whose character set is found; url the address, for links. mode is
    precision, default, recall or all; format text, markdown or html. Raises CorpusmillError
    for a document that cannot be read. Many pages are faster through extract_many."""
    child = _child(*_extract_args(mode, format, links, images, comments, title))
    ((error, text),) = child.ask([_request(html, url)]).result()
    if error:
        raise CorpusmillError(error.decode())
    return text.decode()


def extract_many(
    pages: Iterable[Union[Page, Tuple[str, Page]]],
    *,
    mode: str = "default",
    format: str = "text",
    links: bool = False,
    images: bool = False,
    comments: bool = False,
    title: bool = False,
) -> Iterator[Optional[str]]:
    """The texts of many pages, in order; None for one that cannot be read. pages are those of
    extract, or pairs of address and page. A few MiB of them are read ahead."""
    child = _child(*_extract_args(mode, format, links, images, comments, title))
    pairs = (_request(p[1], p[0]) if isinstance(p, tuple) else _request(p, "") for p in pages)
    for error, text in _stream(child, pairs):
        yield None if error else text.decode()


@overload
def count_tokens(texts: str, *, tokenizer: str = "o200k_base") -> int: ...


@overload
def count_tokens(texts: Iterable[str], *, tokenizer: str = "o200k_base") -> List[int]: ...


def count_tokens(texts, *, tokenizer="o200k_base"):
    """The exact number of tokens of a text, or a list of those of each of several. tokenizer is
    o200k_base, cl100k_base, p50k_base, r50k_base (gpt2), or the path of a tokenizer.json, a
    SentencePiece .model, tekken.json, vocab.txt or tiktoken rank file."""
    one = isinstance(texts, str)
    child = _child("serve", "tokens", "--tokenizer", tokenizer)
    pairs = ((b"", t.encode("utf-8", "surrogatepass")) for t in ([texts] if one else texts))
    counts = [int(count) for _, count in _stream(child, pairs)]
    return counts[0] if one else counts

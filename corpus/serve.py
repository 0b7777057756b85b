"""A program that reads one file after another, each in a process of its own that may take so much
time and memory and no more.

Requests come on stdin, a line of JSON each; each is answered by a line on stdout.
"""

import json
import logging
import os
import select
import signal
import sys
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from corpus.formats.input import over
from corpus.limits import Limits
from corpus.parse import Parsed, parse

_CHUNK = 1 << 20
_MODULES = {  # that take long to import
    ".docx": ("mammoth", "lxml.html"),
    ".eml": ("lxml.html",),
    ".epub": ("lxml.html",),
    ".htm": ("trafilatura",),
    ".html": ("trafilatura",),
    ".md": ("lxml.html", "yaml"),
    ".mhtml": ("trafilatura",),
    ".pdf": ("pypdfium2",),
    ".pptx": ("pptx",),
    ".xlsx": ("openpyxl",),
}


def serve() -> None:
    """Answers requests until stdin ends."""
    logging.disable()  # what is wrong with a file is said in its answer
    out = os.dup(1)
    os.dup2(2, 1)  # what a library prints must not stand among the answers
    for line in sys.stdin.buffer:
        request = json.loads(line)
        limits = Limits(**request.pop("limits"))
        if not hasattr(os, "fork"):  # Windows: a process for each file, which the other side ends
            _write(out, _answer(request, limits) + b"\n")
            return
        _write(out, _isolated(request, limits) + b"\n")


def _answer(request: dict[str, Any], limits: Limits) -> bytes:
    path, source = Path(os.fsdecode(bytes.fromhex(request["path"]))), request["source"]
    return parse(path, source, request["passage_tokens"], limits).to_json()


def _isolated(request: dict[str, Any], limits: Limits) -> bytes:
    """Parses in a child process; its end, however it comes, is an answer."""
    _import_for(request["source"])
    receive, send = os.pipe()
    child = os.fork()
    if not child:
        try:
            _restrict(limits)
            _write(send, _answer(request, limits))
        finally:
            os._exit(0)
    os.close(send)
    answer, in_time = _received(receive, limits.seconds)
    os.close(receive)
    if not in_time:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if answer.endswith(b"}"):
        return answer
    return _ended(request["source"], status, in_time, limits).to_json()


def _import_for(source: str) -> None:
    """Imports what a file of this name will need, so that it is done once for all children."""
    for module in _MODULES.get(Path(source).suffix.lower(), ()):
        with suppress(ImportError):
            import_module(module)


def _restrict(limits: Limits) -> None:
    """Limits the memory and the time of this process, and lets it write no file."""
    import resource

    own = Path("/proc/self/statm")
    held = int(own.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE") if own.exists() else 0
    for what, most in (
        (resource.RLIMIT_AS, held + limits.memory * (1 << 20)),
        (resource.RLIMIT_CPU, limits.seconds + 1),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):  # the system's own limit is lower
            resource.setrlimit(what, (most, most))
    signal.alarm(limits.seconds + 1)  # even where nobody is left to end it


def _received(pipe: int, seconds: float) -> tuple[bytes, bool]:
    """What comes through a pipe until it is closed, and whether that was in time."""
    deadline = time.monotonic() + seconds
    parts: list[bytes] = []
    while (left := deadline - time.monotonic()) > 0:
        ready, _, _ = select.select([pipe, sys.stdin], [], [], left)
        if sys.stdin in ready:  # nothing is asked meanwhile: whoever asked has gone
            os._exit(1)
        if pipe in ready:
            part = os.read(pipe, _CHUNK)
            if not part:
                return b"".join(parts), True
            parts.append(part)
    return b"".join(parts), False


def _ended(source: str, status: int, in_time: bool, limits: Limits) -> Parsed:
    if not in_time or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU):
        return Parsed.failed(
            source, str(over("reading it takes more than {:,} seconds", limits, "seconds"))
        )
    how = f" by signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else ""
    return Parsed.failed(source, f"it is damaged: the library that reads it was ended{how}")


def _write(pipe: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(pipe, left) :]


if __name__ == "__main__":
    serve()

"""The other end of `corpus.serve`: files are read by processes that may fail, never by this one."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue
from threading import Timer
from typing import IO, cast

from corpus.limits import Limits
from corpus.parse import Parsed

_GRACE = 15  # seconds beyond the limit for the other side to say so itself


class Parser:
    """A program that reads files, started with the first of them and again when it ends."""

    def __init__(self, passage_tokens: int, limits: Limits) -> None:
        self._passage_tokens = passage_tokens
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None

    def parse(self, path: Path, source: str) -> Parsed:
        """Reads a file; what cannot be read is reported.

        Args:
            path: The file.
            source: What it is called.
        """
        process = self._running()
        request = {
            "path": os.fsencode(path).hex(),
            "source": source,
            "passage_tokens": self._passage_tokens,
            "limits": asdict(self._limits),
        }
        timer = Timer(self._limits.seconds + _GRACE, process.kill)
        timer.start()
        try:
            ask, answers = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
            ask.write(json.dumps(request).encode() + b"\n")
            ask.flush()
            answer = answers.readline()
        except (BrokenPipeError, ValueError):  # it was ended
            answer = b""
        finally:
            timer.cancel()
        if not answer.endswith(b"\n"):
            self.close()
            return Parsed.failed(source, "reading it took too long, or was ended")
        return Parsed.from_json(answer)

    def kill(self) -> None:
        """Ends the program while another thread may wait for it."""
        if (process := self._process) is not None:
            process.kill()

    def close(self) -> None:
        """Ends the program and lets go of it."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "corpus.serve"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                start_new_session=True,  # Ctrl-C is for us alone
            )
        return self._process


def parse_all(
    files: Iterable[tuple[str, Path]], passage_tokens: int, limits: Limits, processes: int
) -> Iterator[Parsed]:
    """Reads files, several at a time; what came of each is yielded in their order.

    Args:
        files: What each is called, and where it lies.
        passage_tokens: Most tokens (estimated) in a passage.
        limits: How much a file may hold.
        processes: How many are read at once.
    """
    parsers = [Parser(passage_tokens, limits) for _ in range(processes)]
    free: SimpleQueue[Parser] = SimpleQueue()
    for parser in parsers:
        free.put(parser)

    def parsed(file: tuple[str, Path]) -> Parsed:
        parser = free.get()
        try:
            return parser.parse(file[1], file[0])
        finally:
            free.put(parser)

    pool = ThreadPoolExecutor(processes)
    try:
        yield from pool.map(parsed, files)
    finally:  # at the end, or in the middle: then files that are being read are given up
        pool.shutdown(wait=False, cancel_futures=True)
        for parser in parsers:
            parser.kill()
        pool.shutdown()
        for parser in parsers:
            parser.close()

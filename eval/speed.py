"""Prints how long things take, and how much memory: `python -m eval.speed`."""

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from embeddings import DEFAULT_MODEL, load_encoder
from rag import Hit, KnowledgeBase
from rag.default import default_documents
from rag.reader import load_reader
from rag.store import searched_text

QUESTIONS = (
    "How many people does the company employ?",
    "When will the referendum be held?",
    "Who is the mayor?",
    "Why was the working group established?",
    "What did the ambassador say about trade?",
)
ROUNDS = 10
POOL = 12
DOCUMENTS = default_documents()


def main() -> None:
    """Measures new processes first, then a warm one, over the default documents."""
    _say("import rag", _best("import rag", 5), "s, best of 5, with Python's own start")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "knowledge"
        build = f"from rag import KnowledgeBase as K; K({str(root)!r}).sync({str(DOCUMENTS)!r})"
        _say("index, cold", _best(build, 1), "s, process and models loaded")
        ask = f"from rag import ask; ask({QUESTIONS[1]!r}, {str(root)!r})"
        _say("ask, cold", _best(ask, 3), "s, best of 3, process and models loaded")
        _say_memory("new processes", resource.RUSAGE_CHILDREN)
        base = KnowledgeBase.open(root)
        base.warm_up()
        passages = base.status().passages
        warm = _seconds(lambda: KnowledgeBase(Path(folder) / "again").sync(DOCUMENTS))
        _say("index, warm", 1000 * warm / passages, f"ms a passage, {passages} passages")
        _say_reading(base)
        seconds = [_seconds(partial(base.ask, question)) for question in QUESTIONS * ROUNDS]
    _say("ask, warm, median", statistics.median(seconds), f"s, {len(seconds)} questions")
    _say("ask, warm, p95", statistics.quantiles(seconds, n=20)[-1], "s")
    _say_memory("this process", resource.RUSAGE_SELF)


def _say_reading(base: KnowledgeBase) -> None:
    """Reading a pool of passages against embedding the same passages."""
    generation = base.generation()
    passages = [p for d in base.documents() for p in generation.passages_of(d.id)][:POOL]
    hits = [Hit(passage, 0.0, rank) for rank, passage in enumerate(passages, 1)]
    texts = [searched_text(passage) for passage in passages]
    threads = base.settings.threads
    reader, encoder = load_reader(threads), load_encoder(DEFAULT_MODEL, threads)
    read = [_seconds(lambda: reader.read(QUESTIONS[0], hits)) for _ in range(ROUNDS)]
    embed = [_seconds(lambda: encoder.encode_passages(texts)) for _ in range(ROUNDS)]
    _say("read", 1000 * statistics.median(read), f"ms for {POOL} passages, median")
    _say("embed", 1000 * statistics.median(embed), "ms for the same passages, median")
    _say("read / embed", statistics.median(read) / statistics.median(embed), "times")


def _say_memory(whose: str, who: int) -> None:
    """A new process counts what its parent held when it was forked: so they come first."""
    _say("peak memory", resource.getrusage(who).ru_maxrss / 1024, f"MiB, {whose}")


def _say(what: str, value: float, unit: str) -> None:
    print(f"{what:18}{value:9.3f} {unit}")


def _seconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def _best(code: str, times: int) -> float:
    """The shortest time in seconds in which a new Python process runs some code."""
    command = [sys.executable, "-c", code]
    return min(_seconds(lambda: subprocess.run(command, check=True)) for _ in range(times))  # noqa: S603


if __name__ == "__main__":
    main()

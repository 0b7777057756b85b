"""Prints how long things take, and how much memory: `python -m eval.speed`."""

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rag import KnowledgeBase
from rag.default import default_documents

QUESTIONS = (
    "How many people does the company employ?",
    "When will the referendum be held?",
    "Who is the mayor?",
    "Why was the working group established?",
    "What did the ambassador say about trade?",
)
ROUNDS = 10


def main() -> None:
    """Measures a start from nothing and a warm knowledge base over the default documents."""
    _say("import rag", _best("import rag", 5), "s, best of 5, with Python's own start")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "knowledge"
        cold = _seconds(lambda: KnowledgeBase(root).sync(default_documents()))
        warm = _seconds(lambda: KnowledgeBase(Path(folder) / "again").sync(default_documents()))
        passages = KnowledgeBase.open(root).status().passages
        _say("index, cold", cold, f"s for {passages} passages, models loaded")
        _say("index, warm", 1000 * warm / passages, "ms a passage")
        code = f"from rag import ask; ask({QUESTIONS[1]!r}, {str(root)!r})"
        _say("cold ask", _best(code, 3), "s, best of 3, process and models loaded")
        base = KnowledgeBase.open(root)
        seconds = [_seconds(lambda q=q: base.ask(q)) for q in QUESTIONS * ROUNDS]  # type: ignore[misc]
    _say("warm ask, median", statistics.median(seconds), f"s, {len(seconds)} questions")
    _say("warm ask, p95", statistics.quantiles(seconds, n=20)[-1], "s")
    for name, who in (
        ("this process", resource.RUSAGE_SELF),
        ("cold ask", resource.RUSAGE_CHILDREN),
    ):
        _say("peak memory", resource.getrusage(who).ru_maxrss / 1024, f"MiB, {name}")


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

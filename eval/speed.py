"""Prints how long things take, and how much memory: `python -m eval.speed`."""

import resource
import statistics
import subprocess
import sys
import tempfile
import time
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
    print(f"import rag          {_best('import rag'):8.3f} s  (best of 5, with Python's own start)")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "knowledge"
        began = time.perf_counter()
        status = KnowledgeBase(root).sync(default_documents())
        cold = time.perf_counter() - began
        rebuilt = KnowledgeBase(Path(folder) / "again")
        began = time.perf_counter()
        rebuilt.sync(default_documents())
        warm = time.perf_counter() - began
        print(f"index, cold         {cold:8.2f} s  ({status.passages} passages, models loaded)")
        print(
            f"index, warm         {warm:8.2f} s  ({1000 * warm / status.passages:.1f} ms a passage)"
        )
        code = f"from rag import ask; ask({QUESTIONS[1]!r}, {str(root)!r})"
        print(
            f"cold ask            {_best(code, 3):8.2f} s  (best of 3, process and models loaded)"
        )
        knowledge_base = KnowledgeBase.open(root)
        seconds = []
        for question in QUESTIONS * ROUNDS:
            began = time.perf_counter()
            knowledge_base.ask(question)
            seconds.append(time.perf_counter() - began)
        p95 = statistics.quantiles(seconds, n=20)[-1]
        print(
            f"warm ask, median    {statistics.median(seconds):8.3f} s  ({len(seconds)} questions)"
        )
        print(f"warm ask, p95       {p95:8.3f} s")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"peak memory         {own:8.0f} MiB (this process), {child:.0f} MiB (cold ask)")


def _best(code: str, times: int = 5) -> float:
    """The shortest time in seconds in which a new Python process runs some code."""
    best = float("inf")
    for _ in range(times):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603  # our own code
        best = min(best, time.perf_counter() - began)
    return best


if __name__ == "__main__":
    main()

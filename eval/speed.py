"""Prints how long things take, and how much memory: `python -m eval.speed`.

`python -m eval.speed FOLDER` prints what it takes to index a folder, and then to add one file.
"""

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from embeddings import DEFAULT_MODEL, load_encoder
from rag import Hit, KnowledgeBase
from rag.compose import smollm
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
        base.warm_up()  # the statement composer too, where it is installed
        passages = base.status().passages
        warm = _seconds(lambda: KnowledgeBase(Path(folder) / "again").sync(DOCUMENTS))
        _say("index, warm", 1000 * warm / passages, f"ms a passage, {passages} passages")
        _say_reading(base)
        for composer in ("quote", "statement"):
            _say_asking(base, composer)
    _say_memory("this process", resource.RUSAGE_SELF)


def folder(documents: Path) -> None:
    """Measures a whole build of a folder against changes of one file."""
    with tempfile.TemporaryDirectory() as place:
        base = KnowledgeBase(Path(place) / "knowledge")
        one = Path(place) / "one.txt"
        one.write_text("The gate of Marby opens at six in the morning. It is painted blue.")
        _say("index, whole", _seconds(lambda: base.sync(documents)), "s, models loaded on the way")
        status = base.status()
        _say("articles", status.documents, f"in {len(status.files)} files")
        _say("passages", status.passages, f"in {status.size / 1e6:.1f} MB")
        _say("sync, unchanged", _seconds(lambda: base.sync(documents)), "s")
        _say("add one file", _seconds(lambda: base.add([one])), "s")
        _say("remove it", _seconds(lambda: base.remove([str(one)])), "s")
    _say_memory("this process", resource.RUSAGE_SELF)


def _say_asking(base: KnowledgeBase, composer: str) -> None:
    """Whole answers, and the time until their evidence is there."""
    if composer == "statement" and not smollm.installed():
        print(f"ask, {composer}: {smollm.REMEDY}")
        return
    whole, shown = [], []
    for question in QUESTIONS * ROUNDS:
        answer = base.ask(question, composer=composer)
        whole.append(answer.timings["total"])
        shown.append(answer.timings["retrieve"] + answer.timings["read"])
    for what, seconds in (("answer", whole), ("evidence", shown)):
        p50, p95 = statistics.median(seconds), statistics.quantiles(seconds, n=20)[-1]
        _say(f"{composer}, {what}", p50, f"s, warm, median of {len(seconds)}; 95 %: {p95:.3f} s")


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
    print(f"{what:20}{value:9.3f} {unit}")


def _seconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def _best(code: str, times: int) -> float:
    """The shortest time in seconds in which a new Python process runs some code."""
    command = [sys.executable, "-c", code]
    return min(_seconds(lambda: subprocess.run(command, check=True)) for _ in range(times))  # noqa: S603


if __name__ == "__main__":
    folder(Path(sys.argv[1])) if sys.argv[1:] else main()

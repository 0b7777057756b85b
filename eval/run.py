"""Asks every gold question and keeps what came of it; an interrupted run goes on where it was."""

import hashlib
import json
import platform
import resource
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

import numpy as np

from corpus import Passage
from eval.gold import GoldError, Location, Question, Quote, locate, read_lines
from eval.metrics import Estimate, Scores, overlap, passage_key, score, summarise
from rag import Answer, KnowledgeBase, Scope, Trace, Turn
from rag.verify import verify

_SHOWN = 5  # sentences read and passages found that a record keeps
_PACKAGES = ("torch", "transformers", "sentence-transformers", "faiss-cpu", "bm25s")


@dataclass(frozen=True, slots=True)
class Record:
    """One question with its figures, and what was found, read and said, for people to look at."""

    scores: Scores
    question: str
    answers: Sequence[Sequence[str]]
    retrieved: Sequence[Mapping[str, Any]]
    read: Sequence[Mapping[str, Any]]
    answer: Mapping[str, Any]
    seconds: float
    unsupported: int

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        return cls(**{**data, "scores": Scores(**data["scores"])})


@dataclass(frozen=True, slots=True)
class Run:
    """A whole evaluation.

    Attributes:
        name: Of its files.
        about: When, over what and with what it ran.
        summary: Metric to figure with its interval, for each split and for "all".
        latency: Seconds: p50 and p95 of whole answers, and until the evidence is shown.
        composed: How many sentences were quotes, composed at the first or at the second try, left
            out by the check, or shown without the support of their citations.
        peak_mib: Peak memory of the process in MiB.
        records: One for each question.
    """

    name: str
    about: Mapping[str, Any]
    summary: Mapping[str, Mapping[str, Estimate]]
    latency: Mapping[str, float]
    composed: Mapping[str, int]
    peak_mib: float
    records: Sequence[Record]

    @property
    def scores(self) -> list[Scores]:
        return [record.scores for record in self.records]

    def save(self, folder: Path) -> Path:
        """Writes the run to `folder/<name>.json` and returns the path."""
        path = folder / f"{self.name}.json"
        path.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1), "utf-8")
        return path

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads a saved run.

        Raises:
            GoldError: The file is no saved run.
        """
        try:
            data = json.loads(path.read_text("utf-8"))
            summary = {
                split: {name: Estimate(**estimate) for name, estimate in metrics.items()}
                for split, metrics in data["summary"].items()
            }
            records = [Record.from_dict(record) for record in data["records"]]
            return cls(**{**data, "summary": summary, "records": records})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise GoldError(f"{path} is not a saved evaluation ({error}).") from error


def evaluate(
    name: str,
    questions: Sequence[Question],
    knowledge_base: KnowledgeBase,
    folder: Path,
    *,
    oracle: bool = False,
) -> Run:
    """Asks all questions, with a progress bar.

    Args:
        name: Of the run; an unfinished run of this name over the same questions goes on.
        questions: Gold questions over the documents of `knowledge_base`.
        knowledge_base: What is asked.
        folder: Where unfinished runs are kept.
        oracle: Whether the document that each question is about is read, in place of a search.

    Raises:
        GoldError: A quote does not stand in its document.
    """
    from tqdm import tqdm

    documents = knowledge_base.documents()
    places = locate(questions, documents)
    ids = {p.source: d.id for d in documents for p in d.places} if oracle else {}
    about = _about(questions, knowledge_base, oracle=oracle)
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f"{name}.partial.jsonl"
    records = _resume(unfinished, about)
    knowledge_base.warm_up()
    with unfinished.open("a", encoding="utf-8") as file:
        if not records:
            file.truncate(0)
            file.write(json.dumps(about) + "\n")
        left = questions[len(records) :]
        bar = {"total": len(questions), "initial": len(records), "leave": False}
        for question in tqdm(left, "Asking", **bar):
            record = _ask(question, knowledge_base, places, _whole(ids.get(question.about)))
            records.append(record)
            file.write(json.dumps(asdict(record), ensure_ascii=False) + "\n")
            file.flush()
    run = _summarised(name, about, records)
    run.save(folder)
    unfinished.unlink()
    return run


def _whole(document_id: str | None) -> Scope | None:
    return Scope(frozenset({document_id}), whole=True) if document_id else None


def _ask(
    question: Question,
    knowledge_base: KnowledgeBase,
    places: Mapping[Quote, Location],
    scope: Scope | None,
) -> Record:
    evidence = [places[quote] for quote in question.evidence]
    history = [Turn(turn["question"], turn["answer"]) for turn in question.history]
    trace = Trace.of(knowledge_base.stream(question.question, history, scope=scope))
    relevant = _relevant(evidence, knowledge_base)
    cited = (*trace.answer.citations, *trace.answer.closest)
    texts = {c.document_id: _text(knowledge_base, c.document_id) for c in cited}
    scores = score(question, trace, evidence, relevant, texts)
    gold = set(map(passage_key, relevant))
    return Record(
        scores=scores,
        question=question.question,
        answers=question.answers,
        retrieved=[
            {
                "title": hit.passage.title,
                "text": hit.passage.text[:200],
                "gold": passage_key(hit.passage) in gold,
            }
            for hit in trace.hits[:_SHOWN]
        ],
        read=[{"text": e.text, "score": round(e.score, 3)} for e in trace.evidence[:_SHOWN]],
        answer=trace.answer.to_dict(),
        seconds=trace.answer.timings["total"],
        unsupported=_unsupported(
            trace.answer,
            " ".join((*(turn.question for turn in history), question.question)),
            knowledge_base,
        ),
    )


def _until_shown(answer: Mapping[str, Any]) -> list[float]:
    return [answer["timings"].get(step, 0.0) for step in ("retrieve", "read")]


def _composed(records: Sequence[Record]) -> dict[str, int]:
    """How the sentences came about."""
    counts = Counter({"quote": 0, "first": 0, "retry": 0})
    for record in records:
        counts.update(sentence["origin"] for sentence in record.answer["sentences"])
    left_out = sum(record.answer["dropped"] for record in records)
    return {
        **counts,
        "left out": left_out,
        "shown without support": sum(record.unsupported for record in records),
    }


def _unsupported(answer: Answer, asked: str, knowledge_base: KnowledgeBase) -> int:
    """How many composed sentences do not hold when they are checked against their citations."""
    count = 0
    for sentence in answer.sentences:
        cited = [c for c in answer.citations if c.marker in sentence.markers]
        setting = " ".join(f"{c.title}. {_text(knowledge_base, c.document_id)}" for c in cited)
        held = verify(sentence.text, [c.quote for c in cited], asked, setting=setting).supported
        count += sentence.origin != "quote" and not held
    return count


def _text(knowledge_base: KnowledgeBase, document_id: str) -> str:
    document = knowledge_base.document(document_id)
    return document.text if document else ""


def _relevant(evidence: Iterable[Location], knowledge_base: KnowledgeBase) -> list[Passage]:
    """For each piece of evidence the passage that holds the most of it."""
    generation = knowledge_base.generation()
    found: dict[str, Passage] = {}
    for gold in evidence:
        passages = generation.passages_of(gold.document_id)
        best = max(passages, key=lambda p: overlap(Location(p.document_id, p.start, p.end), gold))
        found[passage_key(best)] = best
    return list(found.values())


def _about(
    questions: Sequence[Question], knowledge_base: KnowledgeBase, *, oracle: bool
) -> dict[str, Any]:
    """What has to be the same for a run to go on, or to be compared with another."""
    manifest = knowledge_base.generation().manifest
    asked = json.dumps([asdict(question) for question in questions])
    return {
        "questions": len(questions),
        "gold": hashlib.sha256(asked.encode()).hexdigest()[:16],
        "corpus": manifest.corpus_hash[:16],
        "encoder": manifest.encoder,
        "settings": asdict(knowledge_base.settings),
        "refuse_below": knowledge_base.refuse_below(),
        "oracle": oracle,
        "python": platform.python_version(),
        "packages": {package: version(package) for package in _PACKAGES},
    }


def _resume(path: Path, about: Mapping[str, Any]) -> list[Record]:
    """The records of an unfinished run of the same kind; a half-written last line is dropped."""
    if not path.is_file():
        return []
    records: list[Record] = []
    header, *lines = read_lines(path)
    try:
        if json.loads(header) != about:
            raise ValueError
        for line in lines:
            records.append(Record.from_dict(json.loads(line)))
    except (ValueError, KeyError, TypeError):
        pass
    whole = [json.dumps(about), *lines[: len(records)]] if records else []
    path.write_text("".join(f"{line}\n" for line in whole), "utf-8")
    return records


def _summarised(name: str, about: Mapping[str, Any], records: Sequence[Record]) -> Run:
    scores = [record.scores for record in records]
    groups = {"all": scores}
    for split in ("tune", "test"):
        if members := [s for s in scores if s.split == split]:
            groups[split] = members
    p50, p95 = np.percentile([record.seconds for record in records], [50, 95])
    shown = [sum(_until_shown(record.answer)) for record in records]
    first50, first95 = np.percentile(shown, [50, 95])
    return Run(
        name=name,
        about={**about, "created": datetime.now(UTC).isoformat(timespec="seconds")},
        summary={split: summarise(members) for split, members in groups.items()},
        latency={
            "p50": float(p50),
            "p95": float(p95),
            "evidence p50": float(first50),
            "evidence p95": float(first95),
        },
        composed=_composed(records),
        peak_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        records=records,
    )

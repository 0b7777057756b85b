"""The whole way from a question to an answer over one generation."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter

from corpus import fold
from embeddings import Encoder
from rag import store
from rag.compose import QuoteComposer
from rag.errors import KnowledgeBaseError, QuestionError
from rag.lexical import content_terms
from rag.question import context, parts, readable
from rag.reader import Reader
from rag.retrieve import retrieve
from rag.select import select
from rag.settings import Settings
from rag.types import REFUSALS, Answer, Citation, Evidence, Hit, Reason, Turn

_CLOSEST = 3  # passages that a refusal shows
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Trace:
    """The steps of an answer: what was found, what was read (best first), what was said."""

    hits: tuple[Hit, ...]
    evidence: tuple[Evidence, ...]
    answer: Answer


@dataclass(frozen=True, slots=True)
class Models:
    """The encoder, which must be the one that made the vectors, and the reader."""

    encoder: Encoder
    reader: Reader


def answer(
    question: str,
    generation: store.Generation,
    models: Models,
    settings: Settings,
    *,
    refuse_below: float,
    history: Sequence[Turn] = (),
    within: str | None = None,
) -> Trace:
    """Answers a question, or refuses, and keeps every step.

    Args:
        question: In words.
        generation: What is searched.
        models: What searches and reads.
        settings: How many passages are searched for and read, and so on.
        refuse_below: Confidence, 0 to 1, under which the answer is refused.
        history: What was asked before, for questions such as "And when was it founded?".
        within: Id of a document that is read whole, in place of a search.

    Raises:
        QuestionError: The question is empty, too long or holds no word.
    """
    clock = _Clock()
    asked = _checked(question, settings.max_question)
    before = context(asked, history)
    if within is None:
        hits = retrieve(f"{before} {asked}".strip(), generation, models.encoder, settings)
    else:
        found = generation.passages_of(within)
        hits = [Hit(passage, 0.0, rank) for rank, passage in enumerate(found, 1)]
    clock.lap("retrieve")
    readings = [models.reader.read(part, hits) for part in readable(before, parts(asked))]
    evidence = sorted((e for read in readings for e in read), key=lambda e: -e.score)
    clock.lap("read")
    said = Answer(question, "", confidence=evidence[0].score if evidence else 0.0)
    if not evidence or said.confidence < refuse_below:
        reason = _reason(asked, hits)
        said = replace(
            said,
            text=REFUSALS[reason],
            refused=True,
            reason=reason,
            closest=_cite(_closest(evidence), generation),
        )
    else:
        chosen = select(readings, refuse_below, settings.max_sentences)
        composition = QuoteComposer().compose(asked, chosen)
        said = replace(
            said,
            text=" ".join(map(str, composition.sentences)),
            sentences=composition.sentences,
            citations=_cite(composition.evidence, generation),
        )
        clock.lap("compose")
    return Trace(tuple(hits), tuple(evidence), replace(said, timings=clock.seconds()))


class _Clock:
    """Seconds between the steps of an answer."""

    def __init__(self) -> None:
        self._began = self._last = perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, step: str) -> None:
        now = perf_counter()
        self._laps[step] = now - self._last
        self._last = now

    def seconds(self) -> dict[str, float]:
        return {**self._laps, "total": perf_counter() - self._began}


def _checked(question: str, max_chars: int) -> str:
    """Returns a question as it is searched: control characters out, white space levelled."""
    if len(question) > max_chars:
        raise QuestionError(
            f"The question has {len(question):,} characters and at most {max_chars:,} are read. "
            "Ask it in fewer words."
        )
    unseen = ("Cc", "Cs", "Zs", "Zl", "Zp")  # control characters, broken ones, white space
    visible = "".join(" " if unicodedata.category(c) in unseen else c for c in question)
    if not fold(visible).strip():
        raise QuestionError("The question is empty. Write one.")
    if not _WORD.search(visible):
        raise QuestionError(f"The question “{visible.strip()[:40]}” holds no word. Write one.")
    return " ".join(visible.split())


def _reason(question: str, hits: Sequence[Hit]) -> Reason:
    """Whether the passages at least share a word with the question."""
    wanted = set(content_terms(question))
    shared = any(wanted & set(content_terms(store.searched_text(hit.passage))) for hit in hits)
    return "not_answered" if shared else "nothing_found"


def _closest(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The best sentence of each of the best passages."""
    best: dict[str, Evidence] = {}
    for found in evidence:
        best.setdefault(found.passage.id, found)
    return list(best.values())[:_CLOSEST]


def _cite(evidence: Sequence[Evidence], generation: store.Generation) -> tuple[Citation, ...]:
    """Returns one citation for each piece of evidence, numbered from 1."""
    citations: list[Citation] = []
    for marker, found in enumerate(evidence, 1):
        document = generation.document(found.passage.document_id)
        if document is None:
            raise KnowledgeBaseError(f"{generation.name} lacks {found.passage.document_id}.")
        start, end = found.span
        citations.append(
            Citation(
                marker=marker,
                document_id=document.id,
                title=document.title,
                source=document.source,
                date=document.date,
                url=document.url,
                quote=document.text[start:end],
                start=start,
                end=end,
                score=found.score,
            )
        )
    return tuple(citations)

"""The whole way from a question to an answer over one generation."""

import re
import unicodedata
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Self

from corpus import fold
from embeddings import Encoder
from rag import store
from rag.compose import Claim, Composer, Dropped, QuoteComposer, Refused, Request
from rag.errors import ComposerError, KnowledgeBaseError, QuestionError
from rag.lexical import content_terms
from rag.question import asked as question_in
from rag.question import context, each, parts, readable
from rag.reader import Reader
from rag.retrieve import retrieve
from rag.rewording import reworded
from rag.select import select
from rag.settings import Settings
from rag.spelling import respelt
from rag.types import (
    REFUSALS,
    Answer,
    Citation,
    Event,
    Evidence,
    Hit,
    Piece,
    Read,
    Reason,
    Retrieved,
    Scope,
    Sentence,
    Turn,
)

_INSTEAD = "The quotes are shown instead."
_BEST = 3  # passages that a refusal shows, and whose words a question is put in
_SURE = 0.6  # confidence from which the passages are not read again
_HOPELESS = 0.05  # and below which other words would only make up an answer
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Trace:
    """The steps of an answer: what was found, what was read (best first), what was said."""

    hits: tuple[Hit, ...]
    evidence: tuple[Evidence, ...]
    answer: Answer

    @classmethod
    def of(cls, events: Iterable[Event]) -> Self:
        """Waits for the last event."""
        hits: tuple[Hit, ...] = ()
        evidence: tuple[Evidence, ...] = ()
        for event in events:
            match event:
                case Retrieved():
                    hits = event.hits
                case Read():
                    evidence = event.evidence
                case Answer():
                    return cls(hits, evidence, event)
        raise ValueError("a stream that ends without an answer")


@dataclass(frozen=True, slots=True)
class Models:
    """The encoder, which must be the one that made the vectors, the reader, and the composer.

    `composer` loads it when it is needed: the evidence does not wait for it.
    """

    encoder: Encoder
    reader: Reader
    composer: Callable[[], Composer]


def answer(
    question: str,
    generation: store.Generation,
    models: Models,
    settings: Settings,
    *,
    refuse_below: float,
    history: Sequence[Turn],
    scope: Scope,
) -> Iterator[Event]:
    """Answers a question, or refuses, step by step.

    Args:
        question: In words.
        generation: What is searched.
        models: What searches, reads and composes.
        settings: How many passages are searched for and read, and so on.
        refuse_below: Confidence, 0 to 1, under which the answer is refused.
        history: What was asked before, for questions such as "And when was it founded?".
        scope: The part of the documents that is searched.

    Yields:
        `Retrieved`, `Read` with the answer in quotes, a `Piece` for each composed sentence, and
        the `Answer`.

    Raises:
        QuestionError: The question is empty, too long or holds no word, or the scope names what
            is not there.
    """
    clock = _Clock()
    typed = question_in(_checked(question, settings.max_question))
    asked = respelt(typed, generation)
    before = respelt(context(asked, history), generation)
    hits = retrieve(f"{before} {asked}".strip(), generation, models.encoder, settings, scope)
    clock.lap("retrieve")
    yield Retrieved(tuple(hits))
    texts = [store.searched_text(hit.passage) for hit in hits]
    asked_in_parts = readable(before, parts(asked))
    asking = [single for part in asked_in_parts for single in each(part, texts)]
    readings = [_read(part, hits, models) for part in asking]
    evidence = tuple(sorted((e for read in readings for e in read), key=lambda e: -e.score))
    clock.lap("read")
    confidence = evidence[0].score if evidence else 0.0
    draft = _Draft(question, asked if asked != typed else "", confidence, generation)
    if not evidence or confidence < refuse_below:
        refused = draft.refusal(_reason(asked, hits), _best(evidence))
        refused = replace(refused, timings=clock.seconds())
        yield Read(evidence, refused)
        yield refused
        return
    chosen = tuple(select(readings, refuse_below, settings.max_sentences))
    request = Request(asked_in_parts[-1], tuple(asking), chosen, evidence)
    quoted = draft.of(QuoteComposer().compose(request))
    yield Read(evidence, replace(quoted, timings=clock.seconds()))
    if settings.composer == "quote":
        composed = quoted
    else:
        composed = yield from _composed(models, request, draft, quoted)
    clock.lap("compose")
    yield replace(composed, timings=clock.seconds())


def _read(question: str, hits: Sequence[Hit], models: Models) -> list[Evidence]:
    """Reads passages; if that leaves a doubt, once more with the question in their words.

    A sentence is as sure as the surer reading has it.
    """
    evidence = models.reader.read(question, hits)
    if not evidence or not _HOPELESS <= evidence[0].score < _SURE:
        return evidence
    nearest = [store.searched_text(found.passage) for found in _best(evidence)]
    other = reworded(question, nearest, models.encoder)
    if other == question:
        return evidence
    again = [replace(found, question=question) for found in models.reader.read(other, hits)]
    surest = {(e.passage, e.span): e for e in sorted([*again, *evidence], key=lambda e: e.score)}
    return sorted(surest.values(), key=lambda e: -e.score)


def _composed(
    models: Models, request: Request, draft: "_Draft", quoted: Answer
) -> Generator[Event, None, Answer]:
    """Has the composer write; if it fails, or nothing of it holds, the quotes are the answer."""
    claims: list[Claim] = []
    dropped = 0
    try:
        for step in models.composer().compose(request):
            match step:
                case Claim():
                    claims.append(step)
                    said = draft.of(claims)
                    yield Piece(said.sentences[-1], said.citations)
                case Dropped():
                    dropped += 1
                case Refused():
                    return draft.refusal("not_answered", request.evidence)
    except ComposerError as error:
        return replace(quoted, note=f"{error} {_INSTEAD}")
    if claims:
        return replace(draft.of(claims), dropped=dropped)
    return replace(quoted, dropped=dropped, note=_INSTEAD if dropped else "")


@dataclass(frozen=True, slots=True)
class _Draft:
    """What an answer begins with, to which claims are added."""

    question: str
    read_as: str
    confidence: float
    generation: store.Generation

    def of(self, claims: Iterable[Claim]) -> Answer:
        """Returns the answer that some claims make; evidence is numbered as it comes up."""
        markers: dict[Evidence, int] = {}
        sentences = tuple(
            Sentence(
                claim.text,
                tuple(markers.setdefault(e, len(markers) + 1) for e in claim.evidence),
                claim.answer,
                claim.origin,
            )
            for claim in claims
        )
        return Answer(
            self.question,
            " ".join(map(str, sentences)),
            sentences,
            _cite(tuple(markers), self.generation),
            read_as=self.read_as,
            confidence=self.confidence,
        )

    def refusal(self, reason: Reason, closest: Sequence[Evidence]) -> Answer:
        """Returns the answer that the documents do not answer, with what came nearest."""
        return Answer(
            self.question,
            REFUSALS[reason],
            refused=True,
            reason=reason,
            closest=_cite(closest, self.generation),
            read_as=self.read_as,
            confidence=self.confidence,
        )


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


def _best(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The best sentence of each of the best passages."""
    best: dict[str, Evidence] = {}
    for found in evidence:
        best.setdefault(found.passage.id, found)
    return list(best.values())[:_BEST]


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
                place=document.place(start),
            )
        )
    return tuple(citations)

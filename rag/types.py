"""The records on the way from a question to its answer. Higher scores are better everywhere."""

import dataclasses
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, Self

from corpus import Passage, Span
from rag.errors import QuestionError

Reason = Literal["nothing_found", "not_answered"]
Origin = Literal["quote", "first", "retry"]  # shown as it stands; composed; composed again

REFUSALS: Mapping[Reason, str] = {
    "nothing_found": "I found nothing about this in the documents.",
    "not_answered": "The documents do not answer this.",
}


@dataclass(frozen=True, slots=True)
class Turn:
    """A question that was asked before, and its short answer if it is known."""

    question: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of the documents that is searched.

    Attributes:
        documents: Ids of documents, or names of files; none means all.
        since: First date, "2026-03-15"; "" for none. With one, documents without a date are out.
        until: Last date, likewise.
        whole: Whether all of it is read, in place of a search.

    Raises:
        QuestionError: A date cannot be read.
    """

    documents: frozenset[str] = frozenset()
    since: str = ""
    until: str = ""
    whole: bool = False

    def __post_init__(self) -> None:
        for day in filter(None, (self.since, self.until)):
            if not _is_date(day):
                raise QuestionError(
                    f"“{day}” is not a date. Write year, month and day: 2026-03-15."
                )

    @property
    def everything(self) -> bool:
        """Whether it leaves nothing out."""
        return not (self.documents or self.since or self.until)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that the search proposes; rank counts from 1."""

    passage: Passage
    score: float
    rank: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence that may answer.

    Attributes:
        passage: Where it stands.
        span: The sentence, in characters of the document.
        score: The reader's confidence that it answers, 0 to 1.
        answer: The short answer inside it, in characters of the document, if one was found.
        question: The question, or the part of one, that it was read for.
    """

    passage: Passage
    span: Span
    score: float
    answer: Span | None = None
    question: str = ""

    @property
    def text(self) -> str:
        return self._read(self.span)

    @property
    def answer_text(self) -> str | None:
        return self._read(self.answer) if self.answer else None

    def _read(self, span: Span) -> str:
        return self.passage.text[span.start - self.passage.start : span.end - self.passage.start]


@dataclass(frozen=True, slots=True)
class Citation:
    """An exact quote: `quote` is `start:end` of the text of document `document_id`.

    `place` is the page and the section of the quote in the file `source`, where they are known.
    """

    marker: int
    document_id: str
    title: str
    source: str
    date: str | None
    url: str | None
    quote: str
    start: int
    end: int
    score: float
    place: str = ""

    @property
    def where(self) -> str:
        """The file and, where they are known, page and section: "Report.pdf, p. 4, § Results"."""
        return ", ".join(filter(None, (self.source, self.place)))


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer and the markers of the citations that it rests on.

    Attributes:
        text: The sentence, without its markers.
        markers: Of the citations that support it.
        answer: The short answer as it stands in `text`, if there is one.
        origin: Whether it is a quote, or was composed at the first or the second try.
    """

    text: str
    markers: tuple[int, ...]
    answer: str | None = None
    origin: Origin = "quote"

    def __str__(self) -> str:
        shown = (
            self.text.replace(self.answer, f"**{self.answer}**", 1) if self.answer else self.text
        )
        return shown + "".join(f" [{marker}]" for marker in self.markers)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to a question.

    Attributes:
        question: As it was asked.
        text: The answer with its markers, or the words of the refusal.
        sentences: The answer, sentence by sentence; none if refused.
        citations: What the sentences rest on, in the order of their markers.
        refused: Whether the documents were found not to answer.
        reason: Why it was refused.
        closest: If refused, the passages that came nearest, best first.
        read_as: The question with its misspelt words set right, if there were any.
        confidence: How sure the reader is that the documents answer, 0 to 1.
        dropped: How many sentences of the model were not shown, for want of support.
        note: What went wrong on the way, with the remedy; the answer stands all the same.
        timings: Seconds for `retrieve`, `read`, `compose` and in `total`.
    """

    question: str
    text: str
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    refused: bool = False
    reason: Reason | None = None
    closest: tuple[Citation, ...] = ()
    read_as: str = ""
    confidence: float = 0.0
    dropped: int = 0
    note: str = ""
    timings: Mapping[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        """The answer and its sources, for a terminal."""
        shown = self.closest if self.refused else self.citations
        heading = "Closest passages:" if self.refused else "Sources:"
        lines = [textwrap.fill(self.text, 88)]
        if remarks := self.remarks():
            lines += ["", *(textwrap.fill(remark, 88) for remark in remarks)]
        if shown:
            lines += ["", heading, *(_source_lines(citation) for citation in shown)]
        return "\n".join(lines)

    def remarks(self) -> list[str]:
        """Returns what the user should know beside the answer, a sentence each."""
        many = "sentence was" if self.dropped == 1 else "sentences were"
        read_as = f"Read as “{self.read_as}”." if self.read_as else ""
        left_out = f"{self.dropped} {many} left out: the sources do not support it."
        return list(filter(None, (read_as, left_out if self.dropped else "", self.note)))

    def to_dict(self) -> dict[str, Any]:
        """Returns plain JSON types; `from_dict` takes them back."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            **{
                **data,
                "sentences": tuple(
                    Sentence(**{**s, "markers": tuple(s["markers"])}) for s in data["sentences"]
                ),
                "citations": tuple(Citation(**c) for c in data["citations"]),
                "closest": tuple(Citation(**c) for c in data["closest"]),
            }
        )


@dataclass(frozen=True, slots=True)
class Retrieved:
    """First event of a stream: the passages that the search found."""

    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """Second event: what was read in them, best first, and the answer in quotes, or the refusal."""

    evidence: tuple[Evidence, ...]
    answer: Answer


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence of the composed answer, checked, with the citations up to it."""

    sentence: Sentence
    citations: tuple[Citation, ...]


Event = Retrieved | Read | Piece | Answer


def _is_date(day: str) -> bool:
    try:
        return date.fromisoformat(day).isoformat() == day
    except ValueError:
        return False


def _source_lines(citation: Citation) -> str:
    details = " · ".join(filter(None, (citation.title, citation.date, citation.where)))
    quote = textwrap.fill(
        f"“{' '.join(citation.quote.split())}”",
        88,
        initial_indent="    ",
        subsequent_indent="    ",
    )
    return "\n".join(filter(None, (f"[{citation.marker}] {details}", quote, _url_line(citation))))


def _url_line(citation: Citation) -> str | None:
    return f"    {citation.url}" if citation.url else None

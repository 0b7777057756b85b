"""Gold questions: what is asked, and what a right answer rests on.

One JSON object a line:

    id        unique in the file
    question  as a user would write it
    kind      a word to group by
    split     "tune" (thresholds may be fitted on it) or "test" (never)
    answers   items that all have to be said, each a list of accepted forms
    evidence  verbatim quotes: {"document": file name, "quote": text}
    about     the file that the question is about, where that is known without evidence
    history   earlier turns: {"question": …, "answer": …}
    notes     for people

Without answers and evidence, the documents do not answer the question.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from corpus import Document
from rag import RagError

SPLITS = ("tune", "test")


class GoldError(RagError):
    """A gold file cannot be used; the message names the file, the line and the remedy."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A piece of evidence: verbatim text of a file."""

    document: str
    quote: str


@dataclass(frozen=True, slots=True)
class Question:
    """One gold question; see the module."""

    id: str
    question: str
    kind: str = "question"
    split: str = "test"
    answers: tuple[tuple[str, ...], ...] = ()
    evidence: tuple[Quote, ...] = ()
    about: str = ""
    history: tuple[Mapping[str, str], ...] = ()
    notes: str = ""
    line: int = field(default=0, compare=False)

    @property
    def answerable(self) -> bool:
        return bool(self.answers or self.evidence)


@dataclass(frozen=True, slots=True)
class Location:
    """Where a quote stands: `start:end` of the text of a document."""

    document_id: str
    start: int
    end: int


def read_lines(path: Path) -> list[str]:
    """Returns the lines of a JSONL file; only a line feed ends one, as a text may hold U+2028."""
    return path.read_text("utf-8").removesuffix("\n").split("\n")


def load_gold(path: Path) -> list[Question]:
    """Reads a gold file.

    Raises:
        GoldError: A line is not a gold question, an id comes twice, or there is no line.
    """
    try:
        lines = read_lines(path)
    except (OSError, UnicodeDecodeError) as error:
        raise GoldError(f"{path} cannot be read ({error}). Name a JSONL file in UTF-8.") from error
    found: dict[str, Question] = {}
    for number, line in enumerate(lines, 1):
        if line.strip():
            question = _question(line, number, path)
            if question.id in found:
                raise GoldError(f"{path}, line {number}: the id “{question.id}” is used twice.")
            found[question.id] = question
    if not found:
        raise GoldError(f"{path} is empty. Write one gold question a line.")
    return list(found.values())


def locate(questions: Iterable[Question], documents: Iterable[Document]) -> dict[Quote, Location]:
    """Finds every quote in the documents.

    Raises:
        GoldError: A document is unknown, or does not hold its quote.
    """
    by_source: dict[str, list[Document]] = defaultdict(list)
    for document in documents:
        for source in {place.source for place in document.places}:
            by_source[source].append(document)
    found: dict[Quote, Location] = {}
    for question in questions:
        where = f"line {question.line}, {question.id}"
        for quote in question.evidence:
            if quote.document not in by_source:
                known = ", ".join(sorted(by_source)[:10])
                raise GoldError(f"{where}: there is no document “{quote.document}”, but {known}")
            location = next(_places(quote.quote, by_source[quote.document]), None)
            if location is None:
                raise GoldError(
                    f"{where}: “{quote.quote[:60]}” does not stand in {quote.document}. "
                    "Quote it letter for letter."
                )
            found[quote] = location
    return found


def _places(quote: str, documents: Iterable[Document]) -> Iterator[Location]:
    for document in documents:
        start = document.text.find(quote)
        if start >= 0:
            yield Location(document.id, start, start + len(quote))


def _question(line: str, number: int, path: Path) -> Question:
    where = f"{path}, line {number}"
    try:
        data = json.loads(line)
    except ValueError as error:
        raise GoldError(f"{where}: it is not JSON ({error}).") from error
    try:
        question = _read(data, number)
    except KeyError as error:
        raise GoldError(f"{where}: the field {error} is missing.") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise GoldError(f"{where}: it is not a gold question ({error}).") from error
    if not question.question.strip():
        raise GoldError(f"{where}: the question is empty.")
    if question.split not in SPLITS:
        raise GoldError(f"{where}: split is “{question.split}”, not one of {', '.join(SPLITS)}.")
    return question


def _read(data: Mapping[str, Any], number: int) -> Question:
    answers = data.get("answers", [])
    if not all(
        isinstance(item, list) and all(isinstance(f, str) for f in item) for item in answers
    ):
        raise ValueError("answers has to be a list of lists of texts")  # of a file
    return Question(
        id=str(data["id"]),
        question=str(data["question"]),
        kind=str(data.get("kind", "question")),
        split=str(data.get("split", "test")),
        answers=tuple(map(tuple, answers)),
        evidence=tuple(Quote(e["document"], e["quote"]) for e in data.get("evidence", [])),
        about=str(data.get("about", "")),
        history=tuple(data.get("history", [])),
        notes=str(data.get("notes", "")),
        line=number,
    )

"""The records that the corpus hands on. Offsets count characters, ends are exclusive."""

import hashlib
from dataclasses import dataclass
from typing import NamedTuple


class Span(NamedTuple):
    """The characters `text[start:end]` of some text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document was found: a file, relative to its folder, and a line counted from 1."""

    source: str
    line: int

    def __str__(self) -> str:
        return f"{self.source}, line {self.line}"


@dataclass(frozen=True, slots=True)
class Document:
    """One article.

    Attributes:
        id: Derived from `text`, so the same text has the same id everywhere.
        title: The article's heading, or words that stand in for one; not part of `text`.
        text: As it stands in the file; what citations count their offsets in.
        places: Every place where the article was found; the first is the one kept.
        date: ISO date, where the page gives one.
        url: Address of the original, where the page gives one.
    """

    id: str
    title: str
    text: str
    places: tuple[Place, ...]
    date: str | None = None
    url: str | None = None

    @property
    def source(self) -> str:
        """The file that the text was taken from."""
        return self.places[0].source


@dataclass(frozen=True, slots=True)
class Passage:
    """Some whole sentences of one document: `document.text[start:end] == text`.

    `title` is carried along for embedding and searching; `id` derives from title and text, so
    that a passage keeps its vector for as long as it reads the same.
    """

    id: str
    document_id: str
    title: str
    text: str
    start: int
    end: int


def content_id(*parts: str) -> str:
    """A short name for some content: 16 hex digits of its SHA-256."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]

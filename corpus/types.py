"""The records that the corpus hands on. Offsets count characters, ends are exclusive."""

import hashlib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self


class Span(NamedTuple):
    """The characters `text[start:end]` of some text."""

    start: int
    end: int


class Mark(NamedTuple):
    """What holds from a character on: its page (or slide, sheet, row), and its section."""

    start: int
    page: str = ""
    section: str = ""

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.page, self.section and f"§ {self.section}")))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document was found: a file, relative to its folder, and what part of it."""

    source: str
    part: str = ""

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.source, self.part)))


@dataclass(frozen=True, slots=True)
class Document:
    """One article.

    Attributes:
        id: Derived from `text`, so the same text has the same id everywhere.
        title: The article's heading, or words that stand in for one; not part of `text`.
        text: As it was read from the file; what citations count their offsets in.
        places: Every place where the article was found; the first is the one kept.
        date: ISO date, where the page gives one.
        url: Address of the original, where the page gives one.
        author: Where the page gives one.
        titled: Whether the page gives the title; else it is made of the file's name or the
            opening words, and the documents with one text may differ in it.
        marks: Pages and sections, in the order of `text`; none for text without either.
        cuts: The passages, in the order of `text`.
    """

    id: str
    title: str
    text: str
    places: tuple[Place, ...]
    date: str | None = None
    url: str | None = None
    author: str | None = None
    titled: bool = True
    marks: tuple[Mark, ...] = ()
    cuts: tuple[Span, ...] = ()

    @property
    def source(self) -> str:
        """The file that the text was taken from."""
        return self.places[0].source

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Takes back what `dataclasses.asdict` and JSON have made of a document."""
        return cls(
            **{
                **data,
                "places": tuple(Place(**place) for place in data["places"]),
                "marks": tuple(Mark(*mark) for mark in data["marks"]),
                "cuts": tuple(Span(*cut) for cut in data["cuts"]),
            }
        )

    def place(self, start: int) -> str:
        """Returns the page and the section of the character at `start`, "" where neither is known.

        For example "p. 4, § Results".
        """
        before = bisect_right(self.marks, start, key=lambda mark: mark.start)
        return str(self.marks[before - 1]) if before else ""


@dataclass(frozen=True, slots=True)
class Passage:
    """Some whole sentences of one document: `document.text[start:end] == text`.

    `title` is carried along for searching and reading, and `heading` for embedding: the title if
    the page gives it, else the words that the document begins with. `id` derives from heading and
    text, so that a passage keeps its vector for as long as it reads the same, whatever its file
    is called.
    """

    id: str
    document_id: str
    title: str
    text: str
    start: int
    end: int
    heading: str = ""


def content_id(*parts: str) -> str:
    """A short name for some content: 16 hex digits of its SHA-256."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]

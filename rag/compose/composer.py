"""What every composer is given, and what it gives back."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from rag.types import Evidence, Origin


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be answered from what.

    Attributes:
        question: As it is read: with what has to be known to understand it.
        parts: The questions that it is made of, as they were read.
        evidence: The sentences that were chosen, in the order in which they are to be shown.
        read: All that was read, best first.
    """

    question: str
    parts: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    read: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence that its evidence supports.

    Attributes:
        text: The sentence, without markers.
        evidence: What it rests on.
        answer: The short answer as it stands in `text`, if there is one.
        origin: How it came about.
    """

    text: str
    evidence: tuple[Evidence, ...]
    answer: str | None = None
    origin: Origin = "quote"


@dataclass(frozen=True, slots=True)
class Dropped:
    """A sentence that is not shown, since nothing that it cites supports it."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The model finds that the sources do not answer."""


class Composer(Protocol):
    """Turns evidence into an answer, sentence by sentence."""

    def compose(self, request: Request) -> Iterator[Claim | Dropped | Refused]:
        """Yields each sentence as soon as it is written and checked.

        Raises:
            ComposerError: The model failed; what was yielded before is not the whole answer.
        """
        ...

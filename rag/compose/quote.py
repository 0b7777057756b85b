"""The composer that shows the evidence itself."""

from collections.abc import Iterator

from corpus import words
from rag.compose.composer import Claim, Request
from rag.question import is_open
from rag.types import Evidence


class QuoteComposer:
    """Shows each sentence as it stands, with the short answer marked where one is wanted."""

    def compose(self, request: Request) -> Iterator[Claim]:
        yield from (quote(found) for found in request.evidence)


def quote(found: Evidence) -> Claim:
    """Returns a piece of evidence as a sentence of an answer."""
    return Claim(level(found.text), (found,), short_answer(found))


def short_answer(found: Evidence) -> str | None:
    """Returns the short answer on one line, unless the question wants an explanation."""
    answer = level(found.answer_text)
    return answer if words(answer) and not is_open(found.question) else None


def level(text: str | None) -> str:
    """Returns text on one line."""
    return " ".join((text or "").split())

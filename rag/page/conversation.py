"""A conversation as it is kept: with what was shown, whatever becomes of it later."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal
from uuid import uuid4

from corpus import Document
from rag.types import Answer, Citation, Turn

Doing = Literal["", "waiting", "searching", "reading", "writing"]
Fate = Literal["changed", "gone"]

_AROUND = 320  # characters shown on either side of a quote


@dataclass(frozen=True, slots=True)
class Around:
    """The text before and after a quote."""

    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and what came of it.

    Attributes:
        question: As it was asked.
        asked: When, in ISO's form.
        answer: As far as there is one.
        around: For each source of the answer the text around its quote, as it was.
        found: The passages that were found, best first: document, first and last character.
        generation: Of the knowledge base that was asked.
        doing: What is being done for it, if it is not done.
        count: Questions that are waiting before it, or passages that are being read.
        error: Why there is no answer.
        stopped: Whether the user stopped it.
        narrowed: Whether only a part of the documents was searched.
        suggestions: Questions that the documents do answer.
    """

    question: str
    asked: str
    answer: Answer | None = None
    around: tuple[Around, ...] = ()
    found: tuple[tuple[str, int, int], ...] = ()
    generation: str = ""
    doing: Doing = ""
    count: int = 0
    error: str = ""
    stopped: bool = False
    narrowed: bool = False
    suggestions: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[Citation, ...]:
        """What the answer rests on, or if it is a refusal the passages that came nearest."""
        if self.answer is None:
            return ()
        return self.answer.closest if self.answer.refused else self.answer.citations


@dataclass(frozen=True, slots=True)
class Conversation:
    """Questions and answers in their order."""

    id: str
    exchanges: tuple[Exchange, ...] = ()

    @property
    def title(self) -> str:
        """Its first question."""
        return self.exchanges[0].question if self.exchanges else ""

    def turns(self) -> list[Turn]:
        """Returns what a further question may refer to."""
        return [Turn(exchange.question, _short(exchange.answer)) for exchange in self.exchanges]

    def adding(self, exchange: Exchange) -> "Conversation":
        """Returns it with one more exchange."""
        return replace(self, exchanges=(*self.exchanges, exchange))

    def stopped(self) -> "Conversation":
        """Returns it with nothing under way any more."""
        last = [replace(e, doing="", stopped=True) if e.doing else e for e in self.exchanges]
        return replace(self, exchanges=tuple(last))

    def to_dict(self) -> dict[str, Any]:
        """Returns plain JSON types; `read` takes them back."""
        return asdict(self)


def new() -> Conversation:
    """Returns an empty conversation."""
    return Conversation(uuid4().hex)


def read(data: Any) -> Conversation:
    """Takes back what a browser has kept.

    Raises:
        ValueError: It is no conversation.
    """
    read: Conversation = _adapter().validate_python(data)
    return read


def begun(question: str, **fields: Any) -> Exchange:
    """Returns an exchange that begins now."""
    return Exchange(question, datetime.now(UTC).isoformat(timespec="seconds"), **fields)


@cache
def _adapter() -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(Conversation)


def around(citation: Citation, document: Document | None) -> Around:
    """Returns the text around a quote, in whole words."""
    if document is None:
        return Around()
    before = document.text[max(0, citation.start - _AROUND) : citation.start]
    after = document.text[citation.end : citation.end + _AROUND]
    if citation.start > _AROUND:
        before = "…" + before.partition(" ")[2]
    if citation.end + _AROUND < len(document.text):
        after = after.rpartition(" ")[0] + "…"
    return Around(before, after)


def fates(
    conversation: Conversation,
    document: Callable[[str], Document | None],
    files: Callable[[], tuple[str, ...]],
) -> Mapping[str, Fate]:
    """Returns what has become of the cited documents that are not there any more, by their id.

    Args:
        conversation: Whose sources are looked at.
        document: Finds a document by id.
        files: The names of all files.
    """
    cited = {source.document_id: source for e in conversation.exchanges for source in e.sources}
    lost = [source for key, source in cited.items() if document(key) is None]
    names = files() if lost else ()
    return {source.document_id: "changed" if source.source in names else "gone" for source in lost}


def _short(answer: Answer | None) -> str:
    """The short answer, where there is just one."""
    sentences = answer.sentences if answer else ()
    return (sentences[0].answer or "") if len(sentences) == 1 else ""

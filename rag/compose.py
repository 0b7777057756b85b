"""Composing: from evidence to the sentences of an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rag.question import is_open
from rag.types import Evidence, Sentence


@dataclass(frozen=True, slots=True)
class Composition:
    """The sentences of an answer; marker n stands for `evidence[n - 1]`."""

    sentences: tuple[Sentence, ...]
    evidence: tuple[Evidence, ...]


class Composer(Protocol):
    """Turns evidence, in the order in which it is to be shown, into an answer."""

    def compose(self, question: str, evidence: Sequence[Evidence]) -> Composition: ...


class QuoteComposer:
    """Shows the evidence itself, with the short answer marked where the question wants one."""

    def compose(self, question: str, evidence: Sequence[Evidence]) -> Composition:
        explains = is_open(question)
        sentences = tuple(
            Sentence(_level(e.text), (marker,), None if explains else _level(e.answer_text) or None)
            for marker, e in enumerate(evidence, 1)
        )
        return Composition(sentences, tuple(evidence))


def _level(text: str | None) -> str:
    return " ".join((text or "").split())

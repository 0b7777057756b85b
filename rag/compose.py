"""Composing: from evidence to the sentences of an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rag.lexical import terms
from rag.types import Evidence, Sentence


@dataclass(frozen=True, slots=True)
class Composition:
    """The sentences of an answer; marker n stands for `evidence[n - 1]`."""

    sentences: tuple[Sentence, ...]
    evidence: tuple[Evidence, ...]


class Composer(Protocol):
    """Turns evidence, best first, into an answer."""

    def compose(self, question: str, evidence: Sequence[Evidence]) -> Composition: ...


class QuoteComposer:
    """Shows the evidence itself: the best sentence, and those that come close to it."""

    _CLOSE = 0.9  # share of the best score that a further sentence needs
    _REPEATED = 0.8  # share of a sentence's terms from which it says nothing new

    def __init__(self, max_sentences: int) -> None:
        self._max_sentences = max_sentences

    def compose(self, question: str, evidence: Sequence[Evidence]) -> Composition:
        chosen: list[Evidence] = []
        for candidate in evidence:
            if candidate.score < self._CLOSE * evidence[0].score:
                break
            if len(chosen) < self._max_sentences and not self._repeats(candidate, chosen):
                chosen.append(candidate)
        ordered = _in_reading_order(chosen)
        sentences = tuple(
            Sentence(" ".join(e.text.split()), (marker,), e.answer_text)
            for marker, e in enumerate(ordered, 1)
        )
        return Composition(sentences, tuple(ordered))

    def _repeats(self, candidate: Evidence, chosen: Sequence[Evidence]) -> bool:
        own = set(terms(candidate.text))
        return any(
            len(own & set(terms(other.text))) >= self._REPEATED * len(own) for other in chosen
        )


def _in_reading_order(chosen: Sequence[Evidence]) -> list[Evidence]:
    """Documents by their best sentence; within a document as they stand."""
    documents = list(dict.fromkeys(e.passage.document_id for e in chosen))
    return sorted(chosen, key=lambda e: (documents.index(e.passage.document_id), e.span))

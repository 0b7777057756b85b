"""Reading: which sentences of the passages answer, and whether any does."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from corpus import Span, sentences
from embeddings import Encoder
from rag.lexical import content_terms
from rag.types import Evidence, Hit


class Reader(Protocol):
    """Finds the evidence for a question in some passages."""

    def read(self, question: str, hits: Sequence[Hit]) -> list[Evidence]:
        """Returns sentences with the confidence that each answers, 0 to 1; best first."""
        ...


@dataclass(frozen=True, slots=True)
class Features:
    """What the first reader looks at, all from 0 to 1.

    Attributes:
        cosine: Of the question and the sentence with its title.
        said: Share of the question's content terms that stand in the sentence.
        nearby: Share of them in the sentence's passage or title.
        unknown: Share of the question's names and numbers that stand in no passage at all.
    """

    cosine: float
    said: float
    nearby: float
    unknown: float


class SentenceReader:
    """Scores each sentence by likeness of meaning and by shared words.

    The weights are a logistic regression on questions with and without an answer; see
    `docs/log.md` for what it can and cannot tell apart.
    """

    WEIGHTS = Features(cosine=5.0, said=2.0, nearby=2.0, unknown=-3.0)
    BIAS = -4.5

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def read(self, question: str, hits: Sequence[Hit]) -> list[Evidence]:
        found = [
            Evidence(hit.passage, span, self._confidence(features))
            for hit, span, features in self.features(question, hits)
        ]
        return sorted(found, key=lambda evidence: -evidence.score)

    def features(self, question: str, hits: Sequence[Hit]) -> list[tuple[Hit, Span, Features]]:
        """Returns every sentence of the passages with what speaks for it."""
        places = [(hit, span) for hit in hits for span in _sentences(hit)]
        if not places:
            return []
        texts = [_text(hit, span) for hit, span in places]
        titled = [
            f"{hit.passage.title}\n{text}" for (hit, _), text in zip(places, texts, strict=True)
        ]
        cosines = (
            self._encoder.encode_passages(titled) @ self._encoder.encode_queries([question])[0]
        )
        wanted = set(content_terms(question))
        nearby = {
            hit.rank: set(content_terms(f"{hit.passage.title}\n{hit.passage.text}")) for hit in hits
        }
        unknown = 1 - _share(wanted, set().union(*nearby.values()))
        return [
            (
                hit,
                span,
                Features(
                    float(np.clip(cosine, 0, 1)),
                    _share(wanted, set(content_terms(text))),
                    _share(wanted, nearby[hit.rank]),
                    unknown,
                ),
            )
            for (hit, span), text, cosine in zip(places, texts, cosines, strict=True)
        ]

    def _confidence(self, features: Features) -> float:
        weights = self.WEIGHTS
        total = self.BIAS + (
            weights.cosine * features.cosine
            + weights.said * features.said
            + weights.nearby * features.nearby
            + weights.unknown * features.unknown
        )
        return 1 / (1 + math.exp(-total))


def _sentences(hit: Hit) -> list[Span]:
    """The sentences of a passage, in characters of its document."""
    offset = hit.passage.start
    return [Span(offset + s.start, offset + s.end) for s in sentences(hit.passage.text)]


def _text(hit: Hit, span: Span) -> str:
    return hit.passage.text[span.start - hit.passage.start : span.end - hit.passage.start]


def _share(wanted: set[str], found: set[str]) -> float:
    return len(wanted & found) / len(wanted) if wanted else 0.0

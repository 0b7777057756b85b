"""Reading: where the passages answer a question, and how sure that is."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from corpus import Span, sentences, words
from rag.contradiction import contradicts
from rag.errors import ReaderError
from rag.holder import of_another
from rag.lexical import content_terms
from rag.odds import probability
from rag.question import missing, names
from rag.reader.inputs import Inputs, Text, encode
from rag.reader.weights import load
from rag.store import searched_text
from rag.types import Evidence, Hit

if TYPE_CHECKING:
    from torch import Tensor

MODEL = Path(__file__).parent / "model"
_BATCH = 8  # passages, of like length
_MISSING = 1.5  # log odds that are taken off when no name of the question is in the document
_CONTRADICTED = 2.0  # log odds that are taken off a sentence that says the opposite
_ANOTHERS = 4.0  # and one that tells of another in nearly the same words
_SHARED = 0.25  # share of a question's words in a passage that says nothing for or against it,
_BY_WORDS = 4.0  # and log odds for all of them, where the model has not learnt their letters
_LATIN = "\u024f"  # the last letter that it has learnt something of
_LONGEST = 40  # tokens of a short answer


class Reader(Protocol):
    """Finds the evidence for a question in some passages."""

    def read(self, question: str, hits: Sequence[Hit]) -> list[Evidence]:
        """Returns sentences with the confidence that each answers, 0 to 1; best first."""
        ...


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model makes of one window of a text.

    Attributes:
        score: Log odds that the window answers.
        spans: The characters of each readable token.
        starts: Log-probability of each token to begin the answer, given that there is one.
        ends: Likewise to end it.
    """

    score: float
    spans: tuple[Span, ...]
    starts: NDArray[np.float32]
    ends: NDArray[np.float32]

    def within(self, span: Span) -> tuple[float, Span | None]:
        """Returns the probability that the answer begins in a span, and the best answer in it."""
        tokens = [t for t, at in enumerate(self.spans) if span.start <= at.start < span.end]
        if not tokens:
            return 0.0, None
        starts, ends = self.starts[tokens], self.ends[tokens]
        both = starts[:, None] + ends[None, :]
        both[~_possible(len(tokens))] = -np.inf
        first, last = np.unravel_index(both.argmax(), both.shape)
        answer = Span(self.spans[tokens[first]].start, self.spans[tokens[last]].end)
        return float(np.exp(starts).sum()), answer


@lru_cache(maxsize=2)
def load_reader(threads: int, folder: Path = MODEL) -> "SpanReader":
    """Loads a reader once for each process.

    Args:
        threads: CPU threads that PyTorch may use, for the whole process.
        folder: Holds the weights, the tokenizer and the configuration.

    Raises:
        ReaderError: The model is not there, or cannot be loaded.
    """
    return SpanReader(folder, threads)


class SpanReader:
    """A transformer that marks the start and the end of the answer, or its own first token.

    Attributes:
        fit: Scale and shift that make its scores log odds; by default as fitted in training.
    """

    def __init__(self, folder: Path, threads: int) -> None:
        import torch
        from safetensors import SafetensorError

        torch.set_num_threads(threads)
        try:
            self._loaded = load(folder)
        except (OSError, ValueError, RuntimeError, SafetensorError) as error:
            raise ReaderError(
                f"The reader in {folder} cannot be loaded ({str(error).splitlines()[0]}). "
                "Install this package again, or take the folder from its repository."
            ) from error
        self.fit = self._loaded.fit

    def read(self, question: str, hits: Sequence[Hit]) -> list[Evidence]:
        found: list[Evidence] = []
        texts = [Text(hit.passage.title, hit.passage.text) for hit in hits]
        absent, unlearnt = _absent(question, hits), _unlearnt(question)
        for hit, readings in zip(hits, self.readings(question, texts), strict=True):
            doubt = _MISSING * absent[hit.passage.document_id] + _unshared(unlearnt, hit)
            found += _evidence(question, hit, readings, doubt)
        return sorted(found, key=lambda evidence: -evidence.score)

    def readings(self, question: str, texts: Sequence[Text]) -> list[list[Reading]]:
        """Returns for each text what was read in it, window by window."""
        import torch

        tokenizer, model = self._loaded.tokenizer, self._loaded.model
        order = sorted(range(len(texts)), key=lambda number: len(texts[number].passage))
        found: dict[int, list[Reading]] = defaultdict(list)
        for first in range(0, len(order), _BATCH):
            batch = order[first : first + _BATCH]
            inputs = encode(tokenizer, [question] * len(batch), [texts[n] for n in batch])
            with torch.inference_mode():
                output = model(**inputs.features)
            read = _read(inputs, output.start_logits, output.end_logits, self.fit)
            for row, reading in enumerate(read):
                found[batch[inputs.texts[row]]].append(reading)
        return [found[number] for number in range(len(texts))]


def _read(
    inputs: Inputs, start: "Tensor", end: "Tensor", fit: tuple[float, float]
) -> Iterator[Reading]:
    """Turns the logits of each window into what they say."""
    for row, offsets in enumerate(inputs.offsets):
        readable = inputs.readable[row].nonzero()[1:, 0]
        inside = [logits[row, readable] for logits in (start, end)]
        score = sum(
            logits.logsumexp(0) - everything[row, 0]
            for logits, everything in zip(inside, (start, end), strict=True)
        )
        starts, ends = (logits.log_softmax(0).numpy() for logits in inside)
        odds = fit[0] * float(score) + fit[1]
        spans = tuple(Span(*span) for span in offsets[readable].tolist())
        yield Reading(odds, spans, starts, ends)


@lru_cache(maxsize=512)
def _possible(count: int) -> NDArray[np.bool_]:
    """Which pairs of start and end make an answer: in order, and not too far apart."""
    apart = np.arange(count)[None, :] - np.arange(count)[:, None]
    return (apart >= 0) & (apart < _LONGEST)


def _absent(question: str, hits: Sequence[Hit]) -> dict[str, float]:
    """The share of the question's names that no passage of a document holds, nor its title."""
    known: dict[str, set[str]] = defaultdict(set)
    for hit in hits:
        known[hit.passage.document_id].update(words(searched_text(hit.passage)))
    named = names(question)
    return {document: missing(named, vocabulary) for document, vocabulary in known.items()}


def _unlearnt(question: str) -> set[str]:
    """The words of a question in letters that the model has not learnt: there words tell more."""
    letters = [c for c in question if c.isalpha()]
    if sum(c > _LATIN for c in letters) * 2 <= len(letters):
        return set()
    return set(content_terms(question))


def _unshared(asked: set[str], hit: Hit) -> float:
    """Log odds to take off a passage for those words that it lacks."""
    if not asked:
        return 0.0
    shared = len(asked.intersection(content_terms(searched_text(hit.passage)))) / len(asked)
    return _BY_WORDS * (_SHARED - shared)


def _evidence(
    question: str, hit: Hit, readings: Sequence[Reading], doubt: float
) -> Iterator[Evidence]:
    """The sentences of a passage, each as its best window reads it.

    A sentence scores the odds that the passage answers, times the root of its share of the answer:
    an answer that several sentences share is not less sure for that.
    """
    offset = hit.passage.start
    for sentence in sentences(hit.passage.text):
        said = hit.passage.text[sentence.start : sentence.end]
        less = doubt + _CONTRADICTED * contradicts(question, said)
        less += _ANOTHERS * of_another(question, said)
        read = [(probability(r.score - less), *r.within(sentence)) for r in readings]
        chance, answer = max(
            ((odds * math.sqrt(share), found) for odds, share, found in read), key=lambda r: r[0]
        )
        yield Evidence(
            hit.passage,
            Span(offset + sentence.start, offset + sentence.end),
            chance,
            Span(offset + answer.start, offset + answer.end) if answer else None,
            question,
        )

"""A question in the words of the passages, where they say the same in others. English only."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from corpus import Span
from embeddings import DEFAULT_MODEL, Encoder
from rag.lexical import content_terms, terms
from rag.wordnet import forms, related

_WORD = re.compile(r"[^\W\d_][\w’'-]*")
_ALIKE = 0.5  # cosine, by the default encoder, from which related phrases mean the same


def reworded(question: str, texts: Sequence[str], encoder: Encoder) -> str:
    """Returns a question with each phrase that the texts lack as the most alike one that they have.

    A phrase is a word, or two that stand together. Another one stands for it only if WordNet has
    the two related as well: to an encoder Monday is Tuesday, and a husband a wife. Names, which
    have a capital, stay as they are, and so does all of it under any encoder but the default one.
    """
    if encoder.name != DEFAULT_MODEL:
        return question
    known = {term for text in texts for term in terms(text)}
    offered = sorted({text[s.start : s.end].lower() for text in texts for s in _phrases(text)})
    found = []
    for span in _phrases(question):
        phrase = question[span.start : span.end]
        if phrase.islower() and not known.issuperset(terms(phrase)):
            found.append((*_nearest(phrase, offered, encoder), span))
    replaced: list[tuple[Span, str]] = []
    for likeness, other, span in sorted(found, reverse=True):
        free = all(span.end <= taken.start or taken.end <= span.start for taken, _ in replaced)
        if free and likeness >= _ALIKE:
            replaced.append((span, other))
    for span, other in sorted(replaced, reverse=True):
        question = question[: span.start] + other + question[span.end :]
    return question


def _nearest(phrase: str, offered: Sequence[str], encoder: Encoder) -> tuple[float, str]:
    """The most alike of the phrases that are related to one and share no word with it."""
    meant, own = related(phrase), set(terms(phrase))
    same = forms(phrase)
    others = [
        other
        for other in offered
        if not meant.isdisjoint(forms(other))
        and own.isdisjoint(terms(other))
        and same.isdisjoint(forms(other))
    ]
    if not others:
        return 0.0, ""
    (vector,) = encoder.encode_queries([phrase])
    likeness = encoder.encode_queries(others) @ vector
    best = int(likeness.argmax())
    return float(likeness[best]), others[best]


def _phrases(text: str) -> Iterator[Span]:
    """Where the words of a text that carry meaning stand, each also with the next one."""
    found = [Span(*match.span()) for match in _WORD.finditer(text)]
    telling = [span for span in found if content_terms(text[span.start : span.end])]
    yield from telling
    for one, other in pairwise(telling):
        if text[one.end : other.start] == " ":
            yield Span(one.start, other.end)

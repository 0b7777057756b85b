"""The composer that has a small local model say the short answer in a sentence."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from corpus import words
from rag.compose import prompts
from rag.compose.composer import Claim, Request
from rag.compose.quote import level, quote, short_answer
from rag.compose.shorten import shortenings
from rag.lexical import content_terms, terms
from rag.types import Evidence
from rag.verify import cleaned, verify
from rag.verify.small_words import MOODS

_STATED = 2  # pieces of evidence at most: each takes about a second
_SHORTER = 0.8  # of its quote's length; a longer sentence only repeats the quote

_ASKS = frozenset(
    {"who", "whom", "whose", "what", "which", "when", "where", "how", "many", "much", "do", "does"}
    | {"did", "a", "an", "the"}
)
_JOINS = frozenset(
    {"a", "an", "the", "is", "are", "was", "were", "has", "have", "had"}
    | {"in", "on", "at", "by", "of", "for", "to", "from"}
)
_NUMBER = {"has": "have", "are": "is", "were": "was"}  # forms of one word, in the same time
_TIMES = frozenset({"is", "was", "have", "had"})


class Writes(Protocol):
    """What the composer needs of a model: see `smollm.Writer`."""

    def write(self, prompt: str, tail: str) -> str | None: ...
    def choose(self, prompt: str, tail: str, lines: Sequence[str], whole: str) -> str: ...


class StatementComposer:
    """Says each short answer in one sentence; shows the quote where that does not hold."""

    def __init__(self, writer: Writes) -> None:
        self._writer = writer

    def compose(self, request: Request) -> Iterator[Claim]:
        claims: dict[str, Claim] = {}
        # One sentence may answer two parts: a statement would tell of one of them.
        whole = {found.question for found in request.evidence} >= set(request.parts)
        for number, found in enumerate(request.evidence):
            claim = self._stated(found) if whole and number < _STATED else quote(found)
            same = claims.get(claim.text)
            claims[claim.text] = replace(same, evidence=(*same.evidence, found)) if same else claim
        yield from claims.values()

    def _stated(self, found: Evidence) -> Claim:
        answer = short_answer(found)
        if answer is None:
            return quote(found)
        told = cleaned(self._writer.write(*prompts.statement(found.question, answer)) or "")
        if retells(told, found, answer) and _holds(told, found, answer, close=True):
            return Claim(told, (found,), answer if answer in told else None, "first")
        whole = level(found.text)
        if shorter := _shorter(whole, found, answer):
            prompt, tail = prompts.statement(found.question, answer, whole)
            text = self._writer.choose(prompt, tail, shorter, whole)
            if text != whole:
                return Claim(text, (found,), answer, "retry")
        return quote(found)


def _shorter(whole: str, found: Evidence, answer: str) -> list[str]:
    """What may be left out of a quote when it has to answer a question."""
    wanted = set(content_terms(found.question)) & set(terms(whole))
    return [
        text
        for text in shortenings(whole)
        if wanted <= set(terms(text)) and _holds(text, found, answer)
    ]


def _holds(text: str, found: Evidence, answer: str, *, close: bool = False) -> bool:
    """Whether a sentence is one, is worth showing beside its quote, and is supported by it."""
    whole = text.endswith((".", "!")) and not text[:1].islower()
    short = len(text) <= _SHORTER * len(level(found.text))
    setting = f"{found.passage.title}. {found.passage.text}"
    return (
        whole
        and short
        and verify(text, [found.text], found.question, answer, setting, close=close).supported
    )


def retells(text: str, found: Evidence, answer: str) -> bool:
    """Whether a sentence is the question, every word of it, with the answer in its place.

    What the quote only claims cannot be retold so, nor what it tells of another time.
    """
    question, quoted = words(found.question), words(found.text)
    past = {"have": "had"} if "did" in question else {}
    asked = {_one(past.get(word, word)) for word in question if word not in _ASKS}
    told = [_one(word) for word in words(text)]
    new = [_one(word) for word in words(text) if word not in _JOINS]
    known = {*asked, *map(_one, words(answer))}
    times = _TIMES & {_NUMBER.get(word, word) for word in quoted}
    return (
        answer[1:] in text  # its first letter may open the sentence
        and asked <= {*told}
        and known.issuperset(new)
        and len(new) == len({*new})
        and (not times or times.issuperset(_TIMES & {*told}))
        and all(MOODS.get(word) != "claimed" for word in quoted)
    )


def _one(word: str) -> str:
    """One form of a word for all its numbers and endings."""
    return "".join(terms(_NUMBER.get(word, word)))

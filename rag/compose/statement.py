"""The composer that has a small local model say the short answer in a sentence."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

from corpus import words
from rag.compose import prompts
from rag.compose.composer import Claim, Request
from rag.compose.quote import level, quote, short_answer
from rag.lexical import terms
from rag.types import Evidence
from rag.verify import cleaned, tokenise, verify

_STATED = 2  # pieces of evidence at most: each takes about a second, and one more if it fails
_SHORTER = 0.8  # of its quote's length; a longer sentence only repeats the quote


_ASKS = frozenset(
    {"who", "whom", "whose", "what", "which", "when", "where", "how", "many", "much", "do", "does"}
    | {"did", "a", "an", "the"}
)
_JOINS = frozenset(
    {"a", "an", "the", "is", "are", "was", "were", "has", "have", "had"}
    | {"in", "on", "at", "by", "of", "for", "to", "from"}
)
_RELATIVE = ("which", "who")
_NUMBER = {"has": "have", "are": "is", "were": "was"}  # forms of one word, in the same time
_WORD = re.compile(r"\w+")
_MARKS = re.compile(r"(?!\b[,.:]\b)[,;:.!?()–—]")


class Writes(Protocol):
    """What the composer needs of a model: see `smollm.Writer.write`."""

    def write(self, prompt: str, tail: str) -> str | None: ...


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
        for number, context in enumerate(("", level(found.text))):
            prompt, tail = prompts.statement(found.question, answer, context)
            text = cleaned(self._writer.write(prompt, tail) or "")
            if text and holds(text, found, answer):
                shown = answer if answer in text else None
                return Claim(text, (found,), shown, "retry" if number else "first")
        return quote(found)


def holds(text: str, found: Evidence, answer: str) -> bool:
    """Whether a sentence is one, is worth showing beside its quote, and is supported by it."""
    whole = text.endswith((".", "!")) and not text[:1].islower()
    keys = [token.key for token in tokenise(text) if token.kind == "word"]
    repeats = len(keys) > len(set(keys))
    short = len(text) <= _SHORTER * len(level(found.text))
    plain = _shortens(text, found.text) or _retells(text, found.question, answer)
    setting = f"{found.passage.title}. {found.passage.text}"
    verdict = verify(text, [found.text], found.question, answer, setting, close=True)
    return whole and short and plain and not repeats and verdict.supported


def _shortens(text: str, quote: str) -> bool:
    """Whether a sentence is its quote without some parts between commas, and with its beginning."""
    first, *others = filter(None, (_WORD.findall(part) for part in _MARKS.split(quote)))
    left = _WORD.findall(text)
    if left[: len(first)] != first:
        return False
    left = left[len(first) :]
    for part in others:
        told = part[1:] if part[0] in _RELATIVE else part
        if left[: len(told)] == told:
            left = left[len(told) :]
    return not left


def _retells(text: str, question: str, answer: str) -> bool:
    """Whether a sentence is the question, every word of it, with the answer in its place."""
    past = {"have": "had"} if "did" in words(question) else {}
    asked = {_one(past.get(word, word)) for word in words(question) if word not in _ASKS}
    told = {_one(word) for word in words(text)}
    new = {_one(word) for word in words(text) if word not in _JOINS}
    return asked <= told and new <= {*asked, *map(_one, words(answer))}


def _one(word: str) -> str:
    """One form of a word for all its numbers and endings."""
    return "".join(terms(_NUMBER.get(word, word)))

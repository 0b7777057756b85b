"""The composer that has a small local model say the short answer in a sentence."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

from rag.compose import prompts
from rag.compose.composer import Claim, Request
from rag.compose.quote import level, quote, short_answer
from rag.types import Evidence
from rag.verify import cleaned, tokenise, verify

_STATED = 2  # pieces of evidence at most: each takes about a second, and one more if it fails
_SHORTER = 0.8  # of its quote's length; a longer sentence only repeats the quote


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
    setting = f"{found.passage.title}. {found.passage.text}"
    verdict = verify(text, [found.text], found.question, answer, setting, close=True)
    return whole and short and not repeats and verdict.supported

"""The composer for larger chat models: each of their sentences is checked before it is shown."""

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

from corpus import Passage, Span, fold, sentences
from rag.compose import prompts
from rag.compose.composer import Claim, Dropped, Refused, Request
from rag.compose.quote import level
from rag.errors import ComposerError
from rag.types import Evidence
from rag.verify import cleaned, tokenise, verify

ANSWER_TOKENS = 400  # at most, of an answer
_BROKEN_OFF = re.compile(r"\bnot(?: (?:have|be|do))?[.!?]$")  # and nothing that it denies
_WINDOW = 3  # sentences side by side that may support one sentence together
_MARKS = re.compile(r"\[\s*(\d+(?:\s*,\s*\d+)*)\s*\]")
_LATE_MARKS = re.compile(r"([.!?]+[\"”»’]?)((?:\s*\[[\d\s,]+\])+)")  # "… blue. [1]"
_OPEN_MARKS = re.compile(r"\[[\d\s,]*$")
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")


class Talker(Protocol):
    """A chat model.

    Attributes:
        window: Tokens of prompt and answer together.
    """

    window: int

    def count(self, text: str) -> int:
        """Returns how many of the model's own tokens a text has, or no fewer than that."""
        ...

    def talk(self, messages: Sequence[dict[str, str]], most: int) -> Iterator[str]:
        """Yields an answer of at most `most` tokens, piece by piece; closing it ends the work.

        Raises:
            ComposerError: The model cannot be reached, or broke off.
        """
        ...


class ChatComposer:
    """Lets a chat model answer from the passages that were read."""

    def __init__(self, talker: Talker) -> None:
        self._talker = talker

    def compose(self, request: Request) -> Iterator[Claim | Dropped | Refused]:
        sources = _sources(request, self._talker)
        messages = prompts.chat_messages(request.question, [(p.title, p.text) for p in sources])
        said: set[str] = set()
        for sentence in split(self._talker.talk(messages, ANSWER_TOKENS)):
            if fold(prompts.REFUSAL) in fold(sentence):
                if not said:
                    yield Refused()
                return
            checked = check(sentence, sources, request)
            if checked.text not in said:  # small models say a thing again and again
                yield checked
            if isinstance(checked, Claim):
                said.add(checked.text)


def split(pieces: Iterator[str]) -> Iterator[str]:
    """Cuts a stream into sentences with the markers behind them, each as soon as it is whole."""
    text = ""
    for piece in pieces:
        text += piece
        if _OPEN_MARKS.search(text):
            continue
        *whole, text = _cut(text)
        yield from whole
    yield from (sentence for sentence in _cut(text) if sentence.strip())


def _cut(text: str) -> list[str]:
    """Sentences; the last one may go on, and may be empty."""
    found: list[str] = []
    marked = _LATE_MARKS.sub(r"\2\1", text)
    *lines, last = (_BULLET.sub("", line) for line in marked.split("\n"))
    for line in lines:
        found += [line[s.start : s.end] for s in sentences(line)]
    spans = sentences(last)
    found += [last[s.start : s.end] for s in spans[:-1]]
    return [*filter(str.strip, found), last[spans[-1].start :] if spans else last]


def check(sentence: str, sources: Sequence[Passage], request: Request) -> Claim | Dropped:
    """Finds what supports a sentence: the sources that it names or, if there is one only, another.

    Args:
        sentence: As the model wrote it, with markers.
        sources: The passages that it was given, number 1 first.
        request: What was asked.
    """
    cited = [int(n) for marks in _MARKS.findall(sentence) for n in re.findall(r"\d+", marks)]
    text = cleaned(_MARKS.sub("", sentence).replace("**", ""))
    text = re.sub(r"\s+([.,;:!?])", r"\1", text)
    if not text.endswith((".", "!", "?", "…")) or _BROKEN_OFF.search(text):
        return Dropped(text, "it is no whole sentence")
    if not _to_the_point(text, request):
        return Dropped(text, "it does not speak of what was asked")
    named = [sources[n - 1] for n in dict.fromkeys(cited) if 0 < n <= len(sources)]
    support = [found for source in named if (found := supporting(text, [source], request))]
    if not support and len(named) > 1:
        support = [found] if (found := supporting(text, named, request)) else []
    if not support:
        others = [source for source in sources if source not in named]
        support = [found for source in others if (found := supporting(text, [source], request))]
        if len(support) != 1:
            return Dropped(text, "no source supports it" if not support else "several sources do")
    evidence = tuple(dict.fromkeys(found for group in support for found in group))
    answers = [level(e.answer_text) for e in request.evidence if e.answer_text]
    return Claim(text, evidence, next((a for a in answers if a in text), None), "first")


def _to_the_point(text: str, request: Request) -> bool:
    """Whether a sentence speaks of what was asked: a source may tell the model to say other things.

    It shares a word with the question, or holds a short answer.
    """
    asked = {token.key for token in tokenise(request.question) if token.key}
    answers = [level(found.answer_text) for found in request.evidence if found.answer_text]
    return any(token.key in asked for token in tokenise(text)) or any(a in text for a in answers)


def supporting(text: str, sources: Sequence[Passage], request: Request) -> tuple[Evidence, ...]:
    """Returns the fewest sentences of some sources that support a text, or nothing.

    Of one source, those that stand side by side; of several, the sentence of each that has the
    most in common with the text.
    """
    setting = " ".join(f"{source.title}. {source.text}" for source in sources)
    if len(sources) == 1:
        spans = sentences(sources[0].text)
        windows = [
            [(sources[0], Span(spans[first].start, spans[first + size - 1].end))]
            for size in range(1, _WINDOW + 1)
            for first in range(len(spans) - size + 1)
        ]
    else:
        windows = [[(source, _nearest(text, source)) for source in sources]]
    for window in windows:
        texts = [source.text[span.start : span.end] for source, span in window]
        if verify(text, texts, request.question, setting=setting).supported:
            return tuple(_evidence(source, span, request) for source, span in window)
    return ()


def _nearest(text: str, source: Passage) -> Span:
    wanted = {token.key for token in tokenise(text)}

    def shared(span: Span) -> int:
        return len(wanted & {token.key for token in tokenise(source.text[span.start : span.end])})

    return max(sentences(source.text), key=shared)


def _evidence(source: Passage, span: Span, request: Request) -> Evidence:
    """A quote; as sure as the reader was of the best sentence that it holds."""
    at = Span(source.start + span.start, source.start + span.end)
    inside = [
        e
        for e in request.read
        if e.passage == source and at.start <= e.span.start and e.span.end <= at.end
    ]
    score = max((e.score for e in inside), default=0.0)
    return Evidence(source, at, score, None, request.question)


def _sources(request: Request, talker: Talker) -> list[Passage]:
    """The passages that fit into the model's window, best first.

    Raises:
        ComposerError: Not even the first one fits.
    """
    passages = dict.fromkeys(e.passage for e in (*request.evidence, *request.read))
    chosen: list[Passage] = []
    for passage in passages:
        messages = prompts.chat_messages(
            request.question, [(p.title, p.text) for p in (*chosen, passage)]
        )
        used = sum(talker.count(message["content"]) for message in messages)
        if used + ANSWER_TOKENS > talker.window:
            break
        chosen.append(passage)
    if not chosen:
        raise ComposerError(
            f"The window of the chat model, {talker.window} tokens, is too small for one passage. "
            "Set chat_window to what the model can take, or use a model with a larger one."
        )
    return chosen

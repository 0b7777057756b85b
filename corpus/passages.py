"""Passages: neighbouring sentences of one document, of about the same length."""

import math
import re

from corpus.sentences import sentences
from corpus.types import Document, Passage, Span, content_id

# Subword tokenizers cut a word of Latin script into about one piece for every nine letters, and
# take scripts without spaces sign by sign.
_LETTERS = 9
_OPENING_WORDS, _OPENING_CHARS, _TITLE_CHARS = 12, 2_000, 200
_UNIT = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\w+|[^\w\s]")
_SPACE = re.compile(r"\s+")


def token_count(text: str) -> int:
    """Estimates how many tokens a model will see in `text`."""
    return sum(math.ceil(len(unit) / _LETTERS) for unit in _UNIT.findall(text))


def cut(text: str, size: int) -> list[Span]:
    """Cuts a text into passages of whole sentences.

    Args:
        text: What to cut.
        size: Most tokens (estimated) in a passage. The passages of a text come out about equally
            long; only a sentence longer than `size` is itself cut, at a space.
    """
    parts = [part for sentence in sentences(text) for part in _parts(text, sentence, size)]
    counts = [token_count(text[part.start : part.end]) for part in parts]
    return [Span(parts[first].start, parts[last].end) for first, last in _groups(counts, size)]


def passages(document: Document) -> list[Passage]:
    """Returns the passages that a document was cut into."""
    heading = document.title if document.titled else opening(document.text)
    return [
        Passage(
            id=content_id(heading, text),
            document_id=document.id,
            title=document.title,
            text=text,
            start=start,
            end=end,
            heading=heading,
        )
        for start, end in document.cuts
        for text in [document.text[start:end]]
    ]


def opening(text: str) -> str:
    """Returns the words that a text begins with, in place of a title."""
    first = sentences(text[:_OPENING_CHARS])[0]
    words = text[first.start : first.end].split()
    shown = " ".join(words[:_OPENING_WORDS])[:_TITLE_CHARS]
    return shown + ("…" if len(words) > _OPENING_WORDS else "")


def _groups(counts: list[int], size: int) -> list[tuple[int, int]]:
    """Groups neighbours into sums of at most `size`, as equal as can be (least squares).

    Returns:
        First and last index of each group, in order.
    """
    share = sum(counts) / max(1, math.ceil(sum(counts) / size))
    costs, firsts = [0.0], [0]  # of the best grouping of the first i counts
    for end in range(1, len(counts) + 1):
        options: list[tuple[float, int]] = []
        held = 0
        for first in range(end - 1, -1, -1):
            held += counts[first]
            if held > size and options:
                break
            options.append((costs[first] + (held - share) ** 2, first))
        cost, first = min(options)
        costs.append(cost)
        firsts.append(first)
    groups: list[tuple[int, int]] = []
    end = len(counts)
    while end:
        groups.append((firsts[end], end - 1))
        end = firsts[end]
    return groups[::-1]


def _parts(text: str, sentence: Span, size: int) -> list[Span]:
    """Cuts a sentence that no passage could hold; any other is returned whole."""
    parts: list[Span] = []
    start = sentence.start
    while (cut := _cut(text, start, sentence.end, size)) < sentence.end:
        parts.append(Span(start, start + len(text[start:cut].rstrip())))
        start = cut
        while text[start].isspace():
            start += 1
    return [*parts, Span(start, sentence.end)]


def _cut(text: str, start: int, end: int, size: int) -> int:
    """Returns where `size` tokens are full: at the last space before, if there is one."""
    held = 0
    for unit in _UNIT.finditer(text, start, end):
        held += math.ceil(len(unit.group()) / _LETTERS)
        if held > size:
            limit = unit.start() if unit.start() > start else start + _LETTERS * size
            spaces = [m.end() for m in _SPACE.finditer(text, start, limit)]
            return spaces[-1] if spaces else limit
    return end

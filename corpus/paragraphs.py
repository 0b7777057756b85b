"""Paragraphs: a line each, save where an editor has broken long lines at a fixed width."""

import re

from corpus.types import Span

_NARROW, _WIDE = 45, 120  # columns between which a text may have been broken by an editor
_ITEM = re.compile(r"\s*(?:[-*•–—|>#+]|\(?(?:\d{1,3}|[a-zA-Z])[.)]\s)")
_TABLE = re.compile(r"\t|\S {3,}\S")
_LINE = re.compile(r"[^\n]*\S[^\n]*")


def paragraphs(text: str) -> list[Span]:
    """Returns the paragraphs of `text`, without the white space around them.

    A line is continued by the next one if its first word would not have fitted on it, which is
    how editors and mailers fill lines; list items and table rows always stand alone.
    """
    lines = [_trimmed(text, m.start(), m.end()) for m in _LINE.finditer(text)]
    found: list[Span] = []
    for block in _blocks(text, lines):
        width = max(line.end - line.start for line in block)
        filled = _NARROW <= width <= _WIDE
        for previous, line in zip([None, *block[:-1]], block, strict=True):
            if previous and filled and _continues(text, previous, line, width):
                found[-1] = Span(found[-1].start, line.end)
            else:
                found.append(line)
    return found


def _blocks(text: str, lines: list[Span]) -> list[list[Span]]:
    """Groups lines with no empty line between them."""
    blocks: list[list[Span]] = []
    for line in lines:
        if blocks and text.count("\n", blocks[-1][-1].end, line.start) == 1:
            blocks[-1].append(line)
        else:
            blocks.append([line])
    return blocks


def _continues(text: str, previous: Span, line: Span, width: int) -> bool:
    upper, lower = text[previous.start : previous.end], text[line.start : line.end]
    if _ITEM.match(lower) or _TABLE.search(upper) or _TABLE.search(lower):
        return False
    return len(upper) + 1 + len(lower.split(None, 1)[0]) > width


def _trimmed(text: str, start: int, end: int) -> Span:
    stripped = text[start:end].strip()
    start = text.index(stripped, start)
    return Span(start, start + len(stripped))

"""Plain text and Markdown: what is stored is the file itself, in one encoding."""

import re
from collections.abc import Iterator
from itertools import pairwise

from corpus.articles import WITHIN, Heading, Page
from corpus.encoding import decode
from corpus.formats.input import Input


def load_plain(file: Input) -> Iterator[Page]:
    """Reads plain text; its headings have to be found."""
    yield Page(file.source, decode(file.raw))


def load_markdown(file: Input) -> Iterator[Page]:
    """Reads Markdown as it stands; its headings are marked."""
    text = decode(file.raw)
    yield Page(file.source, text, list(_headings(text)))


def _headings(text: str) -> Iterator[Heading]:
    """The headings of a text, each with those above it: "Handbook › Holidays"."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt().parse(text)
    starts = [0, *(m.end() for m in re.finditer("\n", text)), len(text) + 1]
    path: dict[int, str] = {}
    for token, content in pairwise(tokens):
        if token.type == "heading_open" and token.map and token.level == 0:
            level = int(token.tag[1:])
            path = {k: v for k, v in path.items() if k < level} | {level: content.content}
            start, end = starts[token.map[0]], min(starts[token.map[1]], len(text))
            title = WITHIN.join(" ".join(part.split()) for part in path.values() if part)
            yield Heading(start, end, title)

"""Sentences with their offsets. Boundaries come from sentencex; glued ones are opened first."""

import re
from bisect import bisect_left
from itertools import pairwise

from sentencex import segment

from corpus.paragraphs import paragraphs
from corpus.types import Span

# The full stop of "were considered.The Ambassador": a capitalised word right after it.
_GLUED = re.compile(r"(?<=[^\W_A-Z]|[)\]»”\"’%])[.!?…](?=[«“\"(]?[^\W\d_](?:[^\W\d_]|\s))")
_CODE = re.compile(r"://|www\.|@|_|\\|\.[a-zа-я]|\w\(")
_QUOTES = re.compile('[“”«»„"]')
_LONG_QUOTE = 300  # characters
_SCRIPTS = (  # sentencex's name for the language whose rules fit a script best
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("hi", re.compile("[\u0900-\u097f]")),
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("zh", re.compile("[\u3400-\u9fff]")),
)


def sentences(text: str) -> list[Span]:
    """Returns the sentences of `text` in order; together they hold all that is not white space.

    A sentence never runs across a paragraph, and text without any sentence mark is one sentence.
    """
    language = _language(text)
    return [
        Span(paragraph.start + start, paragraph.start + end)
        for paragraph in paragraphs(text)
        for start, end in _split(text[paragraph.start : paragraph.end], language)
    ]


def _split(paragraph: str, language: str) -> list[Span]:
    """Splits a paragraph as if every glued sentence had a space before it."""
    cuts = [m.end() for m in _GLUED.finditer(paragraph) if _is_glued(paragraph, m)]
    pieces = [paragraph[a:b] for a, b in pairwise([0, *cuts, len(paragraph)])]
    spaced = " ".join(pieces).replace("\n", " ")
    inserted = [cut + i for i, cut in enumerate(cuts)]  # where the added spaces stand
    found: list[Span] = []
    for start, end in _segment(spaced, language):
        if end - start > _LONG_QUOTE and (inner := _QUOTES.sub(" ", spaced[start:end])):
            found.extend(_unquoted(spaced, start, inner, language))
        else:
            found.append(Span(start, end))
    return [Span(s - bisect_left(inserted, s), e - bisect_left(inserted, e)) for s, e in found]


def _segment(text: str, language: str) -> list[Span]:
    """The sentences that sentencex finds in one paragraph."""
    found: list[Span] = []
    position = 0
    for sentence in segment(language, text):
        if stripped := sentence.strip():
            start = text.index(stripped, position)
            position = start + len(stripped)
            found.append(Span(start, position))
    return found


def _unquoted(text: str, offset: int, inner: str, language: str) -> list[Span]:
    """Splits a long speech, which sentencex keeps whole, as if it had no quotation marks."""
    starts = [offset]
    for sentence in _segment(inner, language)[1:]:
        start = offset + sentence.start
        while start > starts[-1] and not text[start - 1].isspace():
            start -= 1  # an opening mark belongs to the sentence that it opens
        starts.append(start)
    ends = [*starts[1:], offset + len(inner)]
    spans = zip(starts, ends, strict=True)
    return [Span(s, s + len(text[s:e].rstrip())) for s, e in spans if text[s:e].strip()]


def _is_glued(paragraph: str, mark: re.Match[str]) -> bool:
    following = paragraph[mark.end() : mark.end() + 3].lstrip('«“"(')[:1]
    before = paragraph[max(0, mark.start() - 60) : mark.start()].split()
    after = paragraph[mark.start() : mark.end() + 60].split()
    initial = paragraph[mark.start() - 1].isupper()
    return following.isupper() and not initial and not _CODE.search(before[-1] + after[0])


def _language(text: str) -> str:
    letters = sum(map(str.isalpha, text[:10_000])) or 1
    for language, script in _SCRIPTS:
        if len(script.findall(text[:10_000])) > letters / 4:
            return language
    return "en"

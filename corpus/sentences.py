"""Sentences with their offsets; the boundaries come from sentencex, glued ones among them."""

import re
from itertools import pairwise

from sentencex import segment

from corpus.paragraphs import paragraphs
from corpus.types import Span

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
    flat = paragraph.replace("\n", " ")
    found: list[Span] = []
    for span in _segment(flat, language):
        if span.end - span.start > _LONG_QUOTE and _QUOTES.search(flat, *span):
            found.extend(_unquoted(flat, span, language))
        else:
            found.append(span)
    return found


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


def _unquoted(text: str, speech: Span, language: str) -> list[Span]:
    """Splits a long speech, which sentencex keeps whole, as if it had no quotation marks."""
    starts = [speech.start]
    for sentence in _segment(_QUOTES.sub(" ", text[slice(*speech)]), language)[1:]:
        start = speech.start + sentence.start
        while start > starts[-1] and not text[start - 1].isspace():
            start -= 1  # an opening mark belongs to the sentence that it opens
        starts.append(start)
    spans = (Span(s, s + len(text[s:e].rstrip())) for s, e in pairwise([*starts, speech.end]))
    return [span for span in spans if span.start < span.end]


def _language(text: str) -> str:
    letters = sum(map(str.isalpha, text[:10_000])) or 1
    for language, script in _SCRIPTS:
        if len(script.findall(text[:10_000])) > letters / 4:
            return language
    return "en"

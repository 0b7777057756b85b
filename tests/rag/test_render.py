import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from corpus import Document, Place
from rag import Answer, Citation, Sentence
from rag.render import answer_html, error_html, escape_markdown, unescape_markdown

HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(1)">&lt;'


def made(
    text: str = "Before. The quote. After.", url: str | None = None
) -> tuple[Answer, Document]:
    document = Document("id", HOSTILE, text, (Place(HOSTILE, HOSTILE),), "2026-01-01", url)
    quote = "The quote."
    start = text.index(quote)
    citation = Citation(
        1, "id", HOSTILE, HOSTILE, "2026-01-01", url, quote, start, start + len(quote), 0.9
    )
    sentence = Sentence("The quote. " + HOSTILE, (1,), "quote")
    return Answer(HOSTILE, "t", (sentence,), (citation,)), document


def test_the_quote_is_marked_in_its_surroundings() -> None:
    answer, document = made()
    html = answer_html(answer, {"id": document}.get)
    assert "Before. <mark>The quote.</mark> After." in html
    assert "<strong>quote</strong>" in html
    assert "<sup>[1]</sup>" in html
    assert "2026-01-01" in html


def test_long_surroundings_are_cut_at_spaces() -> None:
    answer, document = made("word " * 200 + "The quote." + " word" * 200)
    html = answer_html(answer, {"id": document}.get)
    assert re.search(r"<blockquote>…(word )+<mark>The quote.</mark>( word)+…</blockquote>", html)


def test_everything_is_escaped() -> None:
    answer, document = made(HOSTILE + "\n\nThe quote. " + HOSTILE)
    html = answer_html(answer, {"id": document}.get) + error_html(HOSTILE)
    assert "<script" not in html
    assert "<img" not in html


@pytest.mark.parametrize(
    ("url", "linked"),
    [("https://a.org/?q=1&r=2", True), ("javascript:alert(1)", False), ("data:x", False)],
)
def test_only_web_addresses_are_linked(url: str, linked: bool) -> None:  # a case
    answer, document = made(url=url)
    assert ("<a href=" in answer_html(answer, {"id": document}.get)) == linked


@given(st.text())
def test_escaping_markdown_is_taken_back(text: str) -> None:
    assert unescape_markdown(escape_markdown(text)) == text
    html = MarkdownIt().render(escape_markdown(text))
    assert not re.search(r"<(?!/?p>|/?h|/?pre|/?code|/?li|/?ol|/?blockquote)", html)


def test_a_document_that_is_gone() -> None:
    answer, _ = made()
    assert "<mark>The quote.</mark>" in answer_html(answer, lambda _: None)


def test_a_refusal_shows_the_closest() -> None:
    answer, document = made()
    refusal = Answer("q", "Not there.", refused=True, closest=answer.citations)
    html = answer_html(refusal, {"id": document}.get)
    assert "Not there." in html
    assert "<mark>The quote.</mark>" in html

import re
from dataclasses import replace

import pytest

from corpus import Document, File, Place, Skipped
from corpus.types import Mark
from rag import Answer, Citation, Sentence, Status
from rag.page import render
from rag.page.conversation import Conversation, Exchange, around
from rag.page.words import words

HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(1)">&lt;\'`${1}{{2}}'
EN = words("en")


def cited(quote: str = "The quote.", url: str | None = None, score: float = 0.9) -> Citation:
    return Citation(1, "id", HOSTILE, HOSTILE, "2026-01-01", url, quote, 8, 18, score, HOSTILE)


def exchange(text: str = "Before. The quote. After.", url: str | None = None) -> Exchange:
    document = Document("id", HOSTILE, text, (Place(HOSTILE),))
    source = cited(url=url)
    sentence = Sentence("The quote. " + HOSTILE, (1,), "quote")
    answer = Answer(HOSTILE, "t", (sentence,), (source,), read_as=HOSTILE, note=HOSTILE)
    return Exchange(HOSTILE, "2026-01-01", answer, (around(source, document),))


def html(*exchanges: Exchange, fate: str = "") -> str:
    """Everything that is shown of some exchanges."""
    shown = Conversation("c", exchanges)
    fates = {"id": fate} if fate else {}
    return (
        render.conversation(shown, fates, [HOSTILE], EN)  # type: ignore[arg-type]
        + render.evidence(shown, fates, EN)  # type: ignore[arg-type]
        + render.announcement(shown, EN)
    )


def test_the_quote_is_marked_in_its_surroundings() -> None:
    shown = html(exchange())
    assert "Before. <mark>The quote.</mark> After." in shown
    assert "The <strong>quote</strong>. " in shown
    assert 'data-turn="0" data-marker="1" aria-label="Source 1">[1]</button>' in shown
    assert "2026-01-01" in shown
    assert "The reader is sure" in shown


def test_how_a_question_was_read_is_said() -> None:
    made = exchange()
    assert made.answer
    answer = replace(made.answer, read_as="When was {it} & why?")
    assert "Read as “When was {it} &amp; why?”." in html(replace(made, answer=answer))
    assert "Read as" not in html(replace(made, answer=replace(answer, read_as="")))


@pytest.mark.parametrize(
    ("score", "said"), [(0.8, "is sure"), (0.5, "is fairly sure"), (0.2, "is unsure")]
)
def test_how_sure_the_reader_is_is_said_in_words(score: float, said: str) -> None:
    made = exchange()
    assert made.answer
    answer = replace(made.answer, citations=(cited(score=score),))
    assert f"The reader {said}" in html(replace(made, answer=answer))


def test_everything_is_escaped() -> None:
    made = exchange(HOSTILE + "\n\nThe quote. " + HOSTILE)
    status = Status("r", HOSTILE, "1", HOSTILE, "e", (HOSTILE,), 2, 3, 4, ())  # type: ignore[arg-type]
    document = Document("id", HOSTILE, "text", (Place(HOSTILE),), HOSTILE)
    file = File(HOSTILE, documents=(document,), skipped=(Skipped(HOSTILE, HOSTILE),))
    refused = replace(
        made, answer=Answer(HOSTILE, "t", refused=True, closest=(cited(),)), suggestions=(HOSTILE,)
    )
    failed = Exchange(HOSTILE, "now", error=HOSTILE)
    everything = (
        html(),
        html(made, refused, failed, fate="gone"),
        render.headline(status, {**EN, "title": HOSTILE}),
        render.documents([file], {HOSTILE: 2}, EN, editable=True),
        render.progress([(HOSTILE, HOSTILE)]),
    )
    for shown in everything:
        assert "&lt;script" in shown
        assert not re.search(r"<(script|img)", shown)
        assert not re.search(r"<[^>]*\salert", shown)


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://a.org/?q=1&r=2", True),
        ("http://a.org", True),
        ("javascript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("data:text/html,x", False),
        ("//a.org", False),
        ("http://[bad", False),
    ],
)
def test_only_web_addresses_are_linked(url: str, linked: bool) -> None:
    assert ("<a href=" in html(exchange(url=url))) == linked


def test_an_address_cannot_leave_its_attribute() -> None:
    shown = html(exchange(url='https://a.org/" onclick="alert(1)'))
    assert 'href="https://a.org/&quot; onclick=&quot;alert(1)"' in shown


def test_a_short_answer_is_marked_where_it_stands_and_nowhere_inside_an_entity() -> None:
    made = exchange()
    assert made.answer
    answer = replace(made.answer, sentences=(Sentence("R&D amp", (1,), "amp"),))
    assert "R&amp;D <strong>amp</strong>" in html(replace(made, answer=answer))


def test_only_the_sources_of_the_last_answer_are_to_be_seen() -> None:
    shown = render.evidence(Conversation("c", (exchange(), exchange())), {}, EN)
    first, last = re.findall(r'<section class="rag-sources"[^>]*>', shown)
    assert first.endswith(" hidden>")
    assert not last.endswith(" hidden>")


def test_what_has_become_of_a_document_is_said() -> None:
    assert "This document has been removed since." in html(exchange(), fate="gone")
    shown = html(exchange(), fate="changed")
    assert "This document has changed since." in shown
    assert "Some of the documents behind this answer" in shown
    assert "since." not in html(exchange())


def test_a_refusal_leads_on() -> None:
    answer = Answer("q", "No.", refused=True, reason="not_answered", closest=(cited(),))
    shown = html(Exchange("q", "now", answer, suggestions=("Who is in?",)))
    assert "The documents do not say this." in shown
    assert "Close, but it does not answer" in shown
    assert '<button type="button" class="rag-suggestion">Who is in?</button>' in shown


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (Exchange("q", "now", doing="reading", count=12), "Reading 12 passages"),
        (Exchange("q", "now", doing="waiting", count=3), "Waiting: 3 before you"),
        (Exchange("q", "now", error="busy"), "Too many questions are waiting."),
        (Exchange("q", "now", error="The model broke."), "The model broke."),
        (Exchange("q", "now", stopped=True), "Stopped."),
    ],
)
def test_what_is_going_on_is_said_and_read_aloud(made: Exchange, said: str) -> None:
    shown = Conversation("c", (made,))
    assert said in render.conversation(shown, {}, [], EN)
    assert said in render.announcement(shown, EN)
    assert "rag-tools" not in render.conversation(shown, {}, [], EN)


def test_the_first_visit() -> None:
    shown = render.conversation(Conversation("c"), {}, ["Who?", "When?"], EN)
    assert re.findall(r'suggestion">([^<]*)', shown) == ["Who?", "When?"]
    assert "Write a question" in render.conversation(Conversation("c"), {}, [], EN)


def test_the_table_of_documents() -> None:
    dated = [Document(d, d, "t", (Place("a.pdf"),), d) for d in ("2026-01-02", "2025-01-02")]
    marked = Document("x", "Titled", "t", (Place("b.txt"),), marks=(Mark(0, "p. 1"),))
    files = [
        File("a.pdf", "c", 2_500_000, tuple(dated)),
        File("b.txt", "c", 10, (marked,)),
        File("c.pdf", skipped=(Skipped("c.pdf", "it is encrypted"),)),
    ]
    shown = render.documents(files, {"a.pdf": 7}, EN, editable=True)
    assert "<td>PDF</td><td>2.5 MB</td><td>2025-01-02 – 2026-01-02</td><td>7</td>" in shown
    assert "<td><p>it is encrypted</p></td>" in shown
    assert shown.count("data-remove=") == 3
    assert "data-remove=" not in render.documents(files, {}, EN, editable=False)

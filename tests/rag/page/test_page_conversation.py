import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from corpus import Document, Place
from rag import Answer, Citation, Sentence, Turn
from rag.page import conversation, export
from rag.page.conversation import Around, Conversation, Exchange, around, fates
from rag.page.words import words

EN = words("en")


def source(marker: int, quote: str = "The quote.", document: str = "d") -> Citation:
    return Citation(marker, document, "Title", "a.txt", "2026-01-01", None, quote, 8, 18, 0.9)


def answered(question: str, *sources: Citation, text: str = "It is so.") -> Exchange:
    markers = tuple(one.marker for one in sources)
    sentence = Sentence(text, markers, "so")
    answer = Answer(question, text, (sentence,), sources, timings={"total": 0.5})
    return Exchange(question, "2026-01-01T00:00:00", answer, (Around("b", "a"),), (("d", 0, 9),))


def test_what_a_browser_keeps_comes_back_the_same() -> None:
    refused = Exchange("q", "now", Answer("q", "No.", refused=True, reason="not_answered"))
    kept = Conversation("id", (answered("Is it?", source(1)), refused, Exchange("x", "now")))
    assert conversation.read(json.loads(json.dumps(kept.to_dict()))) == kept
    assert conversation.read(json.loads(export.to_json(kept))) == kept


@pytest.mark.parametrize(
    "forged",
    [
        None,
        {},
        [],
        "text",
        {"id": "x", "exchanges": [{"question": {}, "asked": "now"}]},
        {"id": "x", "exchanges": [{"question": "q", "asked": "now", "doing": "evil"}]},
        {"id": "x", "exchanges": [{"question": "q", "asked": "now", "around": [["a"]]}]},
    ],
)
def test_what_is_no_conversation_is_refused(forged: object) -> None:
    with pytest.raises(ValueError, match="validation error"):
        conversation.read(forged)


def test_a_further_question_may_refer_to_short_answers() -> None:
    two = replace(answered("Two?", source(1)), answer=Answer("Two?", "t"))
    asked = Conversation("id", (answered("One?", source(1)), two))
    assert asked.turns() == [Turn("One?", "so"), Turn("Two?", "")]


def test_stopping_ends_what_is_under_way_and_nothing_else() -> None:
    done, under_way = answered("One?", source(1)), Exchange("Two?", "now", doing="reading")
    stopped = Conversation("id", (done, under_way)).stopped()
    assert stopped.exchanges == (done, replace(under_way, doing="", stopped=True))


def test_long_surroundings_are_cut_at_spaces() -> None:
    text = "word " * 200 + "The quote." + " word" * 200
    document = Document("d", "", text, (Place("a.txt"),))
    cited = replace(source(1), start=1000, end=1010)
    found = around(cited, document)
    assert found.before.startswith("…word word")
    assert found.after.endswith(" word…")
    assert 300 < len(found.before) < 330
    assert around(cited, None) == Around()


def test_what_has_become_of_documents() -> None:
    there = Document("there", "", "text", (Place("a.txt"),))
    asked = Conversation(
        "id",
        (
            answered("?", source(1, document="there"), source(2, document="changed")),
            answered("?", replace(source(1, document="gone"), source="b.txt")),
        ),
    )
    found = fates(asked, {"there": there}.get, lambda: ("a.txt",))
    assert found == {"changed": "changed", "gone": "gone"}


def test_markdown_numbers_its_footnotes_through() -> None:
    asked = Conversation("id", (answered("A?", source(1), source(2)), answered("B?", source(1))))
    text = export.to_markdown(asked, EN)
    assert text.startswith("# A?\n\n## A?\n\nIt is so.[^1][^2]\n\n## B?\n\nIt is so.[^3]\n\n[^1]: ")
    assert "[^3]: Title, 2026-01-01, a.txt: “The quote.”\n" in text


def test_markdown_of_what_is_no_answer() -> None:
    refusal = Answer("q", "No.", refused=True, reason="nothing_found", closest=(source(1),))
    asked = (Exchange("a", "now", error="busy"), Exchange("b", "now", stopped=True))
    text = export.to_markdown(Conversation("id", (*asked, Exchange("c", "now", refusal))), EN)
    assert "Too many questions are waiting." in text
    assert "Stopped." in text
    assert "I found nothing about it in them.[^1]" in text


@given(st.text(max_size=80))
def test_markdown_shows_any_text_as_it_stands(text: str) -> None:
    made = answered(text, source(1, quote=text), text=text)
    shown = MarkdownIt().render(export.to_markdown(Conversation("id", (made,)), EN))
    for tag in ("<a ", "<img", "<em", "<code", "<pre", "<ul", "<ol", "<script", "<blockquote"):
        assert tag not in shown

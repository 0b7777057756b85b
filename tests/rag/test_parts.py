import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import Passage, Span
from rag.compose import Claim, QuoteComposer, Request
from rag.lexical import LexicalIndex, content_terms, terms
from rag.question import (
    context,
    each,
    is_open,
    is_yes_no,
    last,
    missing,
    names,
    parts,
    readable,
    wants_several,
)
from rag.retrieve import fuse
from rag.select import select
from rag.types import Evidence, Sentence, Turn


def evidence(text: str, score: float, *, document: str = "d", start: int = 0) -> Evidence:
    end = start + len(text)
    return Evidence(Passage(text, document, "T", text, start, end), Span(start, end), score)


def test_fusion_adds_reciprocal_ranks() -> None:
    fused = fuse([[3, 1], [1, 2]], rrf_k=60)
    assert [row for row, _ in fused] == [1, 3, 2]
    assert math.isclose(fused[0][1], 1 / 62 + 1 / 61)


@given(st.lists(st.lists(st.integers(0, 9), unique=True), max_size=3))
def test_fusion_keeps_every_row_once(rankings: list[list[int]]) -> None:
    rows = [row for row, _ in fuse(rankings, 60)]
    assert sorted(rows) == sorted({row for ranking in rankings for row in ranking})


def test_bm25_values() -> None:
    """Against the formula (Robertson; Lucene's idf), computed here by hand."""
    texts = ["red red fox", "red dog", "blue cat sleeps long"]
    scores, rows = LexicalIndex.build(texts).search("red foxes", 3)
    k1, b, average = 1.5, 0.75, 3.0

    def score(frequency: int, length: int, containing: int) -> float:
        idf = math.log(1 + (3 - containing + 0.5) / (containing + 0.5))
        return idf * frequency / (frequency + k1 * (1 - b + b * length / average))

    expected = [score(2, 3, 2) + score(1, 3, 1), score(1, 2, 2)]
    assert list(rows) == [0, 1]
    assert all(math.isclose(s, e, rel_tol=1e-5) for s, e in zip(scores, expected, strict=True))


def test_search_without_a_known_word_finds_nothing() -> None:
    index = LexicalIndex.build(["red fox"])
    assert len(index.search("what about the zebra", 5)[1]) == 0
    assert len(LexicalIndex.build([]).search("fox", 5)[1]) == 0


def test_terms() -> None:
    assert terms("Elections in Kazakhstan’s cities") == terms("election in kazakhstan city")
    assert content_terms("Who is the mayor of Shymkent?") == terms("mayor shymkent")
    assert content_terms("Please tell me about Lek-Sandoz") == terms("lek sandoz")
    assert terms("городами") == terms("города")


def test_evidence_comes_in_reading_order_without_repetition() -> None:
    found = [
        evidence("The second point follows here.", 0.9, start=100),
        evidence("The second point follows here.", 0.9, document="copy"),
        evidence("Another document says more about it.", 0.89, document="e"),
        evidence("The first point opens the text.", 0.88),
        evidence("Something far less likely.", 0.2),
    ]
    assert [e.text for e in select([found], 0.1, 4)] == [
        "The first point opens the text.",
        "The second point follows here.",
        "Another document says more about it.",
    ]
    assert len(select([found], 0.1, 1)) == 1


def test_every_part_of_a_question_gets_evidence() -> None:
    weak = [evidence("The ferry leaves at nine.", 0.4, document="b")]
    strong = [evidence("The hive holds many bees.", 0.9)]
    assert [e.score for e in select([weak, strong], 0.3, 4)] == [0.9, 0.4]
    assert [e.score for e in select([weak, strong], 0.5, 4)] == [0.9]
    assert select([[], strong], 0.5, 4) == strong


def test_quotes_level_their_space_and_mark_the_short_answer() -> None:
    found = [evidence("One\nline.", 0.9), evidence("Another.", 0.8, start=30)]
    found[0] = replace(found[0], answer=Span(0, 3), question="Who?")
    first, second = QuoteComposer().compose(Request("Who?", (), tuple(found), ()))
    assert first == Claim("One line.", (found[0],), "One")
    assert second == Claim("Another.", (found[1],))
    found[0] = replace(found[0], question="Why?")
    first, _ = QuoteComposer().compose(Request("Why?", (), tuple(found), ()))
    assert first.answer is None


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who runs it, and when was it founded?", ["Who runs it", "when was it founded?"]),
        ("What is made and in which town?", ["What is made", "in which town?"]),
        ("How many are there and at what price?", ["How many are there", "at what price?"]),
        ("Which towns and what rivers are there?", ["Which towns", "what rivers are there?"]),
        ("Who met Ada and Ole?", ["Who met Ada and Ole?"]),
        ("Where and when was it?", ["Where and when was it?"]),
    ],
)
def test_parts_of_a_question(question: str, expected: list[str]) -> None:
    assert parts(question) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What was its turnover?", "Who runs Ferrox? Ada. "),
        ("And in Karsholm?", "Who runs Ferrox? Ada. "),
        ("Where was that?", "Who runs Ferrox? Ada. "),
        ("Who runs Tervo?", ""),
        ("Is it true that Tervo was sold?", ""),
        ("Who said that Tervo was sold?", ""),
    ],
)
def test_a_question_that_depends_on_the_last(question: str, expected: str) -> None:
    history = [Turn("Who runs Tervo?", "Ole"), Turn("Who runs Ferrox", "Ada")]
    assert readable(context(question, history), [question]) == [expected + question]
    assert context(question, []) == ""


def test_a_part_is_read_after_the_parts_before_it() -> None:
    assert readable("", ["Who runs it", "when was it made?"]) == [
        "Who runs it",
        "Who runs it? when was it made?",
    ]


FERROX, TERVO = "Ferrox makes pumps.", "Tervo of Karsholm makes sails."


@pytest.mark.parametrize(
    ("question", "texts", "expected"),
    [
        (
            "What do both Ferrox and Tervo make?",
            [FERROX, TERVO],
            ["What do Ferrox make?", "What do Tervo make?"],
        ),
        (
            "Ferrox or Tervo: who is larger?",
            [FERROX, TERVO],
            ["Ferrox: who is larger?", "Tervo: who is larger?"],
        ),
        (
            "What do Ferrox, Brunnau and Tervo make?",
            [FERROX, TERVO, "Brunnau Ltd"],
            ["What do Ferrox make?", "What do Brunnau make?", "What do Tervo make?"],
        ),
        ("What do Ferrox and Tervo make?", [FERROX, TERVO, "Tervo bought Ferrox."], None),
        ("What do Ferrox and Tervo make?", [FERROX], None),
        ("What do Ferrox and Tervo make?", [], None),
        ("What do pumps and sails cost?", [FERROX, TERVO], None),
        ("Does Ferrox make pumps and Tervo sails?", [FERROX, TERVO], None),
    ],
)
def test_a_question_about_several_names(
    question: str, texts: list[str], expected: list[str] | None
) -> None:
    assert each(question, texts) == (expected or [question])


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Why was it sold?", True),
        ("How did they react?", True),
        ("Tell me about the port.", True),
        ("How many were sold?", False),
        ("how much is it", False),
        ("Who knows why?", False),
    ],
)
def test_questions_that_want_an_explanation(question: str, expected: bool) -> None:
    assert is_open(question) is expected


def test_names_of_a_question() -> None:
    assert names("Who is the mayor of Karsholm’s port in 2026?") == ["karsholm", "2026"]
    assert names("Karsholm mayor") == ["karsholm"]
    assert names("Brunnau’s port") == ["brunnau"]
    assert names("who is it") == []
    assert names(" ") == []


def test_missing_names() -> None:
    known = {"karsholm", "estmarkian", "2026", "embassies"}
    assert missing(["karsholm", "2026"], known) == 0
    assert missing(["karsholm", "brunnau"], known) == 0.5
    assert missing(["estmark"], known) == 0  # short for the other
    assert missing(["2025"], known) == 1
    assert missing(["embassy"], known) == 0  # inflected
    assert missing([], known) == 0


def test_the_short_answer_is_bold() -> None:
    assert str(Sentence("It has 13 legs.", (1, 2), "13")) == "It has **13** legs. [1] [2]"


@pytest.mark.parametrize(
    "question",
    [
        "Which towns are named?",
        "And in which towns were meetings held?",
        "What new rights does it give?",
        "Which small and large firms came?",
        "Which people spoke?",
        "Which young women spoke?",
        "Who are the judges?",
        "List the rivers.",
    ],
)
def test_what_asks_for_several_things(question: str) -> None:
    assert wants_several(question)


@pytest.mark.parametrize(
    "question",
    [
        "What was said?",
        "What does Lux make?",
        "Which company's head spoke?",
        "Which woman spoke?",
        "Which people's court is it?",
        "What business is it?",
        "Which day do voters choose?",
        "How many towns are named?",
        "Who named the towns?",
        "",
    ],
)
def test_what_asks_for_one(question: str) -> None:
    assert not wants_several(question)


def test_who_asks_for_several_gets_something_of_each_document() -> None:
    def found(question: str) -> list[Evidence]:
        asked = [
            evidence("Ann lives in Bath.", 0.9),
            evidence("Bob left Bath for good.", 0.6, start=50),
            evidence("Cai is from Ayr.", 0.6, document="e"),
            evidence("Dee has moved to Ayr.", 0.6, document="e", start=50),
            evidence("Eve lives in Rye.", 0.15, document="f"),
            evidence("Flo may like Deal.", 0.05, document="g"),
        ]
        return select([[replace(e, question=question) for e in asked]], 0.1, 4)

    assert [e.text for e in found("Which towns are named?")] == [
        "Ann lives in Bath.",
        "Cai is from Ayr.",
        "Eve lives in Rye.",
    ]
    assert [e.text for e in found("Which towns? Bath. Who lives there?")] == ["Ann lives in Bath."]


@pytest.mark.parametrize(
    ("question", "whether"),
    [("Is it open?", True), ("And did it open?", True), ("Issues of it?", False), ("", False)],
)
def test_questions_for_yes_or_no(question: str, whether: bool) -> None:
    assert is_yes_no(question) == whether


def test_the_last_question_is_the_one_that_is_asked() -> None:
    assert last("Who won? Ann. When did she win?") == "When did she win?"
    assert last("When did she win?") == "When did she win?"

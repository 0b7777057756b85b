import math

from hypothesis import given
from hypothesis import strategies as st

from corpus import Passage, Span
from rag.compose import QuoteComposer
from rag.lexical import LexicalIndex, content_terms, terms
from rag.retrieve import fuse
from rag.types import Evidence, Sentence


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


def test_quotes_come_in_reading_order_without_repetition() -> None:
    found = [
        evidence("The second point follows here.", 0.9, start=100),
        evidence("The second point follows here.", 0.9, document="copy"),
        evidence("Another document says more about it.", 0.89, document="e"),
        evidence("The first point opens the text.", 0.88),
        evidence("Something far less likely.", 0.2),
    ]
    composition = QuoteComposer(4).compose("q", found)
    assert [sentence.text for sentence in composition.sentences] == [
        "The first point opens the text.",
        "The second point follows here.",
        "Another document says more about it.",
    ]
    assert [sentence.markers for sentence in composition.sentences] == [(1,), (2,), (3,)]
    assert len(QuoteComposer(1).compose("q", found).sentences) == 1


def test_the_short_answer_is_bold() -> None:
    assert str(Sentence("It has 13 legs.", (1, 2), "13")) == "It has **13** legs. [1] [2]"

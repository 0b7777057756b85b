import json
from collections import Counter
from pathlib import Path

import pytest

from eval.cli import DEFAULT_GOLD
from eval.gold import GoldError, load_gold, locate
from rag import KnowledgeBase

UNANSWERABLE = {"off-topic", "near-miss", "false-premise", "wrong-entity"}
GOOD = {
    "id": "a",
    "question": "Why?",
    "answers": [["because"]],
    "evidence": [{"document": "a.txt", "quote": "because"}],
}


def written(path: Path, *lines: object) -> Path:
    path = path / "gold.jsonl"
    path.write_text("".join(f"{x if isinstance(x, str) else json.dumps(x)}\n" for x in lines))
    return path


def test_every_default_quote_stands_in_its_document(knowledge_base: KnowledgeBase) -> None:
    questions = load_gold(DEFAULT_GOLD)
    found = locate(questions, knowledge_base.documents())
    for quote, place in found.items():
        document = knowledge_base.document(place.document_id)
        assert document is not None
        assert document.text[place.start : place.end] == quote.quote


def test_the_default_gold_is_wide_enough() -> None:
    questions = load_gold(DEFAULT_GOLD)
    kinds = Counter(question.kind for question in questions)
    assert len(questions) >= 160
    assert all(count >= 15 for count in kinds.values())
    assert {q.kind for q in questions if not q.answerable} == UNANSWERABLE
    assert sum(kinds[kind] for kind in UNANSWERABLE) >= 45
    assert all(q.history for q in questions if q.kind == "follow-up")


def test_no_article_is_in_both_splits(knowledge_base: KnowledgeBase) -> None:
    questions = load_gold(DEFAULT_GOLD)
    places = locate(questions, knowledge_base.documents())
    articles = {
        split: {
            places[quote].document_id
            for question in questions
            if question.split == split and len(question.evidence) == 1
            for quote in question.evidence
        }
        for split in ("tune", "test")
    }
    assert articles["tune"]
    assert not articles["tune"] & articles["test"]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([GOOD, "{not json"], "line 2: it is not JSON"),
        ([GOOD, {"question": "Why?"}], "line 2: the field 'id' is missing"),
        ([GOOD, {**GOOD, "id": "b", "evidence": [{"document": "a.txt"}]}], "line 2: .*'quote'"),
        ([GOOD, GOOD], "line 2: the id “a” is used twice"),
        ([GOOD, {**GOOD, "id": "b", "answers": "because"}], "line 2: it is not a gold question"),
        ([GOOD, {**GOOD, "id": "b", "split": "train"}], "line 2: split is “train”"),
        ([GOOD, {**GOOD, "id": "b", "question": " "}], "line 2: the question is empty"),
        ([GOOD, ["a"]], "line 2: it is not a gold question"),
        ([], "is empty"),
    ],
)
def test_malformed_files(tmp_path: Path, lines: list[object], message: str) -> None:
    with pytest.raises(GoldError, match=message):
        load_gold(written(tmp_path, *lines))


def test_only_a_line_feed_ends_a_line(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text(json.dumps({**GOOD, "question": "One\u2028two?"}, ensure_ascii=False) + "\r\n")
    assert load_gold(path)[0].question == "One\u2028two?"


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match="cannot be read"):
        load_gold(tmp_path / "none.jsonl")


@pytest.mark.parametrize(
    ("evidence", "message"),
    [
        (
            {"document": "none.txt", "quote": "because"},
            "line 1, a: there is no document “none.txt”",
        ),
        ({"document": "bees.txt", "quote": "50,000"}, "line 1, a: “50,000” does not stand in bees"),
    ],
)
def test_quotes_that_do_not_stand_there(
    tmp_path: Path, quick: KnowledgeBase, folder: Path, evidence: dict[str, str], message: str
) -> None:
    quick.sync(folder)
    questions = load_gold(written(tmp_path, {**GOOD, "evidence": [evidence]}))
    with pytest.raises(GoldError, match=message):
        locate(questions, quick.documents())

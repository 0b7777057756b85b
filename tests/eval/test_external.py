import json
from pathlib import Path

import pytest

from eval.external import evaluate_beir, read_squad, squad_knowledge_base
from eval.gold import GoldError
from eval.run import evaluate

BEES = "The hive of Ada holds 40,000 bees. They fly from March on."
BOATS = "The ferry Odin leaves the pier at nine. It carries 12 cars."


def squad(tmp_path: Path, *, lines: bool) -> Path:
    start = BEES.index("40,000")
    if lines:
        rows = [
            {"id": 1, "title": "Bees", "question": "How many bees?", "context": BEES}
            | {"answers": [{"text": "40,000", "start": start}]},
            {
                "id": 2,
                "title": "Boats",
                "question": "Who owns Odin?",
                "context": BOATS,
                "answers": [],
            },
        ]
        path = tmp_path / "squad.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path
    bees = {
        "context": BEES,
        "qas": [
            {"id": "1", "question": "How many bees?", "is_impossible": False}
            | {"answers": [{"text": "40,000", "answer_start": start}]}
        ],
    }
    boats = {
        "context": BOATS,
        "qas": [{"id": "2", "question": "Who owns Odin?", "is_impossible": True, "answers": []}],
    }
    path = tmp_path / "squad.json"
    data = [{"title": "Bees", "paragraphs": [bees]}, {"title": "Boats", "paragraphs": [boats]}]
    path.write_text(json.dumps({"version": "v2.0", "data": data}))
    return path


@pytest.mark.parametrize("lines", [False, True])
@pytest.mark.parametrize("oracle", [False, True])
def test_squad(tmp_path: Path, *, lines: bool, oracle: bool) -> None:
    base, questions = squad_knowledge_base(
        read_squad(squad(tmp_path, lines=lines)), tmp_path / "kb"
    )
    assert base.status().documents == 2
    assert [question.answerable for question in questions] == [True, False]
    assert questions[0].evidence[0].quote == "The hive of Ada holds 40,000 bees."
    run = evaluate("squad", questions, base, tmp_path, oracle=oracle)
    assert run.scores[0].values["recall@1"] == 1
    assert len(run.records[1].retrieved) == (1 if oracle else 2)


def test_beir(tmp_path: Path) -> None:
    (tmp_path / "qrels").mkdir()
    documents = [
        {"_id": "a", "title": "Bees", "text": BEES},
        {"_id": "b", "title": "", "text": BOATS},
    ]
    (tmp_path / "corpus.jsonl").write_text("".join(json.dumps(d) + "\n" for d in documents))
    (tmp_path / "queries.jsonl").write_text(
        json.dumps({"_id": "q", "text": "honey insects"}) + "\n"
    )
    (tmp_path / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq\ta\t2\n")
    found = evaluate_beir(tmp_path, "test", tmp_path / "cache")
    assert found["dense"] == {"ndcg@10": 1.0, "recall@100": 1.0}
    assert found["lexical"] == {"ndcg@10": 0.0, "recall@100": 0.0}
    assert found["hybrid"]["ndcg@10"] == 1.0
    assert evaluate_beir(tmp_path, "test", tmp_path / "cache") == found


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"data": [{"title": "x"}]}'])
def test_what_is_no_squad(tmp_path: Path, content: str) -> None:
    path = tmp_path / "squad.json"
    path.write_text(content)
    with pytest.raises(GoldError, match=r"not in the format of SQuAD 2\.0"):
        read_squad(path)


def test_what_is_no_beir(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match="not in BEIR's format"):
        evaluate_beir(tmp_path, "test", tmp_path / "cache")

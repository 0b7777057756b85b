"""From a thumb in the chat to a gold question."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eval.gold import load_gold, locate
from eval.review import candidate
from rag import Answer, KnowledgeBase
from rag.answer import Trace
from rag.feedback import Feedback, FeedbackError, keep, kept

BEES = "How many bees does the hive of Ada hold?"
SENTENCE = "The hive of Ada holds 40,000 bees."


@pytest.fixture
def base(quick: KnowledgeBase, folder: Path) -> KnowledgeBase:
    quick.sync(folder)
    return quick


def judged(base: KnowledgeBase, question: str, *, good: bool, **said: Any) -> Feedback:
    trace = Trace.of(base.stream(question))
    found = tuple((h.passage.document_id, h.passage.start, h.passage.end) for h in trace.hits)
    when, root = "2026-01-01T00:00:00", str(base.root)
    return Feedback(good, question, trace.answer, found, "000001", root, when, **said)


def test_a_good_answer_is_right_as_it_stands(base: KnowledgeBase) -> None:
    question = candidate(judged(base, BEES, good=True), base.documents())
    assert "40,000" in question.answers[0][0]
    assert question.evidence[0].quote == SENTENCE
    locate([question], base.documents())


def test_a_good_refusal_has_no_answer(base: KnowledgeBase) -> None:
    refusal = Answer("Who?", "No.", refused=True, reason="not_answered")
    feedback = Feedback(True, "Who?", refusal, (), "1", str(base.root), "now")
    assert not candidate(feedback, base.documents()).answerable


def test_the_evidence_of_a_right_answer_is_found(base: KnowledgeBase) -> None:
    feedback = judged(base, "When do they fly?", good=False, right_answer="from march")
    question = candidate(feedback, base.documents())
    assert question.answers == (("from march",),)
    assert question.evidence[0].quote == "They fly from March on."
    unknown = judged(base, BEES, good=False, right_answer="50,000")
    assert candidate(unknown, base.documents()).evidence == ()


def test_feedback_comes_back_as_it_was_kept(base: KnowledgeBase, tmp_path: Path) -> None:
    file = tmp_path / "new" / "feedback.jsonl"
    assert list(kept(file)) == []
    made = [judged(base, BEES, good=good, note="a\nb\u2028c") for good in (True, False)]
    for one in made:
        keep(one, file)
    assert list(kept(file)) == made
    file.write_text("{}\n")
    with pytest.raises(FeedbackError, match="line 1, is no feedback"):
        list(kept(file))


def test_a_person_decides(
    base: KnowledgeBase,
    tmp_path: Path,
    command: Callable[..., tuple[int, str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file, gold = tmp_path / "feedback.jsonl", tmp_path / "gold.jsonl"
    keep(judged(base, BEES, good=True), file)
    keep(judged(base, BEES, good=False, note="nonsense"), file)
    keep(judged(base, "How many cars does the ferry carry?", good=False), file)
    keep(judged(base, "Who steers the ferry?", good=False), file)
    keep(judged(base, "What is left?", good=False), file)
    typed = [
        *("yes", "40,000", ""),  # the proposed quote
        *("perhaps", "no"),
        *("yes", "12 cars", "It carries 13 cars.", "It carries 12 cars."),  # the first is not there
        *("yes", "none"),
        "quit",
    ]
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in typed)))
    code, shown, _ = command("eval", "review", file, "--gold", gold)
    assert code == 0
    assert "Note: nonsense" in shown
    assert "No document holds this quote." in shown
    assert f"3 questions added to {gold}, 1 left in {file}." in shown
    taken = load_gold(gold)
    assert [q.answers for q in taken] == [(("40,000",),), (("12 cars",),), ()]
    assert [[e.quote for e in q.evidence] for q in taken] == [
        [SENTENCE],
        ["It carries 12 cars."],
        [],
    ]
    locate(taken, base.documents())
    (left,) = [json.loads(line) for line in file.read_text().splitlines()]
    assert left["question"] == "What is left?"

"""Asking a part of the documents."""

from pathlib import Path

import numpy as np
import pytest

from embeddings import FaissIndex
from rag import KnowledgeBase, QuestionError, Read, Retrieved, Scope

DATED = """The northern bridge was closed

Riga, {day} – The northern bridge was closed for repairs on {day}, and the city council said that
the traffic goes over the southern one until the work is done. Nobody was hurt, and the engineers
found no further cracks in the pillars of the bridge, which is eighty years old.
"""


@pytest.fixture
def asked(quick: KnowledgeBase, folder: Path) -> KnowledgeBase:
    for name, day in (("early.txt", "March 3, 2024"), ("late.txt", "May 9, 2025")):
        (folder / name).write_text(DATED.format(day=day))
    quick.sync(folder)
    return quick


def found(
    asked: KnowledgeBase, scope: Scope, question: str = "When was the bridge closed?"
) -> set[str]:
    event = next(iter(asked.stream(question, scope=scope)))
    assert isinstance(event, Retrieved)
    sources = {document.id: document.source for document in asked.documents()}
    return {sources[hit.passage.document_id] for hit in event.hits}


def test_only_what_is_named_is_searched(asked: KnowledgeBase) -> None:
    assert found(asked, Scope()) == {"bees.txt", "boats.txt", "early.txt", "late.txt"}
    assert found(asked, Scope(frozenset({"bees.txt"}))) == {"bees.txt"}
    (late,) = [d.id for d in asked.documents() if d.source == "late.txt"]
    assert found(asked, Scope(frozenset({late, "boats.txt"}))) == {"boats.txt", "late.txt"}


def test_only_dates_of_the_range_are_searched(asked: KnowledgeBase) -> None:
    dates = {d.source: d.date for d in asked.documents()}
    assert dates == {
        "bees.txt": None,
        "boats.txt": None,
        "early.txt": "2024-03-03",
        "late.txt": "2025-05-09",
    }
    assert found(asked, Scope(since="2024-03-04")) == {"late.txt"}
    assert found(asked, Scope(until="2024-03-03")) == {"early.txt"}
    assert found(asked, Scope(since="2024-03-03", until="2025-05-09")) == {"early.txt", "late.txt"}
    assert found(asked, Scope(frozenset({"early.txt"}), since="2025-01-01")) == set()


def test_an_empty_part_is_a_refusal(asked: KnowledgeBase) -> None:
    answer = asked.ask("When was the bridge closed?", scope=Scope(since="2030-01-01"))
    assert (answer.refused, answer.reason, answer.closest) == (True, "nothing_found", ())


def test_a_document_is_read_whole(asked: KnowledgeBase) -> None:
    scope = Scope(frozenset({"boats.txt"}), whole=True)
    assert found(asked, scope, "quite other words") == {"boats.txt"}
    assert len(found(asked, Scope(whole=True), "quite other words")) == 4


def test_what_is_not_there_is_named(asked: KnowledgeBase) -> None:
    with pytest.raises(QuestionError, match=r"no document “gone\.txt”"):
        asked.ask("Who?", scope=Scope(frozenset({"gone.txt"})))


@pytest.mark.parametrize(
    "day", ["2026", "2026-13-01", "20260301", "2026-3-1", "1 March", "2026-W10-1"]
)
def test_a_date_is_written_in_one_way(day: str) -> None:
    with pytest.raises(QuestionError, match=f"“{day}” is not a date"):
        Scope(since=day)


@pytest.mark.parametrize("exact_below", [1, 1000])
def test_a_part_of_an_index_is_searched_exactly(exact_below: int) -> None:
    vectors = np.random.default_rng(5).normal(size=(300, 16)).astype(np.float32)
    index = FaissIndex.build(vectors, exact_below)
    within = np.arange(7, 300, 11)
    scores, rows = index.search(vectors[0], 5, within)
    similar = vectors[within] @ vectors[0]
    assert rows.tolist() == within[np.argsort(-similar)[:5]].tolist()
    assert np.allclose(scores, np.sort(similar)[::-1][:5])
    assert index.search(vectors[0], 5, np.zeros(0, np.int64))[1].size == 0


def test_how_careful_it_is_can_be_chosen(asked: KnowledgeBase) -> None:
    asked = KnowledgeBase(asked.root)
    strict, balanced, bold = (
        asked.using(care=care).refuse_below() for care in ("strict", "balanced", "open")
    )
    assert bold < balanced == 0.15 < strict
    asked.calibrate(0.6)
    assert asked.using(care="strict").refuse_below() > asked.refuse_below() == 0.6
    with pytest.raises(Exception, match="no care “bold”"):
        asked.using(care="bold").ask("Who?")


def test_other_settings_share_what_is_open(asked: KnowledgeBase) -> None:
    assert asked.using(k=1).generation() is asked.generation()
    events = asked.using(k=1).stream("How many bees does the hive of Ada hold?")
    retrieved, read, *_ = events
    assert isinstance(retrieved, Retrieved)
    assert isinstance(read, Read)
    assert len(retrieved.hits) == 1

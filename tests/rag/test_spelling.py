from dataclasses import replace
from pathlib import Path

import pytest

from rag import KnowledgeBase, Settings, Turn, store
from rag.spelling import respelt

TEXT = """The referendum on the constitution was announced by Roman Vassilenko on the ferry Odin.
He drives boats with colleagues from many countries. Референдум состоится весной."""


@pytest.fixture(scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory) -> store.Generation:
    folder = tmp_path_factory.mktemp("documents")
    (folder / "news.txt").write_text(TEXT, "utf-8")
    base = KnowledgeBase(tmp_path_factory.mktemp("knowledge"), Settings(encoder="hashing"))
    base.sync(folder)
    return store.open_current(base.root)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("refrendum", "referendum"),
        ("referrendum", "referendum"),
        ("referandum", "referendum"),
        ("refernedum", "referendum"),
        ("constitton", "constitution"),
        ("coutries", "countries"),
        ("When did Vasilenko announce it?", "When did Vassilenko announce it?"),
        ("Vasilenko’s 'refrendum', when?", "Vassilenko’s 'referendum', when?"),
    ],
)
def test_a_misspelt_word_is_read_as_the_documents_write_it(
    generation: store.Generation, typed: str, meant: str
) -> None:
    assert respelt(typed, generation) == meant


@pytest.mark.parametrize(
    "typed",
    [
        TEXT,
        "referendums, constitutional, a colleague of Vassilenko's",
        "boots, driver, counties: a dictionary knows them",
        "fery, drves: too short",
        "peferendum: the first letter is another",
        "cunstatutian: three edits",
        "drivvez: two edits in seven letters",
        "Drivex and Vasilenco: other names",
        "couldn't, O’Constitton",
        "co-refrendum refrendum2 референдун",
        "",
    ],
)
def test_other_words_stay_as_they_are(generation: store.Generation, typed: str) -> None:
    assert respelt(typed, generation) == typed


def test_of_equally_near_words_the_most_frequent_is_taken(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "a.txt").write_text("Tarvex met Tarvix. Tarvex came, and Tarvex spoke of Zarvox.")
    base = KnowledgeBase(tmp_path / "knowledge", Settings(encoder="hashing"))
    base.sync(folder)
    assert respelt("tarvox", store.open_current(base.root)) == "tarvex"


def test_an_answer_says_how_its_question_was_read(knowledge_base: KnowledgeBase) -> None:
    answer = knowledge_base.ask("referendm date new constituton")
    assert answer.question == "referendm date new constituton"
    assert answer.read_as == "referendum date new constitution"
    assert "15 March" in answer.text
    assert "Read as “referendum date new constitution”." in str(answer)
    assert knowledge_base.ask("referendum date new constitution").read_as == ""


def test_what_was_asked_before_is_read_so_too(knowledge_base: KnowledgeBase) -> None:
    slipped, right = (
        knowledge_base.ask("Where was he speaking?", [Turn(f"Who is Roman {name}?")])
        for name in ("Vasilenko", "Vassilenko")
    )
    assert slipped == replace(right, timings=slipped.timings)

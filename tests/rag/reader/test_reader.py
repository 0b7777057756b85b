"""The reader that ships, on texts that it was not trained on."""

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus import Passage
from rag import Hit, ReaderError
from rag.reader import SpanReader, load_reader
from rag.reader.inputs import MAX_TOKENS, Text, encode
from rag.reader.reader import MODEL

FERRY = (
    "The ferry Odin links Tarbert with the island of Gigha. It leaves the pier at nine in the "
    "morning and carries twelve cars. Captain Morag Lennox has commanded it since 2011, when "
    "Alan Reid retired."
)
MUSEUM = "The museum of clocks is closed on Tuesdays. A ticket costs seven pounds."


@pytest.fixture(scope="module")
def reader() -> SpanReader:
    return load_reader(2)


def hit(text: str, *, title: str = "", start: int = 0, document: str = "d") -> Hit:
    return Hit(Passage(text[:20], document, title, text, start, start + len(text)), 1.0, 1)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who commands the ferry Odin?", "Morag Lennox"),
        ("How many cars does the ferry carry?", "twelve"),
        ("When does the ferry Odin leave the pier?", "nine"),
        ("What does a ticket to the museum of clocks cost?", "seven pounds"),
    ],
)
def test_the_answer_is_found(reader: SpanReader, question: str, answer: str) -> None:
    best = reader.read(question, [hit(MUSEUM, document="m"), hit(FERRY, start=100)])[0]
    assert answer in (best.answer_text or "")
    assert best.score > 0.5


@pytest.mark.parametrize(
    "question",
    [
        "What is the population of Gigha?",
        "Who commands the ferry Thor?",
        "When was the museum of clocks founded?",
    ],
)
def test_what_is_not_said_is_not_found(reader: SpanReader, question: str) -> None:
    assert reader.read(question, [hit(MUSEUM, document="m"), hit(FERRY)])[0].score < 0.5


def test_every_sentence_is_read_with_its_place_in_the_document(reader: SpanReader) -> None:
    found = reader.read("Who commands the ferry?", [hit(FERRY, start=100)])
    starts = [100 + FERRY.index(word) for word in ("The ferry", "It leaves", "Captain")]
    assert sorted(e.span.start for e in found) == starts
    assert "".join(e.text for e in sorted(found, key=lambda e: e.span)) == FERRY.replace(". ", ".")
    assert all(e.answer_text and e.answer_text in e.text for e in found)


def test_a_sentence_that_says_the_opposite_is_doubted(
    reader: SpanReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = "On which days is the museum of clocks open?"
    doubted = reader.read(question, [hit(MUSEUM)])[0]
    monkeypatch.setattr("rag.reader.reader.contradicts", lambda *_: False)
    trusted = reader.read(question, [hit(MUSEUM)])[0]
    assert "Tuesdays" in (trusted.answer_text or "")
    assert doubted.score < trusted.score / 2


def test_a_name_that_the_document_lacks_casts_doubt(reader: SpanReader) -> None:
    known, unknown = (
        reader.read(f"Who commands the ferry {name}?", [hit(FERRY)])[0].score
        for name in ("Odin", "Freya")
    )
    assert unknown < known / 2


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Сколько стоит билет в музей часов?", "Билет в музей часов стоит семь фунтов."),
        ("Πόσο κοστίζει το εισιτήριο του μουσείου;", "Το εισιτήριο του μουσείου κοστίζει επτά."),
    ],
)
def test_letters_that_it_has_not_learnt_are_read_by_their_words(
    reader: SpanReader, question: str, text: str
) -> None:
    beside = text.split(maxsplit=1)[0] + " " + "Озеро Зима Ладога."
    hits = [hit(FERRY, document="f"), hit(beside, document="b"), hit(text, document="m")]
    best, *others = reader.read(question, hits)
    assert best.text == text
    assert best.score > 0.3
    assert all(other.score < 0.15 for other in others)


def test_the_order_of_the_passages_changes_nothing(reader: SpanReader) -> None:
    hits = [hit(FERRY, document="f"), hit(MUSEUM, document="m")]
    one, other = (reader.read("Who commands it?", order) for order in (hits, hits[::-1]))
    assert [(e.text, round(e.score, 4)) for e in one] == [
        (e.text, round(e.score, 4)) for e in other
    ]


def test_a_long_passage_is_read_to_its_end(reader: SpanReader) -> None:
    filler = "The weather on the coast is mild and wet for most of the year. " * 40
    text = f"{filler}{FERRY}"
    assert len(encode(reader._loaded.tokenizer, ["q"], [Text("", text)]).texts) > 1
    best = reader.read("Who commands the ferry Odin?", [hit(text)])[0]
    assert best.answer_text is not None
    assert "Morag Lennox" in best.answer_text


def test_a_question_longer_than_a_window(reader: SpanReader) -> None:
    assert len(reader.read("Tell me, who commands it? " * MAX_TOKENS, [hit(FERRY)])) == 3


def test_nothing_to_read(reader: SpanReader) -> None:
    assert reader.read("Who?", []) == []


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(question=st.text(min_size=1, max_size=80), text=st.text(min_size=1, max_size=300))
def test_any_text_can_be_read(reader: SpanReader, question: str, text: str) -> None:
    for evidence in reader.read(question, [hit(text, title=question)]):
        assert 0 <= evidence.score <= 1
        assert evidence.answer is None or evidence.answer_text in evidence.text  # type: ignore[operator]


def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match=str(tmp_path)):
        SpanReader(tmp_path, 1)


def test_a_model_that_was_cut(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(MODEL, folder)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ReaderError, match="cannot be loaded"):
        SpanReader(folder, 1)


def test_what_ships_is_small_and_holds_no_pickle() -> None:
    files = [path for path in MODEL.iterdir() if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 46e6
    assert {path.suffix for path in files} <= {".safetensors", ".json", ".md"}

import pytest

from embeddings import DEFAULT_MODEL, Encoder, load_encoder
from embeddings.encoder import HashingEncoder
from rag import KnowledgeBase
from rag.rewording import reworded

TEXTS = [
    "He drew attention to the ban on the death penalty. The equipment is used in 115 countries.",
    "His wife, the physician Ada Holm, sold cars on Monday. Two women sat on the highest court.",
]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder(DEFAULT_MODEL, 2)


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        ("Is capital punishment allowed?", "Is death penalty allowed?"),
        ("Which doctor was it, and what gear?", "Which physician was it, and what equipment?"),
        ("Where are automobiles sold?", "Where are cars sold?"),
    ],
)
def test_a_question_is_put_in_the_words_of_the_texts(
    encoder: Encoder, asked: str, read: str
) -> None:
    assert reworded(asked, TEXTS, encoder) == read


@pytest.mark.parametrize(
    "asked",
    [
        "Who is the husband of Ada Holm?",
        "What happened on tuesday to three men?",
        "What did they buy?",
        "Which is the lowest court?",
        "What does Doctor Automobile say of the ban on equipment?",  # names, and known words
        "Wie geht es dem arzt?",
        "",
    ],
)
def test_what_means_something_else_stays(encoder: Encoder, asked: str) -> None:
    assert reworded(asked, TEXTS, encoder) == asked


def test_there_must_be_texts_and_the_default_encoder(encoder: Encoder) -> None:
    question = "Is capital punishment allowed?"
    assert reworded(question, [], encoder) == question
    assert reworded(question, TEXTS, HashingEncoder()) == question


def test_an_answer_is_surer_for_it(
    knowledge_base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = "Which manufacturer of hospital beds and physiotherapy gear did the envoy tour?"
    answer = knowledge_base.ask(question)
    assert answer.question == question
    assert "Lojer" in answer.text
    monkeypatch.setattr("rag.answer.reworded", lambda question, *_: question)
    assert knowledge_base.ask(question).confidence < answer.confidence

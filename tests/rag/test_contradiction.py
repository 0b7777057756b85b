import pytest

from rag.contradiction import contradicts


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        (
            "Why did Holt shut its office in Sand?",
            "She spoke of the opening of the office in Sand.",
        ),
        ("What is the lowest court?", "The Tribunal is the highest court."),
        ("Which is the biggest bridge?", "Of all bridges it is the smallest."),
        ("Who did not sign?", "Ann signed."),
        ("Who couldn’t come?", "Ann came."),
        ("Who won? Ann. Who lost the match?", "Ann won it."),
        ("What had the Commission proven?", "The Commission had not yet proven the object of it."),
        ("Who may use the pool?", "Guests can't use the pool."),
    ],
)
def test_a_sentence_says_the_opposite(question: str, sentence: str) -> None:
    assert contradicts(question, sentence)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Why did Holt open its office?", "She spoke of the opening of the office."),
        ("Is the office closed?", "The office is open."),  # that is an answer
        ("And was it ever shut?", "It is open."),
        ("How many people came?", "Few people came."),
        ("What is open?", "It is open, and the other one is closed."),
        ("Who did not sign?", "Ann never signed."),
        ("Who did not sign?", "Ann refused."),
        ("Which countries do not need a visa?", "A visa-free regime holds for Chile."),
        ("Who did not sign? Ann. When did Bob sign?", "Bob signed on Monday."),
        ("Why did Bob not sign?", "He was ill."),
        ("Who may use the pool?", "Not only guests use the pool."),
        ("Who may use the pool?", "Guests who do not smoke may use the pool."),
        ("Does the pool open on Sunday?", "The pool does not open on Sunday."),
        ("Кто не подписал?", "Анна не подписала."),
        ("", ""),
    ],
)
def test_a_sentence_does_not(question: str, sentence: str) -> None:
    assert not contradicts(question, sentence)

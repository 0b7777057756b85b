from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag import Answer, KnowledgeBase, QuestionError, Trace, Turn, ask

QUESTIONS = [
    "How many people does KRKA employ altogether?",
    "When will the referendum be held?",
    "who is the chairwoman of the committee for international affairs",
    "Where was the cellist's concert?",
    "What did Urska Klakocar Zupancic say about Kazakhstan?",
    "How many families received homes in Shymkent?",
    "Who is the mayor of Karaganda?",
    "What is the boiling point of nitrogen?",
    "Как зовут президента?",
    "東京の人口は?",
    "trade turnover israel 2025",
]


def check(answer: Answer, base: KnowledgeBase) -> None:
    """What holds for every answer."""
    for citation in (*answer.citations, *answer.closest):
        document = base.document(citation.document_id)
        assert document is not None
        assert document.text[citation.start : citation.end] == citation.quote
        assert citation.quote.strip()
    assert [c.marker for c in answer.citations] == list(range(1, len(answer.citations) + 1))
    cited = {marker for sentence in answer.sentences for marker in sentence.markers}
    assert cited == {citation.marker for citation in answer.citations}
    assert answer.refused == (not answer.sentences)
    assert answer.refused == (answer.reason is not None)
    assert len(answer.sentences) <= base.settings.max_sentences
    assert 0 <= answer.confidence <= 1
    assert Answer.from_dict(answer.to_dict()) == answer


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_citation_is_an_exact_quote(knowledge_base: KnowledgeBase, question: str) -> None:
    answer = knowledge_base.ask(question)
    check(answer, knowledge_base)
    assert set(answer.timings) >= {"retrieve", "read", "total"}


@given(st.text(min_size=1, max_size=300))
@settings(max_examples=40, deadline=None)
def test_any_text_may_be_asked(knowledge_base: KnowledgeBase, question: str) -> None:
    try:
        answer = knowledge_base.using(k=3).ask(question)
    except QuestionError:
        assert not any(char.isalnum() for char in question)
    else:
        check(answer, knowledge_base)


def test_the_answer_is_in_the_text(knowledge_base: KnowledgeBase) -> None:
    answer = knowledge_base.ask("How many people does KRKA employ altogether?")
    assert "13 thousand" in answer.text
    assert "13 thousand" in answer.citations[0].quote
    assert answer.citations[0].date == "2026-02-03"
    assert answer.citations[0].url
    assert "Sources:" in str(answer)


@pytest.mark.parametrize(("ferry", "cars"), [("Odin", "12 cars"), ("Freya", "35 cars")])
def test_a_question_that_follows_another(
    quick: KnowledgeBase, tmp_path: Path, ferry: str, cars: str
) -> None:
    folder = tmp_path / "ferries"
    folder.mkdir()
    (folder / "odin.txt").write_text("The ferry Odin leaves at nine. It carries 12 cars.")
    (folder / "freya.txt").write_text("The ferry Freya leaves at ten. It carries 35 cars.")
    quick.sync(folder)
    history = [Turn(f"When does the ferry {ferry} leave?")]
    answer = quick.ask("And how many cars does it carry?", history)
    assert cars in answer.text.replace("**", "")  # the short answer is marked in it
    assert answer.question == "And how many cars does it carry?"


def test_a_letter_of_another_alphabet_is_no_obstacle(knowledge_base: KnowledgeBase) -> None:
    assert "Aigul Kuspan" in knowledge_base.ask("Who is the chairwoman of the Committee?").text
    hits = Trace.of(knowledge_base.stream("Klakocar Zupancic")).hits
    assert "Klakočar Zupančič" in hits[0].passage.text


@pytest.mark.parametrize(
    "question", ["Who is the mayor of Karaganda?", "What is the boiling point of nitrogen?"]
)
def test_a_refusal_gives_its_reason_and_the_closest(
    knowledge_base: KnowledgeBase, question: str
) -> None:
    answer = knowledge_base.ask(question)
    assert answer.refused
    assert answer.reason in ("not_answered", "nothing_found")
    assert answer.closest
    assert "Closest passages:" in str(answer)


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("", "is empty"),
        (" \n\t", "is empty"),
        ("\x00\x07\u200b", "is empty"),
        ("?!… —", "holds no word"),
        ("why " * 25_000, "has 100,000 characters and at most 2,000"),
    ],
)
def test_questions_that_cannot_be_asked(
    knowledge_base: KnowledgeBase, question: str, message: str
) -> None:
    with pytest.raises(QuestionError, match=message):
        knowledge_base.ask(question)


def test_control_characters_are_overlooked(knowledge_base: KnowledgeBase) -> None:
    plain = knowledge_base.ask("How many families received homes?")
    odd = knowledge_base.ask("How many\x00 families\u200b \x1breceived homes?")
    assert odd.citations == plain.citations


def test_ask_takes_a_knowledge_base_or_its_folder(knowledge_base: KnowledgeBase) -> None:
    question = "How many families received homes in Shymkent?"
    assert ask(question, knowledge_base).text == ask(question, str(knowledge_base.root)).text


def test_many_threads_may_ask_at_once(knowledge_base: KnowledgeBase) -> None:
    questions = QUESTIONS[:4]
    asked = knowledge_base.using(k=3)
    expected = [asked.ask(question).text for question in questions]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda q: asked.ask(q).text, questions * 4))
    assert found == expected * 4


def test_the_default_knowledge_base_is_built_once_in_the_cache(
    documents: Path,
) -> None:
    from rag.default import default_knowledge_base, default_root

    first = ask("How many families received homes in Shymkent?")
    assert "26" in first.text
    base = default_knowledge_base()
    assert base is default_knowledge_base()
    assert base.root == default_root()
    assert base.status().folder == str(documents)

from collections.abc import Sequence

import pytest

from corpus import Passage
from rag import Evidence, Hit, KnowledgeBase
from rag.reader import load_reader
from rag.suggest import candidates, examples, related, suggest


def passage(text: str, document: str = "d") -> Passage:
    return Passage("p", document, "", text, 0, len(text))


def questions(text: str) -> list[str]:
    return [candidate.question for candidate in candidates(passage(text))]


@pytest.mark.parametrize(
    ("text", "question"),
    [
        (
            "The old bridge over the Aa was closed to lorries in March 2019, the council said.",
            "When was the old bridge over the Aa closed to lorries?",
        ),
        (
            "In 1264, Anna Berzina was elected mayor of Valmiera.",
            "When was Anna Berzina elected mayor of Valmiera?",
        ),
        (
            "The ferry Odin carries 12 cars and no lorries.",
            "How many cars does the ferry Odin carry?",
        ),
        (
            "About 40,000 people visited the fair in its first week.",
            "",  # "its" points to something before
        ),
        (
            "About 40,000 people visited the fair in the first week.",
            "How many people visited the fair in the first week?",
        ),
        (
            "Talks were opened by the Director of the Port of Ventspils, Jana Kalnina, who spoke.",
            "Who is the Director of the Port of Ventspils?",
        ),
        (
            "The Holt Trust repaired the roof of the library, which had leaked.",
            "Who repaired the roof of the library?",
        ),
        (
            "The footpath is closed in winter because the steps are icy then.",
            "Why is the footpath closed in winter?",
        ),
        ("She was elected mayor of the town in March 2019.", ""),
        ("He said that the bridge was closed to lorries in March 2019.", ""),
        ("The bridge was closed in 2019", ""),  # a line without an end is no sentence
        ("Мост был закрыт для грузовиков в марте 2019 года по решению совета.", ""),
    ],
)
def test_a_sentence_becomes_a_question(text: str, question: str) -> None:
    assert questions(text) == ([question] if question else [])


class Doubting:
    """Reads every sentence whole, and is sure of those that hold a word."""

    def __init__(self, word: str) -> None:
        self.word = word

    def read(self, question: str, hits: Sequence[Hit]) -> list[Evidence]:
        (hit,) = hits
        (found,) = candidates(hit.passage)
        sure = 0.9 if self.word in hit.passage.text else 0.3
        return [Evidence(hit.passage, found.span, sure, found.span, question)]


def test_only_what_the_reader_answers_is_suggested() -> None:
    texts = [
        "The ferry Odin carries 12 cars and no lorries.",
        "The ferry Thor carries 9 cars or so.",
    ]
    found = suggest([passage(t, t) for t in texts], Doubting("Thor"), 4)
    assert [c.question for c in found] == ["How many cars does the ferry Thor carry?"]


def test_words_of_the_question_come_first_and_no_question_twice() -> None:
    texts = [
        "The ferry Odin carries 12 cars and no lorries.",
        "The ferry Thor carries 9 cars or so.",
    ]
    passages = [passage(t, t) for t in (*texts, *texts)]
    found = suggest(passages, Doubting("ferry"), 4, about="Who steers Thor?")
    assert [c.question.split()[6] for c in found] == ["Thor", "Odin"]


def test_the_default_documents_answer_their_examples(knowledge_base: KnowledgeBase) -> None:
    reader = load_reader(2)
    found = examples(knowledge_base.generation(), reader, 4)
    assert len(found) == 4
    for question in found:
        assert not knowledge_base.ask(question).refused, question


def test_a_refusal_leads_to_what_is_answered(knowledge_base: KnowledgeBase) -> None:
    refused = knowledge_base.ask("Who is the mayor of Karaganda?")
    assert refused.refused
    found = related(refused, knowledge_base.generation(), load_reader(2), 3)
    assert 1 <= len(found) <= 3
    for question in found:
        assert not knowledge_base.ask(question).refused, question

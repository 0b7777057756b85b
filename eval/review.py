"""What users said of answers becomes gold questions, once somebody has looked at it."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import typer

from corpus import Document, fold, sentences
from corpus.types import content_id
from eval.gold import Question, Quote
from rag import KnowledgeBase
from rag.feedback import Feedback, kept, rewrite

_CHOICES = ("yes", "no", "later", "quit")
_NONE = "none"


def review(file: Path, into: Path) -> int:
    """Shows each answer that users have judged, and asks what to do with it.

    Args:
        file: What users said; what has been decided leaves it.
        into: Where gold questions go.

    Returns:
        How many were taken over.

    Raises:
        FeedbackError: The file cannot be read.
        KnowledgeBaseError: What was asked is not there any more.
    """
    judged = list(kept(file))
    taken = 0
    for number, feedback in enumerate(judged, 1):
        documents = KnowledgeBase.open(feedback.knowledge_base).documents()
        print(f"\n{number} of {len(judged)}: {_described(feedback)}\n")
        choice = ""
        while choice not in _CHOICES:
            choice = typer.prompt(f"Take it over? ({', '.join(_CHOICES)})")
        if choice == "quit":
            break
        if choice == "yes":
            append(_completed(candidate(feedback, documents), documents), into)
            taken += 1
        if choice != "later":
            rewrite([one for one in kept(file) if one != feedback], file)
    return taken


def candidate(feedback: Feedback, documents: Iterable[Document]) -> Question:
    """Returns the gold question that feedback amounts to, as far as can be told.

    A good answer is right as it stands, and a good refusal means that there is no answer. Of a bad
    one the answer is what the user says; its evidence is looked for in what had been found.

    Args:
        feedback: What was said.
        documents: Those of the knowledge base.
    """
    question = Question(
        id=f"feedback-{content_id(feedback.question, feedback.when)}",
        question=feedback.question,
        kind="feedback",
        split="tune",
        notes=feedback.note,
    )
    if not feedback.good:
        return with_answer(question, feedback.right_answer, evidence_of(feedback, documents))
    answers = tuple((said.answer or said.text,) for said in feedback.answer.sentences)
    evidence = tuple(Quote(cited.source, cited.quote) for cited in feedback.answer.citations)
    return replace(question, answers=answers, evidence=evidence)


def with_answer(question: Question, answer: str, quote: Quote | None) -> Question:
    """Returns a gold question with one answer; "" for none in the documents."""
    if not answer:
        return replace(question, answers=(), evidence=())
    return replace(question, answers=((answer,),), evidence=(quote,) if quote else ())


def evidence_of(feedback: Feedback, documents: Iterable[Document]) -> Quote | None:
    """Returns the sentence that says the right answer, among the passages that were found."""
    right = fold(feedback.right_answer).strip()
    by_id = {document.id: document for document in documents}
    for name, start, end in feedback.found if right else ():
        document = by_id.get(name)
        passage = document.text[start:end] if document else ""
        for span in sentences(passage):
            if document and right in fold(passage[span.start : span.end]):
                return Quote(document.source, passage[span.start : span.end])
    return None


def quoted(text: str, documents: Iterable[Document]) -> Quote | None:
    """Returns a quote with the document that holds it, if there is one."""
    return next((Quote(d.source, text) for d in documents if text and text in d.text), None)


def append(question: Question, file: Path) -> None:
    """Adds a gold question to a file."""
    data = {name: value for name, value in asdict(question).items() if name != "line"}
    with file.open("a", encoding="utf-8") as opened:
        opened.write(json.dumps(data, ensure_ascii=False) + "\n")


def _described(feedback: Feedback) -> str:
    lines = [
        f"{feedback.question} ({'good' if feedback.good else 'bad'}, {feedback.when})",
        str(feedback.answer),
        feedback.note and f"Note: {feedback.note}",
        feedback.right_answer and f"Right answer: {feedback.right_answer}",
    ]
    return "\n\n".join(filter(None, lines))


def _completed(question: Question, documents: Sequence[Document]) -> Question:
    """Has a person say what is missing; the documents have to hold the quote."""
    if len(question.answers) > 1:  # a good answer of several sentences
        return question
    proposed = question.answers[0][0] if question.answers else _NONE
    answer = typer.prompt(f"Right answer ({_NONE}: the documents do not say it)", proposed)
    if answer == _NONE:
        return with_answer(question, "", None)
    quote = question.evidence[0].quote if question.evidence else None
    while True:
        text = typer.prompt("Quote that says so, letter for letter", quote)
        if found := quoted(text, documents):
            return with_answer(question, answer, found)
        print("No document holds this quote.")

"""The documents that ship for training: whole, true to their marks, and apart from the gold."""

import json
import random
from typing import Any

import pytest

from corpus import words
from eval.cli import DEFAULT_GOLD
from eval.gold import load_gold
from rag.reader.training.invent import DOCUMENTS, invent, templates


@pytest.fixture(scope="module")
def made() -> list[dict[str, Any]]:
    return [json.loads(line) for line in DOCUMENTS.read_text("utf-8").splitlines()]


def test_there_are_enough(made: list[dict[str, Any]]) -> None:
    asked = [question for document in made for question in document["questions"]]
    assert len(made) >= 250
    assert len(asked) >= 3000
    assert len({document["style"] for document in made}) >= 8
    assert all(any(not q["answers"] for q in document["questions"]) for document in made)


def test_every_answer_stands_where_it_is_said_to(made: list[dict[str, Any]]) -> None:
    for document in made:
        for question in document["questions"]:
            for answer in question["answers"]:
                start, text = answer["start"], answer["text"]
                assert text == text.strip() != ""
                assert document["text"][start : start + len(text)] == text
                assert text.lower() not in question["question"].lower()


def test_nothing_is_left_of_the_templates(made: list[dict[str, Any]]) -> None:
    for document in made:
        shown = [
            document["title"],
            document["text"],
            *(q["question"] for q in document["questions"]),
        ]
        assert not any(sign in text for text in shown for sign in "{}[]")


def test_every_question_of_a_template_has_its_answer() -> None:
    for template in templates():
        marked = {key for keys, _ in template.questions for key in keys}
        assert all(f"[{key}|" in template.body for key in marked), template.title
        assert any(not keys for keys, _ in template.questions), template.title


def test_a_template_gives_the_same_document_again() -> None:
    template = next(templates())
    assert invent(template, random.Random(3)) == invent(template, random.Random(3))
    assert invent(template, random.Random(3)) != invent(template, random.Random(4))


def test_no_question_of_the_default_gold_is_among_them(made: list[dict[str, Any]]) -> None:
    asked = {tuple(words(q["question"])) for document in made for q in document["questions"]}
    assert not asked & {tuple(words(question.question)) for question in load_gold(DEFAULT_GOLD)}

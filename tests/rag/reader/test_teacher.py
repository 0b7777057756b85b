"""One reader imitates another."""

import json
import math
import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from corpus import Span
from rag.reader.examples import Example, Group
from rag.reader.inputs import Inputs, Text, encode
from rag.reader.loss import NEVER, imitation
from rag.reader.reader import MODEL
from rag.reader.stages import Stage
from rag.reader.teacher import Teacher
from rag.reader.train import Plan, Trainer

TEXT = Text("Hive", "It rains. The hive holds 42 bees.")
EXAMPLES = [
    Example("How many bees?", TEXT, (Span(25, 27),)),
    Example("Who keeps them?", Text("", "The ferry leaves at nine.")),
]


def seen(examples: list[Example]) -> Inputs:
    tokenizer = AutoTokenizer.from_pretrained(MODEL)
    return encode(
        tokenizer, [e.question for e in examples], [e.text for e in examples], windows=False
    )


def test_the_divergence_against_the_formula() -> None:
    own = torch.tensor([[0.0, 1.0, NEVER], [2.0, 0.0, 1.0]])
    taught = torch.tensor([[1.0, 0.0], [0.0, 0.0]])

    def shares(logits: tuple[float, float]) -> list[float]:
        total = sum(map(math.exp, logits))
        return [math.exp(one) / total for one in logits]

    expected = math.fsum(
        p * math.log(p / q)
        for better, worse in (((1.0, 0.0), (0.0, 1.0)), ((0.0, 0.0), (2.0, 0.0)))
        for p, q in zip(shares(better), shares(worse), strict=True)
    )
    assert float(imitation(own, taught)) == pytest.approx(expected / 2, rel=1e-5)
    assert float(imitation(own, own)) == pytest.approx(0, abs=1e-6)


def test_a_teacher_reads_the_plain_question_and_what_can_be_an_answer() -> None:
    """Against the model itself, asked by hand."""
    inputs = seen(EXAMPLES)
    model = AutoModelForQuestionAnswering.from_pretrained(MODEL, dtype=torch.float32).eval()
    with torch.inference_mode():
        output = model(**inputs.features)
    worded = [replace(e, question="bees count?", plain=e.question) for e in EXAMPLES]
    start, end = Teacher(MODEL, "cpu").read(worded, seen(worded))
    for taught, logits in ((start, output.start_logits), (end, output.end_logits)):
        for row, can in enumerate(inputs.readable):
            expected = logits[row, can]
            assert torch.allclose(taught[row, : len(expected)], expected, atol=1e-4)
            assert (taught[row, len(expected) :] == NEVER).all()


def test_a_teacher_with_other_words_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "other"
    shutil.copytree(MODEL, folder)
    path = folder / "tokenizer.json"
    tokenizer = json.loads(path.read_text("utf-8"))
    assert tokenizer["model"]["vocab"].pop("bees")
    path.write_text(json.dumps(tokenizer), "utf-8")
    with pytest.raises(ValueError, match="cuts texts otherwise"):
        Teacher(folder, "cpu").read(EXAMPLES, seen(EXAMPLES))


def test_a_pupil_comes_nearer_to_its_teacher(tmp_path: Path) -> None:
    """On questions whose own labels say the opposite, so that only the teacher can be the cause."""
    passages = [f"The hive holds {number} bees." for number in range(10, 40)]
    groups: list[Group] = [(Example("How many bees?", Text("Hive", p)),) for p in passages]

    def nearness(trainer: Trainer) -> float:
        inputs = seen(EXAMPLES[:1])
        readable = inputs.readable
        with torch.inference_mode():
            output = trainer.model(**inputs.features)
        start, _ = Teacher(MODEL, "cpu").read(EXAMPLES[:1], inputs)
        return float(imitation(output.start_logits[readable][None], start))

    def stage(_: Path, __: random.Random) -> list[Group]:
        return groups

    far = {}
    for taught in (False, True):
        trainer = Trainer(tmp_path / str(taught), Plan(seed=1))
        trainer.teacher = Teacher(MODEL, "cpu") if taught else None
        trainer.run(Stage("tiny", stage, 12_000, (1.0, 1.0)), Path())
        far[taught] = nearness(trainer)
    assert far[True] < far[False] / 2

"""One reader imitates another."""

import json
import math
import random
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from corpus import Span
from rag.reader.batches import Batch
from rag.reader.examples import Example, Group
from rag.reader.inputs import Inputs, Text, encode
from rag.reader.lessons import Lessons, Taught
from rag.reader.loss import NEVER, imitation, unlike
from rag.reader.reader import MODEL
from rag.reader.stages import Stage
from rag.reader.teacher import Teacher
from rag.reader.train import Plan, Trainer
from rag.reader.weights import load

TEXT = Text("Hive", "It rains. The hive holds 42 bees.")
EXAMPLES = [
    Example("How many bees?", TEXT, (Span(25, 27),)),
    Example("Who keeps them?", Text("", "The ferry leaves at nine.")),
]


@pytest.fixture(scope="module")
def able(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained reader as training exports it."""
    folder, shipped = tmp_path_factory.mktemp("able"), load(MODEL)
    shipped.model.save_pretrained(folder)
    shipped.tokenizer.save_pretrained(folder)
    return folder


def nothing(_: Path, __: random.Random) -> list[Group]:
    """The examples of a stage that was prepared before."""
    return []


def loaded(folder: Path) -> Any:
    return AutoModelForQuestionAnswering.from_pretrained(folder, dtype=torch.float32).eval()


def seen(examples: Sequence[Example]) -> Inputs:
    tokenizer = AutoTokenizer.from_pretrained(MODEL)
    return encode(
        tokenizer, [e.question for e in examples], [e.text for e in examples], windows=False
    )


def taught(examples: Sequence[Example], folder: Path) -> Taught:
    tokenizers = (AutoTokenizer.from_pretrained(MODEL), AutoTokenizer.from_pretrained(folder))
    lesson = Lessons([Batch((tuple(examples),), 100)], *tokenizers)[0]
    assert lesson.taught is not None
    return lesson.taught


def read(model: Any, examples: Sequence[Example]) -> Any:
    with torch.no_grad():
        return model(**seen(examples).features, output_hidden_states=True)


def test_the_divergence_against_the_formula() -> None:
    """At temperature 2, and times its square."""
    own = torch.tensor([[0.0, 1.0], [2.0, 0.0]])
    taught = torch.tensor([[1.0, 0.0], [0.0, 0.0]])

    def shares(logits: Sequence[float]) -> list[float]:
        total = sum(math.exp(one / 2) for one in logits)
        return [math.exp(one / 2) / total for one in logits]

    expected = math.fsum(
        p * math.log(p / q)
        for better, worse in zip(taught.tolist(), own.tolist(), strict=True)
        for p, q in zip(shares(better), shares(worse), strict=True)
    )
    assert float(imitation(own, taught)) == pytest.approx(4 * expected / 2, rel=1e-5)
    assert float(imitation(own, own)) == pytest.approx(0, abs=1e-6)


def test_tokens_that_are_not_there_diverge_in_nothing() -> None:
    own, taught = torch.tensor([[0.0, 1.0]]), torch.tensor([[1.0, 0.0]])
    none = torch.tensor([[NEVER]])
    longer = [torch.cat([logits, none], 1) for logits in (own, taught)]
    assert float(imitation(*longer)) == pytest.approx(float(imitation(own, taught)))


def test_states_are_compared_at_variance_one() -> None:
    own = torch.tensor([[[1.0, -1.0], [0.0, 0.0], [9.0, 9.0]]])
    taught = torch.tensor([[[7.0, 3.0], [-2.0, 2.0], [1.0, 0.0]]])
    both = torch.tensor([[True, True, False]])
    assert float(unlike(own, taught, both)) == pytest.approx(0.5, rel=1e-3)  # (0 + 0 + 1 + 1) / 4


def test_what_is_missed_against_the_models_asked_by_hand(able: Path) -> None:
    """The teacher gets the plain question, the pupil the one in other words."""
    pupil = loaded(able)
    worded = [replace(e, question="bees count?", plain=e.question) for e in EXAMPLES]
    inputs = seen(worded)
    own, better = read(pupil, worded), read(pupil, EXAMPLES)
    teacher = Teacher(able, pupil)
    with torch.no_grad():
        for name, weight in teacher.bridges.named_parameters():
            weight.copy_(torch.zeros(384) if name.endswith("bias") else torch.eye(384))
        missed = float(teacher.missed(taught(worded, able), own))
    here, there = inputs.readable, seen(EXAMPLES).readable
    expected = sum(
        float(unlike(mine, other, torch.ones(len(mine), dtype=torch.bool)))
        for mine, other in (
            (own.hidden_states[layer][here], better.hidden_states[layer][there])
            for layer in (6, 12)
        )
    )
    for worse, right in (
        (own.start_logits, better.start_logits),
        (own.end_logits, better.end_logits),
    ):
        rows = [
            float(imitation(worse[row, here[row]][None], right[row, there[row]][None]))
            for row in range(len(worded))
        ]
        expected += sum(rows) / len(rows) / 2
    assert missed == pytest.approx(expected, rel=1e-3)


def test_what_only_one_of_them_sees_of_a_long_text_is_left_out(able: Path) -> None:
    """A longer question leaves less room for the text."""
    long = Example("Who?", Text("", "The ferry leaves at nine. " * 200))
    worded = replace(long, question="Who was it that came here?", plain=long.question)
    pupil = loaded(able)
    inputs = seen([worded])
    assert inputs.readable.sum() < seen([long]).readable.sum()
    known = taught([worded], able)
    assert int(known.both.sum()) == int(inputs.readable.sum())
    assert Teacher(able, pupil).missed(known, read(pupil, [worded])).isfinite()


def test_a_teacher_with_other_words_is_refused(able: Path, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    shutil.copytree(able, folder)
    path = folder / "tokenizer.json"
    tokenizer = json.loads(path.read_text("utf-8"))
    assert tokenizer["model"]["vocab"].pop("bees")
    path.write_text(json.dumps(tokenizer), "utf-8")
    with pytest.raises(ValueError, match="cuts texts otherwise"):
        taught(EXAMPLES, folder)


def test_a_pupil_comes_nearer_to_its_teacher(able: Path, tmp_path: Path) -> None:
    """On questions whose own labels say the opposite, so that only the teacher can be the cause."""
    passages = [f"The hive holds {number} bees." for number in range(10, 40)]
    groups: list[Group] = [(Example("How many bees?", Text("Hive", p)),) for p in passages]
    readable, better = seen(EXAMPLES[:1]).readable, read(loaded(able), EXAMPLES[:1])

    far = {}
    for teacher in (None, able):
        trainer = Trainer(tmp_path / str(bool(teacher)), Plan(base=str(able), batch=1_300), teacher)
        trainer.run(Stage("tiny", nothing, 6_000, (1.0, 1.0)), groups)
        own = read(trainer.model.eval(), EXAMPLES[:1])
        far[teacher] = float(
            imitation(own.start_logits[readable][None], better.start_logits[readable][None])
        )
    assert far[able] < far[None] / 2

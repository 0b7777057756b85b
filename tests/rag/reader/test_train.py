"""A few steps of the real training: enough to stop it, go on, and load what comes out."""

import math
import random
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from corpus import Span
from rag.reader.batches import _length, batches
from rag.reader.calibrate import calibrate
from rag.reader.examples import Example, Group
from rag.reader.inputs import Text
from rag.reader.loss import loss
from rag.reader.prepare import read_groups, write_groups
from rag.reader.reader import SpanReader
from rag.reader.stages import Stage
from rag.reader.train import Plan, Trainer

MOST = 2_600  # tokens in a batch


def groups(_: Path, rng: random.Random) -> list[Group]:
    """Many sizes, so that there are several batches."""
    made: list[Group] = []
    for size in range(60):
        passage = f"{'It rains. ' * (size % 7)}The hive holds {rng.randint(2, 99)} bees."
        start = passage.index("holds ") + 6
        answered = Example(
            "How many bees?", Text("Hive", passage), (Span(start, len(passage) - 6),)
        )
        made.append((answered, Example("How many bees?", Text("", "The ferry leaves at nine."))))
    return made


def test_batches_hold_every_group_once_a_round_and_little_padding() -> None:
    made = groups(Path(), random.Random(0)) * 40
    whole = batches(made, 1e6, MOST, random.Random(1))
    rounds = sum(len(batch.groups) for batch in whole) / len(made)
    counts = Counter(group[0].text for batch in whole for group in batch.groups)
    expected = Counter(group[0].text for group in made)
    assert all(int(rounds) * n <= counts[text] <= (rounds + 1) * n for text, n in expected.items())
    assert all(batch.tokens <= MOST for batch in whole)
    assert sum(batch.tokens for batch in whole[:-1]) < 1e6 <= sum(b.tokens for b in whole)
    needed = sum(_length(group) * len(group) for batch in whole for group in batch.groups)
    assert sum(batch.tokens for batch in whole) < 1.1 * needed


def test_groups_are_read_as_they_were_written(tmp_path: Path) -> None:
    made = groups(Path(), random.Random(0))
    worded = [tuple(replace(e, question="bees?", plain=e.question) for e in g) for g in made[:9]]
    write_groups([*made, *worded], tmp_path / "groups.jsonl.xz")
    assert read_groups(tmp_path / "groups.jsonl.xz") == [*made, *worded]


def test_the_loss_against_the_formula() -> None:
    """Two texts of one question, three tokens each; the first token stands for no answer."""
    start = torch.tensor([[0.0, 1.0, 2.0], [0.5, 0.0, -1e4]])
    end = torch.tensor([[0.0, 0.0, 3.0], [1.0, 1.0, -1e4]])
    starts = torch.tensor([[False, True, True], [True, False, False]])
    ends = torch.tensor([[False, False, True], [True, False, False]])

    def share(logits: list[float], chosen: list[int]) -> float:
        total = sum(map(math.exp, logits))
        return math.log(sum(math.exp(logits[i]) for i in chosen) / total)

    def score(first: list[float], last: list[float]) -> float:
        return sum(math.log(sum(map(math.exp, x[1:]))) - x[0] for x in (first, last))

    read = [share([0, 1, 2], [1, 2]), share([0.5, 0], [0])]
    read += [share([0, 0, 3], [2]), share([1, 1], [0])]
    one, other = score([0, 1, 2], [0, 0, 3]), score([0.5, 0], [1, 1])
    ranked = -math.log(math.exp(one) / (math.exp(one) + math.exp(other)))
    expected = -sum(read) / 4 + 0.5 * ranked
    assert float(loss(start, end, starts, ends, [2])) == pytest.approx(expected, rel=1e-5)
    assert float(loss(start, end, starts, ends, [1, 1])) == pytest.approx(-sum(read) / 4, rel=1e-5)


STAGE = Stage("tiny", groups, 12_000, (1.0, 0.5))
PLAN = Plan(seed=1, batch=MOST)
GROUPS = groups(Path(), random.Random(0))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("whole")
    Trainer(out, PLAN).run(STAGE, GROUPS)
    return out


def test_what_comes_out_is_small_safe_and_readable(trained: Path) -> None:
    weights = load_file(trained / "tiny" / "model.safetensors")
    assert {tensor.dtype for tensor in weights.values()} == {torch.float16}
    assert sum(file.stat().st_size for file in (trained / "tiny").iterdir()) <= 46e6
    (readings,) = SpanReader(trained / "tiny", 1).readings("How many?", [Text("", "It has two.")])
    assert len(readings) == 1


def test_scores_are_fitted_to_probabilities(trained: Path, tmp_path: Path) -> None:
    """Against what the loss must be: where the fit is best, its gradient is nothing."""
    folder = tmp_path / "model"
    shutil.copytree(trained / "tiny", folder)
    asked = [example for group in groups(Path(), random.Random(5))[:20] for example in group]
    asked += [replace(asked[0], answers=()), replace(asked[1], answers=asked[0].answers)]
    fit = calibrate(folder, asked)
    assert SpanReader(folder, 1).fit == fit
    reader, odds = SpanReader(folder, 1), []
    for example in asked:
        (readings,) = reader.readings(example.question, [example.text])
        odds.append(readings[0].score)
    wrong = torch.sigmoid(torch.tensor(odds)) - torch.tensor(
        [float(bool(e.answers)) for e in asked]
    )
    assert abs(float(wrong.mean())) < 0.01


def test_training_goes_on_where_it_was_stopped(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = Trainer(tmp_path, PLAN)
    whole_step = trainer._step
    steps = 0

    def stopped(*arguments: object) -> torch.Tensor:
        nonlocal steps
        if steps == 2:
            raise KeyboardInterrupt
        steps += 1
        return whole_step(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("rag.reader.train._SAVE_EVERY", 0.0)
    monkeypatch.setattr(trainer, "_step", stopped)
    with pytest.raises(KeyboardInterrupt):
        trainer.run(STAGE, GROUPS)
    again = Trainer(tmp_path, PLAN)
    again.run(STAGE, GROUPS)
    assert again.steps > 3
    whole, resumed = (load_file(out / "tiny" / "model.safetensors") for out in (trained, tmp_path))
    for name, tensor in whole.items():
        assert torch.allclose(tensor, resumed[name], atol=2e-3), name

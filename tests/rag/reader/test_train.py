"""A few steps of the real training: enough to stop it, go on, and load what comes out."""

import random
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from corpus import Span
from rag.reader.examples import Example, Group
from rag.reader.inputs import Text
from rag.reader.reader import SpanReader
from rag.reader.stages import Stage
from rag.reader.train import Trainer


def groups(_: Path, rng: random.Random) -> list[Group]:
    """Many sizes, so that there are several batches."""
    made = []
    for size in range(60):
        passage = f"{'It rains. ' * (size % 7)}The hive holds {rng.randint(2, 99)} bees."
        start = passage.index("holds ") + 6
        answered = Example(
            "How many bees?", Text("Hive", passage), (Span(start, len(passage) - 6),)
        )
        made.append((answered, Example("How many bees?", Text("", "The ferry leaves at nine."))))
    return made


STAGE = Stage("tiny", groups, 12_000, (1.0, 0.5))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("whole")
    Trainer(out, 1, "cpu").run(STAGE, Path())
    return out


def test_what_comes_out_is_small_safe_and_readable(trained: Path) -> None:
    weights = load_file(trained / "tiny" / "model.safetensors")
    assert {tensor.dtype for tensor in weights.values()} == {torch.float16}
    assert sum(file.stat().st_size for file in (trained / "tiny").iterdir()) <= 46e6
    (readings,) = SpanReader(trained / "tiny", 1).readings("How many?", [Text("", "It has two.")])
    assert len(readings) == 1


def test_training_goes_on_where_it_was_stopped(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = Trainer(tmp_path, 1, "cpu")
    whole_step = trainer._step
    steps = 0

    def stopped(*arguments: object) -> float:
        nonlocal steps
        if steps == 2:
            raise KeyboardInterrupt
        steps += 1
        return whole_step(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("rag.reader.train._SAVE_EVERY", 0.0)
    monkeypatch.setattr(trainer, "_step", stopped)
    with pytest.raises(KeyboardInterrupt):
        trainer.run(STAGE, Path())
    again = Trainer(tmp_path, 1, "cpu")
    again.run(STAGE, Path())
    assert again.steps > 3
    whole, resumed = (load_file(out / "tiny" / "model.safetensors") for out in (trained, tmp_path))
    for name, tensor in whole.items():
        assert torch.allclose(tensor, resumed[name], atol=2e-3), name

"""Calibration: from the scores of a trained reader to probabilities."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag.reader.examples import Example
from rag.reader.reader import SpanReader
from rag.reader.weights import FIT, configure

if TYPE_CHECKING:
    from torch import Tensor


def calibrate(folder: Path, asked: Sequence[Example]) -> tuple[float, float]:
    """Fits scores to probabilities (Platt 1999) and writes the fit into the model's config.

    Args:
        folder: The model, as `Trainer.export` or `pack` writes it.
        asked: Questions with and without an answer that it was not trained on.

    Returns:
        Scale and shift of a score in log odds.
    """
    import torch

    reader = SpanReader(folder, torch.get_num_threads())
    reader.fit = (1.0, 0.0)
    scores = torch.tensor([_score(reader, example) for example in asked])
    answerable = torch.tensor([float(bool(example.answers)) for example in asked])
    fit = torch.tensor([1.0, 0.0], requires_grad=True)
    optimizer = torch.optim.LBFGS([fit], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> "Tensor":
        optimizer.zero_grad()
        value = torch.nn.functional.binary_cross_entropy_with_logits(
            scores * fit[0] + fit[1], answerable
        )
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    scale, shift = (round(value, 4) for value in fit.tolist())
    configure(folder, {FIT: (scale, shift)})
    return scale, shift


def _score(reader: SpanReader, example: Example) -> float:
    (readings,) = reader.readings(example.question, [example.text])
    return max(reading.score for reading in readings)

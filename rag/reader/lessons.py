"""Batches as tensors: what is read, and what should be found in it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils.data import Dataset

from rag.reader.batches import Batch
from rag.reader.examples import Example
from rag.reader.inputs import Inputs, encode


class Taught(NamedTuple):
    """What a teacher reads of the same, and which tokens both see.

    Attributes:
        features: The teacher's inputs.
        here: Places of the tokens in the pupil's rows, `[examples, most]`; 0 where there are fewer.
        there: Likewise in the teacher's rows.
        both: Which of the places count.
    """

    features: dict[str, Tensor]
    here: Tensor
    there: Tensor
    both: Tensor

    def to(self, device: str) -> "Taught":
        """Returns the same on a device."""
        return Taught(
            _to(self.features, device),
            self.here.to(device),
            self.there.to(device),
            self.both.to(device),
        )


class Lesson(NamedTuple):
    """One step of training.

    Attributes:
        features: The model's inputs, each `[examples, tokens]`.
        readable: Where an answer may stand, `[examples, tokens]`.
        starts: Where an accepted one starts, likewise: at the first token if there is none.
        ends: Likewise where it ends.
        groups: Number of examples of each question.
        taught: For a teacher, if there is one.
    """

    features: dict[str, Tensor]
    readable: Tensor
    starts: Tensor
    ends: Tensor
    groups: tuple[int, ...]
    taught: Taught | None

    def to(self, device: str) -> "Lesson":
        """Returns the same on a device."""
        return Lesson(
            _to(self.features, device),
            self.readable.to(device),
            self.starts.to(device),
            self.ends.to(device),
            self.groups,
            self.taught.to(device) if self.taught else None,
        )


class Lessons(Dataset[Lesson]):
    """A dataset of one lesson for each batch.

    Attributes:
        batches: In the order of training.
        tokenizer: The pupil's.
        teachers: The teacher's tokenizer, if there is a teacher.
    """

    def __init__(self, batches: Sequence[Batch], tokenizer: Any, teachers: Any = None) -> None:
        self.batches, self.tokenizer, self.teachers = batches, tokenizer, teachers

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, number: int) -> Lesson:
        """Encodes a batch.

        Raises:
            ValueError: The tokenizers cut words differently.
        """
        groups = self.batches[number].groups
        examples = [example for group in groups for example in group]
        texts = [e.text for e in examples]
        inputs = encode(self.tokenizer, [e.question for e in examples], texts, windows=False)
        starts, ends = targets(inputs, examples)
        taught = None
        if self.teachers:
            plain = [e.plain or e.question for e in examples]
            taught = _shared(inputs, encode(self.teachers, plain, texts, windows=False))
        sizes = tuple(map(len, groups))
        return Lesson(inputs.features, inputs.readable, starts, ends, sizes, taught)


def targets(inputs: Inputs, examples: Sequence[Example]) -> tuple[Tensor, Tensor]:
    """Marks the tokens at which accepted answers start and end: the first one if none does."""
    starts = torch.zeros_like(inputs.readable)
    ends = torch.zeros_like(inputs.readable)
    for row, example in enumerate(examples):
        begins, closes = inputs.offsets[row].unbind(1)
        in_text = inputs.readable[row].clone()
        in_text[0] = False
        for answer in example.answers:
            first = in_text & (begins <= answer.start) & (answer.start < closes)
            last = in_text & (begins < answer.end) & (answer.end <= closes)
            if first.any() and last.any():
                starts[row] |= first
                ends[row] |= last
        if not starts[row].any():
            starts[row, 0] = ends[row, 0] = True
    return starts, ends


def _shared(mine: Inputs, other: Inputs) -> Taught:
    """Pairs the readable tokens: of a long text either may lack the last ones."""
    counts = mine.readable.sum(1).minimum(other.readable.sum(1))
    both = torch.arange(int(counts.max()))[None] < counts[:, None]
    here, there = _places(mine.readable, both), _places(other.readable, both)
    words = [
        inputs.offsets.gather(1, places[..., None].expand(-1, -1, 2))[both]
        for inputs, places in ((mine, here), (other, there))
    ]
    if not words[0].equal(words[1]):
        raise ValueError("The teacher's tokenizer cuts texts otherwise than the pupil's.")
    return Taught(other.features, here, there, both)


def _places(readable: Tensor, both: Tensor) -> Tensor:
    """Places of the readable tokens of each row, in order, as many as `both` counts."""
    order = readable.to(torch.uint8).argsort(dim=1, descending=True, stable=True)
    return order[:, : both.shape[1]].where(both, 0)


def _to(features: dict[str, Tensor], device: str) -> dict[str, Tensor]:
    return {name: tensor.to(device) for name, tensor in features.items()}

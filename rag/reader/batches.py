"""Batches of like length, so that little of what is computed is padding."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rag.reader.examples import Group, reworded, roughened

TOKENS = 2_600  # padded tokens in a batch, about
_CHUNK = 2_000  # groups that are sorted by length together


@dataclass(frozen=True, slots=True)
class Batch:
    """Groups of examples that are trained on in one step; `longest` is in tokens."""

    groups: tuple[Group, ...]
    longest: int

    @property
    def tokens(self) -> int:
        """Tokens with padding."""
        return self.longest * sum(map(len, self.groups))


def batches(
    groups: Sequence[Group], length: Callable[[Group], int], rng: random.Random
) -> Iterator[Batch]:
    """Yields every group once, in random order, asked as people type.

    Args:
        groups: What is trained on.
        length: Tokens of the longest example of a group.
        rng: Decides the order, and how questions are typed.
    """
    typed = [reworded(group, roughened(group[0].question, rng)) for group in groups]
    rng.shuffle(typed)
    for start in range(0, len(typed), _CHUNK):
        sized = [(length(group), group) for group in typed[start : start + _CHUNK]]
        packed = list(_packed(sorted(sized, key=lambda one: one[0])))
        rng.shuffle(packed)
        yield from packed


def _packed(sized: Sequence[tuple[int, Group]]) -> Iterator[Batch]:
    """Cuts groups, shortest first, into batches of about as many tokens."""
    held: tuple[Group, ...] = ()
    longest = 0
    for size, group in sized:
        if held and Batch((*held, group), size).tokens > TOKENS:
            yield Batch(held, longest)
            held = ()
        held, longest = (*held, group), size
    if held:
        yield Batch(held, longest)

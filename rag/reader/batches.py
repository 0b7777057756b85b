"""Batches of like length, so that little of what is computed is padding."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.reader.examples import Group, reworded, roughened
from rag.reader.inputs import MAX_TOKENS

_CHUNK = 2_000  # groups that are sorted by length together
_LETTERS = 4.2  # characters of a token, about
_MARKS = 3  # tokens around a question and a text


@dataclass(frozen=True, slots=True)
class Batch:
    """Groups of examples that are trained on in one step; `longest` is in tokens, about."""

    groups: tuple[Group, ...]
    longest: int

    @property
    def tokens(self) -> int:
        """Tokens with padding."""
        return self.longest * sum(map(len, self.groups))


def batches(groups: Sequence[Group], enough: float, most: int, rng: random.Random) -> list[Batch]:
    """Cuts groups into batches, in rounds of random order, asked as people type.

    Args:
        groups: What is trained on.
        enough: How many tokens there are to be in all, about.
        most: How many there may be in a batch, if it holds more than one group.
        rng: Decides the order, and how questions are typed.
    """
    found: list[Batch] = []
    done = 0
    while done < enough:
        for batch in _round(groups, most, rng):
            found.append(batch)
            done += batch.tokens
            if done >= enough:
                break
    return found


def _round(groups: Sequence[Group], most: int, rng: random.Random) -> Iterator[Batch]:
    """Yields every group once."""
    typed = [reworded(group, roughened(group[0].question, rng)) for group in groups]
    rng.shuffle(typed)
    for start in range(0, len(typed), _CHUNK):
        sized = [(_length(group), group) for group in typed[start : start + _CHUNK]]
        packed = list(_packed(sorted(sized, key=lambda one: one[0]), most))
        rng.shuffle(packed)
        yield from packed


def _length(group: Group) -> int:
    """Tokens of the longest example, about."""
    letters = max(len(e.question) + len(e.text.heading) + len(e.text.passage) for e in group)
    return min(MAX_TOKENS, round(letters / _LETTERS) + _MARKS)


def _packed(sized: Sequence[tuple[int, Group]], most: int) -> Iterator[Batch]:
    """Cuts groups, shortest first, into batches of about as many tokens."""
    held: tuple[Group, ...] = ()
    longest = 0
    for size, group in sized:
        if held and Batch((*held, group), size).tokens > most:
            yield Batch(held, longest)
            held = ()
        held, longest = (*held, group), size
    if held:
        yield Batch(held, longest)

"""The stages of training: what is read in each, and for how long."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from embeddings import DEFAULT_MODEL, load_encoder
from rag.reader.examples import (
    Example,
    Group,
    Swaps,
    hard_negatives,
    invented,
    passages_of_sentences,
    read,
    without_answer,
)
from rag.reader.training.invent import DOCUMENTS


@dataclass(frozen=True, slots=True)
class Stage:
    """One part of the training.

    Attributes:
        name: Also names its checkpoints.
        groups: Makes the examples of one round over the data.
        tokens: Padded tokens that are trained on.
        rates: Rate of learning at its beginning and its end, as a share of the highest.
    """

    name: str
    groups: Callable[[Path, random.Random], list[Group]]
    tokens: int
    rates: tuple[float, float]


def short_contexts(data: Path, rng: random.Random) -> list[Group]:
    """Single sentences of Wikipedia and Wikinews."""
    asked = read(data / "qamr_sentences.jsonl")
    return [
        (replace(example, text=replace(example.text, title="")),)
        for example in rng.sample(asked, len(asked) // 2)
    ]


def passages(data: Path, rng: random.Random) -> list[Group]:
    """All public sets, with texts and questions beside them that do not fit."""
    qed = read(data / "qed_train.jsonl")
    squad = read(data / "squad2_train.jsonl")
    tales = [_named(e) for e in read(data / "fairytaleqa.jsonl")]
    tales = rng.sample(tales, len(tales) // 2)
    qamr = passages_of_sentences(read(data / "qamr_sentences.jsonl"), 10, rng)
    swaps = Swaps([*squad, *tales, *qamr], rng)
    groups: list[Group] = []
    for examples, cut, swapped, negative in (
        (qed, 0.2, 0.0, 0.5),
        (squad, 0.2, 0.6, 0.5),
        (tales, 0.2, 0.3, 0.3),
        (qamr, 0.2, 0.2, 0.0),
    ):
        groups += with_negatives(examples, swaps, rng, cut=cut, swapped=swapped, negative=negative)
    return groups


def with_negatives(
    examples: Sequence[Example],
    swaps: Swaps,
    rng: random.Random,
    *,
    cut: float,
    swapped: float,
    negative: float,
) -> list[Group]:
    """Puts examples together with others that do not answer.

    Args:
        examples: Some of them may have no answer.
        swaps: Makes other questions on the same text.
        rng: Chooses.
        cut: Share of the answerable that come with their text less the answering sentence.
        swapped: Share of the answerable that are asked about another name or year as well.
        negative: Share of the answerable that come with a wrong text that looks right.
    """
    answerable = [example for example in examples if example.answers]
    groups: list[Group] = [(example,) for example in examples if not example.answers]
    wrong = hard_negatives(answerable, examples, rng) if negative else [None] * len(answerable)
    for example, other in zip(answerable, wrong, strict=True):
        beside = [
            without_answer(example) if rng.random() < cut else None,
            other if rng.random() < negative else None,
        ]
        groups.append((example, *filter(None, beside)))
        if rng.random() < swapped and (near_miss := swaps.swapped(example)):
            groups.append((near_miss,))
    return groups


def _named(tale: Example) -> Example:
    """The title of a tale without what its file name adds."""
    title = tale.text.title.removesuffix("-questions").replace("-", " ")
    return replace(tale, text=replace(tale.text, title=title))


def documents(data: Path, rng: random.Random) -> list[Group]:
    """Documents of the kind that people keep, with a part of what was learnt before."""
    import torch

    asked = invented(DOCUMENTS)
    answered = [group for group in asked if group[0].answers]
    wrong = hard_negatives(
        [group[0] for group in answered],
        [example for group in asked for example in group],
        rng,
        encoder=load_encoder(DEFAULT_MODEL, torch.get_num_threads()),
        named=True,
    )
    groups: list[Group] = []
    for (best, *others), elsewhere in zip(answered, wrong, strict=True):
        silent = [other for other in others if not other.answers]
        beside = [
            without_answer(best) if rng.random() < 0.3 else None,
            rng.choice(silent) if silent else None,
            elsewhere,
        ]
        groups.append((best, *filter(None, beside)))
        groups += [(other,) for other in others if other.answers]
    groups += [(rng.choice(group),) for group in asked if not group[0].answers]
    again = passages(data, rng)
    return [*groups, *rng.sample(again, len(again) // 4)]


STAGES = (
    Stage("short", short_contexts, 900_000, (1.0, 1.0)),
    Stage("passages", passages, 9_000_000, (1.0, 0.6)),
    Stage("documents", documents, 5_000_000, (0.6, 0.0)),
)

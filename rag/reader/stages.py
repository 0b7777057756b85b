"""The stages of training: what is read in each, and for how long."""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from embeddings import DEFAULT_MODEL, load_encoder
from rag.reader.examples import (
    Example,
    Group,
    Swaps,
    following,
    hard_negatives,
    invented,
    passages_of_sentences,
    read,
    reworded,
    shortened,
    titled,
    without_answer,
)
from rag.reader.paraphrase import Thesaurus
from rag.reader.training.invent import DOCUMENTS

_BESIDE = 4  # sentences beside the answering ones in a short text
_ALIKE = 0.8  # cosine of two questions that mean about the same


@dataclass(frozen=True, slots=True)
class Stage:
    """One part of the training.

    Attributes:
        name: Also names its checkpoints.
        groups: Makes what is read, from the public sets.
        tokens: How many are read, about, with padding.
        rates: Rate of learning at its beginning and its end, as a share of the highest.
    """

    name: str
    groups: Callable[[Path, random.Random], list[Group]]
    tokens: int
    rates: tuple[float, float]


def public(data: Path, rng: random.Random) -> list[Group]:
    """All public sets, a part of the questions in other words than they had."""
    groups = _public(data, rng, Shares(wide=1.0, qed=1.0, squad=2.0, tales=1.0, qamr=10))
    return in_other_words(groups, rng, share=0.25)


def documents(data: Path, rng: random.Random) -> list[Group]:
    """Documents of the kind that people keep, with a part of what was learnt before."""
    groups = _public(data, rng, Shares(wide=0.12, qed=1.0, squad=2.0, tales=0.2, qamr=2))
    return in_other_words(_kept(rng) + _kept(rng) + groups, rng, share=0.4)


@dataclass(frozen=True, slots=True)
class Shares:
    """How much of each public set is read: shares, and for QAMR questions on each sentence."""

    wide: float
    qed: float
    squad: float
    tales: float
    qamr: int


def _public(data: Path, rng: random.Random, shares: Shares) -> list[Group]:
    """Public sets, with texts and questions beside them that do not fit."""
    wide = _sample(read(data / "squad1_train.jsonl"), shares.wide, rng)
    short = [shortened(example, _BESIDE, rng) for example in wide[::2]]
    qed = _sample(read(data / "qed_train.jsonl"), shares.qed, rng)
    squad = _sample(read(data / "squad2_train.jsonl"), shares.squad, rng)
    tales = _sample(read(data / "fairytaleqa.jsonl"), shares.tales, rng)
    qamr = passages_of_sentences(read(data / "qamr_sentences.jsonl"), shares.qamr, rng)
    swaps = Swaps([*wide, *squad, *tales, *qamr], rng)
    groups: list[Group] = []
    for examples, cut, swapped, negative in (
        (wide[1::2], 0.1, 0.2, 0.4),
        (short, 0.1, 0.2, 0.4),
        (qed, 0.2, 0.0, 0.5),
        (squad, 0.2, 0.6, 0.5),
        (tales, 0.2, 0.3, 0.3),
        (qamr, 0.2, 0.2, 0.0),
    ):
        groups += with_negatives(examples, swaps, rng, cut=cut, swapped=swapped, negative=negative)
    return groups


def _sample(examples: Sequence[Example], share: float, rng: random.Random) -> list[Example]:
    """A share of the examples; a share over 1 takes all of them, some or all again."""
    whole, part = divmod(share, 1)
    chosen = [*examples] * int(whole) + rng.sample(examples, round(part * len(examples)))
    return [titled(example) for example in chosen]


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


def held_out(data: Path) -> list[Example]:
    """Questions with and without an answer on texts that no stage reads."""
    return [titled(example) for example in read(data / "squad2_dev.jsonl")]


def _kept(rng: random.Random) -> list[Group]:
    """The invented documents, with texts beside them that do not answer."""
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
    return in_conversation(groups, rng, share=0.15)


def in_other_words(groups: Sequence[Group], rng: random.Random, share: float) -> list[Group]:
    """Puts other words into a share of the questions, where they still mean about the same."""
    import torch

    thesaurus, plain = Thesaurus(), [group[0].question for group in groups]
    other = [thesaurus.reworded(q, rng) if rng.random() < share else q for q in plain]
    encoder = load_encoder(DEFAULT_MODEL, torch.get_num_threads())
    changed = [n for n, (old, new) in enumerate(zip(plain, other, strict=True)) if old != new]
    before = encoder.encode_queries([plain[n] for n in changed])
    after = encoder.encode_queries([other[n] for n in changed])
    alike = (before * after).sum(1) > _ALIKE
    kept = {n for n, same in zip(changed, alike.tolist(), strict=True) if same}
    return [reworded(g, other[n]) if n in kept else g for n, g in enumerate(groups)]


def in_conversation(groups: Sequence[Group], rng: random.Random, share: float) -> list[Group]:
    """Puts another question on the same document before a share of the questions."""
    by_title: dict[str, list[Example]] = defaultdict(list)
    for group in groups:
        by_title[group[0].text.title].append(group[0])
    return [
        _following(group, rng.choice(by_title[group[0].text.title]), rng)
        if rng.random() < share
        else group
        for group in groups
    ]


def _following(group: Group, earlier: Example, rng: random.Random) -> Group:
    return reworded(group, following(group[0], earlier, rng).question)


STAGES = (
    Stage("public", public, 45_000_000, (1.0, 0.5)),
    Stage("documents", documents, 20_000_000, (0.5, 0.0)),
)

"""The stages of training: what is read in each, and for how long."""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
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
        groups: Makes the examples of one round over the data.
        tokens: Padded tokens that are trained on.
        rates: Rate of learning at its beginning and its end, as a share of the highest.
        imitates: Whether a teacher is imitated beside the labels.
    """

    name: str
    groups: Callable[[Path, random.Random], list[Group]]
    tokens: int
    rates: tuple[float, float]
    imitates: bool = False


def short_contexts(data: Path, rng: random.Random) -> list[Group]:
    """Single sentences of Wikipedia and Wikinews."""
    asked = read(data / "qamr_sentences.jsonl")
    return [
        (replace(example, text=replace(example.text, title="")),)
        for example in rng.sample(asked, len(asked) // 2)
    ]


def passages(data: Path, rng: random.Random) -> list[Group]:
    """All public sets."""
    return _public(data, rng, Shares(qed=1.0, squad=1.0, tales=0.5, qamr=10))


@dataclass(frozen=True, slots=True)
class Shares:
    """How much of each public set is read: shares, and for QAMR questions on each sentence."""

    qed: float
    squad: float
    tales: float
    qamr: int


def _public(data: Path, rng: random.Random, shares: Shares) -> list[Group]:
    """Public sets, with texts and questions beside them that do not fit."""
    qed = _sample(read(data / "qed_train.jsonl"), shares.qed, rng)
    squad = _sample(read(data / "squad2_train.jsonl"), shares.squad, rng)
    tales = _sample(read(data / "fairytaleqa.jsonl"), shares.tales, rng)
    qamr = passages_of_sentences(read(data / "qamr_sentences.jsonl"), shares.qamr, rng)
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


def _sample(examples: Sequence[Example], share: float, rng: random.Random) -> list[Example]:
    return [titled(e) for e in rng.sample(examples, round(share * len(examples)))]


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


def documents(data: Path, rng: random.Random) -> list[Group]:
    """Documents of the kind that people keep, with a part of what was learnt before."""
    return _kept(rng) + _public(data, rng, Shares(qed=0.15, squad=1.0, tales=0.1, qamr=1))


def taught(data: Path, rng: random.Random) -> list[Group]:
    """What a teacher reads aloud: all kinds, many questions in other words than they had."""
    groups = _kept(rng) + _public(data, rng, Shares(qed=0.6, squad=1.0, tales=0.3, qamr=4))
    return in_other_words(groups, rng, share=0.4)


def wider(data: Path, rng: random.Random) -> list[Group]:
    """Many more articles of Wikipedia, in short texts, and a part of all that was learnt."""
    asked = _sample(read(data / "squad1_train.jsonl"), 0.15, rng)
    short = [shortened(example, _BESIDE, rng) for example in asked]
    groups = with_negatives(short, Swaps(short, rng), rng, cut=0.1, swapped=0.15, negative=0.3)
    before = _kept(rng)
    groups += rng.sample(before, round(0.12 * len(before)))
    return groups + _public(data, rng, Shares(qed=0.3, squad=1.0, tales=0.05, qamr=0))


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


TAUGHT = Stage("taught", taught, 4_000_000, (0.8, 0.0), imitates=True)
WIDER = Stage("wider", wider, 2_700_000, (0.5, 0.0))
STAGES = (
    Stage("short", short_contexts, 900_000, (1.0, 1.0)),
    Stage("passages", passages, 9_000_000, (1.0, 0.6)),
    Stage("documents", documents, 4_600_000, (0.6, 0.0)),
)

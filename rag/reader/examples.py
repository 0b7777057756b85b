"""What the reader is trained on: questions with passages that answer them and that do not."""

import json
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Self

from corpus import Document, Passage, Span, fold, sentences
from corpus.passages import cut, passages
from embeddings import Encoder
from rag.lexical import LexicalIndex
from rag.reader.inputs import Text

_YEAR = re.compile(r"\b(1[5-9]\d\d|20\d\d)\b")
_NAME = re.compile(r"(?<=[a-z] )[A-Z][\w’'-]+(?: (?:of |de |the )?[A-Z][\w’'-]+)*")
_PASSAGE = 180  # tokens, estimated: the default of `Settings`
_TRIES = 10  # names that are drawn until one of them is not in the text
_CONTENT = re.compile(r"[^\W_]{4,}|\d+")


@dataclass(frozen=True, slots=True)
class Example:
    """A question and a text.

    Attributes:
        question: As it is asked.
        text: What is read.
        answers: Accepted spans of the passage; none if it is silent.
        plain: The same question as it was first written, where `question` words it otherwise.
    """

    question: str
    text: Text
    answers: tuple[Span, ...] = ()
    plain: str = ""

    @classmethod
    def from_json(cls, row: str) -> Self:
        """Reads a line with `question`, `title`, `context` and `answers` (`text`, `start`)."""
        data = json.loads(row)
        spans = (Span(a["start"], a["start"] + len(a["text"])) for a in data["answers"])
        return cls(data["question"], Text(data["title"], data["context"]), tuple(spans))


Group = tuple[Example, ...]
"""Examples that are trained on together: one question, and the first of them answers best."""


def reworded(group: Group, question: str) -> Group:
    """Returns the same texts with the question in other words."""
    return tuple(replace(e, question=question, plain=e.plain or e.question) for e in group)


def read(path: Path) -> list[Example]:
    """Reads a file of examples, one a line."""
    with path.open(encoding="utf-8") as file:
        return [Example.from_json(line) for line in file]


def titled(example: Example) -> Example:
    """Returns the example with its title as people write it, not as a file is named."""
    title = example.text.title.removesuffix("-questions").replace("-", " ").replace("_", " ")
    return replace(example, text=replace(example.text, title=title))


def without_answer(example: Example) -> Example | None:
    """Returns the same text less the sentences that hold an answer, if it is silent then."""
    kept = [
        example.text.passage[span.start : span.end]
        for span in sentences(example.text.passage)
        if not any(a.start < span.end and span.start < a.end for a in example.answers)
    ]
    passage = " ".join(kept)
    if not kept or any(_holds(passage, answer) for answer in _answers(example)):
        return None
    return replace(example, text=replace(example.text, passage=passage), answers=())


def shortened(example: Example, most: int, rng: random.Random) -> Example:
    """Returns the same question on a part of its text: the answering sentences, and some beside.

    Args:
        example: It has an answer.
        most: Sentences beside, at most.
        rng: Chooses how many, and on which side.
    """
    spans = sentences(example.text.passage)
    answer = example.answers[0]
    holding = [n for n, s in enumerate(spans) if answer.start < s.end and s.start < answer.end]
    before = rng.randint(0, most)
    after = rng.randint(0, most - before)
    kept = spans[max(0, holding[0] - before) : holding[-1] + after + 1]
    start, end = kept[0].start, kept[-1].end
    answers = (Span(a.start - start, a.end - start) for a in example.answers)
    inside = tuple(a for a in answers if a.start >= 0 and a.end <= end - start)
    text = replace(example.text, passage=example.text.passage[start:end])
    return replace(example, text=text, answers=inside)


def hard_negatives(
    asked: Sequence[Example],
    others: Sequence[Example],
    rng: random.Random,
    *,
    encoder: Encoder | None = None,
    named: bool = False,
    depth: int = 8,
) -> list[Example | None]:
    """Returns for each question one of the texts that look best and do not answer, if there is one.

    Args:
        asked: Questions with an answer.
        others: Examples whose texts are searched, by BM25.
        rng: Chooses among the best.
        encoder: Searches as well.
        named: Whether only texts count that lack a name of the question, because texts are so
            alike that others would answer.
        depth: How many of the best texts of each search are looked at.
    """
    texts = list(dict.fromkeys(example.text for example in others))
    searched = [f"{text.title}\n{text.passage}" for text in texts]
    index = LexicalIndex.build(searched)
    best = [index.search(example.question, depth)[1].tolist() for example in asked]
    if encoder is not None:
        questions = encoder.encode_queries([example.question for example in asked])
        likeness = questions @ encoder.encode_passages(searched).T
        near = likeness.argsort(1)[:, -depth:].tolist()
        best = [lexical + dense for lexical, dense in zip(best, near, strict=True)]
    found: list[Example | None] = []
    for example, rows in zip(asked, best, strict=True):
        wrong = [
            texts[row]
            for row in rows
            if not _tells(texts[row], example)
            and (not named or _lacks_name(searched[row], example))
        ]
        found.append(replace(example, text=rng.choice(wrong), answers=()) if wrong else None)
    return found


class Swaps:
    """Asks the same about another name or year, so that the text answers no more."""

    def __init__(self, examples: Iterable[Example], rng: random.Random) -> None:
        self._rng = rng
        self._names: dict[str, list[str]] = defaultdict(list)
        for example in examples:
            for match in _NAME.finditer(example.question):
                self._names[_before(example.question, match)].append(match[0])

    def swapped(self, example: Example) -> Example | None:
        """Returns the example with another question that its text is silent on, if it can."""
        question, passage = example.question, example.text.passage
        if year := _YEAR.search(question):
            other = self._other_year(year[0], passage)
            return replace(example, question=_put(question, year, other), answers=())
        names = [m for m in _NAME.finditer(question) if _holds(passage, m[0])]
        if not names:
            return None
        name = self._rng.choice(names)
        swap = self._other_name(name[0], _before(question, name), example)
        return replace(example, question=_put(question, name, swap), answers=()) if swap else None

    def _other_year(self, year: str, passage: str) -> str:
        there = [y for y in _YEAR.findall(passage) if y != year]
        if there and self._rng.random() < 0.5:
            return str(self._rng.choice(there))
        return str(int(year) + self._rng.choice((-30, -10, -3, -2, -1, 1, 2, 3, 10)))

    def _other_name(self, name: str, before: str, example: Example) -> str | None:
        asked = example.question
        if self._rng.random() < 0.5:
            there = [
                match[0]
                for match in _NAME.finditer(example.text.passage)
                if not _holds(asked, match[0])
                and not _holds(match[0], name)
                and not any(_holds(a, match[0]) or _holds(match[0], a) for a in _answers(example))
            ]
            if there:
                return self._rng.choice(there)
        known = self._names[before]
        drawn = self._rng.sample(known, min(_TRIES, len(known)))
        return next((n for n in drawn if not _holds(example.text.passage, n)), None)


def roughened(question: str, rng: random.Random) -> str:
    """Returns a question as people type it: at times in small letters, as keywords, misspelt."""
    if rng.random() < 0.15:
        question = question.rstrip(" ?")
    if rng.random() < 0.1:
        question = question.lower()
    if rng.random() < 0.05 and len(keywords := _CONTENT.findall(question)) > 2:
        question = " ".join(keywords)
    if rng.random() < 0.1:
        question = _misspelt(question, rng)
    return question


def following(example: Example, earlier: Example, rng: random.Random) -> Example:
    """Returns the question as it is asked after another one on the same document.

    What the two have in common becomes a pronoun, and the earlier answer may stand between them.
    """
    question = example.question
    for name in _NAME.findall(question):
        if name in earlier.question:
            pronoun = rng.choice(("it", "it", "they", "he", "she"))
            question = re.sub(rf"{re.escape(name)}(?:['’]s)?", pronoun, question)
    said = f" {rng.choice(_answers(earlier))}." if earlier.answers and rng.random() < 0.6 else ""
    return replace(example, question=f"{earlier.question}{said} {question}")


def passages_of_sentences(
    examples: Sequence[Example], per_sentence: int, rng: random.Random
) -> list[Example]:
    """Puts questions on single sentences of articles (QAMR) into passages of several.

    Args:
        examples: Titles are the article's name, the paragraph and the sentence, by colons.
        per_sentence: How many questions of each sentence are taken.
        rng: Chooses questions, neighbours and order.
    """
    asked: dict[str, list[Example]] = defaultdict(list)
    articles: dict[str, list[str]] = defaultdict(list)
    for example in examples:
        if not asked[example.text.passage]:
            articles[_article(example)].append(example.text.passage)
        asked[example.text.passage].append(example)
    everything = list(asked)
    found = []
    for sentence, questions in asked.items():
        for example in rng.sample(questions, min(per_sentence, len(questions))):
            own = [s for s in articles[_article(example)] if s != sentence]
            near = rng.sample(own, min(len(own), rng.randint(0, 4)))
            near += rng.sample(everything, max(0, rng.randint(1, 3) - len(near)))
            near.insert(rng.randint(0, len(near)), sentence)
            start = len(" ".join(near[: near.index(sentence)]))
            start += 1 if start else 0
            spans = tuple(Span(a.start + start, a.end + start) for a in example.answers)
            found.append(Example(example.question, Text("", " ".join(near)), spans))
    return found


def invented(path: Path) -> list[Group]:
    """Reads documents with questions; each becomes a group of all passages of its document.

    Passages with an answer come first; a question may have none.
    """
    groups: list[Group] = []
    for line in path.read_text("utf-8").splitlines():
        data = json.loads(line)
        cuts = tuple(cut(data["text"], _PASSAGE))
        parts = passages(Document("", data["title"], data["text"], (), cuts=cuts))
        for asked in data["questions"]:
            spans = [Span(a["start"], a["start"] + len(a["text"])) for a in asked["answers"]]
            group = [_in_passage(asked["question"], part, spans) for part in parts]
            groups.append(tuple(sorted(group, key=lambda example: not example.answers)))
    return groups


def _in_passage(question: str, part: Passage, spans: Sequence[Span]) -> Example:
    inside = [
        Span(start - part.start, end - part.start)
        for start, end in spans
        if part.start <= start and end <= part.end
    ]
    return Example(question, Text(part.title, part.text), tuple(inside))


def _tells(text: Text, example: Example) -> bool:
    """Whether a text is the example's own or holds its answer."""
    own = text.passage == example.text.passage
    return own or any(_holds(text.passage, answer) for answer in _answers(example))


def _lacks_name(text: str, example: Example) -> bool:
    return any(not _holds(text, name[0]) for name in _NAME.finditer(example.question))


def _answers(example: Example) -> list[str]:
    return [example.text.passage[answer.start : answer.end] for answer in example.answers]


def _holds(text: str, part: str) -> bool:
    return _folded(part) in _folded(text)


_folded = lru_cache(maxsize=65_536)(fold)


def _before(text: str, match: re.Match[str]) -> str:
    """The word before a name, which tells something of its kind."""
    return text[: match.start()].rsplit(maxsplit=1)[-1].lower()


def _put(text: str, match: re.Match[str], other: str) -> str:
    return text[: match.start()] + other + text[match.end() :]


def _article(example: Example) -> str:
    return example.text.title.rsplit(":", 2)[0]


def _misspelt(question: str, rng: random.Random) -> str:
    """Drops, doubles or swaps a letter inside one of the longer words."""
    places = [m.start() + 1 for m in re.finditer(r"[^\W\d_]{4}", question)]
    if not places:
        return question
    at = rng.choice(places)
    letters = question[at : at + 2]
    return (
        question[:at]
        + rng.choice((letters[1], letters[0] + letters, letters[::-1]))
        + (question[at + 2 :])
    )

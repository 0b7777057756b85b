"""Puts documents and questions together from templates: `python -m rag.reader.training.invent`.

A template is a text with slots, `{kind}` or `{kind2:low-high}`, and answers, `[key|words]`; under
it stand the questions of each key, several ways to ask by " / ", and after "!" those that it does
not answer.
"""

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rag.reader.training.words import MADE, WORDS

DOCUMENTS = Path(__file__).parent / "documents.jsonl"
_TEMPLATES = Path(__file__).parent / "templates"
_COPIES = 8  # documents made of each template
_UNANSWERED = 3  # questions without an answer for each document
_ASKED = 14  # questions with an answer for each document
_SLOT = re.compile(r"\{([a-z]+)(\d*)(?::(\d+)-(\d+))?(?:\.(last|short))?\}")
_QUESTION = re.compile(r"^([a-z0-9+]+|!): ")
_MENUS = (
    "Home | News | Contacts",
    "Share\nPrint",
    "Read also:",
    "Search",
    "EN RU DE",
    "© All rights reserved",
)


@dataclass(frozen=True, slots=True)
class Template:
    """A document with slots; a question has the keys that answer it, or none."""

    style: str
    title: str
    body: str
    questions: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Invented:
    """A document with questions; their answers are `(start, end)` in its text."""

    style: str
    title: str
    text: str
    questions: tuple[tuple[str, tuple[tuple[int, int], ...]], ...]

    def to_json(self) -> str:
        questions = [
            {
                "question": question,
                "answers": [{"text": self.text[start:end], "start": start} for start, end in spans],
            }
            for question, spans in self.questions
        ]
        data = {"style": self.style, "title": self.title, "text": self.text, "questions": questions}
        return json.dumps(data, ensure_ascii=False)


def templates() -> Iterator[Template]:
    for path in sorted(_TEMPLATES.glob("*.txt")):
        for part in path.read_text("utf-8").split("\n# "):
            title, *lines = part.removeprefix("# ").strip().split("\n")
            asked = [line for line in lines if _QUESTION.match(line) and "[" not in line]
            first = lines.index(asked[0])
            questions = []
            for line in lines[first:]:
                key, _, ways = line.partition(": ")
                keys = () if key == "!" else tuple(key.split("+"))
                questions.append((keys, tuple(ways.split(" / "))))
            yield Template(path.stem, title, "\n".join(lines[:first]), tuple(questions))


class _Slots:
    """What stands in the slots of one document; no two of a kind are alike."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._values: dict[str, str] = {}

    def fill(self, text: str) -> str:
        return _SLOT.sub(self._value, text)

    def other(self, slot: re.Match[str]) -> str | None:
        """Another value of the kind of a slot, if it is a name."""
        kind = slot[1]
        named = ("person", "company", "city", "country", "university", "village", "region", "year")
        return self._short(self._new(slot), slot[5]) if kind in named else None

    def _value(self, slot: re.Match[str]) -> str:
        name = slot[1] + slot[2]
        ranged = f"{name}:{slot[3]}-{slot[4]}" if slot[3] else name
        if ranged not in self._values:
            self._values[ranged] = self._new(slot)
            self._values.setdefault(name, self._values[ranged])
        return self._short(self._values[ranged], slot[5])

    def _new(self, slot: re.Match[str]) -> str:
        kind, low = slot[1], slot[3]
        if low:
            return str(self._rng.randint(int(low), int(slot[4])))
        if kind == "ministry":
            field = self._value(_SLOT.match("{field}"))  # type: ignore[arg-type]  # it does match
            return f"The Ministry of {field.removeprefix('the ').title()}"
        taken = set(self._values.values())
        while True:
            value = MADE[kind](self._rng) if kind in MADE else self._rng.choice(WORDS[kind])
            if value not in taken:
                return value

    def _short(self, value: str, form: str | None) -> str:
        if form == "last":
            first, _, rest = value.partition(" ")
            return rest or first
        return value.rsplit(" ", 1)[0] if form == "short" else value


def invent(template: Template, rng: random.Random) -> Invented:
    """Fills a template; the text may come out as untidy as a scraped page."""
    slots = _Slots(rng)
    title = _upper(slots.fill(template.title))
    text, spans = _marked(_untidy(slots.fill(template.body), title, rng))
    answerable = [
        (slots.fill(rng.choice(ways)), tuple(spans[key] for key in keys))
        for keys, ways in template.questions
        if keys
    ]
    silent = [ways[0] for keys, ways in template.questions if not keys]
    asked = rng.sample(answerable, min(_ASKED, len(answerable)))
    missing = [slots.fill(way) for way in rng.sample(silent, min(_UNANSWERED, len(silent)))]
    elsewhere = [
        near_miss
        for _, ways in rng.sample(template.questions, len(template.questions))
        if (near_miss := _about_another(rng.choice(ways), slots, text, rng))
    ]
    none: tuple[tuple[int, int], ...] = ()
    unanswered = [(question, none) for question in (*missing, *elsewhere[:_UNANSWERED])]
    return Invented(template.style, title, text, (*asked, *unanswered))


def _about_another(way: str, slots: _Slots, text: str, rng: random.Random) -> str | None:
    """The question about a name that the document does not know."""
    named = [(slot, other) for slot in _SLOT.finditer(way) if (other := slots.other(slot))]
    named = [(slot, other) for slot, other in named if other not in text]
    if not named:
        return None
    slot, other = rng.choice(named)
    return slots.fill(way[: slot.start()]) + other + slots.fill(way[slot.end() :])


def _untidy(body: str, title: str, rng: random.Random) -> str:
    """Glues sentences, adds the title and words of a menu, or leaves the text as it is."""
    lines = body.split("\n")
    if rng.random() < 0.3:
        lines.insert(0, title)
    if rng.random() < 0.3:
        lines.insert(rng.randint(0, len(lines)), rng.choice(_MENUS))
    if rng.random() < 0.2:
        lines.insert(0, f"{rng.choice(WORDS['city'])}, {MADE['date'](rng)}")
    text = rng.choice(("\n", "\n", "\n\n", " ")).join(lines)
    if rng.random() < 0.15:
        text = re.sub(r"(?<=[a-z\]]\.) (?=[A-Z\[])", lambda _: rng.choice(("", " ")), text)
    return text


def _marked(marked: str) -> tuple[str, dict[str, tuple[int, int]]]:
    """Takes the marks of answers out of a text; returns where each of them stands."""
    text, spans = "", {}
    for part in re.split(r"(\[[a-z0-9]+\|[^\]]*\])", marked):
        if part.startswith("[") and "|" in part:
            key, _, words = part[1:-1].partition("|")
            spans[key] = (len(text), len(text) + len(words))
            text += words
        else:
            text += part
    return text, spans


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def main() -> None:
    rng = random.Random(1)
    made = [invent(template, rng) for template in templates() for _ in range(_COPIES)]
    DOCUMENTS.write_text("".join(f"{document.to_json()}\n" for document in made), "utf-8")
    asked = [spans for document in made for _, spans in document.questions]
    print(f"{len(made)} documents, {len(asked)} questions, {asked.count(())} without an answer")


if __name__ == "__main__":
    main()

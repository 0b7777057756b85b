"""What users say of answers, kept as candidates for gold questions."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from rag.errors import RagError
from rag.types import Answer


class FeedbackError(RagError):
    """A file of feedback cannot be used."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """One answer as a user judged it.

    Attributes:
        good: Whether it was a good one.
        question: As it was asked.
        answer: What was said.
        found: The passages that were found: document, first and last character.
        generation: Of the knowledge base.
        knowledge_base: Its folder.
        when: ISO time.
        note: What the user wrote about it.
        right_answer: What the user says is right.
    """

    good: bool
    question: str
    answer: Answer
    found: tuple[tuple[str, int, int], ...]
    generation: str
    knowledge_base: str
    when: str
    note: str = ""
    right_answer: str = ""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        found = tuple((str(d), int(start), int(end)) for d, start, end in data["found"])
        return cls(**{**data, "answer": Answer.from_dict(data["answer"]), "found": found})


def default_file() -> Path:
    """Returns the file in which feedback is kept, in the user's data folder."""
    from platformdirs import user_data_path

    return user_data_path("rag", appauthor=False) / "feedback.jsonl"


def keep(feedback: Feedback, file: Path) -> None:
    """Appends feedback to a file, as one line.

    Raises:
        FeedbackError: It cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as opened:
            opened.write(_line(feedback))  # one write: lines of two writers do not mix
    except OSError as error:
        raise FeedbackError(
            f"{file} cannot be written ({error.strerror}). Make room there, or name another file."
        ) from error


def kept(file: Path) -> Iterator[Feedback]:
    """Yields what was kept in a file.

    Raises:
        FeedbackError: It cannot be read.
    """
    try:
        lines = file.read_text("utf-8").removesuffix("\n").split("\n")
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError) as error:
        raise FeedbackError(f"{file} cannot be read ({error}).") from error
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        try:
            yield Feedback.from_dict(json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            raise FeedbackError(
                f"{file}, line {number}, is no feedback ({error}). Mend or delete the line."
            ) from error


def rewrite(left: Iterable[Feedback], file: Path) -> None:
    """Keeps only some feedback in a file."""
    beside = file.with_suffix(".new")
    beside.write_text("".join(map(_line, left)), "utf-8")
    beside.replace(file)


def _line(feedback: Feedback) -> str:
    return json.dumps(asdict(feedback), ensure_ascii=False) + "\n"

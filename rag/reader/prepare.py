"""Prepares what the reader is trained on: `python -m rag.reader.prepare DATA OUT`.

Hard negatives are searched for and questions put in other words here, once, so that training itself
needs a GPU, the models and the files that this writes, and nothing else.
"""

import json
import lzma
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from corpus import Span
from rag.reader.examples import Example, Group
from rag.reader.inputs import Text
from rag.reader.paraphrase import require_wordnet
from rag.reader.stages import STAGES


def write_groups(groups: Sequence[Group], path: Path) -> None:
    """Writes groups of examples, one a line."""
    with lzma.open(path, "wt", encoding="utf-8") as file:
        for group in groups:
            texts = [
                (e.text.title, e.text.passage, [(a.start, a.end) for a in e.answers]) for e in group
            ]
            file.write(json.dumps((group[0].question, group[0].plain, texts)) + "\n")


def read_groups(path: Path) -> list[Group]:
    """Reads what `write_groups` wrote."""
    groups: list[Group] = []
    with lzma.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            question, plain, texts = json.loads(line)
            groups.append(
                tuple(
                    Example(question, Text(title, text), tuple(Span(*a) for a in answers), plain)
                    for title, text, answers in texts
                )
            )
    return groups


def stage_file(folder: Path, stage: str) -> Path:
    """The file of a stage."""
    return folder / f"{stage}.jsonl.xz"


def main(
    data: Annotated[Path, typer.Argument(help="Folder with the public sets.")],
    out: Annotated[Path, typer.Argument(help="Where the stages are written.")],
    seed: Annotated[int, typer.Option(help="Of everything that is random.")] = 1,
) -> None:
    """Prepares the stages of training."""
    require_wordnet()
    out.mkdir(parents=True, exist_ok=True)
    for stage in STAGES:
        groups = stage.groups(data, random.Random(f"{seed} {stage.name}"))
        write_groups(groups, stage_file(out, stage.name))
        print(f"{stage.name}: {len(groups)} questions with {sum(map(len, groups))} texts")


if __name__ == "__main__":
    typer.run(main)

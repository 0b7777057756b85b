"""Joins readers that were trained apart: `python -m rag.reader.join DATA OUT TRAINED...`.

Each is the mean of its weights before and after the stage that a teacher taught: what that adds is
kept, and of what the documents taught less is lost. What went on with a reader stands for itself.
"""

from pathlib import Path
from typing import Annotated

import typer

from embeddings import DEFAULT_MODEL
from rag.reader.calibrate import calibrate
from rag.reader.members import join_members
from rag.reader.stages import STAGES, TAUGHT, WIDER, held_out


def main(
    data: Annotated[Path, typer.Argument(help="Folder with the public sets.")],
    out: Annotated[Path, typer.Argument(help="Where the joined reader is written.")],
    trained: Annotated[list[Path], typer.Argument(help="What `rag.reader.train` wrote, each.")],
) -> None:
    """Joins readers, and fits their common score to probabilities."""
    join_members([_states(one) for one in trained], out, DEFAULT_MODEL)
    scale, shift = calibrate(out, held_out(data))
    print(f"scores are scaled by {scale:.3f} and shifted by {shift:.3f}")


def _states(trained: Path) -> list[Path]:
    """The stages whose mean is kept."""
    further = trained / WIDER.name
    return [further] if further.exists() else [trained / s.name for s in (STAGES[-1], TAUGHT)]


if __name__ == "__main__":
    typer.run(main)

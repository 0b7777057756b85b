"""Joins readers that were trained apart: `python -m rag.reader.join DATA OUT TRAINED...`.

Each is the mean of its weights before and after the last stage: what a teacher adds is kept, and of
what the documents taught less is lost.
"""

from pathlib import Path
from typing import Annotated

import typer

from embeddings import DEFAULT_MODEL
from rag.reader.calibrate import calibrate
from rag.reader.members import join_members
from rag.reader.stages import STAGES, TAUGHT, held_out


def main(
    data: Annotated[Path, typer.Argument(help="Folder with the public sets.")],
    out: Annotated[Path, typer.Argument(help="Where the joined reader is written.")],
    trained: Annotated[list[Path], typer.Argument(help="What `rag.reader.train` wrote, each.")],
) -> None:
    """Joins readers, and fits their common score to probabilities."""
    stages = STAGES[-1], TAUGHT
    join_members([[one / stage.name for stage in stages] for one in trained], out, DEFAULT_MODEL)
    scale, shift = calibrate(out, held_out(data))
    print(f"scores are scaled by {scale:.3f} and shifted by {shift:.3f}")


if __name__ == "__main__":
    typer.run(main)

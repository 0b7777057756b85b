"""Packs a trained reader as it ships: `python -m rag.reader.pack DATA TRAINED OUT`."""

from pathlib import Path
from typing import Annotated

import typer

from rag.reader.calibrate import calibrate
from rag.reader.stages import held_out
from rag.reader.weights import pack


def main(
    data: Annotated[Path, typer.Argument(help="Folder with the public sets.")],
    trained: Annotated[Path, typer.Argument(help="A stage that `rag.reader.train` wrote.")],
    out: Annotated[Path, typer.Argument(help="Where the reader is written.")],
) -> None:
    """Puts the weights of a reader in a byte each, and fits its scores to probabilities."""
    pack(trained, out)
    scale, shift = calibrate(out, held_out(data))
    print(f"scores are scaled by {scale:.3f} and shifted by {shift:.3f}")


if __name__ == "__main__":
    typer.run(main)

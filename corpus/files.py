"""The files of a folder, their names, and those that are left out."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import CorpusError

_JOINERS = "\u200c\u200d"  # they have no shape of their own, yet belong to Persian words and emoji


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was left out, and why; `again` says whether another try may do better."""

    source: str
    reason: str
    again: bool = False

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


def check_folder(folder: Path) -> None:
    """Makes sure that a folder can be read.

    Raises:
        CorpusError: `folder` is not a folder, or may not be read.
    """
    if not folder.is_dir():
        raise CorpusError(f"{folder} is not a folder. Name the folder that holds the documents.")
    try:
        next(folder.iterdir(), None)
    except OSError as error:
        raise CorpusError(
            f"{folder} cannot be read ({error.strerror}). Grant yourself access to it."
        ) from error


def find_files(folder: Path) -> Iterator[tuple[str, Path] | Skipped]:
    """Yields the visible files under `folder` with their names, sorted by path.

    Links out of the folder, and what is no file or cannot be listed, are reported.

    Raises:
        CorpusError: `folder` is not a folder, or may not be read.
    """
    check_folder(folder)
    root = folder.resolve()
    failed: list[OSError] = []
    paths: list[Path] = []
    for parent, folders, files in os.walk(folder, onerror=failed.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        links = [name for name in folders if (Path(parent) / name).is_symlink()]
        names = [name for name in files if not name.startswith((".", "~$"))]
        paths += [Path(parent) / name for name in (*names, *links)]
    for error in failed:
        source = printable(Path(error.filename).relative_to(folder).as_posix())
        yield Skipped(source, f"it cannot be listed ({error.strerror})")
    taken: set[str] = set()
    for path in sorted(paths):
        name = _free(printable(path.relative_to(folder).as_posix()), taken)
        if path.is_symlink() and not path.resolve().is_relative_to(root):
            yield Skipped(name, "it is a link that leads out of the folder")
        elif path.is_file():
            yield name, path
        elif not path.is_dir():  # a link to a folder beside it, which is read anyway
            yield Skipped(name, "it is no file")


def printable(name: str) -> str:
    """Returns a name with signs in place of what is no text, or would change how it is shown."""
    text = os.fsencode(name).decode("utf-8", "replace")
    return "".join(
        char if char.isprintable() or char in _JOINERS else "\N{REPLACEMENT CHARACTER}"
        for char in text
    )


def _free(name: str, taken: set[str]) -> str:
    """A name that no other file has: two may differ in what cannot be shown."""
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    taken.add(free)
    return free

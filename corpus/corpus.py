"""The whole way from a folder of files to passages."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Self

from corpus.articles import stand_in
from corpus.duplicates import group_duplicates, merged
from corpus.files import Skipped, find_files
from corpus.limits import Limits
from corpus.parser import parse_all
from corpus.passages import passages
from corpus.types import Document, Passage


@dataclass(frozen=True, slots=True)
class File:
    """One file and what was read of it.

    Attributes:
        name: Within its folder; of a file that was added by hand, its path.
        checksum: SHA-256 of its content; "" where another try may do better.
        size: Bytes.
        documents: Its articles; those that other files hold too are among them.
        skipped: What of it was left out: itself, or files that lie inside.
        added: Whether it was added by hand, and lies in no folder that is kept up with.
    """

    name: str
    checksum: str = ""
    size: int = 0
    documents: tuple[Document, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    added: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What was read depends on this alone: the content, and the suffix."""
        return self.checksum, PurePosixPath(self.name).suffix.lower()

    def named(self, name: str) -> "File":
        """Returns the same content under another name."""
        if name == self.name:
            return self
        documents = tuple(_named(document, self.name, name) for document in self.documents)
        skipped = tuple(
            replace(one, source=name + one.source.removeprefix(self.name)) for one in self.skipped
        )
        return replace(self, name=name, documents=documents, skipped=skipped)


@dataclass(frozen=True)
class Corpus:
    """What some files hold, each article once.

    Attributes:
        files: Whatever was found, by name.
        groups: Their articles; those of a group say the same, the fullest first.
    """

    files: tuple[File, ...]
    groups: Sequence[tuple[Document, ...]]

    @classmethod
    def of(cls, files: Iterable[File]) -> Self:
        """Puts files together."""
        ordered = tuple(sorted(files, key=lambda file: file.name))
        return cls(ordered, group_duplicates(d for file in ordered for d in file.documents))

    @cached_property
    def documents(self) -> list[Document]:
        """Returns each article, with all its places."""
        return list(map(merged, self.groups))

    @cached_property
    def passages(self) -> list[Passage]:
        """Returns the passages, in the order of the documents."""
        return [passage for document in self.documents for passage in passages(document)]

    @property
    def skipped(self) -> list[Skipped]:
        """Returns what was left out."""
        return [skipped for file in self.files for skipped in file.skipped]


Known = Mapping[tuple[str, str], File]
Progress = Callable[[Iterable[File], int], Iterable[File]]


def read_folder(
    folder: Path,
    passage_tokens: int,
    limits: Limits | None = None,
    *,
    known: Known | None = None,
    processes: int = 1,
    progress: Progress = lambda files, _: files,
) -> list[File]:
    """Reads every file under `folder`; one that cannot be read is reported and left out.

    Args:
        folder: Read with its subfolders; hidden files are not.
        passage_tokens: Most tokens (estimated) in a passage.
        limits: How much a file may hold.
        known: Files read before, by their key; the same content is not read again.
        processes: How many files are read at once.
        progress: Wraps the files, of which there are so many, to show how far the reading is.

    Raises:
        CorpusError: `folder` cannot be read.
    """
    found = list(find_files(folder))
    names = [one for one in found if not isinstance(one, Skipped)]
    files = read_files(names, passage_tokens, limits or Limits(), known or {}, processes)
    left_out = [File(one.source, skipped=(one,)) for one in found if isinstance(one, Skipped)]
    return [*left_out, *progress(files, len(names))]


def read_files(
    names: Sequence[tuple[str, Path]],
    passage_tokens: int,
    limits: Limits,
    known: Known,
    processes: int,
) -> Iterator[File]:
    """Reads files, in their order.

    Args:
        names: What each is called, and where it lies.
        passage_tokens: As for `read_folder`, like the rest.
        limits: How much a file may hold.
        known: Files read before, by their key.
        processes: How many files are read at once.
    """
    before = [_known(name, path, known, limits) for name, path in names]
    fresh = [one for one, file in zip(names, before, strict=True) if file is None]
    parsed = parse_all(fresh, passage_tokens, limits, min(processes, max(1, len(fresh))))
    for (name, path), file in zip(names, before, strict=True):
        if file is not None:
            yield file
        else:
            new = next(parsed)
            yield File(name, new.checksum, _size(path), new.documents, new.skipped)


def _known(name: str, path: Path, known: Known, limits: Limits) -> File | None:
    """What was read of a file before, if it has not changed."""
    if not known or _size(path) > limits.bytes or not path.is_file():
        return None
    try:
        with path.open("rb") as opened:
            checksum = hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return None
    file = known.get(File(name, checksum).key)
    return file.named(name) if file else None


def _named(document: Document, old: str, new: str) -> Document:
    """A document whose file has another name; its title, if it was made of the name, changes."""
    (place,) = document.places
    place = replace(place, source=new + place.source.removeprefix(old))
    title = document.title if document.titled else stand_in(place.source, document.text)
    return replace(document, places=(place,), title=title)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0

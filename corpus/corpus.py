"""The whole way from a folder of files to passages."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from corpus.articles import articles
from corpus.duplicates import merge_duplicates
from corpus.errors import CorpusError
from corpus.load import find_files, load, printable_name
from corpus.passages import passages
from corpus.types import Document, Passage


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was left out, and why."""

    source: str
    reason: str

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Corpus:
    """What a folder holds. Passages stand in the order of their documents."""

    files: tuple[str, ...]
    documents: tuple[Document, ...]
    passages: tuple[Passage, ...]
    skipped: tuple[Skipped, ...]


def read_folder(
    folder: Path, passage_tokens: int, progress: Callable[[Iterable[Path]], Iterable[Path]] = iter
) -> Corpus:
    """Reads every file under `folder`; one that cannot be read is reported and left out.

    Args:
        folder: Read with its subfolders; hidden files are not.
        passage_tokens: Most tokens (estimated) in a passage.
        progress: Wraps the files, to show how far the reading is.

    Raises:
        CorpusError: `folder` cannot be read.
    """
    files: list[str] = []
    found: list[Document] = []
    skipped: list[Skipped] = []
    for path in progress(find_files(folder)):
        source = printable_name(path, folder)
        try:
            found.extend(articles(load(path, source)))
        except CorpusError as error:
            skipped.append(Skipped(source, str(error)))
        else:
            files.append(source)
    documents = tuple(merge_duplicates(found))
    return Corpus(
        tuple(files),
        documents,
        tuple(passage for document in documents for passage in passages(document, passage_tokens)),
        tuple(skipped),
    )

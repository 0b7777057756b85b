"""A knowledge base on disk: whole generations, and a pointer that is switched at once.

```
CURRENT                the name of the live generation
lock                   held by the one process that writes
calibration.json       the threshold of refusal, where one was fitted
generations/<name>/    written once, never changed
    manifest.json      what it was made with, and the checksum of every other file
    documents.sqlite   documents and passages
    vectors.npy        float32 [passages, dimension]; row i belongs to passage i
    faiss.index        the same vectors, to be searched
    lexical/           the BM25 index
```
"""

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from corpus import Corpus, Document, Passage, Place
from embeddings import EmbeddingsError, Encoder, FaissIndex, VectorIndex
from embeddings.encoder import Vectors
from rag.errors import (
    BusyError,
    DamagedError,
    KnowledgeBaseError,
    MismatchError,
    NotFoundError,
)
from rag.lexical import LexicalIndex

FORMAT = 1  # raised whenever what is written here changes
REMEDY = "Build it again from its documents: rag index FOLDER"

_CURRENT = "CURRENT"
_GENERATIONS = "generations"
_MANIFEST = "manifest.json"
_CALIBRATION = "calibration.json"
_SCHEMA = """
CREATE TABLE documents (
    id TEXT UNIQUE, title TEXT NOT NULL, text TEXT NOT NULL, places TEXT NOT NULL,
    date TEXT, url TEXT);
CREATE TABLE passages (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL, document_id TEXT NOT NULL REFERENCES documents (id),
    "start" INTEGER NOT NULL, "end" INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation was made from and with."""

    format: int
    encoder: str
    encoder_checksum: str
    dimension: int
    passage_tokens: int
    folder: str
    corpus_hash: str
    created: str
    files: list[str]
    skipped: list[dict[str, str]]
    documents: int
    passages: int
    versions: dict[str, str] = field(default_factory=dict)
    checksums: dict[str, str] = field(default_factory=dict)


class Generation:
    """One whole state of a knowledge base, open for reading by any number of threads."""

    def __init__(self, path: Path) -> None:
        """Opens the generation in `path`.

        Raises:
            FileNotFoundError: A file is not there (or not any more).
            MismatchError, DamagedError: It cannot be read by this version, or was altered.
        """
        self.name = path.name
        self.manifest = _read_manifest(path)
        _check_files(path, self.manifest)
        self._vectors_path = path / "vectors.npy"
        try:
            self._database = sqlite3.connect(
                f"{(path / 'documents.sqlite').absolute().as_uri()}?mode=ro&immutable=1",
                uri=True,
                check_same_thread=False,
            )
            self._database.execute("SELECT 1 FROM passages").fetchone()  # opens the file now
            self.vectors: VectorIndex = FaissIndex.load(path / "faiss.index")
            self.lexical = LexicalIndex.load(path / "lexical")
        except (sqlite3.Error, EmbeddingsError, ValueError) as error:
            raise DamagedError(f"{path} is damaged ({error}). {REMEDY}") from error

    def passages(self, rows: list[int]) -> list[Passage]:
        """Returns the passages in `rows`, in that order."""
        found = self._database.execute(
            "SELECT row, p.id, d.id, title, substr(text, start + 1, end - start), start, end "
            "FROM passages p JOIN documents d ON d.id = document_id "
            "WHERE row IN (SELECT value FROM json_each(?))",
            [json.dumps(rows)],
        )
        by_row = {row: Passage(*fields) for row, *fields in found}
        return [by_row[row] for row in rows]

    def passages_of(self, document_id: str) -> list[Passage]:
        """Returns the passages of a document in the order of its text."""
        found = self._database.execute(
            "SELECT row FROM passages WHERE document_id = ? ORDER BY row", [document_id]
        )
        return self.passages([row for (row,) in found])

    def document(self, document_id: str) -> Document | None:
        """Returns a document, or None if this generation does not hold it."""
        rows = self._database.execute("SELECT * FROM documents WHERE id = ?", [document_id])
        return next(map(_document, rows), None)

    def documents(self) -> list[Document]:
        """Returns every document, in the order in which they were read."""
        return [_document(row) for row in self._database.execute("SELECT * FROM documents")]

    def vectors_by_id(self) -> dict[str, Vectors]:
        """Returns the vector of every passage by the passage's id."""
        vectors = np.load(self._vectors_path, mmap_mode="r", allow_pickle=False)
        rows = self._database.execute("SELECT id, row FROM passages")
        return {passage_id: vectors[row] for passage_id, row in rows}


def open_current(root: Path) -> Generation:
    """Opens the live generation of the knowledge base in `root`.

    One that is deleted while it is being opened has a successor, which is opened in its place.

    Raises:
        NotFoundError: There is no knowledge base.
        MismatchError, DamagedError: It cannot be read by this version, or was altered.
    """
    while True:
        name = current_name(root)
        try:
            return Generation(root / _GENERATIONS / name)
        except FileNotFoundError as error:
            if current_name(root) == name:
                missing = f"{root} is damaged: {error.filename} is missing. {REMEDY}"
                raise DamagedError(missing) from error
        except DamagedError:
            if current_name(root) == name:
                raise


def current_name(root: Path) -> str:
    """Returns the name of the live generation; it changes when another one takes its place."""
    try:
        return (root / _CURRENT).read_text("utf-8").strip()
    except FileNotFoundError as error:
        raise NotFoundError(f"There is no knowledge base in {root}. {REMEDY}") from error


@contextmanager
def writing(root: Path, timeout: float) -> Iterator[None]:
    """Holds the lock of the one writer; a process that dies lets go of it.

    Raises:
        BusyError: Another process held it for `timeout` seconds.
        KnowledgeBaseError: `root` cannot be written.
    """
    from filelock import FileLock, Timeout

    try:
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / "lock", timeout=timeout):
            yield
    except Timeout as error:
        raise BusyError(
            f"Another process has been writing {root} for {timeout:.0f} s. Try again later."
        ) from error
    except OSError as error:
        raise KnowledgeBaseError(
            f"{root} cannot be written ({error.strerror}). Make room there, or name another folder."
        ) from error


def read_calibration(root: Path) -> float | None:
    """Returns the stored threshold of refusal, if there is one.

    Raises:
        DamagedError: What is stored is no number.
    """
    path = root / _CALIBRATION
    try:
        return float(json.loads(path.read_text("utf-8"))["refuse_below"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedError(
            f"{path} is damaged ({error}). Delete it, or calibrate again."
        ) from error


def write_calibration(root: Path, refuse_below: float) -> None:
    """Stores the threshold of refusal; it holds for later generations too."""
    _replace(root / _CALIBRATION, json.dumps({"refuse_below": refuse_below}) + "\n")


def write_generation(
    root: Path,
    corpus: Corpus,
    vectors: Vectors,
    encoder: Encoder,
    *,
    folder: Path,
    passage_tokens: int,
    exact_below: int,
) -> None:
    """Writes a new generation, makes it the live one and deletes all others.

    To be called while `writing` is held.

    Args:
        root: The knowledge base.
        corpus: Its documents and passages.
        vectors: float32 `[passages, dimension]`, made by `encoder`.
        encoder: Named in the manifest, with the checksum of its weights.
        folder: Where the documents came from.
        passage_tokens: How the corpus was cut.
        exact_below: Number of passages from which the search is approximate.
    """
    from importlib.metadata import version

    generations = root / _GENERATIONS
    generations.mkdir(parents=True, exist_ok=True)
    numbers = [int(p.name) for p in generations.iterdir() if p.name.isdigit()]
    name = f"{max(numbers, default=0) + 1:06d}"
    path = generations / name
    path.mkdir()
    _write_database(path / "documents.sqlite", corpus)
    np.save(path / "vectors.npy", vectors, allow_pickle=False)
    FaissIndex.build(vectors, exact_below).save(path / "faiss.index")
    LexicalIndex.build(list(map(searched_text, corpus.passages))).save(path / "lexical")
    manifest = Manifest(
        format=FORMAT,
        encoder=encoder.name,
        encoder_checksum=encoder.checksum,
        dimension=encoder.dimension,
        passage_tokens=passage_tokens,
        folder=str(folder.absolute()),
        corpus_hash=corpus_hash(corpus),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        files=list(corpus.files),
        skipped=[asdict(skipped) for skipped in corpus.skipped],
        documents=len(corpus.documents),
        passages=len(corpus.passages),
        versions={package: version(package) for package in ("faiss-cpu", "bm25s", "numpy")},
        checksums={str(file.relative_to(path)): _sha256(file) for file in _files(path)},
    )
    (path / _MANIFEST).write_text(json.dumps(asdict(manifest), indent=1, ensure_ascii=False))
    for file in [*_files(path), path / "lexical", path, generations]:
        _flush(file)
    _replace(root / _CURRENT, name + "\n")
    for other in generations.iterdir():
        if other.name != name:
            shutil.rmtree(other, ignore_errors=True)


def searched_text(passage: Passage) -> str:
    """What is embedded and searched of a passage: its document's title, then its text."""
    return f"{passage.title}\n{passage.text}"


def corpus_hash(corpus: Corpus) -> str:
    """Names everything that a generation takes over from a corpus."""
    digest = hashlib.sha256()
    for record in (*corpus.files, *corpus.documents, *corpus.passages, *corpus.skipped):
        digest.update(repr(record).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _document(row: tuple[str, str, str, str, str | None, str | None]) -> Document:
    document_id, title, text, places, date, url = row
    found = tuple(Place(**place) for place in json.loads(places))
    return Document(document_id, title, text, found, date, url)


def _write_database(path: Path, corpus: Corpus) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(_SCHEMA)
        database.executemany(
            "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?)",
            (
                (d.id, d.title, d.text, json.dumps(list(map(asdict, d.places))), d.date, d.url)
                for d in corpus.documents
            ),
        )
        database.executemany(
            "INSERT INTO passages VALUES (?, ?, ?, ?, ?)",
            ((i, p.id, p.document_id, p.start, p.end) for i, p in enumerate(corpus.passages)),
        )


def _replace(path: Path, content: str) -> None:
    """Writes a file at once: until the new content is whole, the old one stands."""
    temporary = path.with_name(f"{path.name}.new")
    temporary.write_text(content, "utf-8")
    _flush(temporary)
    temporary.replace(path)
    _flush(path.parent)


def _read_manifest(path: Path) -> Manifest:
    content = (path / _MANIFEST).read_text("utf-8")
    try:
        data: dict[str, Any] = json.loads(content)
        version = data["format"]
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedError(f"{path / _MANIFEST} is damaged ({error}). {REMEDY}") from error
    if version != FORMAT:
        raise MismatchError(
            f"{path} has format {version}, and this version of the program reads {FORMAT}. {REMEDY}"
        )
    try:
        return Manifest(**data)
    except TypeError as error:
        raise DamagedError(f"{path / _MANIFEST} is damaged ({error}). {REMEDY}") from error


def _check_files(path: Path, manifest: Manifest) -> None:
    for name, checksum in manifest.checksums.items():
        if _sha256(path / name) != checksum:
            raise DamagedError(f"{path / name} is damaged: its checksum differs. {REMEDY}")


def _files(path: Path) -> list[Path]:
    return sorted(file for file in path.rglob("*") if file.is_file())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(path: Path) -> None:
    """Forces a file or folder to the disk, so that a power cut keeps the order of writing."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""A knowledge base on disk: whole generations, and a pointer that is switched at once.

```
CURRENT                the name of the live generation, and the checksum of its manifest
lock                   held by the one process that writes
calibration.txt        the threshold of refusal, where one was fitted
generations/<name>/    written once, never changed
    manifest.json      what it was made with, and the checksum of every other file
    documents.sqlite   files, what was read of each, and passages
    vectors.npy        float32 [passages, dimension]; row i belongs to passage i
    faiss.index        the same vectors, to be searched
    lexical/           the BM25 index
```
"""

import hashlib
import json
import os
import re
import shutil
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus import Corpus, Document, File, Passage, Skipped, merged, words
from embeddings import EmbeddingsError, Encoder, FaissIndex, VectorIndex
from embeddings.encoder import Vectors
from rag.errors import (
    BusyError,
    DamagedError,
    KnowledgeBaseError,
    MismatchError,
    NotFoundError,
    QuestionError,
)
from rag.lexical import LexicalIndex
from rag.settings import Settings
from rag.types import Scope

Rows = NDArray[np.int64]

FORMAT = 4  # raised whenever what is written here changes
REMEDY = "Build it again from its documents: rag index FOLDER --rebuild"

_CURRENT = "CURRENT"
_GENERATIONS = "generations"
_MANIFEST = "manifest.json"
_CALIBRATION = "calibration.txt"
# A document is what articles that say the same have become: the one with rank 0, and the places of
# all of them.
_SCHEMA = """
CREATE TABLE files (
    name TEXT PRIMARY KEY, checksum TEXT NOT NULL, size INTEGER NOT NULL, skipped TEXT NOT NULL,
    added INTEGER NOT NULL);
CREATE TABLE articles (
    document INTEGER NOT NULL, rank INTEGER NOT NULL, file TEXT NOT NULL, position INTEGER NOT NULL,
    id TEXT NOT NULL, title TEXT NOT NULL, titled INTEGER NOT NULL, text TEXT NOT NULL,
    date TEXT, url TEXT, author TEXT,
    places TEXT NOT NULL, marks TEXT NOT NULL, cuts TEXT NOT NULL,
    PRIMARY KEY (document, rank));
CREATE INDEX articles_by_id ON articles (id);
CREATE TABLE passages (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL, document INTEGER NOT NULL,
    "start" INTEGER NOT NULL, "end" INTEGER NOT NULL, heading TEXT NOT NULL);
CREATE INDEX passages_by_document ON passages (document);
CREATE TABLE words (word TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
"""
# A document is dated by the first of its articles that has a date, as `merged` does.
_ROWS = """
SELECT row FROM passages p WHERE
    (:named = '[]' OR EXISTS (
        SELECT 1 FROM articles a, json_each(:named) n
        WHERE a.document = p.document AND (n.value = a.id AND a.rank = 0 OR n.value = a.file)))
    AND (:since || :until = '' OR (
        SELECT date FROM articles a WHERE a.document = p.document AND date IS NOT NULL
        ORDER BY rank LIMIT 1) BETWEEN :since AND iif(:until = '', '9999', :until))
ORDER BY row
"""
_UNKNOWN = """
SELECT value FROM json_each(?) WHERE value NOT IN (SELECT id FROM articles WHERE rank = 0)
AND value NOT IN (SELECT file FROM articles)
"""
_ARTICLE = "id, title, titled, text, date, url, author, places, marks, cuts"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation was made from and with."""

    format: int
    encoder: str
    encoder_checksum: str
    dimension: int
    passage_tokens: int
    limits: dict[str, int]
    folder: str
    corpus_hash: str
    created: str
    files: int
    documents: int
    passages: int
    versions: dict[str, str] = field(default_factory=dict)
    checksums: dict[str, str] = field(default_factory=dict)


class Generation:
    """One whole state of a knowledge base, open for reading by any number of threads."""

    def __init__(self, path: Path, checksum: str) -> None:
        """Opens the generation in `path`, whose manifest has a SHA-256 checksum.

        Raises:
            FileNotFoundError: A file is not there (or not any more).
            MismatchError, DamagedError: It cannot be read by this version, or was altered.
        """
        self.name = path.name
        self.manifest = _read_manifest(path, checksum)
        _check_files(path, self.manifest)
        self.size = sum(file.stat().st_size for file in _files(path))  # bytes
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
            "SELECT row, p.id, a.id, title, substr(text, start + 1, end - start), start, end, "
            "heading FROM passages p JOIN articles a ON a.document = p.document AND rank = 0 "
            "WHERE row IN (SELECT value FROM json_each(?))",
            [json.dumps(rows)],
        )
        by_row = {row: Passage(*fields) for row, *fields in found}
        return [by_row[row] for row in rows]

    def passages_of(self, document_id: str) -> list[Passage]:
        """Returns the passages of a document in the order of its text."""
        found = self._database.execute(
            "SELECT row FROM passages p JOIN articles a ON a.document = p.document AND rank = 0 "
            "WHERE a.id = ? ORDER BY row",
            [document_id],
        )
        return self.passages([row for (row,) in found])

    def rows(self, scope: Scope) -> Rows:
        """Returns the rows of the passages that a part of the documents holds, ascending.

        Raises:
            QuestionError: There is no such document.
        """
        named = json.dumps(sorted(scope.documents))
        for (name,) in self._database.execute(_UNKNOWN, [named]):
            raise QuestionError(
                f"There is no document “{name}” here. See what there is: rag status --articles"
            )
        found = self._database.execute(
            _ROWS, {"named": named, "since": scope.since, "until": scope.until}
        )
        return np.array([row for (row,) in found], np.int64)

    def document(self, document_id: str) -> Document | None:
        """Returns a document, or None if this generation does not hold it."""
        rows = self._database.execute(
            f"SELECT {_ARTICLE} FROM articles WHERE document = "  # noqa: S608
            "(SELECT document FROM articles WHERE id = ? AND rank = 0) ORDER BY rank",
            [document_id],
        )
        group = [_article(row) for row in rows]
        return merged(group) if group else None

    def documents(self) -> list[Document]:
        """Returns every document, in the order in which they were read."""
        rows = self._database.execute(
            f"SELECT document, {_ARTICLE} FROM articles ORDER BY document, rank"  # noqa: S608
        )
        groups = groupby(rows, key=lambda row: row[0])
        return [merged([_article(row[1:]) for row in group]) for _, group in groups]

    def files(self) -> list[File]:
        """Returns every file with what was read of it, by name."""
        rows = self._database.execute(
            f"SELECT file, {_ARTICLE} FROM articles ORDER BY file, position"  # noqa: S608
        )
        articles: dict[str, list[Document]] = defaultdict(list)
        for name, *article in rows:
            articles[name].append(_article(tuple(article)))
        found = self._database.execute("SELECT * FROM files ORDER BY name")
        return [
            File(
                name,
                checksum,
                size,
                tuple(articles[name]),
                tuple(Skipped(**one) for one in json.loads(skipped)),
                bool(added),
            )
            for name, checksum, size, skipped, added in found
        ]

    def skipped(self) -> list[Skipped]:
        """Returns what was left out."""
        rows = self._database.execute("SELECT skipped FROM files ORDER BY name")
        return [Skipped(**one) for (skipped,) in rows for one in json.loads(skipped)]

    def names(self) -> list[str]:
        """Returns the names of the files of which something was read."""
        rows = self._database.execute("SELECT DISTINCT file FROM articles ORDER BY file")
        return [name for (name,) in rows]

    def passages_by_file(self) -> dict[str, int]:
        """Returns how many passages were taken from each file; of copies only one counts."""
        rows = self._database.execute(
            "SELECT file, count(*) FROM passages p "
            "JOIN articles a ON a.document = p.document AND rank = 0 GROUP BY file"
        )
        return dict(rows.fetchall())

    def words(self, beginning: str, shortest: int, longest: int) -> list[str]:
        """Returns the folded words of the passages with this beginning, the most frequent first.

        Args:
            beginning: Letters.
            shortest: Letters at least.
            longest: Letters at most.
        """
        found = self._database.execute(
            "SELECT word FROM words WHERE word GLOB ? || '*' AND length(word) BETWEEN ? AND ? "
            "ORDER BY count DESC, word",
            [beginning, shortest, longest],
        )
        return [word for (word,) in found]

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
        name, checksum = current(root)
        try:
            return Generation(root / _GENERATIONS / name, checksum)
        except FileNotFoundError as error:
            if current(root)[0] == name:
                missing = f"{root} is damaged: {error.filename} is missing. {REMEDY}"
                raise DamagedError(missing) from error
        except DamagedError:
            if current(root)[0] == name:
                raise


def current(root: Path) -> tuple[str, str]:
    """Returns the name of the live generation, and the checksum of its manifest.

    The name changes when another generation takes the place of this one.

    Raises:
        NotFoundError: There is no knowledge base.
        DamagedError: What is written there is no such name.
    """
    try:
        content = (root / _CURRENT).read_bytes()
    except FileNotFoundError as error:
        raise NotFoundError(
            f"There is no knowledge base in {root}. Build one: rag index FOLDER"
        ) from error
    found = re.fullmatch(rb"(\d+) ([0-9a-f]{64})\n", content)
    if not found:
        if content.strip().isdigit():
            raise MismatchError(f"{root} was made by an older version of the program. {REMEDY}")
        raise DamagedError(f"{root / _CURRENT} is damaged. {REMEDY}")
    return found[1].decode(), found[2].decode()


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
        DamagedError: What is stored is not what was written.
    """
    path = root / _CALIBRATION
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    written, _, checksum = content.partition(b" ")
    if checksum.strip() != _short_checksum(written):
        raise DamagedError(f"{path} is damaged. Delete it, or calibrate again: rag eval calibrate")
    return float(written)


def write_calibration(root: Path, refuse_below: float) -> None:
    """Stores the threshold of refusal; it holds for later generations too."""
    written = repr(refuse_below).encode()
    _replace(root / _CALIBRATION, f"{refuse_below!r} {_short_checksum(written).decode()}\n")


def write_generation(
    root: Path,
    corpus: Corpus,
    vectors: Vectors,
    encoder: Encoder,
    *,
    folder: str,
    passage_tokens: int,
    settings: Settings,
) -> None:
    """Writes a new generation, makes it the live one and deletes all others.

    To be called while `writing` is held.

    Args:
        root: The knowledge base.
        corpus: Its documents and passages.
        vectors: float32 `[passages, dimension]`, made by `encoder`.
        encoder: Named in the manifest, with the checksum of its weights.
        folder: The one that the knowledge base keeps up with; "" for none.
        passage_tokens: How the corpus was cut.
        settings: In force while the corpus was read.

    Raises:
        KnowledgeBaseError: It cannot be written; the old generation stays.
    """
    generations = root / _GENERATIONS
    generations.mkdir(parents=True, exist_ok=True)
    numbers = [int(p.name) for p in generations.iterdir() if p.name.isdigit()]
    name = f"{max(numbers, default=0) + 1:06d}"
    _delete_others(generations, _live_name(root))  # what a process left that was ended
    path = generations / name
    path.mkdir()
    try:
        _write_database(path / "documents.sqlite", corpus)
        np.save(path / "vectors.npy", vectors, allow_pickle=False)
        FaissIndex.build(vectors, settings.exact_below).save(path / "faiss.index")
        LexicalIndex.build(list(map(searched_text, corpus.passages))).save(path / "lexical")
        manifest = Manifest(
            format=FORMAT,
            encoder=encoder.name,
            encoder_checksum=encoder.checksum,
            dimension=encoder.dimension,
            passage_tokens=passage_tokens,
            limits=asdict(settings.limits),
            folder=folder,
            corpus_hash=corpus_hash(corpus),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            files=sum(bool(file.documents) for file in corpus.files),
            documents=len(corpus.documents),
            passages=len(corpus.passages),
            versions=_versions(),
            checksums={str(file.relative_to(path)): _sha256(file) for file in _files(path)},
        )
        content = json.dumps(asdict(manifest), indent=1, ensure_ascii=False)
        (path / _MANIFEST).write_text(content, "utf-8")
        for file in [*_files(path), path / "lexical", path, generations]:
            _flush(file)
        _replace(root / _CURRENT, f"{name} {_sha256(path / _MANIFEST)}\n")
    except BaseException as error:
        if _live_name(root) != name:  # it may have gone live before it was interrupted
            shutil.rmtree(path, ignore_errors=True)
        if isinstance(error, (sqlite3.Error, RuntimeError)):  # SQLite's and FAISS's "disk full"
            raise KnowledgeBaseError(
                f"{root} cannot be written ({error}). Make room there, or name another folder."
            ) from error
        raise
    _delete_others(generations, name)


def _live_name(root: Path) -> str:
    try:
        return current(root)[0]
    except KnowledgeBaseError:
        return ""


def _delete_others(generations: Path, name: str) -> None:
    """Deletes all generations but one; a reader that has one of them open goes on reading it."""
    for other in generations.iterdir():
        if other.name != name:
            shutil.rmtree(other, ignore_errors=True)


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {package: version(package) for package in ("faiss-cpu", "bm25s", "numpy")}


def searched_text(passage: Passage) -> str:
    """What is searched of a passage by its words: its document's title, then its text."""
    return f"{passage.title}\n{passage.text}"


def embedded_text(passage: Passage) -> str:
    """What is embedded of a passage: nothing of its file's name, so its vector can be kept."""
    return f"{passage.heading}\n{passage.text}"


def corpus_hash(corpus: Corpus) -> str:
    """Names everything that a generation takes over from a corpus."""
    digest = hashlib.sha256()
    for file in corpus.files:
        digest.update(repr(file).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _article(row: tuple[Any, ...]) -> Document:
    document_id, title, titled, text, date, url, author, places, marks, cuts = row
    return Document.from_dict(
        {
            "id": document_id,
            "title": title,
            "text": text,
            "places": json.loads(places),
            "date": date,
            "url": url,
            "author": author,
            "titled": bool(titled),
            "marks": json.loads(marks),
            "cuts": json.loads(cuts),
        }
    )


def _write_database(path: Path, corpus: Corpus) -> None:
    positions = {
        id(document): (file.name, position)
        for file in corpus.files
        for position, document in enumerate(file.documents)
    }
    numbers = {group[0].id: number for number, group in enumerate(corpus.groups)}
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(_SCHEMA)
        database.executemany(
            "INSERT INTO files VALUES (?, ?, ?, ?, ?)",
            (
                (f.name, f.checksum, f.size, json.dumps(list(map(asdict, f.skipped))), f.added)
                for f in corpus.files
            ),
        )
        database.executemany(
            f"INSERT INTO articles (document, rank, file, position, {_ARTICLE}) "  # noqa: S608
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (number, rank, *positions[id(article)], *_row(article))
                for number, group in enumerate(corpus.groups)
                for rank, article in enumerate(group)
            ),
        )
        database.executemany(
            "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?)",
            (
                (i, p.id, numbers[p.document_id], p.start, p.end, p.heading)
                for i, p in enumerate(corpus.passages)
            ),
        )
        counted = Counter(word for p in corpus.passages for word in words(searched_text(p)))
        database.executemany("INSERT INTO words VALUES (?, ?)", counted.items())


def _row(article: Document) -> tuple[Any, ...]:
    """The columns `_ARTICLE` of an article."""
    fields = asdict(article)
    for name in ("places", "marks", "cuts"):
        fields[name] = json.dumps(fields[name])
    return tuple(fields[name] for name in _ARTICLE.split(", "))


def _replace(path: Path, content: str) -> None:
    """Writes a file at once: until the new content is whole, the old one stands."""
    temporary = path.with_name(f"{path.name}.new")
    temporary.write_text(content, "utf-8")
    _flush(temporary)
    temporary.replace(path)
    _flush(path.parent)


def _read_manifest(path: Path, checksum: str) -> Manifest:
    """Reads a manifest; one of another version is told from one that was altered."""
    file = path / _MANIFEST
    if _sha256(file) != checksum:
        raise DamagedError(f"{file} is damaged: its checksum differs. {REMEDY}")
    data: dict[str, Any] = json.loads(file.read_text("utf-8"))
    if data["format"] != FORMAT:
        raise MismatchError(
            f"{path} has format {data['format']}, and this version of the program reads {FORMAT}. "
            f"{REMEDY}"
        )
    try:
        return Manifest(**data)
    except TypeError as error:
        raise MismatchError(f"{path} was made by another version ({error}). {REMEDY}") from error


def _check_files(path: Path, manifest: Manifest) -> None:
    for name, checksum in manifest.checksums.items():
        if _sha256(path / name) != checksum:
            raise DamagedError(f"{path / name} is damaged: its checksum differs. {REMEDY}")


def _files(path: Path) -> list[Path]:
    return sorted(file for file in path.rglob("*") if file.is_file())


def _short_checksum(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest()[:16].encode()


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

"""Building: from what files hold to a new generation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from corpus import (
    Corpus,
    CorpusError,
    Document,
    File,
    Passage,
    cut,
    printable,
    read_files,
    read_folder,
)
from embeddings import DEFAULT_MODEL, Encoder, load_encoder
from embeddings.encoder import Vectors
from rag import store
from rag.errors import KnowledgeBaseError
from rag.settings import Settings

_PASSAGE_TOKENS = 180
_BAR_FROM = 20  # files; fewer are read before a bar would be seen


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds the generation that comes after `old`. To be used while `store.writing` is held.

    Attributes:
        root: The knowledge base.
        old: The live generation; what it knows is taken over.
        settings: An encoder or passage length set here goes before that of `old`.
        progress: Whether to show bars on stderr.
        rebuild: Whether every file is read, and every passage embedded, once more.
    """

    root: Path
    old: store.Generation | None
    settings: Settings
    progress: bool = False
    rebuild: bool = False

    def sync(self, folder: Path) -> None:
        """Writes a generation that holds what `folder` holds, and what was added by hand.

        Raises:
            CorpusError: `folder` cannot be read.
            KnowledgeBaseError: None of its files can be read, or nothing can be written.
            EmbeddingsError: The encoder cannot be loaded.
        """
        held = self._files()
        found = read_folder(
            folder,
            self.passage_tokens,
            self.settings.limits,
            known=self._known(held),
            processes=self.settings.threads,
            progress=self._bar,
        )
        skipped = [one for file in found for one in file.skipped]
        if skipped and not any(file.documents for file in found):
            reasons = "; ".join(map(str, skipped[:3]))
            more = " …" if len(skipped) > 3 else ""
            raise KnowledgeBaseError(f"No file in {folder} can be read: {reasons}{more}")
        inside = {str(folder.resolve() / file.name) for file in found}
        inside |= {file.name for file in found}
        added = [file for file in held if file.added and file.name not in inside]
        self._write((*found, *added), str(folder.resolve()))

    def add(self, files: Mapping[str, Path]) -> None:
        """Writes a generation that holds some more files, or new contents of files it holds.

        Args:
            files: Where each lies, by the name under which it is to be known.

        Raises:
            CorpusError: A file cannot be read; then none is added.
            KnowledgeBaseError, EmbeddingsError: As `sync`.
        """
        held = self._files()
        names = {printable(name): path for name, path in files.items()}
        read = read_files(
            list(names.items()),
            self.passage_tokens,
            self.settings.limits,
            self._known(held),
            self.settings.threads,
        )
        new = [replace(file, added=True) for file in self._bar(read, len(names))]
        if failed := [str(file.skipped[0]) for file in new if not file.documents]:
            raise CorpusError(f"{failed[0]}. Nothing was added.")
        folder = Path(self._folder())
        inside = {f.name for f in held if str(folder / f.name) in names and not f.added}
        kept = [f for f in held if f.name not in names and f.name not in inside]
        self._write((*kept, *new), self._folder())

    def remove(self, names: Sequence[str]) -> list[str]:
        """Writes a generation that no longer holds some files.

        Args:
            names: Of files, or the ends of their paths as long as only one file has them.

        Returns:
            Their whole names.

        Raises:
            KnowledgeBaseError: There is no such file, or more than one; then none is removed.
        """
        files = self._files()
        gone = [_only(name, files) for name in names]
        self._write(tuple(f for f in files if f.name not in gone), self._folder())
        return gone

    @property
    def passage_tokens(self) -> int:
        built = self.old.manifest.passage_tokens if self.old else _PASSAGE_TOKENS
        return self.settings.passage_tokens or built

    def _write(self, files: Sequence[File], folder: str) -> None:
        corpus = Corpus.of(files)
        made = self.old.manifest if self.old else None
        name = self.settings.encoder or (made.encoder if made else DEFAULT_MODEL)
        encoder = load_encoder(name, self.settings.threads)
        known: Mapping[str, Vectors] = {}
        if self.old and made and not self.rebuild and made_with(self.old, encoder):
            if (made.corpus_hash, made.folder) == (store.corpus_hash(corpus), folder):
                return
            known = self.old.vectors_by_id()
        store.write_generation(
            self.root,
            corpus,
            embed(corpus.passages, encoder, known, progress=self.progress),
            encoder,
            folder=folder,
            passage_tokens=self.passage_tokens,
            settings=self.settings,
        )

    def _files(self) -> list[File]:
        """What the old generation holds, in passages of the length that is wanted now."""
        if self.old is None:
            return []
        files = self.old.files()
        if self.old.manifest.passage_tokens == self.passage_tokens:
            return files
        return [replace(file, documents=tuple(map(self._cut, file.documents))) for file in files]

    def _cut(self, document: Document) -> Document:
        return replace(document, cuts=tuple(cut(document.text, self.passage_tokens)))

    def _known(self, held: Sequence[File]) -> dict[tuple[str, str], File]:
        """What need not be read again: not what other limits may let in."""
        if self.rebuild or self.old is None:
            return {}
        same = self.old.manifest.limits == asdict(self.settings.limits)
        return {
            file.key: replace(file, added=False)
            for file in held
            if file.checksum and (same or not file.skipped)
        }

    def _folder(self) -> str:
        return self.old.manifest.folder if self.old else ""

    def _bar(self, files: Iterable[File], count: int) -> Iterable[File]:
        from tqdm import tqdm

        hidden = not self.progress or count < _BAR_FROM
        bar: Iterable[File] = tqdm(files, "Reading", count, disable=hidden)
        return bar


def made_with(generation: store.Generation, encoder: Encoder) -> bool:
    """Whether the vectors of a generation are those of an encoder."""
    manifest = generation.manifest
    return (manifest.encoder, manifest.encoder_checksum) == (encoder.name, encoder.checksum)


def embed(
    passages: Sequence[Passage],
    encoder: Encoder,
    known: Mapping[str, Vectors],
    *,
    progress: bool,
) -> Vectors:
    """Returns the vectors of all passages, float32 `[n, dimension]`; embeds only unknown ones."""
    fresh = {p.id: store.embedded_text(p) for p in passages if p.id not in known}
    vectors = encoder.encode_passages(list(fresh.values()), progress=progress)
    encoded = dict(zip(fresh, vectors, strict=True))
    rows = [encoded[p.id] if p.id in encoded else known[p.id] for p in passages]
    return np.array(rows, np.float32).reshape(len(passages), encoder.dimension)


def _only(name: str, files: Sequence[File]) -> str:
    """The name of the one file that a name, or the end of one, means."""
    whole = [file.name for file in files if file.name == name]
    ends = whole or [file.name for file in files if file.name.endswith(f"/{name}")]
    if len(ends) == 1:
        return ends[0]
    if ends:
        raise KnowledgeBaseError(f"{name} can be {' or '.join(ends)}. Say which.")
    raise KnowledgeBaseError(f"There is no file {name} in it. See them: rag status --files")

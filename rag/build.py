"""Building: from a folder of documents to a new generation."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from corpus import Passage, read_folder
from embeddings import DEFAULT_MODEL, Encoder, load_encoder
from embeddings.encoder import Vectors
from rag import store
from rag.errors import KnowledgeBaseError
from rag.settings import Settings

_PASSAGE_TOKENS = 180
_BAR_FROM = 20  # files; fewer are read before a bar would be seen


def build(
    root: Path, folder: Path, old: store.Generation | None, settings: Settings, *, progress: bool
) -> None:
    """Writes a generation that holds what `folder` holds, unless `old` is just that.

    To be called while `store.writing` is held.

    Args:
        root: The knowledge base.
        folder: The documents.
        old: The live generation; its vectors, encoder and passage length are taken over.
        settings: An encoder or passage length set here goes before that of `old`.
        progress: Whether to show bars on stderr.

    Raises:
        CorpusError: `folder` cannot be read.
        KnowledgeBaseError: None of its files can be read.
        EmbeddingsError: The encoder cannot be loaded.
    """
    made = old.manifest if old else None
    tokens = settings.passage_tokens or (made.passage_tokens if made else _PASSAGE_TOKENS)
    name = settings.encoder or (made.encoder if made else DEFAULT_MODEL)
    corpus = read_folder(folder, tokens, partial(_bar, show=progress))
    if corpus.skipped and not corpus.documents:
        reasons = "; ".join(map(str, corpus.skipped[:3]))
        more = " …" if len(corpus.skipped) > 3 else ""
        raise KnowledgeBaseError(f"No file in {folder} can be read: {reasons}{more}")
    encoder = load_encoder(name, settings.threads)
    known: Mapping[str, Vectors] = {}
    if old and made_with(old, encoder):
        if store.corpus_hash(corpus) == old.manifest.corpus_hash:
            return
        known = old.vectors_by_id()
    store.write_generation(
        root,
        corpus,
        embed(corpus.passages, encoder, known, progress=progress),
        encoder,
        folder=folder,
        passage_tokens=tokens,
        exact_below=settings.exact_below,
    )


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
    fresh = {p.id: store.searched_text(p) for p in passages if p.id not in known}
    vectors = encoder.encode_passages(list(fresh.values()), progress=progress)
    encoded = dict(zip(fresh, vectors, strict=True))
    rows = [encoded[p.id] if p.id in encoded else known[p.id] for p in passages]
    return np.array(rows, np.float32).reshape(len(passages), encoder.dimension)


def _bar(files: Iterable[Path], *, show: bool) -> Iterable[Path]:
    from tqdm import tqdm

    paths = list(files)
    bar: Iterable[Path] = tqdm(paths, "Reading", disable=not show or len(paths) < _BAR_FROM)
    return bar

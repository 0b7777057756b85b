"""Text to vectors: unit length, so that their inner product is the cosine."""

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from embeddings.errors import EmbeddingsError
from embeddings.models import Model, find_model

Vectors = NDArray[np.float32]

_PROGRESS_FROM = 256  # texts; fewer are done before a bar would be seen
_BATCH = 32


class Encoder(Protocol):
    """Turns texts into normalised float32 vectors of shape `[len(texts), dimension]`."""

    @property
    def name(self) -> str: ...

    @property
    def checksum(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors: ...

    def encode_passages(self, texts: Sequence[str], *, progress: bool = False) -> Vectors: ...


@lru_cache(maxsize=4)
def load_encoder(name: str, threads: int) -> Encoder:
    """Loads an encoder once for each process.

    Args:
        name: A model that `embeddings.models.find_model` finds, or "hashing" for the stand-in.
        threads: CPU threads that PyTorch may use, for the whole process.

    Raises:
        EmbeddingsError: There is no such model, or it cannot be loaded.
    """
    if name == HashingEncoder.name:
        return HashingEncoder()
    return SentenceTransformerEncoder(find_model(name), threads)


class SentenceTransformerEncoder:
    """The adapter for sentence-transformers."""

    def __init__(self, model: Model, threads: int) -> None:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # the bar for loading weights
        torch.set_num_threads(threads)
        self.name = model.name
        self.checksum = model.checksum
        try:
            self._model = SentenceTransformer(
                model.location,
                device="cpu",
                local_files_only=bool(model.checksum),
                model_kwargs={"use_safetensors": True},
            )
        except (OSError, ValueError) as error:
            raise EmbeddingsError(
                f"The model {model.name} cannot be loaded ({str(error).splitlines()[0]}). "
                "Name an installed model or the folder of one."
            ) from error
        self.dimension = int(self._model.get_embedding_dimension() or 0)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._normalised(self._model.encode_query, texts, progress=False)

    def encode_passages(self, texts: Sequence[str], *, progress: bool = False) -> Vectors:
        return self._normalised(self._model.encode_document, texts, progress=progress)

    def _normalised(self, encode: "Encode", texts: Sequence[str], *, progress: bool) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        vectors = encode(
            list(texts),
            batch_size=_BATCH,
            normalize_embeddings=True,
            show_progress_bar=progress and len(texts) >= _PROGRESS_FROM,
        )
        return np.asarray(vectors, np.float32)


class Encode(Protocol):
    """The methods of a SentenceTransformer that are used; they sort batches by length."""

    def __call__(
        self,
        inputs: list[str],
        *,
        batch_size: int,
        normalize_embeddings: bool,
        show_progress_bar: bool,
    ) -> Vectors: ...


class HashingEncoder:
    """A stand-in for tests: adds up one random direction for each word."""

    name = "hashing"
    checksum = "hashing"

    def __init__(self, dimension: int = 64) -> None:
        self.dimension = dimension

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self.encode_passages(texts)

    def encode_passages(self, texts: Sequence[str], *, progress: bool = False) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()) or [""]:
                seed = int.from_bytes(hashlib.sha256(word.encode("utf-8", "replace")).digest()[:4])
                vectors[row] += np.random.default_rng(seed).standard_normal(self.dimension)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.where(lengths == 0, 1, lengths), np.float32)

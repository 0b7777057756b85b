"""The nearest vectors, found by FAISS."""

from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Vectors
from embeddings.errors import EmbeddingsError

if TYPE_CHECKING:
    import faiss

_LINKS = 32  # neighbours of a node in the HNSW graph (Malkov and Yashunin 2016: 12 to 48)
_BUILD_DEPTH, _SEARCH_DEPTH = 200, 128


class VectorIndex(Protocol):
    """Finds the rows whose vectors have the largest inner product with a query."""

    def __len__(self) -> int: ...

    def search(
        self, query: Vectors, k: int, within: NDArray[np.int64] | None = None
    ) -> tuple[Vectors, NDArray[np.int64]]: ...


class FaissIndex:
    """Exact search (Flat) up to a number of vectors, an HNSW graph above."""

    def __init__(self, index: "faiss.Index") -> None:
        self._index = index

    @classmethod
    def build(cls, vectors: Vectors, exact_below: int) -> Self:
        """Indexes `vectors`, float32 of shape `[n, dimension]`; row i becomes row i."""
        import faiss

        count, dimension = vectors.shape
        index: faiss.Index
        if count < exact_below:
            index = faiss.IndexFlatIP(dimension)
        else:
            graph = faiss.IndexHNSWFlat(dimension, _LINKS, faiss.METRIC_INNER_PRODUCT)
            graph.hnsw.efConstruction = _BUILD_DEPTH
            graph.hnsw.efSearch = _SEARCH_DEPTH
            index = graph
        index.add(np.ascontiguousarray(vectors, np.float32))
        return cls(index)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads a saved index.

        Raises:
            EmbeddingsError: The file is not an index.
        """
        import faiss

        try:
            return cls(faiss.read_index(str(path)))
        except RuntimeError as error:
            raise EmbeddingsError(f"{path} is not a FAISS index, or is damaged.") from error

    def save(self, path: Path) -> None:
        import faiss

        faiss.write_index(self._index, str(path))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(
        self, query: Vectors, k: int, within: NDArray[np.int64] | None = None
    ) -> tuple[Vectors, NDArray[np.int64]]:
        """Returns scores and rows, best first.

        Args:
            query: One vector, shape `[dimension]`.
            k: How many; fewer come back from a smaller index.
            within: The only rows that are searched; exactly, since a graph that leads to others
                finds few of them.
        """
        if not (len(self) if within is None else len(within)):
            return np.zeros(0, np.float32), np.zeros(0, np.int64)
        if within is not None:
            similar = self._index.reconstruct_batch(within) @ query
            best = np.argsort(-similar, kind="stable")[:k]
            return similar[best], within[best]
        scores, rows = self._index.search(query.reshape(1, -1), min(k, len(self)))
        return scores[0], rows[0]

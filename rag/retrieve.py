"""The passages that may answer: dense and lexical search, fused by rank."""

from collections.abc import Iterable, Sequence

from embeddings import Encoder
from rag.lexical import LexicalIndex
from rag.settings import Settings
from rag.store import Generation, Rows
from rag.types import Hit, Scope


def retrieve(
    question: str,
    generation: Generation,
    encoder: Encoder,
    settings: Settings,
    scope: Scope,
) -> list[Hit]:
    """Returns the `settings.k` best passages of a part of a generation, best first.

    Raises:
        QuestionError: The scope names a document that is not there.
    """
    within = None if scope.everything else generation.rows(scope)
    if scope.whole:
        rows = range(len(generation.vectors)) if within is None else within
        every = generation.passages([int(row) for row in rows])
        return [Hit(passage, 0.0, rank) for rank, passage in enumerate(every, 1)]
    dense = dense_rows(question, generation, encoder, settings.pool, within)
    lexical = lexical_rows(question, generation.lexical, settings.pool, within)
    fused = fuse((dense, lexical), settings.rrf_k)[: settings.k]
    passages = generation.passages([row for row, _ in fused])
    return [
        Hit(passage, score, rank)
        for rank, (passage, (_, score)) in enumerate(zip(passages, fused, strict=True), 1)
    ]


def dense_rows(
    question: str, generation: Generation, encoder: Encoder, k: int, within: Rows | None = None
) -> list[int]:
    """Returns the rows of the `k` passages whose vectors are nearest."""
    _, rows = generation.vectors.search(encoder.encode_queries([question])[0], k, within)
    return [int(row) for row in rows]


def lexical_rows(
    question: str, index: LexicalIndex, k: int, within: Rows | None = None
) -> list[int]:
    """Returns the rows of the `k` passages with the highest BM25 score."""
    _, rows = index.search(question, k, within)
    return [int(row) for row in rows]


def fuse(rankings: Iterable[Sequence[int]], rrf_k: int) -> list[tuple[int, float]]:
    """Reciprocal rank fusion (Cormack, Clarke and Büttcher 2009).

    Returns:
        Rows with their scores, the sum of `1 / (rrf_k + rank)` over the rankings; best first,
        equals by row.
    """
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, row in enumerate(ranking, 1):
            scores[row] = scores.get(row, 0.0) + 1 / (rrf_k + rank)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))

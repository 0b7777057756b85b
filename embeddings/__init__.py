"""Text to vectors, and the nearest vectors. Sees strings, float32 arrays and row numbers only."""

from embeddings.encoder import Encoder, HashingEncoder, load_encoder
from embeddings.errors import EmbeddingsError
from embeddings.index import FaissIndex, VectorIndex
from embeddings.models import DEFAULT_MODEL

__all__ = [
    "DEFAULT_MODEL",
    "EmbeddingsError",
    "Encoder",
    "FaissIndex",
    "HashingEncoder",
    "VectorIndex",
    "load_encoder",
]

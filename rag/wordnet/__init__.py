"""Which English words mean about the same: a part of WordNet 3.0 (Miller 1995)."""

from rag.wordnet.wordnet import forms, opposites, related

__all__ = ["forms", "opposites", "related"]

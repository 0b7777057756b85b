"""Search by words: BM25 over folded, stemmed text."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from corpus import words

_REQUESTS = ("tell", "please", "explain", "describe", "расскажи", "скажи", "объясни", "пожалуйста")


def terms(text: str) -> list[str]:
    """Returns what BM25 counts in `text`: folded words, stemmed by the rules of their script."""
    return [_stem(word) for word in words(text)]


def content_terms(text: str) -> list[str]:
    """Returns the terms of `text` that carry meaning: no stop words, no words of asking."""
    return [_stem(word) for word in words(text) if word not in _stop_words()]


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    return str(_stemmer("english" if word.isascii() else "russian").stemWord(word))


@lru_cache
def _stemmer(language: str) -> Any:
    from Stemmer import Stemmer

    return Stemmer(language)


@lru_cache
def _stop_words() -> frozenset[str]:
    from bm25s.stopwords import STOPWORDS_EN_PLUS, STOPWORDS_RUSSIAN

    return frozenset(words(" ".join((*STOPWORDS_EN_PLUS, *STOPWORDS_RUSSIAN, *_REQUESTS))))


class LexicalIndex:
    """The adapter for bm25s (Lucene's variant of BM25)."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def build(cls, texts: Sequence[str]) -> Self:
        """Indexes `texts`; text i becomes row i."""
        import bm25s

        index = bm25s.BM25()
        index.index([terms(text) or [""] for text in texts or [""]], show_progress=False)
        return cls(index)

    @classmethod
    def load(cls, folder: Path) -> Self:
        import bm25s

        return cls(bm25s.BM25.load(str(folder), mmap=True, show_progress=False))

    def save(self, folder: Path) -> None:
        self._index.save(str(folder), show_progress=False)

    def holds(self, word: str) -> bool:
        """Whether any form of a folded word was indexed."""
        return _stem(word) in self._index.vocab_dict

    def search(
        self, query: str, k: int, within: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Returns scores and rows, best first: only those that share a term with the query.

        Args:
            query: In words.
            k: How many at most.
            within: The only rows that may come back.
        """
        wanted = content_terms(query) or terms(query)
        known = [term for term in wanted if term in self._index.vocab_dict]
        if not known:
            return np.zeros(0, np.float32), np.zeros(0, np.int64)
        scores = self._index.get_scores(known)
        if within is not None:
            outside = np.ones(len(scores), bool)
            outside[within] = False
            scores[outside] = 0
        best = np.argsort(-scores, kind="stable")[:k]
        best = best[scores[best] > 0]
        return scores[best], best

"""The same article twice is kept once, with all its places."""

import re
from collections.abc import Iterable
from dataclasses import replace

from corpus.fold import fold, words
from corpus.sentences import sentences
from corpus.types import Document

_SIMILARITY = 0.6  # Jaccard similarity of the shingles from which two articles are compared
_SHINGLE = 3  # words
# What carries meaning inside a sentence: letters, digits with their signs, units.
_SIGNIFICANT = re.compile(r"(?<!\w)[-−+](?=\d)|\d[.,](?=\d)|[\w%‰°$€£¥₸₽<>=]")


def merge_duplicates(documents: Iterable[Document]) -> list[Document]:
    """Drops each document whose every sentence stands in another one.

    MinHash finds the candidates (Broder 1997); letters and digits decide, so that two reports
    which differ in one figure, name or "not" are both kept. The fuller copy stays, where the
    first of them stood.
    """
    from datasketch import MinHash, MinHashLSH  # 0.5 s, most of it SciPy

    near = MinHashLSH(threshold=_SIMILARITY, num_perm=128)
    kept: dict[int, Document] = {}
    for number, document in enumerate(documents):
        sketch = MinHash(num_perm=128)
        sketch.update_batch(_shingles(document.text))
        for candidate in sorted(near.query(sketch)):
            merged = _merged(kept[candidate], document)
            if merged:
                kept[candidate] = merged
                break
        else:
            near.insert(number, sketch)
            kept[number] = document
    return list(kept.values())


def _merged(first: Document, second: Document) -> Document | None:
    """The one of two documents that says all that the other does, or None."""
    for whole, part in ((first, second), (second, first)):
        said = significant(whole.text)
        if all(significant(sentence) in said for sentence in _sentences(part.text)):
            return replace(
                whole,
                places=tuple(dict.fromkeys((*whole.places, *part.places))),
                date=whole.date or part.date,
                url=whole.url or part.url,
            )
    return None


def significant(text: str) -> str:
    """Returns `text` without spaces, accents, case and punctuation, but with every figure whole."""
    return "".join(_SIGNIFICANT.findall(fold(text)))


def _sentences(text: str) -> list[str]:
    return [text[s.start : s.end] for s in sentences(text)]


def _shingles(text: str) -> list[bytes]:
    found = words(text)
    count = max(1, len(found) - _SHINGLE + 1)
    return [" ".join(found[i : i + _SHINGLE]).encode() for i in range(count)]

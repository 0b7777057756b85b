"""The same article twice is kept once, with all its places."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from corpus.fold import fold, words
from corpus.sentences import sentences
from corpus.types import Document

_SIMILARITY = 0.6  # Jaccard similarity of the shingles from which two articles are compared
_SHINGLE = 3  # words
# What carries meaning inside a sentence: letters, digits with their signs, units.
_SIGNIFICANT = re.compile(r"(?<!\w)[-−+](?=\d)|\d[.,](?=\d)|[\w%‰°$€£¥₸₽<>=]")


def group_duplicates(documents: Iterable[Document]) -> list[tuple[Document, ...]]:
    """Groups documents that say the same: every sentence of each stands in the first of its group.

    MinHash finds the candidates (Broder 1997); letters and digits decide, so that two reports
    which differ in one figure, name or "not" are in two groups. A group stands where the first
    of its documents stood.
    """
    from datasketch import MinHash, MinHashLSH  # 0.5 s, most of it SciPy

    near = MinHashLSH(threshold=_SIMILARITY, num_perm=128)
    groups: dict[int, list[Document]] = {}
    for number, document in enumerate(documents):
        sketch = MinHash(num_perm=128)
        sketch.update_batch(_shingles(document.text))
        for candidate in sorted(near.query(sketch)):
            group = groups[candidate]
            if _says_all(group[0], document):
                group.append(document)
                break
            if _says_all(document, group[0]):
                group.insert(0, document)
                break
        else:
            near.insert(number, sketch)
            groups[number] = [document]
    return [tuple(group) for group in groups.values()]


def merged(group: Sequence[Document]) -> Document:
    """Returns the first document of a group, with what the others add: places, date, address."""
    return replace(
        group[0],
        places=tuple(dict.fromkeys(place for document in group for place in document.places)),
        date=next((document.date for document in group if document.date), None),
        url=next((document.url for document in group if document.url), None),
        author=next((document.author for document in group if document.author), None),
    )


def _says_all(whole: Document, part: Document) -> bool:
    if whole.text == part.text:
        return True
    said = significant(whole.text)
    return all(significant(sentence) in said for sentence in _sentences(part.text))


def significant(text: str) -> str:
    """Returns `text` without spaces, accents, case and punctuation, but with every figure whole."""
    return "".join(_SIGNIFICANT.findall(fold(text)))


def _sentences(text: str) -> list[str]:
    return [text[s.start : s.end] for s in sentences(text)]


def _shingles(text: str) -> list[bytes]:
    found = words(text)
    count = max(1, len(found) - _SHINGLE + 1)
    return [" ".join(found[i : i + _SHINGLE]).encode() for i in range(count)]

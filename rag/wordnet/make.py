"""Makes the database of words: `python -m rag.wordnet.make FOLDER`, WordNet's own files in FOLDER.

Kept are words and pairs of words in lower case; of the pointers those to what a meaning is a kind
of, is derived from, is like, or is the opposite of.
"""

import sqlite3
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from rag.wordnet.wordnet import DATABASE

_KINDS = {"noun": "n", "verb": "v", "adj": "a", "adv": "r"}
_LINKS = "@&+\\^*"
_OPPOSITE = "!"
_SCHEMA = """
CREATE TABLE words (word TEXT, concept INTEGER, PRIMARY KEY (word, concept)) WITHOUT ROWID;
CREATE TABLE links (concept INTEGER, other INTEGER, PRIMARY KEY (concept, other)) WITHOUT ROWID;
CREATE TABLE opposites (word TEXT, other TEXT, PRIMARY KEY (word, other)) WITHOUT ROWID;
"""


class Pointer(NamedTuple):
    """From a word of one synset to one of another; word 0 stands for all."""

    sign: str
    word: int
    synset: str
    other: int


class Synset(NamedTuple):
    """A meaning: the words that have it, and what it points to."""

    words: tuple[str, ...]
    pointers: tuple[Pointer, ...]


def read(folder: Path) -> dict[str, Synset]:
    """Returns the synsets in WordNet's `data.*` files by their names ("n00001740")."""
    return {
        name: synset
        for kind, letter in _KINDS.items()
        for name, synset in _synsets(folder / f"data.{kind}", letter)
    }


def write(folder: Path, path: Path) -> None:
    """Writes the database of what is kept of WordNet, in place of what there was."""
    synsets = read(folder)
    irregular = list(_irregular(folder))
    words = _inflected(
        ((w, name[0], name) for name, synset in synsets.items() for w in synset.words if _kept(w)),
        irregular,
    )
    known = {name for _, name in words}
    numbers = {name: number for number, name in enumerate(sorted(known))}
    links = {
        pair
        for name, synset in synsets.items()
        for pointer in synset.pointers
        if pointer.sign in _LINKS and {name, pointer.synset} <= known
        for pair in ((name, pointer.synset), (pointer.synset, name))
    }
    opposites = _inflected(
        (
            (synset.words[p.word - 1], name[0], synsets[p.synset].words[p.other - 1])
            for name, synset in synsets.items()
            for p in synset.pointers
            if p.sign == _OPPOSITE
        ),
        irregular,
    )
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(_SCHEMA)
        rows = ((word, numbers[name]) for word, name in sorted(words))
        database.executemany("INSERT INTO words VALUES (?, ?)", rows)
        database.execute("CREATE INDEX words_by_concept ON words (concept)")
        pairs = ((numbers[one], numbers[other]) for one, other in sorted(links))
        database.executemany("INSERT INTO links VALUES (?, ?)", pairs)
        database.executemany("INSERT INTO opposites VALUES (?, ?)", sorted(opposites))


def _kept(word: str) -> bool:
    return word == word.lower() and word.count(" ") < 2  # two words at most


def _synsets(path: Path, letter: str) -> Iterator[tuple[str, Synset]]:
    for line in _lines(path):
        fields = line.partition("|")[0].split()
        count = int(fields[3], 16)
        words = (word.partition("(")[0].replace("_", " ") for word in fields[4 : 4 + 2 * count : 2])
        first = 5 + 2 * count
        pointers = (
            _pointer(*fields[at : at + 4])
            for at in range(first, first + 4 * int(fields[first - 1]), 4)
        )
        yield letter + fields[0], Synset(tuple(words), tuple(pointers))


def _pointer(sign: str, offset: str, letter: str, ends: str) -> Pointer:
    return Pointer(sign, int(ends[:2], 16), letter + offset, int(ends[2:], 16))


def _inflected(
    held: Iterable[tuple[str, str, str]], irregular: Iterable[tuple[str, str, str]]
) -> set[tuple[str, str]]:
    """Words with what each of them has, in any kind; irregular forms have what their bases have.

    Args:
        held: A word, the letter of its kind, and what it has.
        irregular: A form, its base, and the letter of their kind.
    """
    own: dict[tuple[str, str], set[str]] = defaultdict(set)
    for word, kind, has in held:
        own[word, kind].add(has)
    pairs = {(word, has) for (word, _), every in own.items() for has in every}
    return pairs | {(f, has) for f, base, kind in irregular for has in own.get((base, kind), ())}


def _irregular(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Irregular forms, their bases, and the letter of their kind ("men", "man", "n")."""
    for kind, letter in _KINDS.items():
        for line in _lines(folder / f"{kind}.exc"):
            form, *bases = line.replace("_", " ").split()
            yield from ((form, base, letter) for base in bases)


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="latin-1") as file:
        yield from (line for line in file if not line.startswith(" "))


if __name__ == "__main__":
    write(Path(sys.argv[1]), DATABASE)

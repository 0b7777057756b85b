"""Questions in other words, after WordNet (Miller 1995), as Debian's wordnet-base installs it."""

import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rag.wordnet.make import Synset, read

WORDNET = Path("/usr/share/wordnet")

_KINDS = {"noun": 1, "verb": 2, "adj": 3}  # file: number of the kind in sense keys
_BROAD = 40  # what has more kinds of its own ("person") says too little
_WORD = re.compile(r"([^\W\d_]+(?:['’-][^\W\d_]+)*)")
_ENDINGS = (
    ("noun", "s", (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("s", ""))),
    ("verb", "s", (("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("es", ""), ("s", ""))),
    ("verb", "ed", (("ied", "y"), ("ed", "e"), ("ed", ""))),
    ("verb", "ing", (("ing", "e"), ("ing", ""))),
)
_SMALL = (
    "about after also been before being could does done from have having here into kind less long "
    "many more most much must name only other over same shall should some sort such than that "
    "their them then there these they this those time type under very were what when where which "
    "while whom whose will with would year years your"
)
_KEPT = frozenset(_SMALL.split())


def require_wordnet(folder: Path = WORDNET) -> None:
    """Raises FileNotFoundError, with the remedy, if WordNet is not in the folder."""
    if not (folder / "cntlist.rev").exists():
        raise FileNotFoundError(f"{folder} holds no WordNet: apt-get install wordnet-base")


class Thesaurus:
    """Other words for English words.

    Raises:
        FileNotFoundError: WordNet is not in the folder.
    """

    def __init__(self, folder: Path = WORDNET) -> None:
        require_wordnet(folder)
        self._counts = _counts(folder / "cntlist.rev")
        self._first = {kind: _first_senses(folder / f"index.{kind}") for kind in _KINDS}
        self._synsets = read(folder)

    def reworded(self, question: str, rng: random.Random, share: float = 0.5) -> str:
        """Puts other words for some of a question's words; names and small words stay.

        Args:
            question: In English.
            rng: Chooses words.
            share: How many of the words that have others are replaced, about.
        """
        parts = _WORD.split(question)  # words are at the odd places
        said, at = "", 0
        while at < len(parts):
            for size in (3, 1):  # two words, or one
                phrase = "".join(parts[at : at + size])
                other = self._other(phrase, rng) if at % 2 and rng.random() < share else None
                if other:
                    break
            said += other or parts[at]
            at += size if other else 1
        return said

    def _other(self, phrase: str, rng: random.Random) -> str | None:
        if phrase != phrase.lower() or len(phrase) < 4 or phrase in _KEPT:
            return None
        others, ending = self._others(phrase.replace(" ", "_"))
        return _inflected(rng.choice(others), ending) if others else None

    def _others(self, word: str) -> tuple[tuple[str, ...], str]:
        """Other words for the likeliest meaning of a word, and the ending that it has there."""
        forms = [(kind, word, "") for kind in _KINDS] + list(_stems(word))
        known = [form for form in forms if form[1] in self._first[form[0]]]
        if not known:
            return (), ""
        kind, stem, ending = max(known, key=lambda form: self._counts[form[0], form[1]])
        return self._words(kind, stem), ending

    def _words(self, kind: str, word: str) -> tuple[str, ...]:
        """The words of the first sense, and of what it is a kind of if that is not too broad."""
        synset = self._synsets[self._first[kind][word]]
        above = [self._synsets[p.synset] for p in synset.pointers if p.sign == "@"]
        words = [*synset.words, *(w for one in above if not _broad(one) for w in one.words)]
        return tuple(w for w in dict.fromkeys(words) if w[:4].lower() != word[:4] and w.islower())


def _counts(path: Path) -> Counter[tuple[str, str]]:
    """How often each word was used in each kind, in the texts that WordNet counts."""
    kinds = {str(number): kind for kind, number in _KINDS.items()}
    counts: Counter[tuple[str, str]] = Counter()
    for line in path.read_text("utf-8").splitlines():
        key, _, count = line.split()
        word, _, rest = key.partition("%")
        if kind := kinds.get(rest[0]):
            counts[kind, word] += int(count)
    return counts


def _rows(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="latin-1") as file:
        yield from (line.split() for line in file if not line.startswith(" "))


def _first_senses(path: Path) -> dict[str, str]:
    """The name of the synset of each word's most frequent sense."""
    return {row[0]: row[1] + row[6 + int(row[3])] for row in _rows(path)}


def _broad(synset: Synset) -> bool:
    return sum(pointer.sign == "~" for pointer in synset.pointers) >= _BROAD


def _stems(word: str) -> Iterator[tuple[str, str, str]]:
    for kind, ending, rules in _ENDINGS:
        for old, new in rules:
            if word.endswith(old):
                yield kind, word.removesuffix(old) + new, ending


def _inflected(word: str, ending: str) -> str:
    """Puts an ending to a word, or to the first of several, as regular words take it."""
    if not ending:
        return word
    head, *rest = word.split() if ending != "s" else [word]
    if ending == "s":
        if head.endswith("y") and head[-2] not in "aeiou":
            head = head[:-1] + "ie"
        elif head.endswith(("s", "x", "ch", "sh")):
            head += "e"
    elif head.endswith("e"):
        head = head[:-1]
    elif head.endswith("y") and ending == "ed":
        head = head[:-1] + "i"
    return " ".join([head + ending, *rest])

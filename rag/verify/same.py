"""When a word, a number or a date of one text is one of another."""

from collections.abc import Iterable

from corpus import words
from rag.verify.small_words import ENDINGS
from rag.verify.tokens import Token

_FAMILY = 4  # letters that words of one family must share
_INFLECTED = 3  # letters in which forms of a word may differ in other scripts


def same(token: Token, other: Token) -> bool:
    """Whether a token of the sentence says what one of the evidence says."""
    if token.kind == "number":
        if other.date and not token.unit and other.date[1:] == (0, 0):
            return other.date.year in token.values
        return bool(token.values & other.values) and token.unit in (None, other.unit)
    if token.date:
        if other.date:
            return token.date.within(other.date)
        return token.date[1:] == (0, 0) and token.date.year in other.values
    if not other.key:
        return False
    return token.key == other.key or _related(token, other)


def among(token: Token, others: Iterable[Token]) -> bool:
    """Whether one of some tokens says the same."""
    return any(same(token, other) for other in others)


def _related(token: Token, other: Token) -> bool:
    """Whether two words are of one family; a name has to be the same but for its case ending."""
    one, two = ("".join(words(t.text)) for t in (token, other))
    shared = next((i for i, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), None)
    shared = min(len(one), len(two)) if shared is None else shared
    if shared < _FAMILY:
        return False
    if not one.isascii():
        return max(len(one), len(two)) - shared <= _INFLECTED
    if "name" in (token.kind, other.kind):
        return False
    return one[shared:] in ENDINGS and two[shared:] in ENDINGS

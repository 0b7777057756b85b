"""Misspelt words of a question, set right by the words of the documents. English only."""

import re
from functools import lru_cache

from corpus import words
from rag.store import Generation

# Shorter words have too many neighbours. Of "couldn't" and "O'Brien" no part is a word.
_WORD = re.compile(r"(?<![\w-])(?<!\w[’'])[^\W\d_]{6,}(?![\w-]|[’'][^\Ws])")
_LONG = 8  # letters from which one more may be wrong


def respelt(question: str, generation: Generation) -> str:
    """Returns a question with its misspelt words as the documents write them.

    A word is misspelt if neither the documents nor a dictionary know it, and the documents have one
    that begins with the same letter and is one edit away, or two if the word is long. With a
    capital it may be a name that is rightly another, so it must be long, and one edit away. An edit
    is a letter too many, too few or wrong, or two neighbours in the wrong order (Damerau 1964). Of
    several words the nearest is taken, and of those the most frequent.
    """
    return _WORD.sub(lambda match: _respelt(match.group(), generation), question)


def _respelt(word: str, generation: Generation) -> str:
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import extractOne

    folded = "".join(words(word))
    edits = (len(folded) >= _LONG) + word.islower()
    known = generation.lexical.holds(folded) or folded in _dictionary()
    if known or not edits or not folded.isascii():
        return word
    alike = generation.words(folded[0], len(folded) - edits, len(folded) + edits)
    nearest = extractOne(folded, alike, scorer=OSA.distance, score_cutoff=edits)
    if nearest is None:
        return word
    return nearest[0] if word.islower() else nearest[0].capitalize()


@lru_cache(maxsize=1)
def _dictionary() -> frozenset[str]:
    from spellchecker import SpellChecker

    return frozenset(SpellChecker("en").word_frequency.words())

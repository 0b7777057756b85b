"""Whether a sentence says the opposite of what a question takes for granted. English only."""

import re
from functools import lru_cache

from corpus import words
from rag.lexical import content_terms, terms
from rag.question import is_open, is_yes_no, last
from rag.verify.small_words import NOT
from rag.wordnet import forms, opposites

_DENIES = re.compile(rf"\b(?:{'|'.join(sorted(NOT))})\b|n[’']t\b", re.IGNORECASE)
# Words by which a sentence denies without a "not".
_REFUSES = re.compile(
    r"\b(?:fail|refus|lack|unable|prevent|prohibit|forb[ai]d|ban(?:s|ned)?\b|reject|declin|avoid"
    r"|\w+[- ]free\b|\w{3,}less\b)",
    re.IGNORECASE,
)
_HOW = re.compile(r"\bhow \w+", re.IGNORECASE)  # "how many" says nothing of many or few


def contradicts(question: str, sentence: str) -> bool:
    """Whether a sentence is about the opposite of what is asked.

    Either the question denies and the sentence does not ("Who did not sign?"), or it has a word
    that the sentence lacks, and whose opposite it has ("Why did it shut?", of an opening). Three in
    ten of SQuAD 2.0's unanswerable questions are made so (Rajpurkar et al. 2018). To a question for
    yes or no the opposite is an answer, and what explains a denial need not deny.
    """
    denies, opposed = _asked(question)
    if denies and not (_DENIES.search(sentence) or _REFUSES.search(sentence)):
        return True
    if not opposed:
        return False
    said = {form for word in words(sentence) for form in forms(word)}
    held = set(terms(sentence))
    return any(term not in held and not said.isdisjoint(others) for term, others in opposed)


@lru_cache(maxsize=64)
def _asked(question: str) -> tuple[bool, tuple[tuple[str, frozenset[str]], ...]]:
    """Whether a question denies, and its terms that have opposites, with these."""
    asked = last(question)
    if is_yes_no(asked):
        return False, ()
    opposed = tuple(
        (term, others)
        for word in words(_HOW.sub(" ", asked))
        for term in content_terms(word)
        if (others := opposites(word))
    )
    return not is_open(asked) and _DENIES.search(asked) is not None, opposed

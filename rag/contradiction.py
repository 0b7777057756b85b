"""Whether a sentence says the opposite of what a question takes for granted. English only."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
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
_DENIED = re.compile(
    r"(?:\b(?:not|never|cannot|nor|neither|no longer|unable to)\b|n[’']t\b)"
    r"(?! (?:only|just|merely)\b)(?: yet\b)?([^.,;:]{1,60})",
    re.IGNORECASE,
)
_HOW = re.compile(r"\bhow \w+", re.IGNORECASE)  # "how many" says nothing of many or few


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a question takes for granted.

    Attributes:
        terms: Its terms that carry meaning.
        opposed: Those that have opposites, with these.
        denies: Whether it denies something that has to be found.
    """

    terms: frozenset[str] = frozenset()
    opposed: tuple[tuple[str, frozenset[str]], ...] = ()
    denies: bool = False


def contradicts(question: str, sentence: str) -> bool:
    """Whether a sentence is about the opposite of what is asked.

    One of the two denies: the question, where the sentence does not ("Who did not sign?"), or the
    sentence, of a word of the question ("the Commission had not proven"). Or a word that only the
    question has stands against its opposite ("Why did it shut?", of an opening). Three in ten of
    SQuAD 2.0's unanswerable questions are made so (Rajpurkar et al. 2018). To a question for yes or
    no the opposite is an answer, and what explains a denial need not deny.
    """
    asked = _asked(question)
    if asked.denies:
        if not (_DENIES.search(sentence) or _REFUSES.search(sentence)):
            return True
    elif not asked.terms.isdisjoint(_denied(sentence)):
        return True
    if not asked.opposed:
        return False
    said = {form for word in words(sentence) for form in forms(word)}
    held = set(terms(sentence))
    return any(t not in held and not said.isdisjoint(others) for t, others in asked.opposed)


def _denied(sentence: str) -> Iterator[str]:
    """The first term of meaning after each "not"."""
    for match in _DENIED.finditer(sentence):
        yield from content_terms(match[1])[:1]


@lru_cache(maxsize=64)
def _asked(question: str) -> _Asked:
    asked = last(question)
    if is_yes_no(asked):
        return _Asked()
    opposed = tuple(
        (term, others)
        for word in words(_HOW.sub(" ", asked))
        for term in content_terms(word)
        if (others := opposites(word))
    )
    if _DENIES.search(asked):
        return _Asked(opposed=opposed, denies=not is_open(asked))
    return _Asked(frozenset(content_terms(asked)), opposed)

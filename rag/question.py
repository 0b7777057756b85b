"""What a question asks: its parts, what it refers to, and what it names."""

import re
from collections.abc import Collection, Sequence

from corpus import words
from rag.lexical import content_terms
from rag.types import Turn

_ASKS = "who whom whose what which when where why how is are was were does do did has have can will"
_BEFORE = "at by for from in of on to with"
_ASKING = rf"(?:(?:{'|'.join(_BEFORE.split())}) )?(?:{'|'.join(_ASKS.split())})\b"
_PARTS = re.compile(rf",? and (?={_ASKING})", re.IGNORECASE)
_DEPENDS = re.compile(
    r"\b(it(?! true)|its|he|his|him|she|her|hers|they|them|their|theirs|this|these|those)\b"
    r"|^(and|but|what about|how about)\b|\b(that|there|then)\W*$",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"^(?:and |but )?(?:why|describe|explain|tell|what about|how about"
    r"|how(?! (?:many|much|long|old|often|far|high|large|big|deep|tall|fast|soon|heavy)\b))\b",
    re.IGNORECASE,
)
_YES_NO = re.compile(
    r"(?:and |but )?(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|shall|should"
    r"|must|may|might)\b",
    re.IGNORECASE,
)
_OTHER = rf"(?!(?:{'|'.join(_ASKS.split())})\b)"
_SEVERAL = re.compile(
    rf"(?:and |but )?(?:(?:{'|'.join(_BEFORE.split())}) )?(?:which|what)"
    rf"(?: {_OTHER}[\w’'-]+){{0,3}}"
    rf" {_OTHER}(?:[\w-]*[^\Wisu]s|people|(?:wo)?men|children)\b(?![’'])"
    r"|(?:which|what|who) (?:are|were)\b|(?:list|name)\b",
    re.IGNORECASE,
)
_ASKED = re.compile(r".*\w.*\?(?=\s|$)", re.DOTALL)
_NAME = r"[A-Z][\w.&’'-]*(?: [A-Z][\w.&’'-]*)*"
_JOINED = re.compile(rf"\b(?:both )?({_NAME}(?:, {_NAME})*),? (?:and|or) ({_NAME})")
_SHORTEST = 4  # letters that two forms of a name must share
_ENDING = 2  # letters in which they may differ


def context(question: str, history: Sequence[Turn]) -> str:
    """Returns what was said last, if the question cannot be understood without it."""
    if not history or not _DEPENDS.search(question):
        return ""
    last = history[-1]
    return " ".join(filter(None, (_asked(last.question), last.answer and f"{last.answer}.")))


def readable(context: str, parts: Sequence[str]) -> list[str]:
    """Returns each part of a question after what has to be known to understand it."""
    before = [context] if context else []
    return [" ".join((*before, *map(_asked, parts[:i]), part)) for i, part in enumerate(parts)]


def _asked(question: str) -> str:
    return question if question.endswith("?") else f"{question}?"


def asked(text: str) -> str:
    """Returns a text up to its last question mark: what stands behind a question asks nothing."""
    found = _ASKED.match(text)
    return found.group() if found else text


def parts(question: str) -> list[str]:
    """Returns the questions that a question is made of: "Who …, and when …?" are two."""
    found = [part.strip() for part in _PARTS.split(question)]
    whole = all(len(part.split()) > 1 and content_terms(part) for part in found)
    return found if whole and len(found) > 1 else [question]


def each(question: str, texts: Sequence[str]) -> list[str]:
    """Returns a question about several names as one about each, or as it is.

    "What do Ferrox and Tervo make?" are two where every name stands in a text, and none in the
    same: a text that tells of both answers the question whole.
    """
    first, _, _ = question.partition(" ")
    joined = _JOINED.search(question, 0 if content_terms(first) else len(first))
    if joined is None or not texts:
        return [question]
    named = [*joined[1].split(", "), joined[2]]
    told = [
        [not missing(words(name), known) for name in named] for known in map(set, map(words, texts))
    ]
    if any(sum(names) > 1 for names in told) or not all(map(any, zip(*told, strict=True))):
        return [question]
    return [question[: joined.start()] + name + question[joined.end() :] for name in named]


def is_open(question: str) -> bool:
    """Whether a question asks for an explanation, which no few words can give."""
    return _OPEN.search(question) is not None


def is_yes_no(question: str) -> bool:
    """Whether a question can be answered by yes or no."""
    return _YES_NO.match(question) is not None


def wants_several(question: str) -> bool:
    """Whether a question asks for more than one thing: "Which towns …", "Who are …"."""
    return _SEVERAL.match(question) is not None


def last(question: str) -> str:
    """Returns a question less what `readable` has put before it."""
    _, before, asked = question.rpartition("? ")
    return asked.rpartition(". ")[2] if before else question


def names(question: str) -> list[str]:
    """Returns the folded words of a question that name something: with a capital or a digit.

    The first word counts only if it carries meaning.
    """
    first, *others = question.split() or [""]
    named = [token for token in others if any(c.isupper() or c.isdigit() for c in token)]
    if content_terms(first) and (named or first[:1].isupper()):
        named.insert(0, first)
    return [word for token in named for word in words(token)]


def missing(names: Sequence[str], vocabulary: Collection[str]) -> float:
    """Returns the share of names of which no form is among some folded words."""
    absent = [name for name in names if not any(_alike(name, word) for word in vocabulary)]
    return len(absent) / len(names) if names else 0.0


def _alike(name: str, word: str) -> bool:
    """Whether two words are forms of one: inflected, or one short for the other."""
    if name.isdigit() or min(len(name), len(word)) < _SHORTEST:
        return name == word
    stem = min(len(name), len(word)) - _ENDING
    return name[: max(_SHORTEST, stem)] == word[: max(_SHORTEST, stem)]

"""Whether a sentence gives what is asked for to somebody else. English only."""

import re
from dataclasses import dataclass
from functools import lru_cache

from corpus import words
from rag.lexical import content_terms, terms
from rag.question import is_yes_no, last

_LESSER = re.compile(r"\b(vice|deputy|assistant|associate|former|ex)(?:-| )(\w+)", re.IGNORECASE)
_PAST = frozenset(["former", "ex"])
_ASKS_OF_NOW = re.compile(r"who(?:[’']s| is| are)\b", re.IGNORECASE)
_WORD = r"[\w.&-]{0,40}"  # bounded, so that no text takes long
_NAME = rf"[A-Z]{_WORD}(?: [A-Z]{_WORD}){{0,5}}"
_WAY = r"(?:to|in|at|with|for|from)"
_GOAL = rf"(?: {_WAY}(?: the)? (?P<goal>{_NAME}))?"
_THING = rf"(?P<thing>(?: (?!{_WAY}\b)[a-z]{_WORD}){{1,3}})"
_OWNED = (
    re.compile(rf"\b(?P<owner>{_NAME})[’']s?{_THING}{_GOAL}"),
    re.compile(rf"\b(?P<thing>\w{_WORD}) of(?: the)? (?P<owner>{_NAME}){_GOAL}"),
)


@dataclass(frozen=True, slots=True)
class _Frame:
    """Whose a thing is, and to whom, or where, it goes: "Chile's exports to Norway"."""

    things: frozenset[str]
    owner: frozenset[str]
    goal: frozenset[str]


def of_another(question: str, sentence: str) -> bool:
    """Whether a sentence tells of another than the question asks for, in nearly its words.

    Of a deputy, where the mayor is asked for; of a former one, where today's is; or of Chile's
    exports to Norway, where Norway's to Chile are asked for. To a question for yes or no it is an
    answer.
    """
    asked = last(question)
    return not is_yes_no(asked) and (_of_a_lesser(asked, sentence) or _reversed(asked, sentence))


def _of_a_lesser(asked: str, sentence: str) -> bool:
    found = [
        (m[1].lower(), term) for m in _LESSER.finditer(sentence) for term in content_terms(m[2])
    ]
    if not found:
        return False
    wanted, now = frozenset(terms(asked)), _ASKS_OF_NOW.match(asked)
    plain = frozenset(terms(_LESSER.sub(" ", sentence)))
    named = frozenset(words(asked))
    return any(
        term in wanted and term not in plain and kind not in named and (kind not in _PAST or now)
        for kind, term in found
    )


def _reversed(asked: str, sentence: str) -> bool:
    for frame in _frames(asked):
        same = [other for other in _frames(sentence) if frame.things & other.things]
        if any(frame.owner & other.owner for other in same):
            continue
        if any(frame.owner & other.goal or frame.goal & other.owner for other in same):
            return True
    return False


@lru_cache(maxsize=1024)
def _frames(text: str) -> tuple[_Frame, ...]:
    return tuple(
        _Frame(
            frozenset(content_terms(match["thing"])),
            frozenset(words(match["owner"])),
            frozenset(words(match["goal"] or "")),
        )
        for pattern in _OWNED
        for match in pattern.finditer(text)
    )

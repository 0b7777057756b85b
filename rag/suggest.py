"""Questions that the documents answer: taken from their sentences, and tried on the reader.

A rule turns a sentence into a question by leaving out a part of it (Heilman and Smith 2010 do so
with parse trees; these rules need none, and leave alone whatever they are not sure about). A
question is kept if the reader finds in that sentence the part that was left out. The rules know
English; documents in other languages get no suggestions.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, zip_longest

from corpus import Passage, Span, fold, sentences
from rag.lexical import content_terms
from rag.reader import Reader
from rag.store import Generation
from rag.types import Answer, Hit

_SURE = 0.6  # confidence from which a question counts as answered
_TRIED = 24  # candidates that are read
_LOOKED_AT = 400  # passages in which examples are looked for
_WORDS = range(6, 45)  # of a sentence that is made into a question
_LONGEST = 15  # words of a question

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_WHEN = (
    rf"(?i:on|in|at|by|from|since|until)(?: the)?(?: morning of)? "
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)? (?:of )?(?:{_MONTHS})(?: \d{{4}})?"
    rf"|(?:{_MONTHS})(?: \d{{1,2}}(?:st|nd|rd|th)?)?(?:,? \d{{4}})?|\d{{4}}"
    r"|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)"
)
_AUXILIARY = "will|was|were|is|are|has|have|had|can|must|should"
_CAPITAL = r"[A-Z][\w’'.-]*"
_NAME = rf"{_CAPITAL}(?: (?:{_CAPITAL}|de|van|von|al|bin))*"
_PLAIN = r"[^,;:()\"“”«»?!\n]"
_MET = "held|met|took|gave|became|made|won|led|built|wrote|bought|sold|sent|found|began|spoke|paid"

_UNCLEAR = re.compile(
    r"^(?:he|she|it|they|we|i|you|this|that|these|those|there|here|his|her|its|their|our|my|such"
    r"|both|another|other|also|moreover|however|but|and|or|so|then|thus|meanwhile|today)\b",
    re.IGNORECASE,
)
_NO_SUBJECT = re.compile(
    r"\b(?:that|which|who|whom|whose|if|when|because|while|although|said|says|not|it|he|she|they"
    r"|this|these|those|its|his|her|their|there|was|were|is|are|has|have|had|to|in|on|at|by)\b",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(
    r"\b(?:he|she|it|they|we|i|you|him|them|us|this|that|these|those|his|her|its|their|our|my"
    r"|here|there|also|same|above|below|such|former|latter)\b",
    re.IGNORECASE,
)

_SUBJECT = rf"(?P<subject>{_PLAIN}{{3,70}}?)"
_COUNT = r"(?P<answer>\d[\d,.]*(?: (?:thousand|million|billion))?)"
_ABOUT = "(?i:about |over |more than |around |some |nearly |at least )?"
_THINGS = "(?P<noun>[a-z]+s|people|[a-z]+ [a-z]+s)"
_TITLED = rf"{_CAPITAL}(?: (?:{_CAPITAL}|of|the|to|for|and|in))*"
_CLAUSE_ENDS = r"(?=\.$|, (?:and|which|who|while|where|but|as|after|before|with|including|when)\b)"

# A sentence, and the question that it answers.
_RULES = (
    (
        rf"^{_SUBJECT} (?P<aux>{_AUXILIARY}) (?P<rest>{_PLAIN}{{4,90}}?) (?P<answer>{_WHEN})\b",
        "When {aux} {subject} {rest}?",
    ),
    (
        rf"^(?P<answer>{_WHEN}),? {_SUBJECT} (?P<aux>{_AUXILIARY}) (?P<rest>{_PLAIN}{{4,90}})"
        rf"{_CLAUSE_ENDS}",
        "When {aux} {subject} {rest}?",
    ),
    (
        rf"^{_SUBJECT} (?P<aux>{_AUXILIARY}) (?P<rest>{_PLAIN}{{4,70}}),? "
        rf"(?P<answer>because {_PLAIN}{{8,}})\.$",
        "Why {aux} {subject} {rest}?",
    ),
    (
        rf"^{_SUBJECT} (?P<verb>has|holds|carries|employs|includes|owns|operates|contains|covers) "
        rf"{_ABOUT}{_COUNT} {_THINGS}\b",
        "How many {noun} does {subject} {verb}?",
    ),
    (
        rf"^{_ABOUT}{_COUNT} {_THINGS} (?P<rest>{_PLAIN}{{8,80}}){_CLAUSE_ENDS}",
        "How many {noun} {rest}?",
    ),
    (
        rf"\b(?P<role>(?!The\b){_TITLED} (?:of|to|for) (?:the )?{_NAME}), "
        rf"(?P<answer>{_CAPITAL} {_CAPITAL}(?: {_CAPITAL})?)(?=,| [a-z])",
        "Who is the {role}?",
    ),
    (
        rf"^(?P<answer>{_TITLED} {_CAPITAL}) (?P<rest>(?:\w+ed|{_MET}) {_PLAIN}{{8,80}})"
        rf"{_CLAUSE_ENDS}",
        "Who {rest}?",
    ),
    (
        rf"^(?P<subject>(?:The )?{_NAME}) (?P<aux>is|was|are|were) "
        rf"(?P<answer>(?:an?|the|one of) {_PLAIN}{{8,}})",
        "What {aux} {subject}?",
    ),
)
_BASE = {"has": "have", "carries": "carry"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question that a sentence of a passage should answer, and with what."""

    question: str
    answer: str
    passage: Passage
    span: Span


def examples(generation: Generation, reader: Reader, most: int) -> list[str]:
    """Returns questions that some documents of a generation answer, each from another one."""
    count = len(generation.vectors)
    step = max(1, count // _LOOKED_AT)
    passages = generation.passages(list(range(0, count, step))[:_LOOKED_AT])
    return [candidate.question for candidate in suggest(passages, reader, most)]


def related(answer: Answer, generation: Generation, reader: Reader, most: int) -> list[str]:
    """Returns questions that the documents nearest to a refused question do answer."""
    documents = dict.fromkeys(citation.document_id for citation in answer.closest)
    passages = [p for document in documents for p in generation.passages_of(document)]
    found = suggest(passages, reader, most, answer.question)
    return [candidate.question for candidate in found]


def suggest(
    passages: Iterable[Passage], reader: Reader, most: int, about: str = ""
) -> list[Candidate]:
    """Returns questions that passages answer, by the reader, of as many kinds as can be had.

    Args:
        passages: Where to look, in order; the first ones are preferred.
        reader: Tries each question on its passage.
        most: How many at most, one for each document as long as there are others.
        about: A question whose words are to come up in them.
    """
    tried = islice(_alternating(map(list, map(candidates, passages))), _TRIED)
    wanted = set(content_terms(about))
    kept = [candidate for candidate in tried if _answered(candidate, reader)]
    kept = _varied(kept)
    kept.sort(key=lambda c: -len(wanted & set(content_terms(c.question))))
    chosen: dict[str, Candidate] = {}
    for fresh in (True, False):
        for candidate in kept:
            known = {c.passage.document_id for c in chosen.values()}
            if len(chosen) < most and not (fresh and candidate.passage.document_id in known):
                chosen.setdefault(fold(candidate.question), candidate)
    return list(chosen.values())


def candidates(passage: Passage) -> Iterator[Candidate]:
    """Yields the questions that the rules make of a passage."""
    for span in sentences(passage.text):
        text = " ".join(passage.text[span.start : span.end].split())
        if len(text.split()) not in _WORDS or not text.endswith(".") or _UNCLEAR.match(text):
            continue
        at = Span(passage.start + span.start, passage.start + span.end)
        for question, answer in _questions(text):
            if len(question.split()) <= _LONGEST and not _POINTS_BACK.search(question):
                yield Candidate(question, answer, passage, at)


def _questions(text: str) -> Iterator[tuple[str, str]]:
    """Yields questions that a sentence answers, each with its answer."""
    for pattern, template in _compiled():
        found = pattern.search(text)
        if found and not _NO_SUBJECT.search(found.groupdict().get("subject", "")):
            parts = found.groupdict()
            parts["subject"] = _inside(parts.get("subject", ""))
            parts["verb"] = _BASE.get(parts.get("verb", ""), parts.get("verb", "")[:-1])
            yield template.format(**parts), parts["answer"]


@lru_cache
def _compiled() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern), template) for pattern, template in _RULES)


def _inside(subject: str) -> str:
    """A subject as it is written when it does not open the sentence."""
    first, _, others = subject.partition(" ")
    return f"{first.lower()} {others}" if first in ("The", "A", "An") else subject


def _answered(candidate: Candidate, reader: Reader) -> bool:
    """Whether the reader finds the answer that was left out, where it was left out."""
    evidence = reader.read(candidate.question, [Hit(candidate.passage, 0.0, 1)])
    if not evidence or evidence[0].score < _SURE or evidence[0].span != candidate.span:
        return False
    found = set(content_terms(evidence[0].answer_text or ""))
    return bool(found & set(content_terms(candidate.answer)))


def _varied(found: Sequence[Candidate]) -> list[Candidate]:
    """Puts questions that begin alike apart."""
    alike: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in found:
        alike[" ".join(candidate.question.split()[:2])].append(candidate)
    return list(_alternating(alike.values()))


def _alternating(lists: Iterable[Sequence[Candidate]]) -> Iterator[Candidate]:
    """Yields the first of each, then the second of each, and so on."""
    for row in zip_longest(*lists):
        yield from filter(None, row)

"""What an English sentence says without the asides that its commas set off.

Deletion keeps to what was said where a paraphrase may not (Knight and Marcu 2002 delete by parse
trees; these rules need none, and leave alone whatever they are not sure about).
"""

import re
from collections.abc import Iterator

from rag.verify.small_words import CONDITIONS, NOT
from rag.verify.small_words import words as listed

_MOST = 16  # forms of a sentence that are looked at
_COMMA = re.compile(r",\s+")
_BRACKETS = re.compile(r"\s*\([^()]*\)")
_WORD = re.compile(r"\w+")

_RELATIVE = listed("who whom whose which")
_EXAMPLES = listed("including such namely")
_PLACES = listed("where when")
_EVENTS = listed("as while with after before since during following")
_REPORTS = listed(
    "said says reports reported told added noted announced stressed emphasized emphasised"
)
# Where one of these is left out, the rest claims more than was said.
_LIMITS = (
    NOT
    | CONDITIONS
    | listed("but however although though despite excluding exception barring assuming pending")
    | listed("subject depending rather instead whether than or long far soon unlike")
    | listed("alleged allegedly supposedly reportedly")
)
_PAST = listed("was were had")
_ALLOWED = listed("can could may might must should shall")
_PRESENT = _ALLOWED | listed("is are be been has have will would")
# A part that begins so is no subject.
_LEADS_IN = (
    _RELATIVE
    | _EXAMPLES
    | _PLACES
    | _EVENTS
    | listed(
        "in on at by for from to of under over through upon within between among despite according "
        "today yesterday tomorrow then later now also however moreover meanwhile"
    )
)


def shortenings(sentence: str) -> list[str]:
    """Returns shorter forms of a sentence, by their length; its beginning stays.

    Left out are brackets; from a comma on the end, if it begins as an aside does or says who
    reports; and an aside between the subject and its verb. Nothing is left out that limits what
    is said, as "unless" and "excluding" do.

    Args:
        sentence: On one line, with its final mark.
    """
    if not sentence.endswith((".", "!")):
        return []
    found = list(_without_brackets(sentence))
    for form in found:  # which grows
        new = dict.fromkeys(_without_an_aside(_COMMA.split(form[:-1]), form[-1]))
        found += [shorter for shorter in new if shorter not in found][: _MOST - len(found)]
    return sorted((form for form in found if form != sentence), key=len)


def _without_brackets(sentence: str) -> Iterator[str]:
    yield sentence
    without = _BRACKETS.sub("", sentence)
    inside = " ".join(found.group() for found in _BRACKETS.finditer(sentence))
    if not (_counts(inside) or {"(", ")"} & {*without}):
        yield without


def _without_an_aside(parts: list[str], mark: str) -> Iterator[str]:
    for first in range(1, len(parts)):
        ends = True
        for behind in range(first + 1, len(parts)):
            if _parts_subject_from_verb(parts, first, behind):
                ends = False
                if not any(map(_counts, parts[first:behind])) and not _allows(parts[behind]):
                    joined = f"{parts[first - 1]} {parts[behind]}"
                    yield ", ".join([*parts[: first - 1], joined, *parts[behind + 1 :]]) + mark
        if (
            ends
            and _is_aside(parts[first], parts[first - 1])
            and not any(map(_counts, parts[first:]))
        ):
            yield ", ".join(parts[:first]) + mark


def _is_aside(part: str, before: str) -> bool:
    """Whether a part only adds to what stands before it, as good as never limiting it.

    "In Hull, where rents are lower" adds, "the fee is waived, where …" limits; "the mill was sold,
    with its barn" adds, "refunds are granted, with …" limits.
    """
    words, told = _WORD.findall(part), _WORD.findall(before)
    if not words or not told:
        return False
    if words[0] in _PLACES | _EVENTS:
        named = words[0] in _PLACES and not told[-1].islower()
        return named or _is_past({word.lower() for word in told})
    return words[0] in _RELATIVE | _EXAMPLES | _REPORTS or words[-1] in _REPORTS


def _is_past(words: set[str]) -> bool:
    """Whether some words tell what happened, rather than what holds."""
    ended = any(word.endswith("ed") for word in words) and not words & _PRESENT
    return ended or bool(words & _PAST)


def _parts_subject_from_verb(parts: list[str], first: int, behind: int) -> bool:
    """Whether the parts from one to before another stand between a subject and its verb."""
    subject, aside, verb = (_WORD.findall(parts[i])[:1] for i in (first - 1, first, behind))
    if not subject or not aside or not verb:
        return False
    if aside[0] not in _RELATIVE and (first > 1 or subject[0].lower() in _LEADS_IN):
        return False
    return verb[0] in _PAST | _PRESENT or verb[0].endswith("ed")


def _allows(part: str) -> bool:
    """Whether a part says what somebody may or must do: then it matters who."""
    return not _ALLOWED.isdisjoint(_WORD.findall(part))


def _counts(part: str) -> bool:
    """Whether something would be lost with a part: a limit, or what is joined to the rest."""
    words = [word.lower() for word in _WORD.findall(part)]
    joins = words[:1] == ["and"] or words[:2] == ["as", "well"]
    return joins or not _LIMITS.isdisjoint(words)

"""Whether a sentence keeps to the wording of another: it may leave out, and turn "A, a B" round."""

from collections.abc import Sequence

from rag.verify.same import among, same
from rag.verify.tokens import Token


def keeps_to(claim: Sequence[Token], said: Sequence[Token]) -> bool:
    """Whether the words of a claim stand in a sentence in their order, without much between them.

    What may be left out between two of them is what a preposition leads in, what stands between
    commas, and the first of two things that somebody did. The subject may come from elsewhere. If
    "is" joins two parts, they may change places.

    Args:
        claim: Tokens of the sentence that is to be shown.
        said: Tokens of one sentence of the evidence.
    """
    if _lost_head(claim, said):
        return False
    own = list(claim)
    while own and not among(own[0], said):
        own.pop(0)
    if not own:
        return False
    if _in_order(own, said):
        return True
    joint = next((i for i, token in enumerate(own) if token.equated), 0)
    verb = own[joint].kind == "word" and own[joint].text.endswith(("ed", "en"))
    return joint > 0 and not verb and _beside(own[:joint], own[joint:], said)


def _lost_head(claim: Sequence[Token], said: Sequence[Token]) -> bool:
    """Whether a claim is about something that the evidence only says a thing "of"."""
    places = [token for token in said if claim and same(claim[0], token)]
    return bool(places) and not claim[0].led and all(token.led == "of" for token in places)


def _in_order(claim: Sequence[Token], said: Sequence[Token], at: int = -1) -> bool:
    """Whether a claim can be found behind a place, from there on without gaps but small ones."""
    if not claim:
        return True
    for place in range(at + 1, len(said)):
        if at >= 0 and not _may_skip(said, at, place):
            continue
        if same(claim[0], said[place]) and _in_order(claim[1:], said, place):
            return True
    return False


def _may_skip(said: Sequence[Token], first: int, second: int) -> bool:
    """Whether the tokens between two others can be left out."""
    between = said[first + 1 : second]
    if not between:
        return True
    led = said[second].led
    if led and any(token.led == led for token in between):  # it belongs to what is left out
        return False
    inserted = all(said[first].clause < token.clause < said[second].clause for token in between)
    joined = said[second].kind == "word" and between[-1].clause < said[second].clause
    hangs = bool(between[0].led) or between[0].run == said[first].run
    return inserted or joined or (hangs and said[second].led != "of")


def _beside(first: Sequence[Token], second: Sequence[Token], said: Sequence[Token]) -> bool:
    """Whether two parts stand side by side, whichever comes first.

    Names may stand before or behind the words of their part: "Peru's king", "the king of Peru".
    """
    claimed = [any(same(own, token) for own in (*first, *second)) for token in said]
    for start in (place for place, known in enumerate(claimed) if known):
        for end in range(start, len(said)):
            if end > start and not _goes_on(first, second, said, claimed, end):
                break
            if claimed[end] and _holds(first, second, said[start : end + 1]):
                return True
    return False


def _goes_on(
    first: Sequence[Token],
    second: Sequence[Token],
    said: Sequence[Token],
    claimed: Sequence[bool],
    at: int,
) -> bool:
    """Whether two parts may still stand side by side when a further token belongs to them."""
    before, token = said[at - 1], said[at]
    if _adds(first, second, before, token):
        return False
    hangs = bool(token.led or token.next) or token.run == before.run
    opens = claimed[at - 1] and token.run != before.run  # no further name of a claimed run
    return claimed[at] or (hangs and (bool(token.led) or not opens))


def _adds(first: Sequence[Token], second: Sequence[Token], before: Token, behind: Token) -> bool:
    """Whether "and" joins the two parts: then one is not the other."""
    apart = [
        any(same(own, token) for own in part) for part, token in ((first, before), (second, behind))
    ]
    swapped = [
        any(same(own, token) for own in part) for part, token in ((second, before), (first, behind))
    ]
    return behind.linked and (all(apart) or all(swapped))


def _holds(first: Sequence[Token], second: Sequence[Token], window: Sequence[Token]) -> bool:
    """Whether a window holds both parts, the words of each in their order."""
    everything = all(among(own, window) for own in (*first, *second))
    return everything and all(
        _ordered([own for own in part if own.kind == "word"], window) for part in (first, second)
    )


def _ordered(claim: Sequence[Token], window: Sequence[Token]) -> bool:
    left = iter(window)
    return all(among(own, left) for own in claim)

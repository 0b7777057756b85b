"""The check that every composed sentence passes before it is shown.

It is strict on purpose: a sentence that it turns down wrongly costs a fluent sentence, since the
quote is shown instead; one that it lets through wrongly costs trust.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from corpus import words
from rag.verify.same import among, same
from rag.verify.small_words import CONDITIONS, HAS, HOLDS
from rag.verify.tokens import Token, cleaned, tokenise
from rag.verify.wording import keeps_to

# Signs that make a page or a terminal do something, or that point elsewhere.
_MARKUP = re.compile(r"https?:|www\.|[<>`{}\\]|\]\(|!\[|\*\*|\S@\S", re.IGNORECASE)
_TOGETHER = 8  # words of meaning, names and numbers
_BOUND = 3  # of them, in which "head" and "KRKA" stand where one is head of the other


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a sentence is supported and, if not, why."""

    supported: bool
    reason: str = ""


def verify(
    sentence: str,
    evidence: Sequence[str],
    question: str = "",
    answer: str = "",
    setting: str = "",
    *,
    close: bool = False,
) -> Verdict:
    """Checks that a sentence says only what its evidence says.

    Numbers, units, dates and denials must be in the evidence, and so must names and other words
    of meaning, but for those that the question lends. Who does what, what is only planned, and
    which number belongs to what must agree.

    Args:
        sentence: What is about to be shown.
        evidence: The texts that it cites.
        question: What was asked. It lends names that stand in the setting too: "its" and "the
            company" in the evidence may have their names in the sentence.
        answer: The short answer; it must be in the sentence.
        setting: What the evidence stands in: the passage and its title.
        close: Whether it must keep to the wording too, for a model that jumbles what it reads.
    """
    if found := _MARKUP.search(cleaned(sentence)):
        return Verdict(False, f"“{found.group()}” is markup or an address")
    if any(cleaned(sentence) == cleaned(text) for text in evidence):
        return Verdict(True)
    claim, said = tokenise(sentence), tokenise(" ".join(evidence))
    short = tokenise(answer)
    lent = _lent(tokenise(question), tokenise(setting), claim, said)
    known = (*said, *lent)
    reasons = (
        _answer(sentence, answer),
        _nothing([token for token in claim if not among(token, short)], said),
        *(_unknown(token, said) for token in claim if not token.key),
        *(_unknown(token, known) for token in claim if token.key),
        _names(claim, known),
        *_together(claim, said),
        _denials(claim, said, close=close),
        *(_mood(token, said) for token in claim),
        *_roles(claim, said),
        *_order(claim, said),
        *(_led(token, said) for token in claim),
        *(_rough(token, said) for token in claim),
        *_partly(claim, said),
        *_bound(claim, said),
        _repeats(claim, said),
        *_amounts(claim, said),
        _wording(claim, said, sentence, evidence) if close else "",
    )
    reason = next(filter(None, reasons), "")
    return Verdict(not reason, reason)


def _lent(
    asked: Sequence[Token], setting: Sequence[Token], claim: Sequence[Token], said: Sequence[Token]
) -> list[Token]:
    """The names in the question that the setting knows.

    None, if the evidence names somebody whom the sentence leaves out: it may speak of them.
    """
    if any(token.text[:1].isupper() and not among(token, claim) for token in said):
        return []
    return [token for token in asked if token.kind == "name" and among(token, setting)]


def _answer(sentence: str, answer: str) -> str:
    said, wanted = f" {' '.join(words(sentence))} ", f" {' '.join(words(answer))} "
    if not wanted.strip() or wanted in said:
        return ""
    tokens = tokenise(answer)
    claim = tokenise(sentence)
    if tokens and all(among(token, claim) for token in tokens):
        return ""
    return f"the short answer “{answer}” is missing"


def _wording(
    claim: Sequence[Token], said: Sequence[Token], sentence: str, evidence: Sequence[str]
) -> str:
    """No condition may be left out, and the words must be those of one sentence, in its order."""
    left_out = (CONDITIONS & set(words(" ".join(evidence)))) - set(words(sentence))
    if left_out:
        return f"it leaves out “{min(left_out)}”"
    if HAS & set(words(sentence)) and not HOLDS & set(words(" ".join(evidence))):
        return "nothing has anything in it"
    by_sentence: dict[int, list[Token]] = {}
    for token in said:
        by_sentence.setdefault(token.sentence, []).append(token)
    kept = any(keeps_to(claim, tokens) for tokens in by_sentence.values())
    return "" if kept else "it does not keep to the wording"


def _nothing(claim: Sequence[Token], said: Sequence[Token]) -> str:
    """Beside the short answer something has to come from the evidence: what it is the answer to."""
    return "" if any(among(token, said) for token in claim) else "it says nothing of the evidence"


def _unknown(token: Token, known: Sequence[Token]) -> str:
    return "" if among(token, known) else f"“{token.text}” is not in it"


def _mood(token: Token, said: Sequence[Token]) -> str:
    """What is planned must not be told as done, nor what is done as planned."""
    moods = {other.mood for other in said if same(token, other)}
    weaker = token.mood in ("possible", "demanded") and "" in moods
    if not token.key or not moods or token.mood in moods or weaker:
        return ""
    return f"“{token.text}” is told in another mood"


def _names(claim: Sequence[Token], known: Sequence[Token]) -> str:
    """Names side by side must stand so in it: no first name with another's last."""
    for first, second in pairwise(claim):
        if first.kind == second.kind == "name" and first.run == second.run:
            at = [i for i, token in enumerate(known) if same(first, token)]
            near = (t for i in at for t in known[i + 1 : i + 3] if t.run == known[i].run)
            if not any(same(second, token) for token in near):
                return f"“{first.text} {second.text}” is not a name in it"
    return ""


def _together(claim: Sequence[Token], said: Sequence[Token]) -> Iterator[str]:
    """What stands side by side in the sentence stands in one of the evidence, and not far apart."""
    for first, second in pairwise(claim):
        if first.clause == second.clause and among(first, said) and among(second, said):
            ones = [i for i, token in enumerate(said) if same(first, token)]
            others = [i for i, token in enumerate(said) if same(second, token)]
            near = (
                abs(i - j) <= _TOGETHER and said[i].sentence == said[j].sentence
                for i in ones
                for j in others
            )
            if not any(near):
                yield f"“{first.text}” and “{second.text}” are not said together"


def _denials(claim: Sequence[Token], said: Sequence[Token], *, close: bool) -> str:
    """A "not" of the sentence must be one of the evidence, and the other way round."""
    for token in claim:
        subject = next(other for other in claim if other.clause == token.clause)
        if token.denied and not (_denied(token, said, near=not close) or _denied(subject, said)):
            return f"it denies “{token.text}”, the evidence does not"
    denying = {token.clause for token in claim if token.denied}
    for theirs in (token for token in said if token.denied):
        ours = [token for token in claim if same(token, theirs)]
        affirmed = any(same(theirs, other) and not other.denied for other in said)
        if ours and not affirmed and not any(token.clause in denying for token in ours):
            return f"the evidence denies “{theirs.text}”"
    return ""


def _denied(token: Token, said: Sequence[Token], *, near: bool = False) -> bool:
    """Whether the evidence denies a word, or something in its clause."""
    clauses = {other.clause for other in said if other.denied} if near else set()
    return any(same(token, t) and (t.denied or t.clause in clauses) for t in said)


def _roles(claim: Sequence[Token], said: Sequence[Token]) -> Iterator[str]:
    """Who does what: a name must stand by the words that it stands by in the evidence."""
    for at, name in enumerate(claim):
        if name.kind != "name":
            continue
        for word, before in _company(claim, at):
            places = [p for p, t in enumerate(said) if same(word, t)]
            if places and not any(
                _agrees(claim, name, word, said, place, before) for place in places
            ):
                yield f"“{name.text}” has no such part in it"


def _company(claim: Sequence[Token], at: int) -> Iterator[tuple[Token, bool | None]]:
    """The words that say something of a name, and whether the name stands before them.

    Where "is" joins them, all words of the clause do, and the order means nothing.
    """
    name = claim[at]
    said = [t for t in claim if t.clause == name.clause and t.kind == "word"]
    if name.equated or any(t.equated and not t.passive for t in said):
        if name.led in ("", "by"):  # "the head of Nordlys is Ada Lind" is not about Nordlys
            yield from ((token, None) for token in said if not token.led)
        return
    outside = [(i, t) for i, t in enumerate(claim) if t.run != name.run]
    behind = next((t for i, t in outside if i > at), None)
    before = next((t for i, t in reversed(outside) if i < at), None)
    if behind and behind.kind == "word" and name.led in ("", "by"):
        yield behind, True
    if before and before.kind == "word":
        yield before, False


def _agrees(
    claim: Sequence[Token],
    name: Token,
    word: Token,
    said: Sequence[Token],
    place: int,
    before: bool | None,
) -> bool:
    """Whether the name stands by a place, unless no name does."""
    names = [i for i, token in enumerate(said) if token.kind == "name"]
    if before is None:
        others = [token for token in claim if token.kind == "name" and token.run != name.run]
        near = _closest([i for i in names if not among(said[i], others)], place, said)
    else:
        ahead = before != (word.passive != said[place].passive)
        side = [i for i in names if (i < place) == ahead]
        near = [i for i in side if said[i].clause == said[place].clause] or side
    return not near or any(same(name, said[i]) for i in near)


def _closest(names: Sequence[int], place: int, said: Sequence[Token]) -> list[int]:
    """The names with the fewest words between them and a place; a clause counts as two."""

    def far(name: int) -> int:
        between = said[min(name, place) + 1 : max(name, place)]
        clauses = abs(said[name].clause - said[place].clause)
        return sum(token.kind != "name" for token in between) + 2 * clauses

    least = min(map(far, names), default=0)
    return [name for name in names if far(name) == least]


def _order(claim: Sequence[Token], said: Sequence[Token]) -> Iterator[str]:
    """What does and what is done to: two words side by side keep their order.

    "By" turns it round; and what is done to something ("is used in ten countries") is not what it
    does ("uses ten countries").
    """
    for first, second in pairwise(claim):
        together = first.clause == second.clause and not second.equated
        if first.kind == second.kind == "word" and together:
            pairs = list(_pairs(first, second, said))
            turned = [(b < a) == (second.passive == said[b].passive) for a, b in pairs]
            if turned and all(turned):
                yield f"“{first.text} {second.text}” is the other way round in it"
            apart = not pairs and second.next and among(first, said)
            if apart and _of_another(second, claim, said):
                yield f"“{second.text}” is not said of “{first.text}” in it"
        if first.kind == "word" and second.next and not first.equated:
            places = [token for token in said if same(first, token)]
            if places and all(t.equated and t.text.endswith(("ed", "en")) for t in places):
                yield f"“{first.text}” is done to something in it"


def _of_another(verb: Token, claim: Sequence[Token], said: Sequence[Token]) -> bool:
    """Whether something that the sentence leaves out stands before a word, wherever it stands."""
    before = [one for one, two in pairwise(said) if same(verb, two) and one.clause == two.clause]
    places = [token for token in said if same(verb, token)]
    return bool(places) and len(before) == len(places) and not any(among(t, claim) for t in before)


def _pairs(first: Token, second: Token, said: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Where two words stand in one clause."""
    for a, one in enumerate(said):
        for b, two in enumerate(said):
            if one.clause == two.clause and same(first, one) and same(second, two):
                yield a, b


def _amounts(claim: Sequence[Token], said: Sequence[Token]) -> Iterator[str]:
    """Which number, or date, belongs to which word."""
    for number, counted in pairwise(claim):
        counts = number.kind == "number" and not number.unit
        if counts and counted.next and not _counts(number, counted, said):
            yield f"“{number.text} {counted.text}” is not in it"
    for kind in ("number", "date"):
        stated = [token for token in claim if token.kind == kind]
        for at, word in enumerate(claim):
            places = [p for p, token in enumerate(said) if word.key and same(word, token)]
            nearest = [t for p in places for t in _nearest(said, p, kind)]
            if not nearest or any(same(own, t) for own in stated for t in nearest):
                continue
            for own in _nearest(claim, at, kind):
                ahead = claim.index(own) < at
                if not any(_shared(claim, own, ahead, said, p) for p in places):
                    yield f"“{word.text}” has another {kind} than “{own.text}” in it"


def _counts(number: Token, counted: Token, said: Sequence[Token]) -> bool:
    """Whether a number counts the same things in the evidence, or what it counts is left out."""
    for at, token in enumerate(said):
        if same(number, token):
            behind = said[at + 1 : at + 4]
            near = [t for t in behind if t.clause == token.clause]
            if not near or any(same(counted, t) for t in near):
                return True
    return False


def _shared(
    claim: Sequence[Token], own: Token, ahead: bool, said: Sequence[Token], place: int
) -> bool:
    """Whether a clause that holds a number goes on with the subject of the clause before it.

    "The bridge was closed in 1997 and reopened in 1999": the second year belongs to the bridge
    too, since nothing but what the sentence says stands in its clause.
    """
    for at, token in enumerate(said):
        if not same(own, token) or (at < place) != ahead:
            continue
        clause = [t for t in said if t.clause == token.clause]
        opens = clause[0]
        others = [t for t in clause if t.kind == "name"]
        strange = others and said[place].kind == "name" and not among(said[place], others)
        if opens is token and len(clause) > 1:
            opens = clause[1]
        if not strange and (opens is token or among(opens, claim)):
            return True
    return False


def _led(token: Token, said: Sequence[Token]) -> str:
    """A number keeps its preposition: what is used in ten countries has not ten countries.

    So does a date: what is said of "the season of 26 parts, in 2018" is not "the season of 2018".
    """
    places = [o for o in said if o.kind == "number" and same(token, o)]
    dated = [o.led for o in said if token.kind == "date" and same(token, o)]
    if dated and token.led == "of" and "of" not in dated:
        return f"“of {token.text}” is “{dated[0]}” in it"
    loose = token.kind == "number" and not token.led and token.place
    if loose and places and all(other.led not in ("", "of") for other in places):
        return f"“{places[0].led} {token.text}” has lost its “{places[0].led}”"
    return ""


def _rough(token: Token, said: Sequence[Token]) -> str:
    """What is said to be about a number must not be told as the number itself."""
    places = [other for other in said if token.kind == "number" and same(token, other)]
    if places and not token.rough and all(other.rough for other in places):
        return f"“{token.text}” is not told as exact in it"
    return ""


def _partly(claim: Sequence[Token], said: Sequence[Token]) -> Iterator[str]:
    """What holds for most of some things must not be told of all."""
    for token, following in pairwise([*claim, None]):
        if token is None or not token.key or token.partly:
            continue
        places = [(one, two) for one, two in pairwise([*said, None]) if one and same(token, one)]
        alike = [place for place in places if following and place[1] and same(following, place[1])]
        if places and all(one.partly for one, _ in alike or places):
            yield f"“{token.text}” is told of a part in it"


def _bound(claim: Sequence[Token], said: Sequence[Token]) -> Iterator[str]:
    """What is "of" a name in the sentence stands by that name in the evidence."""
    for first, second in pairwise(claim):
        if second.kind == "name" and second.led == "of" and among(first, said):
            near = any(_near(first, second, said[i : i + _BOUND]) for i, _ in enumerate(said))
            if not near and among(second, said):
                yield f"“{first.text} of {second.text}” is not in it"


def _near(first: Token, second: Token, window: Sequence[Token]) -> bool:
    """Whether a window begins with one of two words and holds the other, with no name between."""
    for one, other in ((first, second), (second, first)):
        if same(one, window[0]):
            for token in window[1:]:
                if token.clause == window[0].clause and same(other, token):
                    return True
                if token.kind == "name":
                    break
    return False


def _repeats(claim: Sequence[Token], said: Sequence[Token]) -> str:
    """A model that says a word more often than its source makes two things of one."""
    theirs = Counter(token.key for token in said)
    for key, count in Counter(token.key for token in claim if token.key).items():
        if count > max(1, theirs[key]):
            return f"“{key}” is said more often than in it"
    return ""


def _nearest(tokens: Sequence[Token], at: int, kind: str) -> list[Token]:
    """The numbers or dates nearest to a token: on either side in its clause, else anywhere."""
    found = [(i, t) for i, t in enumerate(tokens) if t.kind == kind]
    near = [(i, t) for i, t in found if t.clause == tokens[at].clause]
    if near:
        sides = [t for i, t in near if i < at][-1:], [t for i, t in near if i > at][:1]
        return [t for side in sides for t in side]
    return [t for _, t in sorted(found, key=lambda f: abs(f[0] - at))[:1]]

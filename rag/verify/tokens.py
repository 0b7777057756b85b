"""What a sentence claims, word by word: its names, quantities, dates and what it denies."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from corpus import fold, one_alphabet, sentences
from rag.lexical import content_terms, terms
from rag.verify.quantities import MONTHS, NUMBER_WORDS, ORDINALS, SCALES, UNITS, Date, values
from rag.verify.small_words import (
    ABOUT,
    AND,
    BETWEEN,
    BREAKS,
    COPULAS,
    LIGHT,
    MOODS,
    NOT,
    PARTS,
    PREPOSITIONS,
    RELATIVE,
    ROUGH,
    TELLING,
    TITLES,
)

Kind = Literal["word", "name", "number", "date"]

_PIECE = re.compile(
    r"(?P<iso>\b\d{4}-\d{1,2}-\d{1,2}\b|\b\d{1,2}\.\d{1,2}\.\d{4}\b)"
    r"|(?P<clock>\b\d{1,2}:\d{2}\b)"
    r"|(?P<ordinal>\b\d+(?:st|nd|rd|th)\b)"
    r"|(?P<number>\d{1,3}(?:[ ,.'’]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)?)"
    r"|(?P<word>°[CF]\b|[%$€£¥₽₸]|[^\W\d_]+(?:['’][^\W\d_]+)*)"
    r"|(?P<break>[,;:()—–|.!?])"
)
_MOOD_REACH = 5  # pieces from a word of mood to the verb that it colours
_PARTS_REACH = 4  # pieces from "most" to what it is a part of
_BY_WITHIN = 4  # pieces between a verb and the "by" that makes it passive


@dataclass(frozen=True, slots=True)
class Token:
    """A word of meaning, a quantity or a date.

    Attributes:
        text: As it was written.
        kind: A name is a word with a capital that does not open the sentence.
        key: The stem of a word or name; empty for a number or a date.
        values: What a number can mean, with its scale: 1.4 billion.
        unit: Of a number, where it is one that is known.
        date: As far as it is said.
        sentence: Of the text, counted from 0.
        clause: Of the text, counted from 0.
        run: Names side by side have the same.
        denied: Whether it is the first word of meaning after a "not".
        mood: Of the first word of meaning after "will", "may", "planned" or "must".
        passive: Whether "by" follows it.
        equated: Whether "is" or "was" stands before it.
        next: Whether nothing stands between it and the token before.
        led: The preposition before it.
        linked: Whether "and" stands before it.
        rough: Whether "about" or "more than" stands before it.
        partly: Whether "most of" or the like stands before it.
        place: How many words and signs stand before it.
    """

    text: str
    kind: Kind
    key: str = ""
    values: frozenset[Decimal] = frozenset()
    unit: str | None = None
    date: Date | None = None
    sentence: int = 0
    clause: int = 0
    run: int = 0
    denied: bool = False
    mood: str = ""
    passive: bool = False
    equated: bool = False
    next: bool = False
    led: str = ""
    linked: bool = False
    rough: bool = False
    partly: bool = False
    place: int = 0


@dataclass(frozen=True, slots=True)
class _Piece:
    """A bit of text as it stands: a word, a sign, digits or a mark that breaks."""

    kind: str
    text: str

    @property
    def word(self) -> str:
        return fold(self.text) if self.kind == "word" else ""

    @property
    def capital(self) -> bool:
        return self.kind == "word" and any(c.isupper() for c in self.text)


def cleaned(text: str) -> str:
    """Returns text as it is compared: no invisible signs, each word in one alphabet."""
    plain = unicodedata.normalize("NFKC", text)
    visible = "".join(
        " " if unicodedata.category(c)[0] in "CZ" else c
        for c in plain
        if unicodedata.category(c) != "Cf"
    )
    return " ".join(one_alphabet(visible).split())


@lru_cache(maxsize=1024)
def tokenise(text: str) -> tuple[Token, ...]:
    """Returns the tokens of some sentences, in order."""
    plain = cleaned(text)
    tokens: list[Token] = []
    for number, span in enumerate(sentences(plain)):
        after = tokens[-1] if tokens else Token("", "word")
        tokens += [
            replace(
                token,
                sentence=number,
                clause=token.clause + after.clause + 1,
                run=token.run + after.run + 1,
            )
            for token in _sentence(_pieces(plain[span.start : span.end]))
        ]
    return tuple(tokens)


def _sentence(pieces: Sequence[_Piece]) -> list[Token]:
    """The tokens of one sentence."""
    tokens: list[Token] = []
    clause = run = position = ended = 0
    denies, mood, since = False, "", 0
    while position < len(pieces):
        piece = pieces[position]
        found, used = _read(pieces, position)
        if found is None:
            denies = denies or piece.word in NOT
            if piece.word in MOODS:
                mood, since = MOODS[piece.word], position
            clause += _breaks(pieces, position)
        else:
            run += not (found.kind == "name" and position and pieces[position - 1].capital)
            tokens.append(
                replace(
                    found,
                    clause=clause,
                    run=run,
                    denied=denies,
                    mood=mood if position - since <= _MOOD_REACH else "",
                    passive=_followed_by_by(pieces, position + used),
                    equated=_equated(pieces, position),
                    next=ended == position,
                    led=_leading(pieces, position),
                    linked=_before(pieces, position).word in AND,
                    partly=any(
                        _word(pieces, position - back) in PARTS for back in range(1, _PARTS_REACH)
                    ),
                    rough=any(_word(pieces, position - back) in ROUGH for back in (1, 2)),
                    place=position,
                )
            )
            denies, mood = False, ""
            if piece.word in MOODS:
                mood, since = MOODS[piece.word], position
            ended = position + used
        position += used
    if denies and tokens:  # "guests cannot."
        tokens[-1] = replace(tokens[-1], denied=True)
    return tokens


def _pieces(text: str) -> list[_Piece]:
    plain = re.sub(r"\bper cent\b", "percent", text, flags=re.IGNORECASE)
    plain = re.sub(r"n['’]t\b", " not", plain)
    plain = re.sub(r"['’]s\b", "", plain).replace("US$", "$")
    return [_Piece(match.lastgroup or "", match.group()) for match in _PIECE.finditer(plain)]


def _read(pieces: Sequence[_Piece], at: int) -> tuple[Token | None, int]:
    """Returns the token that begins at a piece, and how many pieces it takes."""
    for read in (_read_date, _read_number):
        token, used = read(pieces, at)
        if token:
            return token, used
    return _read_word(pieces, at), 1


def _read_date(pieces: Sequence[_Piece], at: int) -> tuple[Token | None, int]:
    piece = pieces[at]
    if piece.kind == "iso":
        numbers = list(map(int, re.findall(r"\d+", piece.text)))
        return Token(
            piece.text, "date", date=Date(*(numbers if numbers[0] > 31 else numbers[::-1]))
        ), 1
    day = _day(pieces, at)
    middle = at + (1 if day else 0)
    if day and _word(pieces, middle) == "of":
        middle += 1
    month = _month(pieces, middle)
    if month:
        end = middle + 1
        if not day and (day := _day(pieces, end)):
            end += 1
        if _kind(pieces, end) == "break" and pieces[end].text == "," and _year(pieces, end + 1):
            end += 1
        year = _year(pieces, end)
        end += bool(year)
        text = " ".join(p.text for p in pieces[at:end])
        return Token(text, "date", date=Date(year, month, day)), end - at
    if year := _year(pieces, at):
        following = _word(pieces, at + 1)
        if following not in UNITS and following not in SCALES:
            return Token(piece.text, "date", date=Date(year, 0, 0)), 1
    return None, 0


def _read_number(pieces: Sequence[_Piece], at: int) -> tuple[Token | None, int]:
    end, unit = at, None
    if _word(pieces, at) in UNITS and _kind(pieces, at + 1) == "number":  # "EUR 20", "$ 20"
        unit, end = UNITS[_word(pieces, at)], at + 1
    if _kind(pieces, end) == "number":
        meant, end = values(pieces[end].text), end + 1
    else:
        spelt, end = _spelt(pieces, end)
        if spelt is None:
            return None, 0
        meant = frozenset({spelt})
    while (scale := SCALES.get(_word(pieces, end))) is not None:
        meant, end = frozenset(value * scale for value in meant), end + 1
    if unit is None and (unit := UNITS.get(_word(pieces, end))) is not None:
        end += 1
    text = " ".join(piece.text for piece in pieces[at:end])
    return Token(text, "number", values=meant, unit=unit), end - at


def _spelt(pieces: Sequence[_Piece], at: int) -> tuple[Decimal | None, int]:
    """A number in words: "twenty-four"."""
    first = NUMBER_WORDS.get(_word(pieces, at))
    if first is None:
        return None, at
    second = NUMBER_WORDS.get(_word(pieces, at + 1))
    if first >= 20 and second is not None and 0 < second < 10:
        return first + second, at + 2
    return first, at + 1


def _read_word(pieces: Sequence[_Piece], at: int) -> Token | None:
    piece = pieces[at]
    if piece.kind == "clock":
        return Token(
            piece.text, "number", values=frozenset({Decimal(piece.text.replace(":", "."))})
        )
    if piece.kind == "ordinal" or piece.word in ORDINALS:
        number = ORDINALS.get(piece.word) or int(re.sub(r"\D", "", piece.text))
        return Token(piece.text, "word", key=f"#{number}")
    if (
        piece.kind != "word"
        or piece.word in NOT | TITLES | LIGHT
        or not (stems := terms(piece.text))
    ):
        return None
    if not content_terms(piece.text) and piece.word not in TELLING:
        return None
    opens = at == 0
    named = piece.capital and (not opens or (at + 1 < len(pieces) and pieces[at + 1].capital))
    return Token(piece.text, "name" if named else "word", key=stems[0])


def _breaks(pieces: Sequence[_Piece], at: int) -> bool:
    """Whether a clause ends here.

    One with "which" says more of what stands before it, a name between commas says who it is, and
    "and" may join two names.
    """
    if not (pieces[at].kind == "break" or pieces[at].word in BREAKS):
        return False
    if pieces[at].text != ",":
        joins = at and pieces[at - 1].capital and at + 1 < len(pieces) and pieces[at + 1].capital
        return not joins and _word(pieces, at + 1) not in RELATIVE
    behind = next((i for i in range(at + 1, len(pieces)) if not pieces[i].capital), at)
    ahead = next((i for i in range(at - 1, -1, -1) if not pieces[i].capital), at)
    named = (behind > at + 1 and _text(pieces, behind) in ",.") or (
        ahead < at - 1 and _text(pieces, ahead) == ","
    )
    return not named and _word(pieces, at + 1) not in RELATIVE


def _text(pieces: Sequence[_Piece], at: int) -> str:
    return pieces[at].text if at < len(pieces) else "."


def _followed_by_by(pieces: Sequence[_Piece], end: int) -> bool:
    for piece in pieces[end : end + _BY_WITHIN]:
        if piece.kind == "break":
            return False
        if piece.word == "by":
            return True
    return False


def _equated(pieces: Sequence[_Piece], at: int) -> bool:
    before = at - 1
    while before >= 0 and (pieces[before].word in BETWEEN | TITLES or pieces[before].capital):
        before -= 1
    return before >= 0 and (pieces[before].word or pieces[before].text) in COPULAS


def _leading(pieces: Sequence[_Piece], at: int) -> str:
    """The preposition before a piece: "in" of "in more than ten"."""
    word = _before(pieces, at).word
    return word if word in PREPOSITIONS else ""


def _before(pieces: Sequence[_Piece], at: int) -> _Piece:
    """The piece before another, articles and the like left out."""
    before = at - 1
    while before >= 0 and pieces[before].word in ABOUT:
        before -= 1
    return pieces[before] if before >= 0 else _Piece("", "")


def _kind(pieces: Sequence[_Piece], at: int) -> str:
    return pieces[at].kind if at < len(pieces) else ""


def _word(pieces: Sequence[_Piece], at: int) -> str:
    return pieces[at].word if 0 <= at < len(pieces) else ""


def _month(pieces: Sequence[_Piece], at: int) -> int:
    """The number of a month, or 0. "May" and "March" are months with a capital only."""
    if at >= len(pieces) or (pieces[at].text.isascii() and not pieces[at].capital):
        return 0
    number = MONTHS.get(_word(pieces, at), 0)
    opens = at == 0 and not (_day(pieces, at + 1) or _year(pieces, at + 1))
    return 0 if opens and number in (3, 5) else number


def _day(pieces: Sequence[_Piece], at: int) -> int:
    if _kind(pieces, at) not in ("number", "ordinal"):
        return 0
    digits = re.match(r"\d+", pieces[at].text)
    day = int(digits.group()) if digits and len(digits.group()) <= 2 else 0
    return day if day <= 31 else 0


def _year(pieces: Sequence[_Piece], at: int) -> int:
    text = pieces[at].text if _kind(pieces, at) == "number" else ""
    return int(text) if re.fullmatch(r"1\d{3}|2[01]\d{2}", text) else 0

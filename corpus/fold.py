"""Folding: the form in which text is searched, never the form in which it is shown.

Case, accents, widths and apostrophes are levelled, and a letter of another alphabet that only
looks right inside a word is replaced by the one that it looks like.
"""

import re
import unicodedata
from functools import lru_cache

# Letters that look the same in print (a part of Unicode's confusables.txt, UTS 39).
_LATIN = "aceopxyijshkABCEHIJKMOPSTXY" + "aeopvABEZHIKMNOPTYX"
_OTHER = "асеорхуіјѕһкАВСЕНІЈКМОРЅТХҮ" + "αεορνΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"
_TO_LATIN = str.maketrans(_OTHER, _LATIN)
_TO_CYRILLIC = str.maketrans(_LATIN[:27], _OTHER[:27])

# Letters with a stroke or a ligature, which Unicode does not decompose.
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"}
)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")  # soft hyphens and the like
_ACCENTS = re.compile("[\u0300-\u036f]")
_WORD = re.compile(r"[^\W\d_]+")
_POSSESSIVE = re.compile(r"['’ʼ`]s\b")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_TOKEN = re.compile(rf"\d+(?:[.,]\d+)+|[{_CJK}]+|[^\W{_CJK}]+")
_IS_CJK = re.compile(f"[{_CJK}]")


def fold(text: str) -> str:
    """Returns `text` as it is compared: "Klakočar" and "сhairwoman" (Cyrillic с) become plain."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    text = one_alphabet(text)
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return unicodedata.normalize("NFC", _ACCENTS.sub("", decomposed)).translate(_PLAIN)


def one_alphabet(text: str) -> str:
    """Returns `text` with each word in one alphabet, sign for sign: offsets stay as they are."""
    return _WORD.sub(_mended, text)


def words(text: str) -> list[str]:
    """Returns the folded words of `text`; numbers whole, scripts without spaces as bigrams."""
    folded = _THOUSANDS.sub("", _POSSESSIVE.sub("", fold(text)))
    found: list[str] = []
    for token in _TOKEN.findall(folded):
        if len(token) > 2 and _IS_CJK.match(token):
            found.extend(token[i : i + 2] for i in range(len(token) - 1))
        else:
            found.append(token)
    return found


def _mended(match: re.Match[str]) -> str:
    word = match.group()
    if word.isascii():
        return word
    foreign = [c for c in word if _alphabet(c) in ("CYRILLIC", "GREEK")]
    latin = [c for c in word if _alphabet(c) == "LATIN"]
    if not foreign or not latin:
        return word
    directions = [(latin, word.translate(_TO_CYRILLIC)), (foreign, word.translate(_TO_LATIN))]
    for _, mended in sorted(directions, key=lambda pair: len(pair[0])):
        if len({_alphabet(c) for c in mended}) == 1:
            return mended
    return word


@lru_cache(maxsize=4096)
def _alphabet(char: str) -> str:
    return unicodedata.name(char, "").split(" ")[0]

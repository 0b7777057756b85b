import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import fold, one_alphabet, words


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("сhairwoman", "chairwoman"),  # the first letter is Cyrillic
        ("Klakočar", "Klakocar"),
        ("Tomáš Zdechovský", "tomas zdechovsky"),
        ("Łódź Øresund", "lodz oresund"),
        ("Қазақcтан", "қазақстан"),  # a Latin c in a Cyrillic word
        ("consti\u00adtution", "constitution"),  # a soft hyphen
        ("ﬁnance １２", "finance 12"),
        ("STRASSE", "straße"),
    ],
)
def test_same_when_folded(written: str, typed: str) -> None:
    assert fold(written) == fold(typed)


def test_words_of_one_alphabet_keep_it() -> None:
    assert fold("сор") == "сор"
    assert fold("cop") == "cop"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kazakhstan's 10,000 proposals", ["kazakhstan", "10000", "proposals"]),
        ("193.5 mln, 2.05", ["193.5", "mln", "2.05"]),
        ("K.K.Tokayev", ["k", "k", "tokayev"]),
        ("seven-year", ["seven", "year"]),
        ("東京都は", ["東京", "京都", "都は"]),
        ("«AI&Digital»", ["ai", "digital"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert words(" ".join(words(text))) == words(" ".join(words(" ".join(words(text)))))


@given(st.text())
def test_words_in_one_alphabet_keep_their_length(text: str) -> None:
    mended = one_alphabet(text)
    assert len(mended) == len(text)
    assert one_alphabet(mended) == mended


def test_words_in_one_alphabet() -> None:
    assert one_alphabet("the сhairwoman (Cyrillic с)") == "the chairwoman (Cyrillic с)"

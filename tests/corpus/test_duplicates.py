from collections.abc import Iterable

import pytest

from corpus import Document, Place
from corpus.duplicates import group_duplicates, merged

TEXT = (
    "The city council of Marby agreed on Monday to repair the old bridge. The work costs 1.5 "
    "million euros and takes two years. Smoking is not permitted on the site. Traffic is led "
    "over the new road, said Mayor Ines Holt. Visitors are welcome from May on. "
)


def made(text: str, source: str = "a.txt", date: str | None = None) -> Document:
    return Document(text, "Title", text, (Place(source),), date)


def merge_duplicates(documents: Iterable[Document]) -> list[Document]:
    return list(map(merged, group_duplicates(documents)))


def test_a_copy_is_kept_once_with_all_its_places() -> None:
    first, second = made(TEXT), made(TEXT.replace(" ", "\n"), "b.txt", date="2026-01-01")
    (kept,) = merge_duplicates([first, second])
    assert kept.text == TEXT
    assert [place.source for place in kept.places] == ["a.txt", "b.txt"]
    assert kept.date == "2026-01-01"


def test_the_fuller_copy_stays() -> None:
    longer = TEXT + "The mayor thanked the builders."
    assert [d.text for d in merge_duplicates([made(TEXT), made(longer)])] == [longer]
    assert [d.text for d in merge_duplicates([made(longer), made(TEXT)])] == [longer]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1.5", "15"),
        ("1.5", "1.6"),
        ("Ines Holt", "Ida Holt"),
        ("is not", "is"),
        ("Marby", "Norby"),
    ],
)
def test_one_word_of_difference_keeps_both(old: str, new: str) -> None:
    assert len(merge_duplicates([made(TEXT), made(TEXT.replace(old, new))])) == 2


def test_punctuation_makes_no_difference() -> None:
    mangled = TEXT.replace("council of", "council - of").replace("old bridge.", "old “bridge”")
    assert len(merge_duplicates([made(TEXT), made(mangled)])) == 1

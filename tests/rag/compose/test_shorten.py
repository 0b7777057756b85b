"""What may be left out of a sentence, and what may not."""

import pytest

from rag.compose.shorten import shortenings


@pytest.mark.parametrize(
    ("sentence", "shorter"),
    [
        ("Ada is in Rome, where it rains.", ["Ada is in Rome."]),
        ("It was sold in May, with its barn.", ["It was sold in May."]),
        ("Ada stayed in Rome, as she wished.", ["Ada stayed in Rome."]),
        ("The fair opens on 2 May, the mayor said.", ["The fair opens on 2 May."]),
        ("The mill, which Elin Vass built, was sold.", ["The mill was sold."]),
        ("On Monday, the mill, which is old, was sold.", ["On Monday, the mill was sold."]),
        ("Ada Ruiz, chair of the club, opened the fair.", ["Ada Ruiz opened the fair."]),
        ("The FAO (in Rome) has 194 members.", ["The FAO has 194 members."]),
    ],
)
def test_asides_can_go(sentence: str, shorter: list[str]) -> None:
    found = shortenings(sentence)
    assert found == shorter


@pytest.mark.parametrize(
    "sentence",
    [
        "The fair opens on 2 May, unless it rains.",
        "All rooms are free, except the hall.",
        "Entry is free, including for guests, but not on Sundays.",
        "The fee is 30 pounds, excluding drinks.",
        "The fee (not for members) is 30 pounds.",
        "Tea, coffee and cake are sold.",  # a list
        "Ada went to Rome, Paris and London.",
        "Ada went to Rome, where it rained, and to Paris.",
        "Ada Ruiz, Tom Lee, and the mayor, have met.",
        "The club has a boat, as well as a house.",
        "The fee is waived, where the applicant is a child.",
        "Refunds are granted, with proof of purchase.",
        "Dogs may enter, following a check.",
        "Guests, who have paid, may swim.",
        "In May, the mill was sold.",  # the subject
        "In May, a mill, a barn and a house, was all that had burnt.",
        "The bridge is closed, it was said, as long as it snows.",
        "The mill was sold, critics claim.",
        "It holds 1,200 people.",
        "The mill, which was sold",  # no sentence
        "",
    ],
)
def test_what_limits_or_lists_stays(sentence: str) -> None:
    assert shortenings(sentence) == []


def test_there_are_not_too_many() -> None:
    many = shortenings(f"The mill{', which Ada saw, was sold' * 60}.")
    assert 1 < len(many) <= 16

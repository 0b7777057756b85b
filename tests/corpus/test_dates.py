import pytest

from corpus.dates import find_date


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("03.02.2026", "2026-02-03"),
        ("date 2025-11-29 Images", "2025-11-29"),
        ("Paris, March 4th, 2024 –", "2024-03-04"),
        ("Ljubljana, 2 February 2, 2026 –", "2026-02-02"),
        ("3 февраля 2026", "2026-02-03"),
        ("25/12/2024", "2024-12-25"),
        ("12/25/2024", "2024-12-25"),
        ("03/04/2026", None),  # March or April
        ("31.02.2026", None),
        ("Room 12 2026", None),
        ("version 1.2.3", None),
    ],
)
def test_dates(text: str, expected: str | None) -> None:
    found = find_date(text)
    assert (found[0] if found else None) == expected

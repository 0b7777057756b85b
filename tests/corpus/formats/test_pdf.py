from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas
from samples import FILLER, REPORT, body, heading, lines, pdf


@pytest.mark.parametrize("columns", [1, 2])
def test_pages_and_sections(place: Callable[..., str], columns: int) -> None:
    raw = pdf(*REPORT, columns=columns)
    assert place("r.pdf", raw, "The profit was") == "p. 2, § Results"


def test_running_heads_and_page_numbers_go(load: Callable[..., Any]) -> None:
    (page,), _ = load("r.pdf", pdf(*REPORT))
    assert "Port Authority" not in page.text
    assert "of 9" not in page.text


@pytest.mark.parametrize("columns", [1, 2])
def test_lines_become_paragraphs_across_columns_and_pages(
    load: Callable[..., Any], columns: int
) -> None:
    raw = pdf(heading("Traffic"), *[body(FILLER * 4)] * 14, columns=columns)
    (page,), _ = load("r.pdf", raw)
    assert page.text.count("\n\n" + FILLER.strip()) == 14
    assert len(page.pages) > 1


@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [
        (
            "The ships brought so many con-",
            "tainers that the quay was full.",
            "many containers",
        ),
        ("We met the well-", "known captain, a well-known man.", "the well-known captain"),
        ("They sailed to Stratford-upon-", "Avon on a Sunday in May.", "Stratford-upon-Avon on"),
        ("He lives at the house of Baden-", "Baden as he did long ago.", "of Baden-Baden as"),
    ],
)
def test_hyphens_at_the_end_of_a_line(
    load: Callable[..., Any], first: str, second: str, whole: str
) -> None:
    (page,), _ = load("r.pdf", lines("A line that is wide enough to fill it all.", first, second))
    assert whole in page.text


def test_short_lines_stand_alone(load: Callable[..., Any]) -> None:
    (page,), _ = load("r.pdf", lines("Milk", "Bread and a very long line of it", "• Eggs", "• Oil"))
    assert page.text.split("\n\n")[:2] == ["Milk", "Bread and a very long line of it"]
    assert "\n\n• Eggs\n\n• Oil" in page.text


def test_what_cannot_be_read_is_named(load: Callable[..., Any]) -> None:
    raw = pdf(*REPORT)
    locked = pdf(body("Secret."), encrypt=StandardEncryption("word", ownerPassword="other"))
    empty = BytesIO()
    pictures = Canvas(empty)
    pictures.rect(10, 10, 99, 99)
    pictures.save()
    for content, reason in (
        (locked, "it is encrypted: save it without a password"),
        (raw[: len(raw) // 3], "it is damaged"),
        (b"%PDF-1.7 and nothing more", "it is damaged"),
        (empty.getvalue(), "recognise its text (OCR) first"),
    ):
        pages, (why,) = load("r.pdf", content)
        assert not pages
        assert reason in why


def test_too_many_pages(load: Callable[..., Any]) -> None:
    _, (why,) = load("r.pdf", pdf(*REPORT), pages=1)
    assert "more than 1 (the limit is pages=1; raise it with --limit)" in why

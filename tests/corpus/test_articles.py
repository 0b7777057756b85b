from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import Corpus, read_folder
from corpus.articles import Page, articles
from corpus.formats import Input, read
from corpus.limits import Limits

BODY = "The council met in the old hall and spoke about the harbour for a long time. " * 4


def markdown(name: str, text: str) -> Page:
    (page,) = read(Input(name, text.encode(), Limits()))
    assert isinstance(page, Page)
    return page


def titles(text: str, name: str = "page.txt") -> list[str]:
    return [article.title for article in articles(Page(name, text))]


def test_the_default_documents_hold_seventeen_articles(documents: Path) -> None:
    found = Corpus.of(read_folder(documents, 180)).documents
    assert len(found) == 17
    assert sum(len(article.places) == 2 for article in found) == 5
    assert [a.date for a in found if a.date] == ["2025-11-29"] + ["2026-02-03"] * 5
    assert sum(a.url is not None for a in found) == 3
    assert not any("Source :" in a.text or "relevant news" in a.text for a in found)


def test_a_page_of_several_articles() -> None:
    page = (
        "News\nMore\nHarbour opens to visitors\n03.02.2026\n" + BODY + "Source: https://a.org/1\n"
        "Bridge closed for repairs until summer\n04.02.2026\n" + BODY + "\nMore\n"
        "Sports\nRowers win the cup for the third time\n" + BODY
    )
    first, second, third = articles(Page("page.txt", page))
    assert [first.title, first.date, first.url] == [
        "Harbour opens to visitors",
        "2026-02-03",
        "https://a.org/1",
    ]
    assert [second.title, second.date, second.url] == [
        "Bridge closed for repairs until summer",
        "2026-02-04",
        None,
    ]
    assert third.title == "Rowers win the cup for the third time"
    assert all(article.text == BODY.strip() for article in (first, second, third))
    places = [str(article.places[0]) for article in (first, second, third)]
    assert places == ["page.txt, line 3", "page.txt, line 6", "page.txt, line 11"]


@pytest.mark.parametrize(
    "text",
    [
        "Milk\nBread\nEggs\n",
        "We have to buy:\nMilk\nBread\n\nHarbour opens to visitors\n" + BODY,
        "Dear Ann,\n\n" + BODY + "\n\nBest wishes\nBob\n\nHarbour opens to visitors\n" + BODY,
        "Name: Ann\nRoom: 12\nPaid: 300 EUR\nThank you for your order, and come again soon.",
        BODY + "\n\nTotal  300\nTax    21\n",
    ],
)
def test_nothing_that_may_matter_is_left_out(text: str) -> None:
    found = articles(Page("page.txt", text))
    kept = " ".join(f"{article.title} {article.text}" for article in found).split()
    assert set(text.split()) <= set(kept)


@given(st.lists(st.sampled_from(["Title of it", "03.02.2026", BODY, "", "More", "one two."])))
def test_articles_are_slices_of_the_page(lines: list[str]) -> None:
    page = "\n".join(lines)
    for article in articles(Page("page.txt", page)):
        assert article.text in page
        assert article.title
        assert 1 <= int(article.places[0].part.removeprefix("line ")) <= len(lines)


def test_titles_of_pages_without_one() -> None:
    assert titles(BODY, "Lease_agreement.txt") == ["Lease agreement"]
    assert titles(BODY, "001_99.txt") == [
        "The council met in the old hall and spoke about the harbour…"
    ]


def test_a_heading_over_a_few_words_stays_in_the_text() -> None:
    page = (
        "Handbook of the house\n\n" + BODY + "\n\nHolidays\n\nThere are 25 days a year for all.\n"
    )
    (article,) = articles(Page("page.txt", page))
    assert "Holidays" in article.text


def test_one_line_above_all_headings_names_the_page() -> None:
    page = f"Handbook\n\nHolidays\n\n{BODY}\n\nPay\n\n{BODY}\n"
    assert titles(page) == ["Handbook › Holidays", "Handbook › Pay"]


@pytest.mark.parametrize(
    ("text", "date"),
    [
        (f"Paris, 3 May 2024 – {BODY}", "2024-05-03"),
        (f"On 3 May 2019 it began. {BODY}", None),
        (f"Report\n3 May 2024\n{BODY}", "2024-05-03"),
    ],
)
def test_dates_of_articles(text: str, date: str | None) -> None:
    (article,) = articles(Page("page.txt", text))
    assert article.date == date


def test_a_page_of_headings_alone_is_kept() -> None:
    (article,) = articles(markdown("list.md", "# Buy milk\n\n# Buy bread\n"))
    assert "Buy milk" in article.title
    assert "Buy bread" in article.text


def test_markdown_headings_open_articles_and_code_does_not() -> None:
    text = f"# Handbook\n\n## Holidays\n\n{BODY}\n\n```\n# no heading\n```\n\n## Pay\n\n{BODY}\n"
    found = articles(markdown("handbook.md", text))
    assert [article.title for article in found] == ["Handbook › Holidays", "Handbook › Pay"]
    assert "# no heading" in found[0].text

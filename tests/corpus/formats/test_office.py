import datetime
import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

import openpyxl
from files import saved
from pptx import Presentation
from samples import word


def test_word(load: Callable[..., Any], place: Callable[..., str]) -> None:
    raw = saved(word())
    (page,), _ = load("handbook.docx", raw)
    assert page.title == "Harbour handbook"
    assert "The gate opens at six in the morning, 5 * 2 days_a_week." in page.text
    assert "Boat: Large; Fee: 40 EUR; Period: a day." in page.text
    assert "Contact: Ida Berg." in page.text
    assert "- Pay at the kiosk" in page.text
    assert place("handbook.docx", raw, "40 EUR") == "§ Fees"


def test_macros_and_pictures_are_not_looked_at(load: Callable[..., Any]) -> None:
    file = BytesIO(saved(word()))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("word/vbaProject.bin", b"\xd0\xcf\x11\xe0 Sub AutoOpen() Shell")
    (page,), _ = load("handbook.docm", file.getvalue())
    assert "six in the morning" in page.text
    assert "AutoOpen" not in page.text


def test_power_point(place: Callable[..., str]) -> None:
    deck = Presentation()
    for title, text in (
        ("Plan 2031", "The bridge opens in May\nIt costs much"),
        ("Risks", "Floods"),
    ):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = text
    slide.notes_slide.notes_text_frame.text = "Say that Ida leads the work."
    table = slide.shapes.add_table(2, 2, 0, 0, 1_000_000, 1_000_000).table
    for row, cells in enumerate((("Risk", "Owner"), ("Flood", "Ida"))):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    raw = saved(deck)
    assert place("plan.pptx", raw, "opens in May") == "slide 1, § Plan 2031"
    assert place("plan.pptx", raw, "Ida leads the work") == "slide 2, § Risks"
    assert place("plan.pptx", raw, "Risk: Flood; Owner: Ida.") == "slide 2, § Risks"


def test_excel(load: Callable[..., Any], place: Callable[..., str]) -> None:
    book = openpyxl.Workbook()
    costs, staff = book.active, book.create_sheet("Staff & crew")
    assert costs is not None
    costs.title = "Costs"
    day = datetime.datetime(2031, 5, 4)
    for row in (["Item", "Since", "Cost"], ["Crane", day, 1200.5], [None, None, None], ["Pier"]):
        costs.append(row)
    for row in (["Name", "Role"], ["Ida Berg", "Lead"]):
        staff.append(row)
    raw = saved(book)
    (page,), _ = load("costs.xlsx", raw)
    assert "Item: Crane; Since: 2031-05-04; Cost: 1200.5." in page.text
    assert place("costs.xlsx", raw, "Pier") == "sheet Costs, row 4"
    assert place("costs.xlsx", raw, "Ida Berg") == "sheet Staff & crew, row 2"


def epub(**changes: str) -> bytes:
    files = {
        "META-INF/container.xml": "<container "
        'xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OPS/book.opf"/></rootfiles></container>',
        "OPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf"><metadata '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>The lamp</dc:title>'
        "<dc:creator>Ida Berg</dc:creator><dc:date>2031-05-04T00:00</dc:date></metadata><manifest>"
        '<item id="a" href="one%20.xhtml"/><item id="b" href="two.xhtml"/></manifest>'
        '<spine><itemref idref="b"/><itemref idref="a"/></spine></package>',
        "OPS/one .xhtml": "<html><body><h1>The end</h1><p>The lamp went out.</p></body></html>",
        "OPS/two.xhtml": "<html><body><h1>The start</h1><p>Ann lit the lamp.</p></body></html>",
        **changes,
    }
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def test_a_book_in_the_order_of_its_spine(
    load: Callable[..., Any], place: Callable[..., str]
) -> None:
    (page,), _ = load("lamp.epub", epub())
    assert (page.title, page.author, page.date) == ("The lamp", "Ida Berg", "2031-05-04")
    assert page.text.index("Ann lit") < page.text.index("went out")
    assert place("lamp.epub", epub(), "went out") == "§ The end"


def test_entities_do_not_explode(load: Callable[..., Any]) -> None:
    bomb = '<!DOCTYPE p [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9)
    )
    pages, skipped = load("bomb.epub", epub(**{"OPS/book.opf": bomb + "]><package>&j;</package>"}))
    assert not pages
    assert "bomb.epub: it " in skipped[0]


def test_damaged_files_are_named(load: Callable[..., Any]) -> None:
    raw = saved(word())
    for content in (raw[: len(raw) // 2], b"PK\x03\x04" + bytes(50)):
        pages, (why,) = load("handbook.docx", content)
        assert not pages
        assert "it is damaged" in why


def test_old_or_encrypted_office_files(load: Callable[..., Any]) -> None:
    pages, (why,) = load("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    assert not pages
    assert "save it as DOCX" in why

"""Word, PowerPoint and Excel files, and electronic books."""

from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from pathlib import PurePosixPath
from posixpath import join, normpath
from typing import Any
from urllib.parse import unquote
from zipfile import ZipFile

from corpus.articles import Page
from corpus.errors import CorpusError
from corpus.formats.blocks import Blocks
from corpus.formats.input import Input, needs
from corpus.formats.markup import add, elements


def load_docx(file: Input) -> Iterator[Page]:
    """Reads a Word file; headings become sections. Macros are not looked at."""
    try:
        import mammoth
    except ImportError as error:
        raise needs("mammoth") from error
    ignored = mammoth.images.img_element(lambda _: {})
    made = mammoth.convert_to_html(
        BytesIO(file.raw),
        style_map="p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh",
        convert_image=ignored,
        external_file_access=False,
    )
    blocks = Blocks(file.source)
    add(blocks, elements(made.value))
    yield blocks.page(marked=False)


def load_pptx(file: Input) -> Iterator[Page]:
    """Reads a PowerPoint file; slides keep their numbers, and their notes stand below them."""
    try:
        from pptx import Presentation
    except ImportError as error:
        raise needs("python-pptx") from error
    blocks = Blocks(file.source)
    for number, slide in enumerate(Presentation(BytesIO(file.raw)).slides, 1):
        blocks.begin(f"slide {number}")
        title = slide.shapes.title
        if title is not None:
            blocks.heading(1, title.text_frame.text)
        for shape in _leaves(slide.shapes):
            if title is None or shape.shape_id != title.shape_id:
                _add_shape(blocks, shape)
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            _add_lines(blocks, slide.notes_slide.notes_text_frame)
    yield blocks.page()


def load_xlsx(file: Input) -> Iterator[Page]:
    """Reads a workbook: every row with the names of its columns."""
    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise needs("openpyxl") from error
    blocks = Blocks(file.source)
    for sheet in load_workbook(BytesIO(file.raw), read_only=True, data_only=True).worksheets:
        rows = ([_cell(value) for value in row] for row in sheet.iter_rows(values_only=True))
        blocks.table(rows, place=f"sheet {sheet.title}, row")
    yield blocks.page()


def load_epub(file: Input) -> Iterator[Page]:
    """Reads an electronic book, chapter by chapter as its spine orders them.

    Raises:
        CorpusError: It names no chapters, or is protected.
    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    with ZipFile(BytesIO(file.raw)) as book:
        if "META-INF/rights.xml" in book.namelist():
            raise CorpusError("it is protected against copying")
        container = etree.fromstring(book.read("META-INF/container.xml"), parser)
        (package, *_) = container.xpath("//*[local-name()='rootfile']/@full-path")
        opf = etree.fromstring(book.read(package), parser)
        files = {item.get("id"): item.get("href") for item in opf.iter("{*}item")}
        blocks = Blocks(file.source)
        for entry in opf.iter("{*}itemref"):
            href = files.get(entry.get("idref"))
            path = normpath(join(str(PurePosixPath(package).parent), unquote(href or "")))
            if href and path in book.namelist():
                add(blocks, elements(book.read(path)))
        about = {
            name: opf.findtext(f".//{{*}}metadata/{{*}}{name}")
            for name in ("title", "creator", "date")
        }
    date = (about["date"] or "")[:10]
    yield blocks.page(
        title=about["title"] or "", author=about["creator"], date=date if len(date) == 10 else None
    )


def _leaves(shapes: Any) -> Iterator[Any]:
    """The shapes of a slide, those of groups among them."""
    for shape in shapes:
        if hasattr(shape, "shapes"):
            yield from _leaves(shape.shapes)
        else:
            yield shape


def _add_shape(blocks: Blocks, shape: Any) -> None:
    if getattr(shape, "has_table", False):
        rows = [[cell.text for cell in row.cells] for row in shape.table.rows]
        blocks.table(rows, named=bool(shape.table.first_row))
    elif shape.has_text_frame:
        _add_lines(blocks, shape.text_frame)


def _add_lines(blocks: Blocks, frame: Any) -> None:
    for paragraph in frame.paragraphs:
        blocks.paragraph("".join(run.text for run in paragraph.runs))


def _cell(value: Any) -> str:
    """A cell as a reader would see it."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, datetime) and value.time().isoformat() == "00:00:00":
        return value.date().isoformat()
    return str(value)

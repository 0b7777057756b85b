"""PDF: lines by their places on the page become paragraphs, headings and page marks."""

import ctypes
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from corpus.articles import FINAL, Page
from corpus.errors import CorpusError
from corpus.formats.blocks import Blocks
from corpus.formats.input import Input, needs, over

if TYPE_CHECKING:
    import pypdfium2 as pdfium

_EDGE_LINES = 2  # at the top and at the foot of a page: running heads and page numbers
_LEADING = 1.75  # distance of two lines of a paragraph, in heights of a line
_INDENT = 4  # heights of a line; no first line of a paragraph is indented by more
_LARGER = 1.12  # a heading's letters against those of the body
_BOLD = 600
_HEADING_CHARS = 200
_HEIGHTS = 0.5  # points within which two heights are one

_HYPHENS = (0x02, 0xFFFE)  # PDFium puts one in place of a hyphen and the end of its line

_ITEM = re.compile(r"\s*(?:[-*•–—▪◦●]|\(?(?:\d{1,3}|[a-zA-Z])[.)])\s")
_NUMBER = re.compile(r"\d+|\b[ivxlc]+\b", re.I)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


class _Line(NamedTuple):
    """A line of text and its place, in points from the lower left corner of the page."""

    text: str
    left: float
    right: float
    low: float
    high: float
    height: float
    bold: bool
    hyphen: bool


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """Lines that belong together; `breaks` are offsets in `text` at which a page begins."""

    text: str
    height: float
    bold: bool
    breaks: tuple[tuple[int, str], ...]


def load_pdf(file: Input) -> Iterator[Page]:
    """Reads a PDF file; pages keep their numbers, running heads and page numbers go.

    Raises:
        CorpusError: It is encrypted or damaged, or has no text.
    """
    try:
        import pypdfium2 as pdfium
    except ImportError as error:
        raise needs("pypdfium2") from error
    try:
        with pdfium.PdfDocument(file.raw) as document:
            if len(document) > file.limits.pages:
                many = f"it has {len(document):,} pages, more than {{:,}}"
                raise over(many, file.limits, "pages")
            pages = [_lines(document, number) for number in range(len(document))]
            about = document.get_metadata_dict()
    except pdfium.PdfiumError as error:
        locked = "password" in str(error).lower()
        reason = "it is encrypted: save it without a password" if locked else "it is damaged"
        raise CorpusError(f"{reason} ({error})") from error
    if pages and not any(pages):
        raise CorpusError("it holds no text, only pictures: recognise its text (OCR) first")
    blocks = Blocks(file.source)
    paragraphs = list(_paragraphs(_without_heads(pages)))
    body = _body(paragraphs)
    levels = _levels(paragraphs, body)
    for paragraph in paragraphs:
        (_, page), *later = paragraph.breaks
        blocks.begin(page)
        level = levels.get(_size(paragraph)) if _is_heading(paragraph, body) else None
        if level:
            blocks.heading(level, paragraph.text)
            for _, name in later:
                blocks.begin(name)
        else:
            blocks.paragraph(paragraph.text, pages=later)
    yield blocks.page(date=_date(about.get("CreationDate", "")), marked=False)


def _lines(document: "pdfium.PdfDocument", number: int) -> list[_Line]:
    """The lines of a page in the order of reading."""
    from pypdfium2 import raw

    page = document[number]
    text = page.get_textpage()
    found: list[_Line] = []
    chars: list[int] = []
    count = text.count_chars()
    for index in range(count + 1):
        code = raw.FPDFText_GetUnicode(text, index) if index < count else 0x0A
        if code in _HYPHENS:
            chars.append(index)
        if code in (0x0A, 0x0D, *_HYPHENS):
            line = _line(raw, text, chars)
            if line:
                found.append(line)
            chars = []
        else:
            chars.append(index)
    text.close()
    page.close()
    return _joined(found)


def _line(raw: Any, page: Any, chars: Sequence[int]) -> _Line | None:
    text = "".join(_sign(raw.FPDFText_GetUnicode(page, index)) for index in chars)
    solid = [index for index in chars if not chr(raw.FPDFText_GetUnicode(page, index)).isspace()]
    if not text.strip() or not solid:
        return None
    first, last = _box(raw, page, solid[0]), _box(raw, page, solid[-1])
    hyphen = text.rstrip().endswith(("-", "\u00ad"))
    weights = [raw.FPDFText_GetFontWeight(page, solid[i]) for i in (0, len(solid) // 2, -1)]
    return _Line(
        text=" ".join(text.replace("\u00ad", "-" if hyphen else "").split()),
        left=min(first[0], last[0]),
        right=max(first[1], last[1]),
        low=min(first[2], last[2]),
        high=max(first[3], last[3]),
        height=round(first[3] - first[2], 1),
        bold=min(weights) >= _BOLD,
        hyphen=hyphen,
    )


def _sign(code: int) -> str:
    if code in _HYPHENS:
        return "-"
    return chr(code) if code >= 0x20 and not 0xD800 <= code < 0xE000 else " "


def _box(raw: Any, page: Any, index: int) -> tuple[float, float, float, float]:
    """Left, right, bottom and top of a sign, its whole line's height."""
    rect = raw.FS_RECTF()
    raw.FPDFText_GetLooseCharBox(page, index, ctypes.byref(rect))
    return rect.left, rect.right, min(rect.bottom, rect.top), max(rect.bottom, rect.top)


def _joined(lines: Sequence[_Line]) -> list[_Line]:
    """Joins what stands on one line with a gap between, as the columns of a table do."""
    found: list[_Line] = []
    for line in lines:
        before = found[-1] if found else None
        if before and line.left >= before.right and _overlap(before, line) and _near(before, line):
            found[-1] = before._replace(
                text=f"{before.text} {line.text}", right=line.right, hyphen=line.hyphen
            )
        else:
            found.append(line)
    return found


def _overlap(one: _Line, two: _Line) -> bool:
    return min(one.high, two.high) - max(one.low, two.low) > 0.5 * min(one.height, two.height)


def _near(one: _Line, two: _Line) -> bool:
    return two.left - one.right < 3 * max(one.height, two.height)


def _without_heads(pages: Sequence[Sequence[_Line]]) -> list[list[_Line]]:
    """Takes out the lines at the edges of pages that come again, whatever their numbers."""
    edges = [_edges(lines) for lines in pages]
    seen = Counter(key for page in edges for key in set(map(_key, page)))
    often = 2 if len(pages) < 6 else 3
    return [
        [
            line
            for line in lines
            if line not in edge
            or not (seen[_key(line)] >= often or line.text.strip("-–— ") == str(number))
        ]
        for number, (lines, edge) in enumerate(zip(pages, edges, strict=True), 1)
    ]


def _edges(lines: Sequence[_Line]) -> list[_Line]:
    ordered = sorted(lines, key=lambda line: -line.high)
    return [*ordered[:_EDGE_LINES], *ordered[-_EDGE_LINES:]]


def _key(line: _Line) -> tuple[str, int]:
    """What makes two lines at an edge the same: their words, and about their height on the page."""
    return _NUMBER.sub("#", line.text.casefold()), round(line.low / 12)


def _paragraphs(pages: Sequence[Sequence[_Line]]) -> Iterator[_Paragraph]:
    """Puts lines together; one that runs over the end of a page or column is one paragraph."""
    words = Counter(
        word.casefold() for page in pages for line in page for word in _WORD.findall(line.text)
    )
    placed = [(line, f"p. {n}") for n, page in enumerate(pages, 1) for line in page]
    rights = {id(line): _right(line, page) for page in pages for line in page}
    heights: Counter[float] = Counter()
    for line, _ in placed:
        heights[line.height] += len(line.text)
    body = heights.most_common(1)[0][0] if heights else 0.0
    run: list[tuple[_Line, str]] = []
    for line, page in placed:
        if run and not _continues(run[-1][0], line, rights[id(run[-1][0])], body):
            yield _paragraph(run, words)
            run = []
        run.append((line, page))
    if run:
        yield _paragraph(run, words)


def _right(line: _Line, page: Sequence[_Line]) -> float:
    """Where the column of a line ends: its widest line that begins about where this one does."""
    return max(other.right for other in page if abs(other.left - line.left) < 3 * line.height)


def _continues(upper: _Line, lower: _Line, right: float, body: float) -> bool:
    """Whether a line goes on where another one ends."""
    alike = abs(upper.height - lower.height) <= _HEIGHTS and upper.bold == lower.bold
    if not alike or _ITEM.match(lower.text):
        return False
    below = 0 < upper.low - lower.low < _LEADING * upper.height
    if below and upper.hyphen and lower.text[:1].isalpha():
        return True
    if not below:  # the next column or page: only in the middle of a sentence
        return not FINAL.search(upper.text) and lower.text[:1].islower()
    indent = _INDENT * upper.height if upper.height <= _LARGER * body else upper.height / 2
    if abs(upper.left - lower.left) > indent:  # centred, both or one of them
        return abs(upper.left + upper.right - lower.left - lower.right) < upper.height
    if lower.left - upper.left > upper.height and upper.left < lower.right:  # indented
        return False
    first = lower.text.split(" ", 1)[0]
    width = (lower.right - lower.left) / max(1, len(lower.text))
    return upper.right + width * (len(first) + 1) > right - width


def _paragraph(run: Sequence[tuple[_Line, str]], words: Counter[str]) -> _Paragraph:
    text = run[0][0].text
    breaks = [(0, run[0][1])]
    for (upper, page), (lower, following) in pairwise(run):
        text = _mended(text, lower.text, words) if upper.hyphen else f"{text} "
        if following != page:
            breaks.append((len(text), following))
        text += lower.text
    first = run[0][0]
    return _Paragraph(text, first.height, all(line.bold for line, _ in run), tuple(breaks))


def _mended(text: str, following: str, words: Counter[str]) -> str:
    """Takes off the hyphen of a word that was broken; "well-" before "known" keeps it.

    What the rest of the document writes decides; a word that it writes nowhere else loses the
    hyphen if it goes on in lower case.
    """
    start, end = _WORD.findall(text[-60:]), _WORD.match(following)
    if not text.endswith("-") or not start or not end:
        return text if text.endswith("-") else f"{text} "
    whole, broken = f"{start[-1]}{end[0]}".casefold(), f"{start[-1]}-{end[0]}".casefold()
    if words[broken] > words[whole] or not end[0][0].islower():
        return text
    return text[:-1]


def _body(paragraphs: Sequence[_Paragraph]) -> tuple[float, bool]:
    """Height and boldness of most of the text."""
    sizes: Counter[tuple[float, bool]] = Counter()
    for paragraph in paragraphs:
        sizes[paragraph.height, paragraph.bold] += len(paragraph.text)
    return sizes.most_common(1)[0][0] if sizes else (0.0, False)


def _is_heading(paragraph: _Paragraph, body: tuple[float, bool]) -> bool:
    height, bold = body
    larger = paragraph.height > _LARGER * height
    stronger = paragraph.bold and not bold and paragraph.height >= height - _HEIGHTS
    return (
        (larger or stronger)
        and len(paragraph.text) <= _HEADING_CHARS
        and not paragraph.text.rstrip().endswith((".", ",", ";"))
        and any(map(str.isalpha, paragraph.text))
    )


def _levels(
    paragraphs: Sequence[_Paragraph], body: tuple[float, bool]
) -> dict[tuple[float, bool], int]:
    """The level of each size of heading, the largest being 1."""
    sizes = {_size(p) for p in paragraphs if _is_heading(p, body)}
    return {size: level for level, size in enumerate(sorted(sizes, reverse=True), 1)}


def _size(paragraph: _Paragraph) -> tuple[float, bool]:
    return round(paragraph.height * 2) / 2, paragraph.bold


def _date(written: str) -> str | None:
    """The day of "D:20310504120000+02'00'"."""
    try:
        return datetime.strptime(written[:10], "D:%Y%m%d").date().isoformat()
    except ValueError:
        return None

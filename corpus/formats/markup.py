"""HTML to blocks: what web pages, Markdown, Word files, books and e-mails have in common."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from corpus.formats.blocks import Blocks

_HEADING = re.compile(r"h([1-6])$")
_UNSEEN = frozenset(["script", "style", "template", "noscript", "head", "svg", "iframe", "object"])
_BLOCK_NAMES = (
    "address article aside blockquote body caption center dd div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hr html li main nav ol p pre section table tbody td th "
    "tr ul"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split())


@dataclass(frozen=True, slots=True)
class Element:
    """Something that a page shows.

    Attributes:
        kind: What it is.
        text: What it says; the cells of a table stand side by side.
        level: Of a heading, 1 being the highest.
        rows: Of a table.
        named: Whether the first row of a table is known to name the columns.
    """

    kind: Literal["heading", "paragraph", "verbatim", "table"]
    text: str
    level: int = 0
    rows: Sequence[Sequence[str]] = ()
    named: bool = False


def elements(html: str | bytes) -> list[Element]:
    """Returns all that a piece of HTML shows, in order."""
    from lxml.etree import ParserError
    from lxml.html import HTMLParser, document_fromstring

    raw = html.encode("utf-8", "replace") if isinstance(html, str) else html
    try:
        root = document_fromstring(raw, parser=HTMLParser(no_network=True, encoding="utf-8"))
    except ParserError:  # there is nothing in it
        return []
    return [element for element in _walk(root) if element.text.strip()]


def add(blocks: Blocks, found: Iterable[Element]) -> None:
    """Adds some elements to blocks."""
    for element in found:
        match element.kind:
            case "heading":
                blocks.heading(element.level, element.text)
            case "table":
                blocks.table(element.rows, named=element.named)
            case "verbatim":
                blocks.verbatim(element.text)
            case "paragraph":
                blocks.paragraph(element.text)


def _walk(element: Any) -> Iterator[Element]:
    if not isinstance(element.tag, str) or element.tag in _UNSEEN or _hidden(element):
        return
    if heading := _HEADING.match(element.tag):
        yield Element("heading", _shown(element), int(heading[1]))
    elif element.tag == "table" and not element.xpath(".//table"):
        rows = [row.xpath("./td|./th") for row in element.xpath(".//tr")]
        cells = [[_shown(cell) for cell in row] for row in rows]
        named = bool(rows) and all(cell.tag == "th" for cell in rows[0])
        text = " ".join(cell for row in cells for cell in row)
        yield Element("table", text, rows=cells, named=named)
    elif element.tag == "pre":
        yield Element("verbatim", _shown(element))
    elif any(child.tag in _BLOCKS for child in element.iterdescendants()):
        yield from _mixed(element)
    else:
        yield Element("paragraph", ("- " if element.tag == "li" else "") + _shown(element))


def _mixed(element: Any) -> Iterator[Element]:
    """An element in which blocks stand, and perhaps loose text between them."""
    loose = element.text or ""
    for child in element:
        if child.tag in _BLOCKS or any(inner.tag in _BLOCKS for inner in child.iterdescendants()):
            yield Element("paragraph", loose)
            loose = ""
            yield from _walk(child)
        else:
            loose += _shown(child)
        loose += child.tail or ""
    yield Element("paragraph", loose)


def _shown(element: Any) -> str:
    """The text of an element that a reader sees."""
    if not isinstance(element.tag, str) or element.tag in _UNSEEN or _hidden(element):
        return ""
    if element.tag == "br":
        return "\n"
    parts = [element.text or ""]
    for child in element:
        parts += [_shown(child), child.tail or ""]
    return "".join(parts)


def _hidden(element: Any) -> bool:
    style = (element.get("style") or "").replace(" ", "").lower()
    return "hidden" in element.attrib or "display:none" in style or "visibility:hidden" in style

"""A page put together block by block, for formats that know their headings, tables and pages."""

import re
from collections.abc import Iterable, Sequence

from corpus.articles import WITHIN, Heading, Page

_GAP = "\n\n"


class Blocks:
    """Collects headings, paragraphs and tables; `page` is what they make."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._parts: list[str] = []
        self._length = 0
        self._headings: list[Heading] = []
        self._pages: list[tuple[int, str]] = []
        self._path: dict[int, str] = {}

    def heading(self, level: int, text: str) -> None:
        """Adds a heading; level 1 is the highest."""
        text = _collapsed(text)
        if not text:
            return
        self._path = {k: v for k, v in self._path.items() if k < level} | {level: text}
        start = self._length
        self._add(text)
        self._headings.append(Heading(start, start + len(text), WITHIN.join(self._path.values())))

    def paragraph(self, text: str, *, pages: Sequence[tuple[int, str]] = ()) -> None:
        """Adds a paragraph.

        Args:
            text: Of it; line breaks within it become spaces.
            pages: Offsets in `text` from which it stands on another page.
        """
        # Sign for sign: the offsets of the pages must hold.
        flat = re.sub(r"\s", " ", text) if pages else _collapsed(text)
        if flat.strip():
            self._pages += [(self._length + start, name) for start, name in pages]
            self._add(flat)

    def verbatim(self, text: str) -> None:
        """Adds text whose lines and spaces mean something."""
        if text.strip():
            self._add(text.strip("\n"))

    def table(self, rows: Iterable[Sequence[str]], *, named: bool = True, place: str = "") -> None:
        """Adds a table, a line for each row in which every value stands with its column's name.

        So a row can be found, read and quoted by itself. A table of two columns whose first row
        need not name them is read as names with their values.

        Args:
            rows: Of cells.
            named: Whether the first row is known to name the columns.
            place: What the rows are called where they have places of their own: "row".
        """
        names: list[str] | None = None
        for number, row in enumerate(rows, 1):
            cells = [_collapsed(cell) for cell in row]
            if not any(cells):
                continue
            if names is None and (named or len(cells) > 2):
                names = cells
                continue
            if place:
                self.begin(f"{place} {number}")
            self._add(_row(names, cells), gap="\n")
        self._add("", gap="\n")

    def begin(self, page: str) -> None:
        """Says that what follows stands on another page, slide, sheet or row."""
        if not self._pages or self._pages[-1][1] != page:
            self._pages.append((self._length, page))

    def page(
        self,
        *,
        title: str = "",
        date: str | None = None,
        url: str | None = None,
        author: str | None = None,
        marked: bool = True,
    ) -> Page:
        """Returns the whole.

        Args:
            title: Of the whole; where there is none, a heading that another one follows at once.
            date: ISO date.
            url: Address of the original.
            author: Who wrote it.
            marked: Whether the format marks headings: if it does, and there are none, none are
                looked for.
        """
        return Page(
            self._source,
            "".join(self._parts),
            self._headings if marked or self._headings else None,
            self._pages,
            _collapsed(title) or self._opening_title(),
            date,
            url,
            author,
        )

    def _opening_title(self) -> str:
        if len(self._headings) < 2:
            return ""
        first, second = self._headings[:2]
        return first.title if first.start == 0 and second.start == first.end + len(_GAP) else ""

    def _add(self, text: str, gap: str = _GAP) -> None:
        self._parts.append(text + gap)
        self._length += len(text) + len(gap)


def _row(names: Sequence[str] | None, cells: Sequence[str]) -> str:
    if names is None:  # a name and its value
        line = ": ".join(filter(None, cells))
    else:
        padded = [*names, *[""] * (len(cells) - len(names))]
        pairs = (pair for pair in zip(padded, cells, strict=False) if pair[1])
        line = "; ".join(f"{name}: {value}" if name else value for name, value in pairs)
    return line if line.endswith((".", "!", "?", "…", "。")) else f"{line}."


def _collapsed(text: str) -> str:
    return " ".join(text.split())

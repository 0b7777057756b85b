"""One page can hold many articles: finds where each begins and what the page says about it."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import PurePosixPath
from typing import NamedTuple

from corpus.dates import find_date
from corpus.paragraphs import paragraphs
from corpus.passages import opening
from corpus.types import Document, Mark, Place, Span, content_id

WITHIN = " › "  # between a heading and the one above it
_TITLE_CHARS = 200  # longer lines are paragraphs, whatever they end in
_BODY_WORDS = 40  # a heading over fewer words opens no article of its own
_MENU_WORDS = 2
_MENU_LINES = 3
_DATE_LINE_WORDS = 4

FINAL = re.compile(r"[.!?…。！？:;,]['\"»”’)\]]*$")
_LIST_ITEM = re.compile(r"[-*•–—|>#+]|\(?(?:\d{1,3}|[a-zA-Z])[.)]\s")
_SOURCE = re.compile(r"\b(?:source|quelle|fuente|источник|дереккөз)\s*:\s*(https?://\S+)\s*$", re.I)
_URL_LINE = re.compile(r"(https?://\S+)$")
_DATELINE = 60  # characters at the start of a body in which "Paris, 3 May 2024 –" may stand
_DATE_WORDS = frozenset(
    [
        "date",
        "dated",
        "published",
        "posted",
        "updated",
        "last",
        "modified",
        "on",
        "at",
        "by",
        "time",
        "дата",
        "опубликовано",
        "обновлено",
        "күні",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "mon",
        "tue",
        "wed",
        "thu",
        "fri",
        "sat",
        "sun",
        "am",
        "pm",
        "utc",
        "gmt",
    ]
)


class Heading(NamedTuple):
    """A title and where its line stands in the page; what follows is its body.

    Marked headings carry those above them: "Handbook › Holidays".
    """

    start: int
    end: int
    title: str


@dataclass(frozen=True, slots=True)
class Page:
    """The text of one file, or of one record of it, and what its format says about it.

    Attributes:
        source: The file, relative to its folder.
        text: As it was read.
        headings: Those that the format marks; None: it marks none, find them.
        pages: Where its pages (slides, sheets, rows) begin and what they are called.
        title: Of the whole.
        date: ISO date.
        url: Address of the original.
        author: Who wrote it.
    """

    source: str
    text: str
    headings: Sequence[Heading] | None = None
    pages: Sequence[tuple[int, str]] = ()
    title: str = ""
    date: str | None = None
    url: str | None = None
    author: str | None = None


def articles(page: Page) -> list[Document]:
    """Splits a page into its articles; nothing but menus, date lines and source lines is left out.

    The text of an article is what stands between its title and the next one, as it stands.
    """
    marks = _marks(page)
    return [_marked(document, start, page, marks) for document, start in _split(page)]


def _marks(page: Page) -> list[Mark]:
    """What page and section each part of a page belongs to; sections only where they are marked."""
    changes = sorted(
        [(start, 0, name) for start, name in page.pages]
        + [(h.start, 1, h.title.rpartition(WITHIN)[2]) for h in page.headings or ()]
    )
    marks: list[Mark] = []
    for start, kind, name in changes:
        before = marks[-1] if marks else Mark(0)
        mark = Mark(start, before.page, name) if kind else Mark(start, name, before.section)
        if marks and before.start == start:
            marks.pop()
        marks.append(mark)
    return marks


def _marked(document: Document, start: int, page: Page, marks: Sequence[Mark]) -> Document:
    """Adds what a page says of all its articles, and the marks of the text from `start` on."""
    first = max(0, bisect_right(marks, start, key=lambda mark: mark.start) - 1)
    end = bisect_left(marks, start + len(document.text), key=lambda mark: mark.start)
    own = tuple(
        Mark(max(0, mark.start - start), mark.page, mark.section) for mark in marks[first:end]
    )
    if own:
        document = replace(document, marks=own, places=(Place(page.source, str(own[0])),))
    if page.title and not document.titled:
        document = replace(document, title=page.title, titled=True)
    elif page.title and not document.title.startswith(page.title):
        document = replace(document, title=f"{page.title}{WITHIN}{document.title}")
    return replace(
        document,
        date=document.date or page.date,
        url=document.url or page.url,
        author=page.author,
    )


def _split(page: Page) -> list[tuple[Document, int]]:
    """The articles, and where the text of each begins."""
    headings = page.headings
    if headings is None:
        headings = _with_bodies(page.text, _find_headings(page.text), _BODY_WORDS)
    else:
        headings = _with_bodies(page.text, headings, 1)
    menus = Counter(line.strip() for line in page.text.splitlines())
    opening, end = Heading(0, 0, ""), Heading(len(page.text), len(page.text), "")
    found = [
        _article(page, heading, following.start, menus, last=following is end)
        for heading, following in pairwise([opening, *headings, end])
    ]
    above, *below = found
    kept = [article for article in below if article]
    if above and kept and _is_title(above[0].text, alone=True):  # the name of the page
        name = above[0].text
        return [(replace(one, title=f"{name}{WITHIN}{one.title}"), start) for one, start in kept]
    return [above, *kept] if above else kept or _whole(page)


def _find_headings(text: str) -> list[Heading]:
    """Lines that look like titles: short, without a final mark, directly above a paragraph."""
    found: list[Heading] = []
    lines = paragraphs(text)
    below = ""  # the next line that is not a date
    for above, line in reversed(list(pairwise([Span(0, 0), *lines]))):
        if _is_date(text, line):
            continue
        content = text[line.start : line.end]
        gap = text[above.end : line.start]
        alone = above.end == 0 or gap.count("\n") > 1
        if _is_title(content, alone=alone) and _is_body(below):
            found.append(Heading(line.start, line.end, " ".join(content.split())))
        below = content
    return found[::-1]


def _with_bodies(text: str, headings: Sequence[Heading], least: int) -> list[Heading]:
    """Keeps the headings that have so many words, or one of theirs, under them.

    The first of a page is always kept.
    """
    return [
        heading
        for heading, following in pairwise([*headings, Heading(len(text), len(text), "")])
        if not text[: heading.start].strip()
        or len(text[heading.end : following.start].split()) >= least
        or following.title.startswith(f"{heading.title}{WITHIN}")
    ]


def _article(
    page: Page, heading: Heading, end: int, menus: Counter[str], *, last: bool
) -> tuple[Document, int] | None:
    lines = [
        Span(heading.end + s.start, heading.end + s.end)
        for s in paragraphs(page.text[heading.end : end])
    ]
    date = url = None
    while lines and (found := _is_date(page.text, lines[0])):
        date = date or found
        lines.pop(0)
    opening = heading.end == 0
    if not last:
        lines = lines[: len(lines) - _menu_length(page.text, lines, menus, opening=opening)]
    if lines and (source := _SOURCE.search(page.text, lines[-1].start, lines[-1].end)):
        url = source[1]
        lines[-1] = Span(lines[-1].start, source.start())
    elif lines and (source := _URL_LINE.match(page.text, lines[-1].start, lines[-1].end)):
        url = source[1]
        lines.pop()
    if not lines or not page.text[lines[0].start : lines[-1].end].strip():
        return None
    start = lines[0].start
    text = page.text[start : lines[-1].end].rstrip()
    date = date or _dateline(text)
    line = page.text.count("\n", 0, heading.start if heading.title else start) + 1
    place = Place(page.source, f"line {line}")
    return _document(heading.title, text, place, date, url), start


def _whole(page: Page) -> list[tuple[Document, int]]:
    """A page that is all headings is one article, an empty one is none."""
    text = page.text.strip()
    if not text:
        return []
    return [(_document("", text, Place(page.source, "line 1")), page.text.index(text))]


def _document(
    title: str, text: str, place: Place, date: str | None = None, url: str | None = None
) -> Document:
    shown = title or stand_in(place.source, text)
    return Document(content_id(text), shown, text, (place,), date, url, titled=bool(title))


def _is_title(line: str, *, alone: bool) -> bool:
    words = line.split()
    return (
        len(line) <= _TITLE_CHARS
        and len(words) >= (1 if alone else 3)
        and not (FINAL.search(line) or _LIST_ITEM.match(line) or "://" in line or "\t" in line)
        and not line.lstrip("«“\"'(")[:1].islower()
    )


def _is_body(line: str) -> bool:
    return len(line) > _TITLE_CHARS or bool(FINAL.search(line) and len(line.split()) >= 5)


def _is_date(text: str, span: Span) -> str | None:
    """The date of a line that says little else: "03.02.2026", "date 2025-11-29 | example.org"."""
    line = text[span.start : span.end]
    if len(line) > _TITLE_CHARS / 2 or not (found := find_date(line)):
        return None
    rest = re.findall(r"[^\W\d_][^\s|,]*", line.replace(found[1], " "))
    others = [word for word in rest if word.casefold().rstrip(".:") not in _DATE_WORDS]
    furniture = "|" in line and len(others) <= _DATE_LINE_WORDS
    return found[0] if furniture or not others else None


def _dateline(text: str) -> str | None:
    """The date of "Paris, 3 May 2024 – The ministers …"; other dates are part of the story."""
    opening = text[:_DATELINE]
    found = find_date(opening)
    if found and re.match(r"\s*[-–—]\s", text[opening.index(found[1]) + len(found[1]) :]):
        return found[0]
    return None


def _menu_length(text: str, lines: list[Span], menus: Counter[str], *, opening: bool) -> int:
    """How many lines at the end of an article are a menu: at most three, of a word or two each.

    They follow a finished sentence (or open the page) and are in lower case, or stand elsewhere
    on the page too: a name under a letter is no menu.
    """
    count = 0
    while count < min(len(lines), _MENU_LINES + 1) and _is_menu_line(text, lines[-1 - count]):
        count += 1
    run = [text[s.start : s.end] for s in lines[len(lines) - count :]]
    before = "" if count == len(lines) else text[lines[-1 - count].start : lines[-1 - count].end]
    finished = before and not before.endswith((":", ",")) and FINAL.search(before)
    furniture = all(map(str.islower, run)) or any(menus[line] > 1 for line in run)
    placed = finished or _SOURCE.search(before) or (opening and not before)
    return count if run and count <= _MENU_LINES and furniture and placed else 0


def _is_menu_line(text: str, span: Span) -> bool:
    line = text[span.start : span.end]
    return len(line.split()) <= _MENU_WORDS and line.replace(" ", "").isalpha()


def stand_in(source: str, text: str) -> str:
    """A title for text that has none: the file's name if it is made of words, else the opening."""
    name = PurePosixPath(source).stem.replace("_", " ").replace("-", " ").strip()
    if any(len(word) > 2 and word.isalpha() for word in name.split()):
        return name
    return opening(text)

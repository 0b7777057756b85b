"""One page can hold many articles: finds where each begins and what the page says about it."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import PurePosixPath
from typing import NamedTuple

from corpus.dates import find_date
from corpus.paragraphs import paragraphs
from corpus.sentences import sentences
from corpus.types import Document, Place, Span, content_id

_TITLE_CHARS = 200  # longer lines are paragraphs, whatever they end in
_BODY_WORDS = 40  # a heading over fewer words opens no article of its own
_MENU_WORDS = 2
_MENU_LINES = 3
_DATE_LINE_WORDS = 4

_FINAL = re.compile(r"[.!?…。！？:;,]['\"»”’)\]]*$")
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
    """A title and where its line stands in the page; what follows is its body."""

    start: int
    end: int
    title: str


@dataclass(frozen=True, slots=True)
class Page:
    """The text of one file, and the headings that its format marks (None: find them)."""

    source: str
    text: str
    headings: Sequence[Heading] | None = None


def articles(page: Page) -> list[Document]:
    """Splits a page into its articles; nothing but menus, date lines and source lines is left out.

    The text of an article is what stands between its title and the next one, as it stands.
    """
    headings = page.headings
    if headings is None:
        headings = _find_headings(page.text)
    headings = _with_bodies(page.text, headings)
    menus = Counter(line.strip() for line in page.text.splitlines())
    opening, end = Heading(0, 0, ""), Heading(len(page.text), len(page.text), "")
    found = [
        _article(page, heading, following.start, menus, last=following is end)
        for heading, following in pairwise([opening, *headings, end])
    ]
    above, *below = found
    kept = [article for article in below if article]
    if above and kept and _is_title(above.text, alone=True):  # the name of the page
        return [replace(article, title=f"{above.text} › {article.title}") for article in kept]
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


def _with_bodies(text: str, headings: Sequence[Heading]) -> list[Heading]:
    """Keeps the headings that have something under them, and the first of a page always."""
    return [
        heading
        for heading, following in pairwise([*headings, Heading(len(text), len(text), "")])
        if not text[: heading.start].strip()
        or len(text[heading.end : following.start].split()) >= _BODY_WORDS
    ]


def _article(
    page: Page, heading: Heading, end: int, menus: Counter[str], *, last: bool
) -> Document | None:
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
    title = heading.title or _stand_in(page.source, text)
    return Document(content_id(text), title, text, (Place(page.source, line),), date, url)


def _whole(page: Page) -> list[Document]:
    """A page that is all headings is one article, an empty one is none."""
    text = page.text.strip()
    if not text:
        return []
    title = _stand_in(page.source, text)
    return [Document(content_id(text), title, text, (Place(page.source, 1),))]


def _is_title(line: str, *, alone: bool) -> bool:
    words = line.split()
    return (
        len(line) <= _TITLE_CHARS
        and len(words) >= (1 if alone else 3)
        and not (_FINAL.search(line) or _LIST_ITEM.match(line) or "://" in line or "\t" in line)
        and not line.lstrip("«“\"'(")[:1].islower()
    )


def _is_body(line: str) -> bool:
    return len(line) > _TITLE_CHARS or bool(_FINAL.search(line) and len(line.split()) >= 5)


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
    finished = before and not before.endswith((":", ",")) and _FINAL.search(before)
    furniture = all(map(str.islower, run)) or any(menus[line] > 1 for line in run)
    placed = finished or _SOURCE.search(before) or (opening and not before)
    return count if run and count <= _MENU_LINES and furniture and placed else 0


def _is_menu_line(text: str, span: Span) -> bool:
    line = text[span.start : span.end]
    return len(line.split()) <= _MENU_WORDS and line.replace(" ", "").isalpha()


def _stand_in(source: str, text: str) -> str:
    """A title for text that has none: the file's name if it is made of words, else the opening."""
    name = PurePosixPath(source).stem.replace("_", " ").replace("-", " ").strip()
    if any(len(word) > 2 and word.isalpha() for word in name.split()):
        return name
    first = sentences(text[:2000])[0]
    words = text[first.start : first.end].split()
    return " ".join(words[:12])[:_TITLE_CHARS] + ("…" if len(words) > 12 else "")

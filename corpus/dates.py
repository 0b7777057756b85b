"""Dates as pages write them, in ISO form."""

import re
from datetime import date

_ISO = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
_DOTTED = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b")  # day first wherever dots are used
_SLASHED = re.compile(r"\b(\d{1,2})/(\d{1,2})/(\d{4})\b")
_NAMED = re.compile(
    r"\b\d{1,2}(?:st|nd|rd|th)?\.?\s+(?:of\s+|de\s+)?[^\W\d_]{3,}\.?,?\s+(?:de\s+)?\d{4}\b"
    r"|\b[^\W\d_]{3,}\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+\d{4}\b"
)


def find_date(text: str) -> tuple[str, str] | None:
    """Finds the first date in a short text.

    Returns:
        The date in ISO form and the characters that it was read from, or None. A date that can
        be read in two ways (03/04/2026) is no date.
    """
    for pattern, order in ((_ISO, "ymd"), (_DOTTED, "dmy"), (_SLASHED, "dmy"), (_SLASHED, "mdy")):
        for match in pattern.finditer(text):
            fields = dict(zip(order, map(int, match.groups()), strict=True))
            if pattern is _SLASHED and max(fields["d"], fields["m"]) <= 12:
                continue
            found = _valid(fields["y"], fields["m"], fields["d"])
            if found:
                return found, match.group()
    for match in _NAMED.finditer(text):
        found = _named(match.group())
        if found:
            return found, match.group()
    return None


def _valid(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _named(text: str) -> str | None:
    """Reads a date with the name of its month, in any language that dateparser knows."""
    import dateparser  # 0.1 s, and most texts need no more than the patterns above

    found = dateparser.parse(text, settings={"STRICT_PARSING": True})
    return found.date().isoformat() if found else None

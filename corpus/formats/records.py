"""JSON and JSONL: each object with a field of text is a document."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from corpus.articles import Page
from corpus.dates import find_date
from corpus.encoding import decode
from corpus.errors import CorpusError
from corpus.formats.input import Input

_TEXT = ("text", "body", "content")
_TITLE = ("title", "headline", "name", "subject")
_DATE = ("date", "published", "created", "timestamp")
_URL = ("url", "link")
_AUTHOR = ("author", "creator")


def load_json(file: Input) -> Iterator[Page]:
    """Reads a JSON file.

    Raises:
        CorpusError: It is not JSON, or nothing in it has a field of text.
    """
    try:
        data = json.loads(decode(file.raw))
    except (ValueError, RecursionError):
        yield from load_jsonl(file)  # many tools write one under the other's suffix
        return
    yield from _pages(file.source, _records(data))


def load_jsonl(file: Input) -> Iterator[Page]:
    """Reads a file with a JSON value on each line.

    Raises:
        CorpusError: A line is not JSON, or nothing has a field of text.
    """
    found: list[Mapping[str, Any]] = []
    for number, line in enumerate(decode(file.raw).split("\n"), 1):
        if line.strip():
            try:
                found.extend(_records(json.loads(line)))
            except (ValueError, RecursionError) as error:
                raise CorpusError(f"it is not JSON (line {number}: {error})") from error
    yield from _pages(file.source, found)


def _records(data: Any) -> Iterator[Mapping[str, Any]]:
    """The objects with text in some JSON, however deep; an explicit stack, as depth is unknown."""
    waiting = [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict) and _field(value, _TEXT):
            yield value
        elif isinstance(value, (dict, list)):
            waiting.extend(reversed(list(value.values() if isinstance(value, dict) else value)))


def _pages(source: str, records: Iterable[Mapping[str, Any]]) -> Iterator[Page]:
    number = 0
    for number, record in enumerate(records, 1):
        written = _field(record, _DATE)
        date = find_date(written[:10]) or find_date(written)  # "2024-05-04T10:00:00Z", or in words
        yield Page(
            source,
            _field(record, _TEXT),
            pages=[(0, f"record {number}")],
            title=_field(record, _TITLE),
            date=date[0] if date else None,
            url=_field(record, _URL) or None,
            author=_field(record, _AUTHOR) or None,
        )
    if not number:
        raise CorpusError(f"nothing in it has a field named {', '.join(_TEXT)}")


def _field(record: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """The first of some fields that holds text; capitals make no difference."""
    fields = {str(name).casefold(): value for name, value in record.items()}
    values = (fields.get(name) for name in names)
    return next((value.strip() for value in values if isinstance(value, str) and value.strip()), "")

"""Tables in plain text: comma- and tab-separated values."""

import csv
from collections.abc import Iterator
from io import StringIO

from corpus.articles import Page
from corpus.encoding import decode
from corpus.formats.blocks import Blocks
from corpus.formats.input import Input

_SAMPLE = 20_000  # characters from which the separator is guessed
_SEPARATORS = ",;\t|"


def load_table(file: Input) -> Iterator[Page]:
    """Reads values separated by commas, semicolons, tabs or bars, whatever the suffix says."""
    text = decode(file.raw)
    csv.field_size_limit(max(len(text), 1))
    blocks = Blocks(file.source)
    blocks.table(csv.reader(StringIO(text), delimiter=_separator(text)), place="row")
    yield blocks.page()


def _separator(text: str) -> str:
    """The sign that cuts most of the first lines into as many parts as the first one."""
    lines = [line for line in text[:_SAMPLE].splitlines() if line.strip()]
    counts = {s: [line.count(s) for line in lines] for s in _SEPARATORS}
    return max(_SEPARATORS, key=lambda s: (sum(c == counts[s][0] > 0 for c in counts[s]), s == ","))

"""Plain text: what is stored is the file itself, in one encoding."""

from collections.abc import Iterator

from corpus.articles import Page
from corpus.encoding import decode
from corpus.formats.input import Input


def load_plain(file: Input) -> Iterator[Page]:
    """Reads plain text; its headings have to be found."""
    yield Page(file.source, decode(file.raw))

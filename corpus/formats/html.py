"""Web pages: the article without menus, and what the page says of its title, date and author."""

import email
import re
from collections.abc import Iterator
from email import policy
from email.message import Message

from corpus.articles import Page
from corpus.encoding import decode
from corpus.errors import CorpusError
from corpus.formats.blocks import Blocks
from corpus.formats.input import Input, needs
from corpus.formats.markup import Element, add, elements

_DECLARED = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?([\w-]+)""", re.I)
_DECLARED_IN = 4096  # bytes
_FOUND = 0.8  # of the article's letters


def load_html(file: Input) -> Iterator[Page]:
    """Reads a web page."""
    yield read_html(file.source, html_text(file.raw))


def load_mhtml(file: Input) -> Iterator[Page]:
    """Reads a web page that a browser saved as one file.

    Raises:
        CorpusError: There is no page in it.
    """
    message = email.message_from_bytes(file.raw, policy=policy.default)
    for part in message.walk():
        if part.get_content_type() == "text/html":
            url = part.get("Content-Location") or message.get("Snapshot-Content-Location")
            yield read_html(file.source, html_text(payload(part)), url)
            return
    raise CorpusError("there is no web page in it")


def read_html(source: str, html: str, url: str | None = None) -> Page:
    """Reads a web page.

    Args:
        source: Name of its file.
        html: The page.
        url: Where it came from, if the page does not say it.
    """
    try:
        from trafilatura import extract, extract_metadata
    except ImportError as error:
        raise needs("trafilatura") from error
    article = extract(
        html,
        url=url,
        output_format="html",
        include_formatting=True,
        include_comments=False,
        favor_recall=True,
    )
    about = extract_metadata(html, default_url=url)
    blocks = Blocks(source)
    add(blocks, _chosen(elements(html), elements(article) if article else []))
    return blocks.page(
        title=about.title or "", date=about.date, url=about.url or url, author=about.author
    )


def _chosen(shown: list[Element], article: list[Element]) -> list[Element]:
    """What a page shows of its article, with its headings, some of which trafilatura loses.

    All of a page that has too little text to tell an article from menus; and the article as it
    was found, if it does not stand so in the page.
    """
    texts = {_letters(element) for element in article}
    kept = [i for i, one in enumerate(shown) if one.kind != "heading" and _letters(one) in texts]
    if not article:
        return shown
    found = {_letters(shown[i]) for i in kept}
    if sum(map(len, found)) < _FOUND * sum(map(len, texts)):
        return article
    first = kept[0]
    while first and shown[first - 1].kind == "heading":
        first -= 1
    inside = set(kept)
    return [
        one
        for i, one in enumerate(shown[first : kept[-1] + 1], first)
        if one.kind == "heading" or i in inside
    ]


def _letters(element: Element) -> str:
    return "".join(filter(str.isalnum, element.text))


def payload(part: Message) -> bytes:
    """Returns what a part of a message holds; nothing of one that has parts of its own."""
    raw = part.get_payload(decode=True)
    return raw if isinstance(raw, bytes) else b""


def html_text(raw: bytes) -> str:
    """Returns the text of a page in the encoding that it declares, unless that cannot be true."""
    declared = _DECLARED.search(raw[:_DECLARED_IN])
    if declared and not raw.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        try:
            return raw.decode(declared[1].decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(raw)

"""E-mail: who wrote to whom, when and what, and the files that came with it."""

import email
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage, Message
from email.utils import parsedate_to_datetime

from corpus.articles import Page
from corpus.errors import CorpusError
from corpus.formats.blocks import Blocks
from corpus.formats.html import html_text, payload
from corpus.formats.input import Input
from corpus.formats.markup import add, elements

_SHOWN = ("From", "To", "Cc", "Date", "Subject")


def load_mail(file: Input) -> Iterator[Page | Input]:
    """Reads an e-mail (RFC 5322): its head, its text, and each file that is attached.

    Raises:
        CorpusError: It has no head.
    """
    message = email.message_from_bytes(file.raw, policy=policy.default)
    if not isinstance(message, EmailMessage) or not any(message.get(name) for name in _SHOWN):
        raise CorpusError("it has no sender, subject or date: it is no e-mail")
    blocks = Blocks(file.source)
    blocks.verbatim("\n".join(f"{n}: {_header(message, n)}." for n in _SHOWN if message.get(n)))
    body = message.get_body(("plain", "html"))
    if body is not None and body.get_content_type() == "text/html":
        add(blocks, elements(html_text(payload(body))))
    elif body is not None:
        blocks.verbatim(_decoded(body))
    yield blocks.page(
        title=_header(message, "Subject"), date=_date(message), author=_header(message, "From")
    )
    for part in message.iter_attachments():
        name = part.get_filename()
        if name:
            yield file.inside(name, payload(part))


def _decoded(part: Message) -> str:
    charset = part.get_content_charset("utf-8")
    try:
        return payload(part).decode(charset, "replace").replace("\r\n", "\n")
    except LookupError:  # no such encoding
        return payload(part).decode("utf-8", "replace").replace("\r\n", "\n")


def _header(message: EmailMessage, name: str) -> str:
    return " ".join(str(message.get(name) or "").split())


def _date(message: EmailMessage) -> str | None:
    try:
        return parsedate_to_datetime(str(message.get("Date"))).date().isoformat()
    except ValueError:
        return None

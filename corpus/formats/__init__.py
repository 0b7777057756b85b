"""Files of every kind to pages. What a file is, its content decides before its suffix does."""

import re
from collections.abc import Callable, Iterator

from corpus.articles import Page
from corpus.errors import CorpusError
from corpus.files import Skipped
from corpus.formats.archive import check_zip, load_zip
from corpus.formats.html import load_html, load_mhtml
from corpus.formats.input import Input, MissingLibraryError, over
from corpus.formats.mail import load_mail
from corpus.formats.markdown import load_markdown
from corpus.formats.office import load_docx, load_epub, load_pptx, load_xlsx
from corpus.formats.pdf import load_pdf
from corpus.formats.records import load_json, load_jsonl
from corpus.formats.tables import load_table
from corpus.formats.text import load_plain

__all__ = ["LOADERS", "Input", "read"]

LOADERS: dict[str, Callable[[Input], Iterator[Page | Input | Skipped]]] = {
    ".csv": load_table,
    ".docm": load_docx,
    ".docx": load_docx,
    ".eml": load_mail,
    ".epub": load_epub,
    ".htm": load_html,
    ".html": load_html,
    ".json": load_json,
    ".jsonl": load_jsonl,
    ".log": load_plain,
    ".markdown": load_markdown,
    ".md": load_markdown,
    ".mht": load_mhtml,
    ".mhtml": load_mhtml,
    ".ndjson": load_jsonl,
    ".pdf": load_pdf,
    ".pptm": load_pptx,
    ".pptx": load_pptx,
    ".rst": load_plain,
    ".text": load_plain,
    ".tsv": load_table,
    ".txt": load_plain,
    ".xhtml": load_html,
    ".xlsm": load_xlsx,
    ".xlsx": load_xlsx,
    ".zip": load_zip,
}
_PARTS = (  # of a ZIP file that is not just an archive
    ("word/document.xml", ".docx"),
    ("ppt/presentation.xml", ".pptx"),
    ("xl/workbook.xml", ".xlsx"),
    ("META-INF/container.xml", ".epub"),
)
_TEXT = (
    load_plain,
    load_markdown,
    load_html,
    load_mhtml,
    load_table,
    load_json,
    load_jsonl,
    load_mail,
)
_DATA = frozenset([".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".eml"])
_HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,500}?-->\s*)?<(?:!doctype\s+html|html)\b",
    re.I | re.S,
)
_MHTML = b"From: <Saved by "
_HEAD = 4_096  # bytes in which a file says what it is


def read(file: Input) -> Iterator[Page | Skipped]:
    """Reads a file, and those inside it; what cannot be read is reported."""
    try:
        if not file.raw:
            raise CorpusError("it is empty (0 bytes)")
        held = 0
        for found in LOADERS[_kind(file)](file):
            if isinstance(found, Input):
                yield from read(found)
                continue
            if isinstance(found, Page):
                held += len(found.text)
                if held > file.limits.characters:
                    many = f"it has {held:,} characters, more than {{:,}}"
                    raise over(many, file.limits, "characters")
                if not found.text.strip():
                    raise CorpusError("it holds no text")
            yield found
    except MissingLibraryError as error:
        yield Skipped(file.source, str(error), again=True)
    except CorpusError as error:
        yield Skipped(file.source, str(error))
    except MemoryError:  # no room to go on
        raise
    except Exception as error:  # a library that meets what its author did not think of
        yield Skipped(file.source, f"it is damaged ({type(error).__name__}: {error})")


def _kind(file: Input) -> str:
    """The suffix of the loader that fits what a file holds.

    Raises:
        CorpusError: There is none.
    """
    head = file.raw[:_HEAD]
    if b"%PDF-" in head[:1_024] or head.startswith(b"%PDF"):
        return ".pdf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        names = frozenset(check_zip(file))
        return next((kind for part, kind in _PARTS if part in names), ".zip")
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise CorpusError(
            "it is an Office file that is encrypted, or older than 2007: "
            "save it as DOCX, PPTX or XLSX, without a password"
        )
    if head.startswith(_MHTML):
        return ".mhtml"
    if file.suffix not in _DATA and _HTML.match(head):
        return ".html"
    if LOADERS.get(file.suffix) in _TEXT:
        return file.suffix
    if file.suffix and file.suffix not in LOADERS:
        raise CorpusError(_named(head))
    if b"\0" in head:  # a suffix that promises something else, or none at all
        raise CorpusError(f"{_named(head)}, or it is damaged")
    return ".txt"


def _named(head: bytes) -> str:
    """Says what a file is that cannot be read."""
    import puremagic

    try:
        return f"its type cannot be read: {puremagic.magic_string(head)[0].name}"
    except (puremagic.PureError, ValueError, IndexError):
        return f"its type is not one that can be read ({', '.join(sorted(LOADERS))})"

"""Files in, pages out: one loader for each suffix."""

import os
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

from corpus.articles import Heading, Page
from corpus.errors import CorpusError

# Tried in this order where a file fits several equally well; single bytes carry no sign.
_LEGACY = ("cp1252", "cp1251", "cp1250", "koi8_r", "gb18030", "shift_jis", "big5", "euc_kr")
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_LINE_ENDS = re.compile(r"\r\n?|\u2028|\u2029|\x85")


def check_folder(folder: Path) -> None:
    """Makes sure that a folder can be read.

    Raises:
        CorpusError: `folder` is not a folder, or may not be read.
    """
    if not folder.is_dir():
        raise CorpusError(f"{folder} is not a folder. Name the folder that holds the documents.")
    try:
        next(folder.iterdir(), None)
    except OSError as error:
        raise CorpusError(
            f"{folder} cannot be read ({error.strerror}). Grant yourself access to it."
        ) from error


def find_files(folder: Path) -> list[Path]:
    """Returns the visible files under `folder`, sorted by path; links out of it are left out.

    Raises:
        CorpusError: `folder` is not a folder, or may not be read.
    """
    check_folder(folder)
    root = folder.resolve()
    return sorted(
        path
        for path in folder.rglob("*")
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
        and path.resolve().is_relative_to(root)
    )


def printable_name(path: Path, folder: Path) -> str:
    """Returns the name of a file within its folder, with signs in place of what is no text."""
    name = os.fsencode(path.relative_to(folder).as_posix()).decode("utf-8", "replace")
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in name)


def load(path: Path, source: str) -> Page:
    """Reads one file.

    Raises:
        CorpusError: The file cannot be read; the message is the reason.
    """
    loader = LOADERS.get(path.suffix.lower())
    if loader is None:
        known = ", ".join(sorted(LOADERS))
        raise CorpusError(f"its type is not one that can be read ({known})")
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise CorpusError(f"it cannot be opened ({error.strerror})") from error
    page = loader(source, raw)
    if not page.text.strip():
        raise CorpusError("it holds no text")
    return page


def decode(raw: bytes) -> str:
    """Returns the text of a file in whatever encoding it is, with line feeds as line ends.

    Raises:
        CorpusError: The bytes are not text.
    """
    for bom, encoding in _BOMS:
        if raw.startswith(bom):
            return _clean(raw.decode(encoding, "replace"))
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = _decode_legacy(raw)
    if "\0" in text:
        text = _decode_wide(raw)
    return _clean(text)


def _decode_legacy(raw: bytes) -> str:
    from charset_normalizer import from_bytes

    if b"\0" in raw:
        return _decode_wide(raw)
    matches = from_bytes(raw, cp_isolation=list(_LEGACY))
    if not matches:
        raise CorpusError("it is not text, or in an unknown encoding: save it as UTF-8")
    best = min(matches, key=lambda m: (round(m.chaos, 2), -m.coherence, _LEGACY.index(m.encoding)))
    return str(best)


def _decode_wide(raw: bytes) -> str:
    """Reads UTF-16 without a mark: of two letters' bytes, the zero tells which comes first."""
    encoding = "utf-16-le" if raw[1::2].count(0) > raw[::2].count(0) else "utf-16-be"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        text = "\0"
    if _CONTROL.search(text):
        raise CorpusError("it is not text")
    return text


def _clean(text: str) -> str:
    return _CONTROL.sub("", _LINE_ENDS.sub("\n", text))


def _plain(source: str, raw: bytes) -> Page:
    return Page(source, decode(raw))


def _markdown(source: str, raw: bytes) -> Page:
    text = decode(raw)
    return Page(source, text, list(_markdown_headings(text)))


def _markdown_headings(text: str) -> Iterator[Heading]:
    """The headings of a Markdown text, each with those above it: "Handbook › Holidays"."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt().parse(text)
    starts = [0, *(m.end() for m in re.finditer("\n", text)), len(text) + 1]
    path: dict[int, str] = {}
    for token, content in pairwise(tokens):
        if token.type == "heading_open" and token.map and token.level == 0:
            level = int(token.tag[1:])
            path = {k: v for k, v in path.items() if k < level} | {level: content.content}
            start, end = starts[token.map[0]], min(starts[token.map[1]], len(text))
            title = " › ".join(" ".join(part.split()) for part in path.values() if part)
            yield Heading(start, end, title)


LOADERS: dict[str, Callable[[str, bytes], Page]] = {
    ".txt": _plain,
    ".text": _plain,
    ".md": _markdown,
    ".markdown": _markdown,
}

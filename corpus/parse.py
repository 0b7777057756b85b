"""One file to its documents."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

from corpus.articles import Page, articles
from corpus.files import Skipped
from corpus.formats import Input, read
from corpus.formats.input import over
from corpus.limits import Limits
from corpus.passages import cut
from corpus.types import Document


@dataclass(frozen=True, slots=True)
class Parsed:
    """What came of a file.

    Attributes:
        checksum: SHA-256 of what was read; "" where another try may do better.
        documents: Its articles, cut into passages.
        skipped: What of it was left out: itself, or files that lie inside.
    """

    checksum: str = ""
    documents: tuple[Document, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    def to_json(self) -> bytes:
        return json.dumps(asdict(self)).encode()  # escaped, so that lone surrogates pass

    @classmethod
    def from_json(cls, line: bytes) -> Self:
        data = json.loads(line)
        return cls(
            data["checksum"],
            tuple(map(Document.from_dict, data["documents"])),
            tuple(Skipped(**skipped) for skipped in data["skipped"]),
        )

    @classmethod
    def failed(cls, source: str, reason: str, checksum: str = "") -> Self:
        return cls(checksum, skipped=(Skipped(source, reason),))


def parse(path: Path, source: str, passage_tokens: int, limits: Limits) -> Parsed:
    """Reads a file; what cannot be read is reported.

    Args:
        path: The file.
        source: What it is called.
        passage_tokens: Most tokens (estimated) in a passage.
        limits: How much it may hold.
    """
    try:
        if path.exists() and not path.is_file():
            return Parsed.failed(source, "it is no file")
        size = path.stat().st_size
        if size > limits.bytes:
            too_large = over(f"it has {size / 1e6:,.0f} MB, more than {{:,}}", limits, "megabytes")
            return Parsed.failed(source, str(too_large))
        raw = path.read_bytes()
    except OSError as error:
        return Parsed.failed(source, f"it cannot be opened ({error.strerror})")
    checksum = hashlib.sha256(raw).hexdigest()
    try:
        return _parsed(Input(source, raw, limits), checksum, passage_tokens)
    except (MemoryError, RecursionError):
        too_much = over("reading it takes more than {:,} MiB of memory", limits, "memory")
        return Parsed.failed(source, str(too_much), checksum)


def _parsed(file: Input, checksum: str, passage_tokens: int) -> Parsed:
    documents: list[Document] = []
    skipped: list[Skipped] = []
    for found in read(file):
        if isinstance(found, Skipped):
            skipped.append(found)
        else:
            documents.extend(_documents(found, passage_tokens))
    again = any(one.again for one in skipped)
    return Parsed("" if again else checksum, tuple(documents), tuple(skipped))


def _documents(page: Page, passage_tokens: int) -> list[Document]:
    return [
        replace(document, cuts=tuple(cut(document.text, passage_tokens)))
        for document in articles(page)
    ]

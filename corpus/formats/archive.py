"""Files that hold files: ZIP, and what limits their unpacking."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import PurePosixPath
from zipfile import BadZipFile, ZipFile, ZipInfo

from corpus.errors import CorpusError
from corpus.files import Skipped, printable
from corpus.formats.input import INSIDE, Input, over

_SMALL = 10_000_000  # bytes unpacked; below, no ratio is suspicious


def load_zip(file: Input) -> Iterator[Input | Skipped]:
    """Unpacks an archive in memory, file by file: nothing is written, so no path leads anywhere.

    Raises:
        CorpusError: It is damaged, or over a limit.
    """
    with ZipFile(BytesIO(file.raw)) as archive:
        for member in archive.infolist():
            name = printable(member.filename)
            path = PurePosixPath(member.filename.replace("\\", "/"))
            if member.is_dir() or any(p.startswith(".") and p != ".." for p in path.parts):
                continue
            try:
                if path.is_absolute() or ".." in path.parts or path.drive:
                    raise CorpusError("its path leads out of the archive")
                yield file.inside(name, _unpacked(archive, member))
            except CorpusError as error:
                yield Skipped(f"{file.source}{INSIDE}{name}", str(error))


def check_zip(file: Input) -> list[str]:
    """Makes sure that an archive may be unpacked.

    Returns:
        The names in it.

    Raises:
        CorpusError: It is damaged, or over a limit.
    """
    limits = file.limits
    try:
        with ZipFile(BytesIO(file.raw)) as archive:
            members = archive.infolist()
    except (BadZipFile, OSError, ValueError) as error:
        raise CorpusError(f"it is damaged ({error})") from error
    size = sum(member.file_size for member in members)
    if len(members) > limits.members:
        raise over(f"{len(members):,} files are in it, more than {{:,}}", limits, "members")
    if size > limits.bytes:
        raise over(f"it unpacks to {size / 1e6:,.0f} MB, more than {{:,}}", limits, "megabytes")
    if size > max(_SMALL, limits.ratio * len(file.raw)):
        raise over("it unpacks to more than {:,} times its size", limits, "ratio")
    return [member.filename for member in members]


def _unpacked(archive: ZipFile, member: ZipInfo) -> bytes:
    if member.flag_bits & 1:
        raise CorpusError("it is encrypted: unpack it first")
    try:
        return archive.read(member)
    except Exception as error:  # zlib, lzma, CRC: whatever a damaged member makes of it
        raise CorpusError(f"it is damaged ({error})") from error

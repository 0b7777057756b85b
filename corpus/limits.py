"""How much one file may hold and cost."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Beyond these a file is left out, and named with the limit that it is over.

    Attributes:
        megabytes: Size of a file, and of what is unpacked from an archive.
        pages: Pages of a PDF file.
        characters: Text of a file.
        depth: Archives within archives.
        members: Files in an archive.
        ratio: How many times its size an archive may unpack to.
        seconds: To read one file.
        memory: MiB that reading one file may take.
    """

    megabytes: int = 100
    pages: int = 5_000
    characters: int = 10_000_000
    depth: int = 3
    members: int = 10_000
    ratio: int = 200
    seconds: int = 120
    memory: int = 2_048

    @property
    def bytes(self) -> int:
        """Size of a file."""
        return self.megabytes * 1_000_000

"""What a loader gets: one file, or one that lies inside another."""

from dataclasses import dataclass

from corpus.errors import CorpusError
from corpus.limits import Limits


@dataclass(frozen=True, slots=True)
class Input:
    """The bytes of a file.

    Attributes:
        source: Its name; that of a file inside another follows the other's, after " › ".
        raw: What it holds.
        limits: How much it may hold.
        depth: How many others it lies in.
    """

    source: str
    raw: bytes
    limits: Limits
    depth: int = 0

    @property
    def suffix(self) -> str:
        """The suffix of the name, in lower case and with its point."""
        name = self.source.rpartition("/")[2].rpartition(INSIDE)[2]
        return "." + name.rpartition(".")[2].lower() if "." in name else ""

    def inside(self, name: str, raw: bytes) -> "Input":
        """Returns a file that lies inside this one.

        Raises:
            CorpusError: It lies too deep.
        """
        if self.depth >= self.limits.depth:
            raise over("it lies in more than {:,} archives", self.limits, "depth")
        return Input(f"{self.source}{INSIDE}{name}", raw, self.limits, self.depth + 1)


INSIDE = " › "


def over(what: str, limits: Limits, name: str) -> CorpusError:
    """Returns the error of a file that is over a limit.

    Args:
        what: What was found; {} takes the limit.
        limits: In force.
        name: Of the limit.
    """
    limit = getattr(limits, name)
    return CorpusError(f"{what.format(limit)} (the limit is {name}={limit}; raise it with --limit)")


def needs(package: str) -> CorpusError:
    """Returns the error of a file whose library is not installed."""
    return MissingLibraryError(f"{package} is needed to read it: pip install 'rag[documents]'")


class MissingLibraryError(CorpusError):
    """A file cannot be read until a library is installed."""

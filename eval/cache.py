"""What evaluations keep for the next time, in the user's cache folder; it is made anew at need."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from platformdirs import user_cache_path

from eval.gold import GoldError
from rag import DamagedError, KnowledgeBase, MismatchError, Settings


def cache_folder(name: str) -> Path:
    """Returns the folder in which something of a name is kept."""
    return user_cache_path("rag", appauthor=False) / "eval" / name


def cache_of(files: Iterable[Path]) -> Path:
    """Returns the folder in which what is made of some files is kept.

    Raises:
        GoldError: A file cannot be read.
    """
    digest = hashlib.sha256()
    try:
        for file in files:
            digest.update(file.read_bytes())
    except OSError as error:
        raise GoldError(f"{error.filename} cannot be read ({error.strerror}).") from error
    return cache_folder(digest.hexdigest()[:16])


def kept(root: Path, folder: Path, settings: Settings | None = None) -> KnowledgeBase:
    """Returns the knowledge base in `root` over a folder; one that is of no use any more is redone.

    Args:
        root: Where it is kept.
        folder: The documents.
        settings: How to build and ask it.
    """
    knowledge_base = KnowledgeBase(root, settings)
    try:
        knowledge_base.sync(folder, progress=True)
    except (DamagedError, MismatchError):
        knowledge_base.sync(folder, progress=True, rebuild=True)
    return knowledge_base

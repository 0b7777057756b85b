"""Keeping up with a folder."""

from collections.abc import Iterator
from pathlib import Path

from rag.errors import FAILURES
from rag.knowledge_base import KnowledgeBase, Status

_SETTLED = 1_500  # milliseconds without a change after which a folder is read


def follow(knowledge_base: KnowledgeBase, folder: Path) -> Iterator[Status | str]:
    """Syncs with a folder at once, and again whenever something in it changes.

    Args:
        knowledge_base: Which to keep up to date.
        folder: The documents.

    Yields:
        The status after each sync that changed something, or why one failed; the next change is
        awaited all the same.

    Raises:
        CorpusError, KnowledgeBaseError: The first sync failed.
    """
    from watchfiles import watch

    status = knowledge_base.sync(folder, progress=True)
    yield status
    changes = watch(folder, debounce=_SETTLED, ignore_permission_denied=True)
    for _ in changes:
        try:
            synced = knowledge_base.sync(folder)
        except (*FAILURES, OSError) as error:
            yield f"{folder} could not be read again: {error}"
            continue
        if synced.generation != status.generation:
            status = synced
            yield status

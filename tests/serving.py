"""The page as a server of this process, for tests that meet it as its users do."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any

from app import listening, running, serve
from rag import KnowledgeBase, Settings
from rag.page.desk import Desk

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]


def copied(knowledge_base: KnowledgeBase, root: Path) -> KnowledgeBase:
    """The same knowledge base in a folder of its own, which a test may change."""
    shutil.copytree(knowledge_base.root, root)
    return KnowledgeBase(root, Settings(composer="quote"))


@contextmanager
def served(
    knowledge_base: KnowledgeBase, feedback: Path, auth: tuple[str, str] | None = None, **how: Any
) -> Iterator[str]:
    """Serves the page; gives its address."""
    desk = Desk(knowledge_base, feedback, editable=True, local=True)
    desk.examples()  # as `rag chat` does: it loads the models
    with listening("127.0.0.1", 0) as listener:
        server = running(serve(desk, "127.0.0.1", auth, **how))
        thread = Thread(target=server.run, args=([listener],))
        thread.start()
        while not server.started:
            sleep(0.05)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()

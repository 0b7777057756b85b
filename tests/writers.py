"""Processes that write a knowledge base, to be killed."""

import multiprocessing
import random
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from rag import KnowledgeBase, Settings

SETTINGS = Settings(encoder="hashing", refuse_below=0.0, lock_timeout=30, composer="quote")

_CHILDREN = multiprocessing.get_context("forkserver")
_CHILDREN.set_forkserver_preload(["rag", "faiss", "bm25s", "datasketch", "Stemmer"])


def writer(work: Callable[..., object], *given: Any) -> BaseProcess:
    """Starts a function in a process of its own."""
    child = _CHILDREN.Process(target=work, args=given, daemon=True)
    child.start()
    return child


def kill(child: BaseProcess) -> None:
    child.kill()
    child.join()


def seconds_to_write(root: Path, work: Callable[..., object], *given: Any) -> float:
    """Returns how long a writer needs, from its start to a new generation, on this machine."""
    writer(time.time).join()  # the server that forks has loaded everything then
    first = KnowledgeBase.open(root, SETTINGS).status().generation
    began = time.monotonic()
    child = writer(work, *given)
    while KnowledgeBase.open(root, SETTINGS).status().generation == first:
        time.sleep(0.01)
    needed = time.monotonic() - began
    kill(child)
    return needed


def killed(needed: float, moments: random.Random, work: Callable[..., object], *given: Any) -> None:
    """Starts a writer and kills it before, while or after it writes."""
    child = writer(work, *given)
    time.sleep(moments.uniform(0.1, 2.5) * needed)
    kill(child)

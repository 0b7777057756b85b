"""Writers are killed at random moments while a reader asks without pause.

RAG_KILLS is how many are killed.
"""

import os
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from writers import SETTINGS, killed, seconds_to_write

from rag import KnowledgeBase

KILLS = int(os.environ.get("RAG_KILLS", "12"))
QUESTION = "How many cars does the ferry Odin carry?"
# Every generation holds bees.txt, and one of these contents of boats.txt.
CARS = ("12", "15")


def add(root: Path, folder: Path, turn: int) -> None:
    path = folder.parent / "added.txt"
    path.write_text(f"The lighthouse of Tarn was lit {turn} times.")
    KnowledgeBase(root, SETTINGS).add([path])


def add_and_remove(root: Path, folder: Path, turn: int) -> None:
    add(root, folder, turn)
    remove(root)


def remove(root: Path) -> None:
    base = KnowledgeBase(root, SETTINGS)
    if any("added.txt" in name for name in base.status().files):
        base.remove(["added.txt"])


def sync(root: Path, folder: Path, turn: int) -> None:
    (folder / "boats.new").write_text(f"The ferry Odin carries {CARS[turn % 2]} cars.")
    (folder / "boats.new").replace(folder / "boats.txt")
    KnowledgeBase(root, SETTINGS).sync(folder)


def write_forever(root: Path, folder: Path, work: Callable[[Path, Path, int], None]) -> None:
    turn = 0
    while True:
        work(root, folder, turn)
        turn += 1


@pytest.fixture
def asked(quick: KnowledgeBase, folder: Path) -> Iterator[list[str]]:
    """Answers of a reader that asks without pause; what fails ends it and is said at the end."""
    sync(quick.root, folder, 0)
    answers: list[str] = []
    failed: list[BaseException] = []
    done = threading.Event()

    def ask() -> None:
        reader = KnowledgeBase.open(quick.root, SETTINGS)
        while not done.is_set():
            try:
                answers.append(reader.ask(QUESTION).text)
                KnowledgeBase.open(quick.root, SETTINGS)
            except BaseException as error:
                failed.append(error)
                return

    thread = threading.Thread(target=ask)
    thread.start()
    yield answers
    done.set()
    thread.join()
    assert not failed


def test_a_whole_generation_is_left_and_no_question_fails(
    quick: KnowledgeBase, folder: Path, asked: list[str]
) -> None:
    moments = random.Random(KILLS)
    needed = seconds_to_write(quick.root, write_forever, quick.root, folder, add)
    generations = set()
    for number in range(KILLS):
        work = (add, add_and_remove, sync)[number % 3]
        killed(needed, moments, write_forever, quick.root, folder, work)
        base = KnowledgeBase.open(quick.root, SETTINGS)
        files = base.status().files
        assert {"bees.txt", "boats.txt"} <= set(files)
        (boats,) = [d.text for d in base.documents() if d.source == "boats.txt"]
        assert boats in [f"The ferry Odin carries {cars} cars." for cars in CARS]
        generations.add(base.status().generation)
    seen = {cars for answer in asked for cars in CARS if f"**{cars}**" in answer or cars in answer}
    print(f"{KILLS} killed, {len(generations)} generations left, {len(asked)} questions answered")
    assert seen <= set(CARS)
    assert all(any(cars in answer for cars in CARS) for answer in asked)
    assert len(generations) > KILLS / 4
    remove(quick.root)
    content = b"".join(p.read_bytes() for p in quick.root.rglob("*") if p.is_file())
    assert b"lighthouse" not in content
    assert b"Tarn" not in content
    assert b"hive" in content

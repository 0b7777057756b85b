"""Questions, reloads and answers that are given up leave nothing behind. RAG_SOAK=200 for more."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import CHROMIUM, FLAGS

from app import listening
from rag import KnowledgeBase

QUESTIONS = int(os.environ.get("RAG_SOAK", "8"))
WARM = 8  # questions after which every pool has its threads
IDLE = 10_000  # ms after which the server has closed what nobody uses: uvicorn keeps it for 5 s

pytestmark = [
    pytest.mark.allow_hosts(["127.0.0.1"]),
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium"),
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads /proc"),
]


@pytest.fixture
def served(knowledge_base: KnowledgeBase, tmp_path: Path) -> Iterator[tuple[str, int]]:
    """A chat in a process of its own: its address and number. It leaves no temporary file."""
    with listening("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    process = subprocess.Popen(
        [
            *[sys.executable, "-c", "from rag.cli import main; main()", "chat"],
            *["--port", str(port), "--composer", "quote"],
            *["--knowledge-base", str(knowledge_base.root), "--feedback", str(tmp_path / "said")],
        ],
        stdout=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    assert process.stdout
    process.stdout.readline()
    yield f"http://127.0.0.1:{port}", process.pid
    process.send_signal(signal.SIGINT)
    process.wait(30)
    process.stdout.close()
    assert list(temporary.iterdir()) == []


def held(pid: int) -> dict[str, int]:
    """Threads, open files, connections and children of a process."""
    root = Path(f"/proc/{pid}")
    files = [str(fd.readlink()) for fd in (root / "fd").iterdir() if fd.is_symlink()]
    connections = sum(file.startswith("socket:") for file in files)
    children = [task / "children" for task in (root / "task").iterdir()]
    return {
        "threads": len(children),
        "files": len(files) - connections,
        "connections": connections,
        "children": sum(len(each.read_text().split()) for each in children),
    }


def test_nothing_is_left_behind(served: tuple[str, int]) -> None:
    from playwright.sync_api import Page, sync_playwright

    address, pid = served
    asked = ("How many people does KRKA employ altogether?", "Who is the mayor of Karaganda?")

    def settled(page: Page) -> dict[str, int]:
        page.goto("about:blank")
        page.wait_for_timeout(IDLE)
        found = held(pid)
        page.goto(address)
        return found

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.goto(address)
        before: dict[str, int] = {}
        for number in range(WARM + QUESTIONS):
            if number == WARM:
                before = settled(page)
            page.get_by_role("button", name="New conversation").click()
            page.locator(".rag-welcome").wait_for()
            page.get_by_label("Your question").fill(asked[number % 2])
            page.keyboard.press("Enter")
            page.locator(".rag-turn").wait_for()
            if number % 4 == 0:
                page.reload()  # in the middle of the answer
            elif number % 4 > 1:  # at 1 it is given up for another conversation
                page.locator(".rag-tools").wait_for()
        after = settled(page)
        browser.close()
    print(f"{QUESTIONS} questions: {before} before, {after} after")
    assert all(after[name] <= before[name] for name in ("children", "connections", "files"))
    assert after["threads"] <= before["threads"] + 2  # a pool may still have grown

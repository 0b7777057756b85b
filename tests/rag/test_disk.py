"""A full disk and a read-only one, as real file systems."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from rag import KnowledgeBase, KnowledgeBaseError, Settings

SETTINGS = Settings(encoder="hashing", refuse_below=0.0, composer="quote")
QUESTION = "How many bees does the hive of Ada hold?"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of half a megabyte."""
    path = tmp_path / "disk"
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(path)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system may be mounted here: that takes root")
    yield path
    subprocess.run(["umount", "-l", str(path)], check=True)


def fill(disk: Path, left: int) -> None:
    """Leaves so many bytes free."""
    with (disk / "ballast").open("wb", buffering=0) as ballast, suppress(OSError):
        while True:
            ballast.write(bytes(1_024))
    size = (disk / "ballast").stat().st_size
    with (disk / "ballast").open("r+b") as ballast:
        ballast.truncate(max(0, size - left))


@pytest.mark.parametrize("left", [0, 4_096, 16_384, 40_960, 65_536])
def test_a_full_disk_loses_nothing(disk: Path, folder: Path, left: int) -> None:
    base = KnowledgeBase(disk / "knowledge", SETTINGS)
    before = base.sync(folder)
    fill(disk, left)
    (folder / "birds.txt").write_text("A swift sleeps in the air. " * 200)
    writes: tuple[Callable[[], object], ...] = (
        lambda: base.sync(folder),
        lambda: base.add([folder / "birds.txt"]),
        lambda: base.sync(folder, rebuild=True),
    )
    for write in writes:
        with pytest.raises(KnowledgeBaseError, match=r"cannot be written .*Make room there"):
            write()
        fresh = KnowledgeBase.open(base.root, SETTINGS)
        assert fresh.status() == before
        assert "40,000" in fresh.ask(QUESTION).text
    (disk / "ballast").unlink()
    assert base.sync(folder).documents == 3


def test_a_disk_that_fills_before_there_is_anything(disk: Path, folder: Path) -> None:
    fill(disk, 8_192)
    base = KnowledgeBase(disk / "knowledge", SETTINGS)
    with pytest.raises(KnowledgeBaseError, match=r"cannot be written .*Make room there"):
        base.sync(folder)
    (disk / "ballast").unlink()
    assert base.sync(folder).documents == 2


def test_a_read_only_disk_answers_and_takes_nothing(disk: Path, folder: Path) -> None:
    base = KnowledgeBase(disk / "knowledge", SETTINGS)
    base.sync(folder)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    (folder / "birds.txt").write_text("A swift sleeps in the air.")
    writes: tuple[Callable[[], object], ...] = (
        lambda: base.sync(folder),
        lambda: base.add([folder / "birds.txt"]),
        lambda: base.remove(["bees.txt"]),
    )
    for write in writes:
        with pytest.raises(KnowledgeBaseError, match=r"cannot be written .*name another folder"):
            write()
    assert "40,000" in KnowledgeBase.open(base.root, SETTINGS).ask(QUESTION).text

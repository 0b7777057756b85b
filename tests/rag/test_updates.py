"""Adding, removing and keeping up."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from corpus import CorpusError, Limits
from rag import KnowledgeBase, KnowledgeBaseError, Settings, store
from rag.lexical import terms
from rag.watch import follow


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "elsewhere" / "report.md"
    path.parent.mkdir()
    path.write_text("# Lighthouse\n\nThe lighthouse of Tarn was lit 71 times in December.")
    return path


def contents(base: KnowledgeBase) -> bytes:
    return b"".join(p.read_bytes() for p in base.root.rglob("*") if p.is_file())


def test_an_added_file_stays_whatever_is_synced(
    quick: KnowledgeBase, folder: Path, report: Path
) -> None:
    quick.sync(folder)
    assert quick.add([report]).files == (str(report), "bees.txt", "boats.txt")
    assert "71" in quick.ask("How often was the lighthouse of Tarn lit?").text
    (folder / "boats.txt").unlink()
    report.unlink()
    assert quick.sync(folder).files == (str(report), "bees.txt")
    assert quick.sync(folder, rebuild=True).files == (str(report), "bees.txt")
    assert "71" in quick.ask("How often was the lighthouse of Tarn lit?").text


def test_adding_needs_no_folder_and_brings_up_to_date(quick: KnowledgeBase, report: Path) -> None:
    assert quick.add([report]).folder == ""
    report.write_text(report.read_text().replace("71", "72"))
    assert quick.add([report]).files == (str(report),)
    assert "72" in quick.ask("How often was the lighthouse of Tarn lit?").text
    assert b"71 times" not in contents(quick)


def test_a_file_of_the_folder_is_not_held_twice(quick: KnowledgeBase, folder: Path) -> None:
    quick.sync(folder)
    added = quick.add([folder / "bees.txt"])
    assert added.files == (str(folder / "bees.txt"), "boats.txt")
    assert added.documents == 2
    assert quick.sync(folder).files == ("bees.txt", "boats.txt")


def test_files_of_one_name_stay_apart(quick: KnowledgeBase, folder: Path, report: Path) -> None:
    other = folder / "2030" / "report.md"
    other.parent.mkdir()
    other.write_text("# Crane\n\nThe crane of Tarn is red.")
    quick.sync(folder)
    quick.add([report])
    with pytest.raises(KnowledgeBaseError, match=r"report\.md can be .* or .*\. Say which"):
        quick.remove(["report.md"])
    assert quick.remove(["2030/report.md"]) == ["2030/report.md"]
    assert quick.remove(["report.md"]) == [str(report)]


def test_nothing_is_added_if_a_file_cannot_be_read(quick: KnowledgeBase, report: Path) -> None:
    before = quick.add([report])
    for bad in (report.parent / "missing.txt", report.parent):
        with pytest.raises(CorpusError, match=r" it (cannot be opened|is no).*Nothing was added"):
            quick.add([report, bad])
    assert quick.status() == before


def test_nothing_of_a_removed_file_is_left(
    quick: KnowledgeBase, folder: Path, report: Path
) -> None:
    quick.sync(folder)
    quick.add([report])
    (passage,) = [p for p in quick.generation().passages([0, 1, 2]) if "Tarn" in p.text]
    vector = quick.generation().vectors_by_id()[passage.id].tobytes()
    words = [*passage.text.split(), *terms(passage.text), str(report), report.name, passage.id]
    own = [word for word in words if len(word) > 3]
    assert vector in contents(quick)
    assert all(word.encode() in contents(quick) for word in own)
    quick.remove([str(report)])
    left = contents(quick)
    assert vector not in left
    assert [word for word in own if word.encode() in left] == []
    assert b"hive" in left
    assert quick.ask("How often was the lighthouse of Tarn lit?").refused or (
        "71" not in quick.ask("How often was the lighthouse of Tarn lit?").text
    )


def test_a_copy_of_what_is_removed_answers_on(quick: KnowledgeBase, folder: Path) -> None:
    (folder / "copy.txt").write_text((folder / "bees.txt").read_text())
    assert quick.sync(folder).documents == 2
    quick.remove(["bees.txt"])
    (document,) = [d for d in quick.documents() if "hive" in d.text]
    assert [place.source for place in document.places] == ["copy.txt"]


def test_what_is_not_there_cannot_be_removed(quick: KnowledgeBase, folder: Path) -> None:
    quick.sync(folder)
    with pytest.raises(KnowledgeBaseError, match=r"no file birds\.txt in it.*rag status --files"):
        quick.remove(["bees.txt", "birds.txt"])
    assert len(quick.status().files) == 2


def test_what_only_changed_its_limits_is_tried_again(quick: KnowledgeBase, folder: Path) -> None:
    (folder / "long.txt").write_text("The swift sleeps. " * 100)
    tight = replace(quick.settings, limits=Limits(characters=1_000))
    assert len(KnowledgeBase(quick.root, tight).sync(folder).skipped) == 1
    assert not quick.sync(folder).skipped


def test_a_folder_is_followed(quick: KnowledgeBase, folder: Path) -> None:
    following = follow(quick, folder)
    first = next(following)
    assert not isinstance(first, str)
    assert first.documents == 2

    def change() -> None:
        (folder / "birds.txt").write_text("A swift sleeps in the air.")

    threading.Timer(0.5, change).start()
    second = next(following)
    assert not isinstance(second, str)
    assert second.files == ("bees.txt", "birds.txt", "boats.txt")

    def harm() -> None:
        for path in folder.iterdir():
            path.write_bytes(b"\0\1\2\3")

    threading.Timer(0.5, harm).start()
    third = next(following)
    assert isinstance(third, str)
    assert "can be read" in third
    assert quick.status() == second


def test_old_generations_go(quick: KnowledgeBase, folder: Path, report: Path) -> None:
    quick.sync(folder)
    reader = KnowledgeBase.open(quick.root, quick.settings)
    held = reader.generation()
    (quick.root / "generations" / "000099").mkdir()  # what a killed process left
    quick.add([report])
    names = [path.name for path in (quick.root / "generations").iterdir()]
    assert names == [store.current(quick.root)[0]]
    assert {p.text for p in held.passages([0, 1])} == {
        (folder / "bees.txt").read_text(),
        (folder / "boats.txt").read_text(),
    }


def test_control_c_leaves_the_old_generation(tmp_path: Path, folder: Path) -> None:
    root = tmp_path / "knowledge"
    before = KnowledgeBase(root, Settings(encoder="hashing")).sync(folder)
    os.mkfifo(folder / "z.fifo")
    for number in range(400):
        (folder / f"{number}.md").write_text(f"# Part {number}\n\n" + "The swift sleeps. " * 2_000)
    script = "from rag.cli import main; main()"
    command = [sys.executable, "-c", script, "index", str(folder), "--knowledge-base", str(root)]
    indexing = subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True)
    time.sleep(3)
    indexing.send_signal(signal.SIGINT)
    _, said = indexing.communicate(timeout=30)
    assert indexing.returncode == 130, said
    assert b"Traceback" not in said
    assert KnowledgeBase.open(root).status() == before

import hashlib
import json
import random
import shutil
import time
from pathlib import Path

import pytest
from writers import SETTINGS, kill, killed, seconds_to_write, writer

from rag import (
    BusyError,
    DamagedError,
    KnowledgeBase,
    KnowledgeBaseError,
    MismatchError,
    NotFoundError,
    Settings,
    store,
)


def sync_forever(root: Path, folders: list[Path]) -> None:
    while True:
        for folder in folders:
            KnowledgeBase(root, SETTINGS).sync(folder)


def sync_once(root: Path, folder: Path) -> None:
    KnowledgeBase(root, SETTINGS).sync(folder)


def generation(base: KnowledgeBase) -> Path:
    return base.root / "generations" / base.status().generation


def test_sync_adds_updates_and_removes(quick: KnowledgeBase, folder: Path) -> None:
    assert quick.sync(folder).documents == 2
    (folder / "boats.txt").unlink()
    (folder / "bees.txt").write_text("The hive of Ada holds 50,000 bees.")
    (folder / "birds.txt").write_text("A swift sleeps in the air.")
    assert quick.sync(folder).files == ("bees.txt", "birds.txt")
    assert [d.text for d in quick.documents()] == [
        "The hive of Ada holds 50,000 bees.",
        "A swift sleeps in the air.",
    ]
    assert "Odin" not in str(quick.ask("What does the ferry Odin carry?"))


def test_nothing_of_a_removed_document_stays_on_disk(quick: KnowledgeBase, folder: Path) -> None:
    quick.sync(folder)
    (folder / "boats.txt").unlink()
    quick.sync(folder)
    content = b"".join(p.read_bytes() for p in quick.root.rglob("*") if p.is_file())
    assert b"Odin" not in content
    assert b"odin" not in content
    assert b"hive" in content


def test_an_unchanged_folder_makes_no_new_generation(quick: KnowledgeBase, folder: Path) -> None:
    first = quick.sync(folder)
    (folder / "bees.txt").touch()
    assert quick.sync(folder) == first


def test_unchanged_passages_keep_their_vectors(
    quick: KnowledgeBase, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick.sync(folder)
    embedded: list[str] = []
    encoder = quick._encoder_of(quick.generation())
    encode = encoder.encode_passages

    def spy(texts: list[str], **options: bool) -> object:
        embedded.extend(texts)
        return encode(texts, **options)

    monkeypatch.setattr(encoder, "encode_passages", spy)
    (folder / "bees.txt").rename(folder / "insects.txt")
    (folder / "birds.txt").write_text("A swift sleeps in the air.")
    quick.sync(folder)
    assert embedded == ["A swift sleeps in the air.\nA swift sleeps in the air."]
    vectors = quick.generation().vectors_by_id()
    for passage in quick.generation().passages([0, 1, 2]):
        (expected,) = encode([store.embedded_text(passage)])
        assert vectors[passage.id] == pytest.approx(expected, abs=1e-6)


def test_an_empty_folder_empties_the_knowledge_base(quick: KnowledgeBase, folder: Path) -> None:
    quick.sync(folder)
    for path in folder.iterdir():
        path.unlink()
    assert quick.sync(folder).documents == 0
    answer = quick.ask("What does the ferry carry?")
    assert answer.refused
    assert answer.reason == "nothing_found"


def test_a_failed_sync_leaves_the_old_generation(quick: KnowledgeBase, folder: Path) -> None:
    before = quick.sync(folder)
    for path in folder.iterdir():
        path.write_bytes(b"\x00\x01\x02\xff")
    with pytest.raises(KnowledgeBaseError, match=r"No file in .* can be read: bees.txt"):
        quick.sync(folder)
    assert quick.status() == before


def test_the_knowledge_base_may_not_lie_inside_the_documents(folder: Path) -> None:
    with pytest.raises(KnowledgeBaseError, match="folder of its own"):
        KnowledgeBase(folder / "inner", SETTINGS).sync(folder)
    assert not (folder / "inner").exists()


def test_a_place_that_cannot_be_written(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(KnowledgeBaseError, match=r"cannot be written .*name another folder"):
        KnowledgeBase(tmp_path / "file" / "knowledge", SETTINGS).sync(folder)


def test_a_full_disk_leaves_the_old_generation(
    quick: KnowledgeBase, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = quick.sync(folder)
    (folder / "boats.txt").unlink()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "_flush", full)
    with pytest.raises(KnowledgeBaseError, match="No space left on device"):
        quick.sync(folder)
    monkeypatch.undo()
    assert quick.status() == before
    assert quick.sync(folder).documents == 1
    assert [path.name for path in (quick.root / "generations").iterdir()] == ["000002"]


def test_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"no knowledge base in .*rag index"):
        KnowledgeBase.open(tmp_path)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (Settings(encoder="other"), "encoder hashing"),
        (Settings(passage_tokens=7), "passage_tokens"),
    ],
)
def test_other_settings_are_refused(
    quick: KnowledgeBase, folder: Path, settings: Settings, named: str
) -> None:
    quick.sync(folder)
    with pytest.raises(MismatchError, match=f"{named}.*rag index"):
        KnowledgeBase.open(quick.root, settings)


@pytest.mark.parametrize(
    ("change", "said"), [({"format": 99}, "format 99"), ({"colour": 1}, "another version")]
)
def test_another_version_is_refused(
    quick: KnowledgeBase, folder: Path, change: dict[str, int], said: str
) -> None:
    quick.sync(folder)
    path = generation(quick) / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    name = path.parent.name
    checksum = hashlib.sha256(path.read_bytes()).hexdigest()
    (quick.root / "CURRENT").write_text(f"{name} {checksum}\n")
    with pytest.raises(MismatchError, match=f"{said}.*rag index FOLDER --rebuild"):
        KnowledgeBase.open(quick.root)


def test_other_weights_are_refused(
    quick: KnowledgeBase, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick.sync(folder)
    monkeypatch.setattr("embeddings.encoder.HashingEncoder.checksum", "changed")
    with pytest.raises(MismatchError, match=r"other weights of hashing.*rag index"):
        quick.ask("What does the ferry carry?")


@pytest.mark.parametrize(
    "name",
    [
        "CURRENT",
        "manifest.json",
        "documents.sqlite",
        "vectors.npy",
        "faiss.index",
        "lexical/vocab.index.json",
    ],
)
@pytest.mark.parametrize("harm", ["cut", "changed", "gone"])
def test_a_damaged_file_is_found_and_a_rebuild_mends_it(
    quick: KnowledgeBase, folder: Path, name: str, harm: str
) -> None:
    quick.sync(folder)
    path = quick.root / name if name == "CURRENT" else generation(quick) / name
    content = path.read_bytes()
    middle = len(content) // 2
    if harm == "gone":
        path.unlink()
        if name == "CURRENT":  # as if nothing had ever been built
            assert quick.sync(folder).documents == 2
            return
    elif harm == "cut":
        path.write_bytes(content[:middle])
    elif name == "manifest.json":
        path.write_bytes(content.replace(b'"passages"', b'"passage?"'))
    else:
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    with pytest.raises(DamagedError, match="rag index"):
        KnowledgeBase.open(quick.root)
    with pytest.raises(DamagedError, match="rag index"):
        KnowledgeBase(quick.root, SETTINGS).sync(folder)
    KnowledgeBase(quick.root, SETTINGS).sync(folder, rebuild=True)
    assert KnowledgeBase.open(quick.root).status().documents == 2


def test_one_writer_at_a_time(quick: KnowledgeBase, folder: Path) -> None:
    impatient = KnowledgeBase(quick.root, Settings(encoder="hashing", lock_timeout=0.1))
    with (
        store.writing(quick.root, 1),
        pytest.raises(BusyError, match="Another process has been writing"),
    ):
        impatient.sync(folder)


def test_processes_that_build_at_once_all_succeed(tmp_path: Path, folder: Path) -> None:
    root = tmp_path / "knowledge"
    children = [writer(sync_once, root, folder) for _ in range(4)]
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0] * 4
    assert KnowledgeBase.open(root).status().generation == "000001"


def test_readers_move_to_the_new_generation(quick: KnowledgeBase, folder: Path) -> None:
    quick.sync(folder)
    reader = KnowledgeBase.open(quick.root, SETTINGS)
    (folder / "boats.txt").write_text("The ferry Odin carries 15 cars.")
    quick.sync(folder)
    answer = reader.ask("How many cars does the ferry Odin carry?")
    assert "15 cars" in answer.text.replace("**", "")  # the short answer is marked in it


def test_readers_find_a_whole_generation_while_others_are_written(
    quick: KnowledgeBase, folder: Path
) -> None:
    quick.sync(folder)
    shutil.copytree(folder, folder.parent / "b")
    (folder.parent / "b" / "birds.txt").write_text("A swift sleeps in the air.")
    folders = [folder.parent / "b", folder]
    child = writer(sync_forever, quick.root, folders)
    names: set[str] = set()
    until = time.monotonic() + 5
    try:
        while time.monotonic() < until or len(names) < 5:
            reader = KnowledgeBase.open(quick.root, SETTINGS)
            assert "Odin" in reader.ask("Which ferry leaves the pier at nine?").text
            names.add(reader.generation().name)
    finally:
        kill(child)


def test_killed_at_any_moment_a_whole_generation_is_left(tmp_path: Path, folder: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    (other / "birds.txt").write_text("A swift sleeps in the air.")
    (folder / "boats.txt").write_text("The ferry Odin carries 12 cars.")
    (other / "boats.txt").write_text("The ferry Odin carries 15 cars.")
    root = tmp_path / "knowledge"
    KnowledgeBase(root, SETTINGS).sync(folder)
    whole = {
        ("bees.txt", "boats.txt"): "12 cars",
        ("bees.txt", "birds.txt", "boats.txt"): "15 cars",
    }
    moments = random.Random(5)
    needed = seconds_to_write(root, sync_forever, root, [other, folder])
    seen = set()
    for _ in range(30):
        killed(needed, moments, sync_forever, root, [other, folder])
        base = KnowledgeBase.open(root, SETTINGS)
        files = base.status().files
        answer = base.ask("How many cars does the ferry Odin carry?")
        assert whole[files] in answer.text.replace("**", "")
        seen.add(base.status().generation)
    assert len(seen) > 15  # the children did get to write

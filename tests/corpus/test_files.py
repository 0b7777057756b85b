import os
from pathlib import Path

import pytest

from corpus import Corpus, CorpusError, read_folder


def test_files_that_cannot_be_read_are_named_and_the_others_go_in(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("A good sentence.")
    (tmp_path / "empty.txt").write_text(" \n")
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)) * 4)
    (tmp_path / "sheet.xyz").write_text("A sheet.")
    (tmp_path / ".hidden.txt").write_text("Hidden.")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "good.txt").write_text("Another good sentence.")
    (tmp_path / "link.txt").symlink_to("/etc/passwd")
    corpus = Corpus.of(read_folder(tmp_path, 100))
    assert [f.name for f in corpus.files if f.documents] == ["good.txt", "inner/good.txt"]
    binary, empty, link, sheet = map(str, corpus.skipped)
    assert "binary.txt: it is not text" in binary
    assert "empty.txt: it holds no text" in empty
    assert "link.txt: it is a link that leads out of the folder" in link
    assert "sheet.xyz: its type is not one that can be read" in sheet


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_named(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("Secret.")
    (tmp_path / "secret.txt").chmod(0)
    (file,) = read_folder(tmp_path, 100)
    assert "cannot be opened" in str(file.skipped[0])


def test_names_that_are_no_text(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/odd\xff\x1b[31m.txt")).write_text("A sentence.")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/odd\xfe\x1b[31m.txt")).write_text("Another one.")
    names = [file.name for file in read_folder(tmp_path, 100)]
    assert names == ["odd��[31m.txt", "odd��[31m.txt (2)"]


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="is not a folder"):
        read_folder(tmp_path / "missing", 100)

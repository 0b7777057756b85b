import os
from pathlib import Path

import pytest

from corpus import CorpusError, read_folder
from corpus.load import decode

LATIN = "Le café coûte 5 €, à côté de l'hôtel. Ça va très bien."
CYRILLIC = "Привет, это проверка. Мэр города — Иван Петров."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [LATIN, CYRILLIC, "Plain text."])
def test_unicode(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (LATIN, "cp1252"),
        ("Plain with one “quote” and a naïve café.", "cp1252"),
        ("Die Straße ist für Fußgänger über 3 km lang gesperrt.", "cp1252"),
        (CYRILLIC, "cp1251"),
        ("Директор", "cp1251"),
        (CYRILLIC.replace("—", "-"), "koi8_r"),
        ("Łódź jest dużym miastem, gdzie żyje wielu ludzi.", "cp1250"),
        ("東京は日本の首都です。人口は約千四百万人です。", "shift_jis"),
    ],
)
def test_older_encodings(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_line_ends_and_control_characters() -> None:
    assert decode(b"one\r\ntwo\rthree\x07\n") == "one\ntwo\nthree\n"


def test_files_that_cannot_be_read_are_named_and_the_others_go_in(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("A good sentence.")
    (tmp_path / "empty.txt").write_text(" \n")
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)) * 4)
    (tmp_path / "sheet.xyz").write_text("A sheet.")
    (tmp_path / ".hidden.txt").write_text("Hidden.")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "good.txt").write_text("Another good sentence.")
    (tmp_path / "link.txt").symlink_to("/etc/passwd")
    corpus = read_folder(tmp_path, 100)
    assert corpus.files == ("good.txt", "inner/good.txt")
    assert [skipped.source for skipped in corpus.skipped] == [
        "binary.txt",
        "empty.txt",
        "sheet.xyz",
    ]
    assert "holds no text" in str(corpus.skipped[1])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_named(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("Secret.")
    (tmp_path / "secret.txt").chmod(0)
    assert "cannot be opened" in str(read_folder(tmp_path, 100).skipped[0])


def test_names_that_are_no_text(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/odd\xff\x1b[31m.txt")).write_text("A sentence.")
    (source,) = read_folder(tmp_path, 100).files
    assert source == "odd��[31m.txt"


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="is not a folder"):
        read_folder(tmp_path / "missing", 100)

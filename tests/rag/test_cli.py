import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rag import KnowledgeBase, default_knowledge_base
from rag.compose import smollm

Command = Callable[..., tuple[int, str, str]]


def test_exit_codes(command: Command) -> None:
    code, out, _ = command("ask", "How many people does KRKA employ altogether?")
    assert code == 0
    assert "13 thousand" in out
    assert "[1]" in out
    code, out, _ = command("ask", "Who is the mayor of Karaganda?")
    assert code == 3
    assert "Closest passages" in out
    for arguments in (["ask", ""], ["ask"], ["nonsense"], ["status", "--knowledge-base", "/none"]):
        code, out, error = command(*arguments)
        assert code == 2
        assert not out
        assert "Traceback" not in error


def test_errors_are_one_line(command: Command, tmp_path: Path) -> None:
    _, _, error = command("index", str(tmp_path / "none"), "--knowledge-base", str(tmp_path))
    assert error == (
        f"rag: {tmp_path / 'none'} is not a folder. Name the folder that holds the documents.\n"
    )


def test_json(command: Command) -> None:
    _, out, _ = command("ask", "--json", "When will the referendum be held?")
    answer = json.loads(out)
    assert "15 March" in answer["citations"][0]["quote"]


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_composer_can_be_chosen(command: Command) -> None:
    question = "When will the referendum be held?"
    _, out, _ = command("ask", "--composer", "quote", question)
    assert out.startswith("R. Vassilenko informed that")
    code, out, error = command("ask", "--composer", "poet", question)
    assert code == 2
    assert "Choose one of: auto, quote, statement, chat" in error
    code, out, _ = command("ask", "--url", "http://127.0.0.1:9/v1", "--model", "m", question)
    assert code == 0
    assert "http://127.0.0.1:9/v1 cannot be reached" in " ".join(out.split())
    assert "R. Vassilenko informed that" in out


def test_doctor_says_what_is_missing(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, _ = command("doctor")
    assert code == 0
    assert "All is well" in out
    assert "SmolLM2-135M-Instruct  the published weights, verified" in out
    monkeypatch.setattr(smollm, "installed", lambda: False)
    _, out, _ = command("doctor")
    assert smollm.REMEDY in out


def test_doctor_names_what_is_wrong(
    command: Command, quick: KnowledgeBase, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick.sync(folder)
    (index,) = quick.root.rglob("faiss.index")
    index.write_bytes(b"")
    monkeypatch.setattr("rag.doctor.version", lambda _: "0.0.1")
    monkeypatch.setattr("rag.doctor.find_spec", lambda name: None if name == "mammoth" else name)
    code, out, _ = command("doctor", "--knowledge-base", quick.root)
    assert code == 2
    assert "faiss.index is damaged" in out
    assert "rag index FOLDER --rebuild" in out
    assert "pip install 'torch" in out
    assert "cannot read DOCX" in out
    assert "8 of 1" in out


def test_own_folder(command: Command, tmp_path: Path, folder: Path) -> None:
    (folder / "broken.pdf").write_bytes(b"%PDF")
    base = ["--knowledge-base", str(tmp_path / "own")]
    code, out, _ = command("index", str(folder), *base)
    assert code == 0
    assert "2 articles in 2 files" in out
    assert "broken.pdf: it is damaged" in out
    code, out, _ = command("ask", "How many bees does the hive of Ada hold?", *base)
    assert code == 0
    assert "40,000" in out
    code, out, _ = command("status", "--articles", *base)
    assert "bees.txt, line 1" in out


def test_add_and_remove(command: Command, tmp_path: Path, folder: Path) -> None:
    base = ["--knowledge-base", str(tmp_path / "own")]
    command("index", folder, *base)
    (tmp_path / "birds.txt").write_text("A swift sleeps in the air.")
    code, out, _ = command("add", tmp_path / "birds.txt", *base)
    assert code == 0
    assert "3 articles in 3 files" in out
    _, out, _ = command("status", "--files", *base)
    assert f"{tmp_path / 'birds.txt'}\n     1 articles · 0.0 kB · added by hand" in out
    code, out, _ = command("remove", "birds.txt", "bees.txt", *base)
    assert code == 0
    assert f"removed         {tmp_path / 'birds.txt'}\n" in out
    assert f"but it lies in {folder}: the next rag index brings it back" in out
    assert "1 articles in 1 files" in out
    code, _, err = command("remove", "birds.txt", *base)
    assert code == 2
    assert "There is no file birds.txt in it" in err


def test_limits_can_be_set(command: Command, tmp_path: Path, folder: Path) -> None:
    base = ["--knowledge-base", str(tmp_path / "own")]
    (folder / "long.txt").write_text("The swift sleeps. " * 100)
    code, out, _ = command("index", folder, "--limit", "characters=1000", *base)
    assert code == 0
    assert "long.txt: it has 1,800 characters, more than 1,000" in out
    for wrong in ("characters", "characters=0", "characters=-1", "wishes=3"):
        code, _, err = command("index", folder, "--limit", wrong, *base)
        assert code == 2
        assert f"--limit {wrong} cannot be read" in err


def test_status_lists_the_articles(command: Command) -> None:
    _, out, _ = command("status", "--articles")
    assert out.startswith(f"17 articles in 5 files, {default_knowledge_base().status().passages}")
    assert out.count(" line ") == 22


def test_importing_loads_nothing_heavy() -> None:
    heavy = "torch transformers sentence_transformers faiss gradio bm25s datasketch dateparser"
    script = f"import rag, app, sys; print([m for m in '{heavy}'.split() if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"

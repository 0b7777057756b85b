"""Files are read in processes of their own, within limits."""

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from corpus import Corpus, Limits, read_folder
from corpus.formats import LOADERS
from corpus.parser import Parser, parse_all

QUICK = Limits(seconds=2, memory=300)


@pytest.fixture
def harmful(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose files do harm when they are read: each holds the Python that is run then."""
    hook = tmp_path / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(
        "import sys\n"
        "if any('corpus.serve' in a for a in sys.orig_argv):\n"
        "    import corpus.formats as formats\n"
        "    def harm(file):\n"
        "        exec(file.raw.decode())\n"
        "        return iter(())\n"
        "    formats.LOADERS['.log'] = harm\n"
        "    formats._TEXT = (*formats._TEXT, harm)\n"
    )
    monkeypatch.setattr(sys, "path", [str(hook), *sys.path])
    folder = tmp_path / "harmful"
    folder.mkdir()
    for name, code in (
        ("a loop.log", "while True: pass"),
        ("a sleep.log", "import time; time.sleep(99)"),
        ("crash.log", "import os; os.abort()"),
        ("exit.log", "import os; os._exit(3)"),
        ("memory.log", "x = bytearray(10**9)"),
        ("noise.log", "print('{\"checksum\": 1}')"),
        ("write.log", f"import os; os.write(os.open({str(tmp_path / 'new')!r}, 65), b'x')"),
    ):
        (folder / name).write_text(code)
    (folder / "z good.txt").write_text("The gate is blue.")
    return folder


def test_a_harmful_file_costs_itself_alone(harmful: Path) -> None:
    began = time.monotonic()
    files = read_folder(harmful, 180, QUICK, processes=2)
    assert time.monotonic() - began < 30
    corpus = Corpus.of(files)
    assert [document.text for document in corpus.documents] == ["The gate is blue."]
    reasons = {one.source: one.reason for one in corpus.skipped}
    assert "more than 2 seconds" in reasons["a loop.log"]
    assert "more than 2 seconds" in reasons["a sleep.log"]
    assert "ended by signal 6" in reasons["crash.log"]
    assert "it is damaged" in reasons["exit.log"]
    assert "more than 300 MiB of memory" in reasons["memory.log"]
    assert "it is damaged" in reasons["write.log"]
    assert (harmful.parent / "new").read_bytes() == b""


def test_the_reading_program_ends_with_whoever_asks(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The gate is blue.")
    parser = Parser(180, Limits())
    parser.parse(tmp_path / "a.txt", "a.txt")
    process = parser._process
    assert process is not None
    process.kill()
    process.wait()
    assert parser.parse(tmp_path / "a.txt", "a.txt").documents  # it is started again
    parser.close()
    script = (
        "from pathlib import Path; from corpus.parser import Parser; from corpus import Limits;"
        f"p = Parser(180, Limits()); p.parse(Path({str(tmp_path / 'a.txt')!r}), 'a.txt');"
        "print(p._process.pid, flush=True); import os; os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    pid = int(done.stdout)
    until = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
        time.sleep(0.05)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_what_is_given_up_does_not_go_on(harmful: Path) -> None:
    name = "a sleep.log"
    parser = Parser(180, QUICK)
    threading.Timer(0.7, parser.kill).start()
    (skipped,) = parser.parse(harmful / name, name).skipped
    assert "was ended" in skipped.reason
    until = time.monotonic() + 10
    while _readers(harmful) and time.monotonic() < until:
        time.sleep(0.1)
    assert _readers(harmful) == []


def _readers(folder: Path) -> list[str]:
    """Processes that were started to read this folder's files."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if str(folder.parent / "hook").encode() in path.read_bytes():
                found.append(path.parent.name)
    return found


def test_many_files_come_in_their_order(tmp_path: Path) -> None:
    names = [f"{number:03}.txt" for number in range(60)]
    for name in names:
        (tmp_path / name).write_text(f"This is file {name}.")
    parsed = parse_all([(name, tmp_path / name) for name in names], 180, Limits(), 3)
    assert [one.documents[0].source for one in parsed] == names


def test_what_is_known_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("The gate is blue.")
    (tmp_path / "b.md").write_text("# Gate\n\nThe gate is blue.")
    first = read_folder(tmp_path, 180)
    known = {file.key: file for file in first}
    (tmp_path / "a.txt").rename(tmp_path / "Harbour_gates.txt")
    os.utime(tmp_path / "b.md", (0, 0))
    monkeypatch.setattr("corpus.parser.Parser.parse", None)
    renamed, same = read_folder(tmp_path, 180, known=known)
    assert same == first[1]
    (document,) = renamed.documents
    assert (document.title, document.source) == ("Harbour gates", "Harbour_gates.txt")
    assert document.text == "The gate is blue."


def test_another_suffix_is_read_anew(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("# Gate\n\nThe gate is blue.")
    known = {file.key: file for file in read_folder(tmp_path, 180)}
    (tmp_path / "a.txt").rename(tmp_path / "a.md")
    (file,) = read_folder(tmp_path, 180, known=known)
    assert file.documents[0].title == "Gate"


def test_every_loader_says_so_where_its_library_is_missing(tmp_path: Path) -> None:
    """Without the optional libraries every file is named with the command that adds them."""
    for suffix in LOADERS:
        (tmp_path / f"a{suffix}").write_bytes(b"Just a text.")
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "b.html").write_bytes(b"<html><p>Text")
    script = (
        "import sys, json\n"
        "for name in ('mammoth', 'openpyxl', 'pptx', 'pypdfium2', 'trafilatura'):\n"
        "    sys.modules[name] = None\n"
        "from pathlib import Path; from corpus import Limits; from corpus.parse import parse\n"
        f"paths = sorted(Path({str(tmp_path)!r}).iterdir())\n"
        "found = [parse(p, p.name, 180, Limits()) for p in paths]\n"
        "print(json.dumps([[len(f.documents), *map(str, f.skipped), f.checksum] for f in found]))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    found = json.loads(done.stdout)
    failed = [why for documents, *why in found if not documents and "is needed" in str(why)]
    assert len(failed) >= 2
    assert all("pip install 'rag[documents]'" in why for why, _ in failed)
    assert all(not checksum for _, checksum in failed)  # so that it is tried again

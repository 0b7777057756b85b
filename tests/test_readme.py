"""The README's Python blocks run, and its console blocks print what they show."""

import re
import sys
from pathlib import Path

import pytest
from readme import blocks

from rag import cli


@pytest.mark.parametrize("code", blocks("python"))
def test_python(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "minutes.txt").write_text("It was decided to repair the bridge in May.")
    exec(compile(code, "README.md", "exec"), {})
    assert "Sources:" in capsys.readouterr().out


@pytest.mark.parametrize("block", blocks("console"))
def test_console(
    block: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command, _, expected = block.partition("\n")
    (question,) = re.fullmatch(r'\$ rag ask "(.*)"', command).groups()  # type: ignore[union-attr]
    monkeypatch.setattr(sys, "argv", ["rag", "ask", question])
    with pytest.raises(SystemExit):
        cli.main()
    assert capsys.readouterr().out == expected

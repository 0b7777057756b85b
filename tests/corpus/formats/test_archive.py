from collections.abc import Callable
from typing import Any

import pytest
from files import zipped


def test_files_in_archives_in_archives(load: Callable[..., Any]) -> None:
    inner = zipped({"c.md": b"# Crane\n\nThe crane is red."})
    raw = zipped({"a/b.txt": b"The gate is blue.", "inner.zip": inner, "__MACOSX/._b": b"x"})
    (gate, crane), skipped = load("all.zip", raw)
    assert (gate.source, gate.text) == ("all.zip › a/b.txt", "The gate is blue.")
    assert crane.source == "all.zip › inner.zip › c.md"
    assert not skipped


@pytest.mark.parametrize("name", ["../out.txt", "/etc/out.txt", "a/../../out.txt", "..\\out.txt"])
def test_paths_that_lead_out(load: Callable[..., Any], name: str) -> None:
    (page,), (why,) = load("all.zip", zipped({name: b"Out.", "in.txt": b"In."}))
    assert page.text == "In."
    assert "its path leads out of the archive" in why


def test_bombs(load: Callable[..., Any]) -> None:
    nested = b"The end."
    for depth in range(6):
        nested = zipped({f"{depth}.zip" if depth else "0.txt": nested})
    for raw, limits, reason in (
        (zipped({"a.txt": bytes(30_000_000)}), {}, "more than 200 times its size"),
        (zipped({"a.txt": bytes(3_000_000)}), {"megabytes": 2}, "it unpacks to 3 MB"),
        (zipped({f"{i}.txt": b"a" for i in range(9)}), {"members": 8}, "9 files are in it"),
        (nested, {}, "in more than 3 archives"),
        (zipped({"word/document.xml": bytes(30_000_000)}), {}, "200 times its size"),
    ):
        pages, (why,) = load("bomb.zip", raw, **limits)
        assert not pages
        assert reason in why
        assert "raise it with --limit" in why


def test_damaged_members(load: Callable[..., Any]) -> None:
    raw = bytearray(zipped({"a.txt": b"The gate is blue and tall. " * 9, "b.txt": b"Red."}))
    raw[45:49] = b"\xff\xff\xff\xff"
    (page,), (why,) = load("all.zip", bytes(raw))
    assert page.text == "Red."
    assert "all.zip › a.txt: it is damaged" in why

from collections.abc import Callable
from typing import Any

import pytest
from files import saved, zipped
from hypothesis import given
from hypothesis import strategies as st
from samples import PAGE, REPORT, pdf, word

from corpus import Limits
from corpus.formats import LOADERS, Input, read


def test_the_content_decides_before_the_suffix(load: Callable[..., Any]) -> None:
    for content, words in (
        (pdf(*REPORT), "The profit was"),
        (saved(word()), "six in the morning"),
        (PAGE.encode(), "Läckö"),
    ):
        for name in ("file.txt", "file.pdf", "file.docx", "file", "file.xyz"):
            (page,), skipped = load(name, content)
            assert words in page.text
            assert not skipped


@pytest.mark.parametrize("name", ["README", "notes.pdf", "notes.docx", "server.log"])
def test_text_is_text(load: Callable[..., Any], name: str) -> None:
    (page,), _ = load(name, b"The gate is blue.")
    assert page.text == "The gate is blue."


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt", b"", "it is empty (0 bytes)"),
        ("a.txt", b" \n\n", "it holds no text"),
        ("a.xyz", b"Words.", "its type is not one that can be read (.csv, .docm"),
        ("a.docx", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "Portable Network Graphics"),
        ("a.pdf", b"\0\1\2\3" * 30, "its type is not one that can be read"),
        ("a.zip", b"PK\x03\x04" + bytes(99), "it is damaged"),
    ],
)
def test_what_cannot_be_read_is_named(
    load: Callable[..., Any], name: str, content: bytes, reason: str
) -> None:
    pages, (why,) = load(name, content)
    assert not pages
    assert f"{name}: " in why
    assert reason in why


def test_too_much_text(load: Callable[..., Any]) -> None:
    _, (why,) = load("a.txt", b"word " * 100, characters=400)
    assert "it has 500 characters, more than 400" in why


def test_a_missing_library_is_named(
    load: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pypdfium2", None)
    pages, (why,) = load("a.pdf", b"%PDF-1.7")
    assert not pages
    assert why == "a.pdf: pypdfium2 is needed to read it: pip install 'rag[documents]'"
    (page,), (why,) = load("a.zip", zipped({"a.pdf": b"%PDF-1.7", "b.txt": b"The gate."}))
    assert page.text == "The gate."
    assert why.startswith("a.zip › a.pdf: pypdfium2 is needed")


@given(st.sampled_from(sorted(LOADERS)), st.binary(max_size=400))
def test_no_bytes_break_a_loader(suffix: str, raw: bytes) -> None:
    for name in (f"a{suffix}", "a"):
        list(read(Input(name, raw, Limits())))

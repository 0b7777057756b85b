from collections.abc import Callable
from typing import Any

from samples import PAGE


def test_an_article_without_its_menus(load: Callable[..., Any], place: Callable[..., str]) -> None:
    raw = PAGE.format(charset="utf-8").encode()
    (page,), _ = load("pier.html", raw)
    assert page.title == "The new pier opens"
    assert (page.author, page.date, page.url) == (
        "Eva Holm",
        "2024-05-04",
        "https://example.org/pier",
    )
    assert "The new pier of Läckö opened on Monday" in page.text
    assert "Part: Crane; Cost: 1.1 million." in page.text
    for unwanted in ("All the news", "stolen", "imprint", "is closed"):
        assert unwanted not in page.text
    assert place("pier.html", raw, "It cost 4.2 million") == "§ Costs"


def test_the_declared_encoding_is_used_unless_it_cannot_be(load: Callable[..., Any]) -> None:
    for declared, true in (("windows-1252", "cp1252"), ("utf-8", "cp1252"), ("klingon", "utf-8")):
        (page,), _ = load("pier.html", PAGE.format(charset=declared).encode(true))
        assert "Läckö" in page.text


def test_a_short_page_is_read_whole(load: Callable[..., Any]) -> None:
    (page,), _ = load("note.html", b"<p>Only <b>one</b> line.<p>And another<br>one.")
    assert page.text.split("\n\n")[:2] == ["Only one line.", "And another one."]


def test_a_page_that_a_browser_saved(load: Callable[..., Any]) -> None:
    saved = (
        "From: <Saved by Blink>\nSnapshot-Content-Location: https://example.org/saved\n"
        'MIME-Version: 1.0\nContent-Type: multipart/related; boundary="b"\n\n--b\n'
        "Content-Type: text/html\nContent-Transfer-Encoding: 8bit\n"
        "Content-Location: https://example.org/saved\n\n" + PAGE.format(charset="utf-8") + "\n--b--"
    ).replace('<link rel="canonical" href="https://example.org/pier">', "")
    for name in ("pier.mhtml", "pier.html"):
        (page,), _ = load(name, saved.encode())
        assert page.url == "https://example.org/saved"
        assert "Läckö" in page.text

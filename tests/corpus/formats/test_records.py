import json
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest

RECORD = {
    "Title": "Harbour",
    "body": "The gate opens at six.",
    "date": "2024-05-04T10:00:00Z",
    "url": "https://example.org/1",
}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("one.json", json.dumps(RECORD)),
        ("list.json", json.dumps([{"id": 1}, RECORD])),
        ("deep.json", json.dumps({"data": {"items": [RECORD], "text": ""}})),
        ("lines.jsonl", json.dumps(RECORD) + "\n\n"),
        ("lines.json", json.dumps(RECORD) + "\n" + json.dumps({"other": 2})),
    ],
)
def test_json(load: Callable[..., Any], name: str, content: str) -> None:
    (page,), skipped = load(name, content.encode())
    assert not skipped
    assert (page.title, page.text, page.date) == ("Harbour", RECORD["body"], "2024-05-04")
    assert page.url == RECORD["url"]
    assert page.pages == [(0, "record 1")]


def test_json_without_text(load: Callable[..., Any]) -> None:
    for content, reason in (
        ('{"a": [1, 2]}', "nothing in it has a field named text, body, content"),
        ('{"text": "cut', "it is not JSON (line 1"),
        ("[" * 100_000, "it is not JSON"),
    ):
        pages, (why,) = load("data.json", content.encode())
        assert not pages
        assert reason in why


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "City,Mayor\nMarby,Ines Holt\n"),
        ("a.csv", "City;Mayor\r\nMarby;Ines Holt\r\n"),
        ("a.tsv", "City\tMayor\nMarby\tInes Holt\n"),
        ("a.csv", '"City","Mayor"\n"Marby","Ines\nHolt"\n'),
    ],
)
def test_tables(load: Callable[..., Any], name: str, content: str) -> None:
    (page,), _ = load(name, content.encode())
    assert page.text.strip() == "City: Marby; Mayor: Ines Holt."
    assert page.pages == [(0, "row 2")]


def mail() -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Ida Berg <ida@example.org>"
    message["To"] = "crew@example.org"
    message["Subject"] = "The gate – новые часы"
    message["Date"] = "Sat, 04 May 2024 10:00:00 +0200"
    message.set_content("The gate opens at six.\n\nRegards\nIda")
    return message


def test_mail(load: Callable[..., Any]) -> None:
    message = mail()
    message.add_alternative("<p>The gate opens at <b>seven</b>.</p>", subtype="html")
    message.add_attachment(b"The crane is red.", "text", "plain", filename="crane.txt")
    message.add_attachment(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image", "png", filename="a.png")
    (page, attached), (picture,) = load("gate.eml", message.as_bytes())
    assert (page.title, page.date) == ("The gate – новые часы", "2024-05-04")
    assert "From: Ida Berg <ida@example.org>" in page.text
    assert "The gate opens at six." in page.text
    assert (attached.source, attached.text) == ("gate.eml › crane.txt", "The crane is red.")
    assert picture.startswith("gate.eml › a.png: its type cannot be read: Portable Network")


def test_a_mail_with_pictures_in_it_is_no_web_page(load: Callable[..., Any]) -> None:
    message = mail()
    message.set_content("<p>The gate opens at seven.<img src='cid:a'></p>", subtype="html")
    message.add_related(b"\x89PNG", "image", "png", cid="<a>")
    (page,), _ = load("gate.eml", message.as_bytes())
    assert page.title == "The gate – новые часы"
    assert "The gate opens at seven." in page.text


def test_mail_in_html_alone(load: Callable[..., Any]) -> None:
    message = mail()
    message.set_content("<p>The gate opens at <b>seven</b>.</p>", subtype="html")
    (page,), _ = load("gate.eml", message.as_bytes())
    assert "The gate opens at seven." in page.text


def test_what_is_no_mail(load: Callable[..., Any]) -> None:
    pages, (why,) = load("gate.eml", b"Just some words.")
    assert not pages
    assert "it is no e-mail" in why

import json
import re
from pathlib import Path

import pytest

import rag.page
from rag.page.words import LANGUAGES, preferred, words

PLACES = re.compile(r"{\w+}")
ROOM = Path(rag.page.__file__).parent


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_word_with_its_places(language: str) -> None:
    english, other = words("en"), words(language)
    assert list(other) == list(english)
    for name, text in other.items():
        assert text.strip(), name
        assert sorted(PLACES.findall(text)) == sorted(PLACES.findall(english[name])), name


def test_every_word_is_used() -> None:
    code = "".join(p.read_text("utf-8") for p in (*ROOM.glob("*.py"), ROOM.parents[1] / "app.py"))
    told = {
        "strict",
        "balanced",
        "open",
        "waiting",
        "searching",
        "reading",
        "writing",
        "changed",
        "gone",
        "busy",
    }
    exported = {"export_markdown", "export_json", "nothing_found"}
    unused = [name for name in words("en") if not re.search(rf"[\"']{name}[\"']", code)]
    assert set(unused) <= told | exported


def test_no_word_comes_twice() -> None:
    for language in LANGUAGES:
        pairs = json.loads(
            (ROOM / "words" / f"{language}.json").read_text("utf-8"), object_pairs_hook=list
        )
        assert len(pairs) == len(dict(pairs))


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("de, kk-KZ;q=0.7, ru", "kk"),
        ("de-DE", "en"),
        ("", "en"),
        ("../../etc", "en"),
    ],
)
def test_the_first_language_that_it_speaks(accepted: str, language: str) -> None:
    assert preferred(accepted) == language
    assert words(accepted) == words("en")

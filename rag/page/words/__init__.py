"""The words of the page, in the languages that it speaks."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

DEFAULT = "en"
LANGUAGES = ("en", "kk", "ru")


@cache
def words(language: str) -> Mapping[str, str]:
    """Returns the words by their names; those of English for a language that is not known."""
    known = language if language in LANGUAGES else DEFAULT
    read: dict[str, str] = json.loads(Path(__file__).with_name(f"{known}.json").read_text("utf-8"))
    return read


def preferred(accepted: str) -> str:
    """Returns the first language of an Accept-Language header that the page speaks."""
    for tag in accepted.replace(" ", "").lower().split(","):
        if (language := tag.partition(";")[0].partition("-")[0]) in LANGUAGES:
            return language
    return DEFAULT

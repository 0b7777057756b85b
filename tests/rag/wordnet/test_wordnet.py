import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from rag.wordnet import forms, opposites, related
from rag.wordnet.make import write
from rag.wordnet.wordnet import DATABASE

INSTALLED = Path("/usr/share/wordnet")  # Debian's wordnet-base


@pytest.mark.parametrize(
    ("asked", "offered"),
    [
        ("capital punishment", "death penalty"),  # the same
        ("gear", "equipment"),  # a kind of it
        ("diplomat", "envoys"),  # its kinds, and another form
        ("bought", "purchasing"),  # an irregular form
        ("worldwide", "global"),  # alike
        ("drafting", "draft"),  # derived
        ("doctor's", "physicians"),
        ("heaviest", "weighty"),  # compared
    ],
)
def test_words_that_mean_about_the_same_are_related(asked: str, offered: str) -> None:
    assert related(asked) & forms(offered)
    assert related(offered) & forms(asked)


@pytest.mark.parametrize(
    ("asked", "offered"),
    [
        ("husband", "wife"),
        ("monday", "tuesday"),
        ("two", "three"),
        ("buy", "sell"),
        ("legal", "illegal"),
        ("mother", "father"),  # as verbs they are the same, but they are opposites too
        ("salary", "turnover"),
        ("slovakia", "slovenia"),
    ],
)
def test_others_are_not(asked: str, offered: str) -> None:
    assert related(asked).isdisjoint(forms(offered))


@pytest.mark.parametrize(("word", "other"), [("shut", "open"), ("lowest", "high"), ("won", "lose")])
def test_opposites(word: str, other: str) -> None:
    assert other in opposites(word)
    assert word not in opposites(word)


def test_what_is_no_word_is_related_to_nothing() -> None:
    assert related("xyzzy") == related("") == related("'\"%") == frozenset()


def test_of_wordnets_files_words_in_lower_case_and_their_links_are_kept(tmp_path: Path) -> None:
    (tmp_path / "data.noun").write_text(
        "  1 licence\n"
        "00000010 00 n 02 gear 0 piece_of_gear 0 002 @ 00000020 n 0000 ~ 00000030 n 0000 | gloss\n"
        "00000020 00 n 01 thing 0 000 | gloss\n"
        "00000030 00 n 01 Gearbox 0 001 @ 00000010 n 0000 | a name\n"
        "00000040 00 n 02 man 0 adult_male 0 001 ! 00000050 n 0101 | gloss\n"
        "00000050 00 n 01 woman 0 001 ! 00000040 n 0101 | gloss\n"
    )
    for kind in ("verb", "adj", "adv"):
        (tmp_path / f"data.{kind}").write_text("  1 licence\n")
    for kind in ("noun", "verb", "adj", "adv"):
        (tmp_path / f"{kind}.exc").write_text("men man\n" if kind != "adv" else "")
    write(tmp_path, tmp_path / "made.sqlite")
    write(tmp_path, tmp_path / "made.sqlite")
    assert rows(tmp_path / "made.sqlite") == {
        "words": [
            ("adult male", 2),
            ("gear", 0),
            ("man", 2),
            ("men", 2),
            ("thing", 1),
            ("woman", 3),
        ],
        "links": [(0, 1), (1, 0)],
        "opposites": [("man", "woman"), ("men", "woman"), ("woman", "man")],
    }


@pytest.mark.skipif(not INSTALLED.exists(), reason="wordnet-base is not installed")
def test_what_ships_is_what_wordnet_gives(tmp_path: Path) -> None:
    write(INSTALLED, tmp_path / "made.sqlite")
    assert rows(tmp_path / "made.sqlite") == rows(DATABASE)


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as database:
        return {
            table: sorted(database.execute(f"SELECT * FROM {table}"))
            for table in ("words", "links", "opposites")
        }

"""Other words for words, over a small WordNet of the test's own."""

import random
from pathlib import Path

import pytest

from rag.reader.paraphrase import Thesaurus

# word, kind, how often, offset of its synset
WORDS = [
    ("death_penalty", "noun", 3, 10),
    ("capital_punishment", "noun", 1, 10),
    ("death", "noun", 9, 20),
    ("punishment", "noun", 5, 30),
    ("envoy", "noun", 2, 40),
    ("diplomat", "noun", 2, 50),
    ("person", "noun", 90, 60),
    ("visitor", "noun", 4, 70),
    ("visit", "noun", 1, 80),
    ("visit", "verb", 7, 90),
    ("tour", "verb", 1, 90),
]
ABOVE = {10: 30, 40: 50, 70: 60}
PERSONS = 50  # kinds of person


@pytest.fixture
def wordnet(tmp_path: Path) -> Path:
    """Files in WordNet's own format (wndb), licence lines and all."""
    numbers = {"noun": 1, "verb": 2, "adj": 3}
    counts = [f"{w}%{numbers[k]}:00:00:: 1 {n}" for w, k, n, _ in WORDS]
    (tmp_path / "cntlist.rev").write_text("\n".join(counts) + "\n")
    for kind in numbers:
        own = [one for one in WORDS if one[1] == kind]
        index = [f"{w} {kind[0]} 1 1 @ 1 1 {at:08} " for w, _, _, at in own]
        (tmp_path / f"index.{kind}").write_text("\n".join(["  1 licence", *index]) + "\n")
        synsets = []
        for at in sorted({one[3] for one in own}):
            words = [w for w, _, _, where in own if where == at]
            pointers = [f"@ {ABOVE[at]:08} n 0000"] if at in ABOVE else []
            pointers += ["~ 00000010 n 0000"] * (PERSONS if at == 60 else 0)
            said = " ".join(f"{word} 0" for word in words)
            synsets.append(
                f"{at:08} 00 {kind[0]} {len(words):02x} {said} {len(pointers):03} "
                f"{' '.join(pointers)} | gloss"
            )
        (tmp_path / f"data.{kind}").write_text("\n".join(["  1 licence", *synsets]) + "\n")
    (tmp_path / "data.adv").write_text("  1 licence\n")
    return tmp_path


def everything(wordnet: Path, question: str) -> set[str]:
    """All that may come out when every word is replaced that can be."""
    thesaurus = Thesaurus(wordnet)
    return {thesaurus.reworded(question, random.Random(seed), share=1.0) for seed in range(20)}


def test_two_words_that_are_one_term_are_replaced_together(wordnet: Path) -> None:
    assert everything(wordnet, "Is the death penalty banned?") == {
        "Is the capital punishment banned?",
        "Is the punishment banned?",
    }


def test_a_word_becomes_what_it_is_a_kind_of(wordnet: Path) -> None:
    assert everything(wordnet, "Which envoys came?") == {"Which diplomats came?"}


def test_what_is_too_broad_is_left_out(wordnet: Path) -> None:
    assert everything(wordnet, "Which visitor came?") == {"Which visitor came?"}


def test_the_kind_that_is_more_frequent_is_meant_and_its_ending_stays(wordnet: Path) -> None:
    assert everything(wordnet, "Who visited it, and who visits now?") == {
        "Who toured it, and who tours now?"
    }


def test_names_stay(wordnet: Path) -> None:
    assert everything(wordnet, "Who is Envoy Diplomat?") == {"Who is Envoy Diplomat?"}


def test_a_share_of_nothing_changes_nothing(wordnet: Path) -> None:
    said = Thesaurus(wordnet).reworded("Which envoy may visit?", random.Random(1), share=0.0)
    assert said == "Which envoy may visit?"


def test_without_wordnet_the_remedy_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="apt-get install wordnet-base"):
        Thesaurus(tmp_path)

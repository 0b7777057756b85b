"""Other words for words, over a small WordNet of the test's own."""

import random
from pathlib import Path

import pytest

from rag.reader.paraphrase import Thesaurus


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

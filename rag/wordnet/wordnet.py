"""Looking up words in the database that `make` has made."""

import json
import sqlite3
from functools import lru_cache
from pathlib import Path

DATABASE = Path(__file__).parent / "wordnet.sqlite"

# Endings by which a form is told from its base; irregular forms are in the database.
_ENDINGS = (
    *(("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("es", ""), ("s", "")),
    *(("ied", "y"), ("ed", "e"), ("ed", ""), ("ing", "e"), ("ing", "")),
    *(("ier", "y"), ("gger", "g"), ("tter", "t"), ("nner", "n"), ("er", "e"), ("er", "")),
    *(("iest", "y"), ("ggest", "g"), ("ttest", "t"), ("nnest", "n"), ("est", "e"), ("est", "")),
)
_RELATED = """
WITH own AS (
    SELECT concept FROM words WHERE word IN (SELECT value FROM json_each(:forms))),
near AS (SELECT concept FROM own UNION SELECT other FROM links JOIN own USING (concept))
SELECT DISTINCT word FROM words WHERE concept IN near
EXCEPT SELECT other FROM opposites WHERE word IN (SELECT value FROM json_each(:forms))
"""
_OPPOSITES = "SELECT other FROM opposites WHERE word IN (SELECT value FROM json_each(:forms))"


@lru_cache(maxsize=4_096)
def forms(phrase: str) -> frozenset[str]:
    """Returns a phrase in lower case, and what it may be a form of, be that a word or not."""
    base = phrase.lower().removesuffix("'s").removesuffix("’s")
    bases = (base.removesuffix(end) + other for end, other in _ENDINGS if base.endswith(end))
    return frozenset((base, *bases))


@lru_cache(maxsize=4_096)
def related(phrase: str) -> frozenset[str]:
    """Returns the words that share a meaning with a phrase, or have one next to one of its own.

    Next to a meaning stand what it is a kind of, its kinds, and what is derived from it or like it.
    Opposites are left out, names are not known, and a phrase has two words at most.
    """
    return _found(_RELATED, phrase)


@lru_cache(maxsize=4_096)
def opposites(word: str) -> frozenset[str]:
    """Returns the words that mean the opposite of a word in one of its meanings."""
    return _found(_OPPOSITES, word)


def _found(query: str, phrase: str) -> frozenset[str]:
    asked = {"forms": json.dumps(sorted(forms(phrase)))}
    return frozenset(word for (word,) in _database().execute(query, asked))


@lru_cache(maxsize=1)
def _database() -> sqlite3.Connection:
    address = f"{DATABASE.absolute().as_uri()}?mode=ro&immutable=1"
    return sqlite3.connect(address, uri=True, check_same_thread=False)

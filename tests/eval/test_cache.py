from pathlib import Path

import pytest

from eval.cache import cache_of, kept
from eval.gold import GoldError
from rag import Settings


@pytest.mark.parametrize("pointer", ["000001\n", "of another program"])
def test_what_is_of_no_use_any_more_is_made_anew(
    folder: Path, tmp_path: Path, pointer: str
) -> None:
    settings = Settings(encoder="hashing")
    root = tmp_path / "kept"
    first = kept(root, folder, settings).status()
    assert kept(root, folder, settings).status() == first
    (root / "CURRENT").write_text(pointer)
    assert kept(root, folder, settings).status().documents == 2


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match=r"gone\.json cannot be read"):
        cache_of([tmp_path / "gone.json"])

"""Files with changed bytes: no crash, no hang, no wrong answer.

RAG_FUZZ is how many changed files, and how many changed indexes, are tried.
"""

import os
import random
import shutil
import time
from pathlib import Path
from typing import Any

from files import COSTS, INSIDE, letter, project

from corpus import Limits, read_folder
from rag import FAILURES, KnowledgeBase, Settings

ROUNDS = int(os.environ.get("RAG_FUZZ", "60"))
LIMITS = Limits(seconds=20, megabytes=20, memory=1_024)


def changed(raw: bytes, chance: random.Random) -> bytes:
    """Some bytes turned over, cut out, doubled, or written over by others of the same file."""
    content = bytearray(raw)
    for _ in range(chance.choice((1, 1, 3, 20))):
        at = chance.randrange(len(content) or 1)
        length = chance.choice((1, 2, 8, 200))
        match chance.randrange(5):
            case 0:
                content[at : at + 1] = bytes([content[at] ^ (1 << chance.randrange(8))])
            case 1:
                del content[at : at + length]
            case 2:
                content[at:at] = content[at : at + length] * chance.choice((1, 50))
            case 3:
                start = chance.randrange(len(content))
                content[at : at + length] = content[start : start + length]
            case _:
                content[at : at + length] = chance.randbytes(length)
        if not content:
            break
    return bytes(content)


def outcome(root: Path, question: str) -> str | dict[str, Any]:
    """What is answered, or why nothing is."""
    try:
        answer = KnowledgeBase.open(root, Settings(composer="quote")).ask(question)
    except FAILURES as error:
        return str(error)
    return answer.to_dict() | {"timings": {}}


def test_changed_files_break_nothing_but_themselves(tmp_path: Path) -> None:
    chance = random.Random(ROUNDS)
    samples = [(name, make(project(i))) for i, (name, make, _) in enumerate(COSTS)]
    samples += [(name, wrap(letter(project(50 + i)))) for i, (name, wrap, _) in enumerate(INSIDE)]
    samples = [(name, raw) for name, raw in samples if len(raw) < 100_000]
    for number in range(ROUNDS):
        name, raw = samples[number % len(samples)]
        (tmp_path / f"{number:05d} {name}").write_bytes(changed(raw, chance))
    (tmp_path / "good.txt").write_text("The gate is blue.")
    began = time.monotonic()
    files = read_folder(tmp_path, 180, LIMITS, processes=2)
    assert len(files) == ROUNDS + 1
    for file in files:
        assert file.documents or file.skipped, file.name
        for document in file.documents:
            assert all(0 <= start < end <= len(document.text) for start, end in document.cuts)
    reasons = " ".join(str(one) for file in files for one in file.skipped)
    print(
        f"{ROUNDS} files in {time.monotonic() - began:.0f} s, "
        f"{sum(bool(file.documents) for file in files)} read; "
        f"{reasons.count('was ended')} ended their process, {reasons.count('seconds=')} "
        f"took too long, {reasons.count('memory=')} took too much memory"
    )
    assert [d.text for d in next(f for f in files if f.name == "good.txt").documents] == [
        "The gate is blue."
    ]


def test_a_changed_index_answers_as_before_or_not_at_all(
    quick: KnowledgeBase, folder: Path
) -> None:
    question = "How many cars does the ferry Odin carry?"
    quick.sync(folder)
    quick.calibrate(0.0)
    expected = quick.ask(question).to_dict() | {"timings": {}}
    whole = quick.root.parent / "whole"
    shutil.copytree(quick.root, whole)
    names = [p.relative_to(whole) for p in sorted(whole.rglob("*")) if p.is_file()]
    names = [name for name in names if name.name != "lock"]
    chance = random.Random(ROUNDS)
    refused = 0
    for number in range(ROUNDS):
        name = names[number % len(names)]
        (quick.root / name).write_bytes(changed((whole / name).read_bytes(), chance))
        began = time.monotonic()
        said = outcome(quick.root, question)
        refused += isinstance(said, str)
        assert "rag " in said if isinstance(said, str) else said == expected, (name, said)
        assert time.monotonic() - began < 20
        shutil.copy(whole / name, quick.root / name)
    print(f"{refused} of {ROUNDS} changed indexes were refused, the others answered as before")
    assert refused > ROUNDS / 2

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., tuple[int, str, str]]

GOLD = [
    {"id": "1", "question": "How many bees does the hive of Ada hold?", "answers": [["40,000"]]}
    | {"evidence": [{"document": "bees.txt", "quote": "40,000 bees"}]},
    {"id": "2", "question": "What is the boiling point of nitrogen?"},
]


def test_from_gold_to_report(command: Command, tmp_path: Path, folder: Path) -> None:
    gold, out, base = tmp_path / "gold.jsonl", tmp_path / "out", tmp_path / "own"
    gold.write_text("".join(json.dumps(question) + "\n" for question in GOLD))
    command("index", folder, "--knowledge-base", base)
    own = ["--knowledge-base", base, "--out", out]

    code, text, _ = command("eval", "check", gold, "--knowledge-base", base)
    assert (code, text) == (0, "2 questions, 1 quotes, all found.\n")

    code, text, _ = command("eval", "--gold", gold, *own)
    assert code == 0
    assert "Citations: verbatim" in text
    assert (out / "gold.html").is_file()

    code, text, _ = command("eval", "baseline", out / "gold.json", "--baseline", out / "line")
    assert code == 0
    code, text, _ = command("eval", "--gold", gold, *own, "--against", out / "line")
    assert code == 0
    assert "No metric is below" in text

    line = json.loads((out / "line").read_text())
    line["all"]["mrr"]["value"] = 1.5
    (out / "line").write_text(json.dumps(line))
    code, text, _ = command("eval", "--gold", gold, *own, "--against", out / "line")
    assert code == 1
    assert "WORSE  all: mrr is 1.000, the baseline 1.500 (tolerance 0.02)" in text

    code, text, _ = command("eval", "diff", out / "gold.json", out / "gold.json")
    assert code == 0
    assert "gold against gold: 2 questions" in text

    code, text, _ = command("eval", "calibrate", "--gold", gold, *own)
    assert code == 0
    assert "Stored in" in text


@pytest.mark.parametrize("line", ["{", '{"id": "1"}', ""])
def test_errors_are_one_line(command: Command, tmp_path: Path, line: str) -> None:
    gold = tmp_path / "gold.jsonl"
    gold.write_text(line)
    code, out, error = command("eval", "--gold", gold)
    assert code == 2
    assert not out
    assert error.startswith(f"rag: {gold}")
    assert error.count("\n") == 1

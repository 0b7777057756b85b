"""What training reads, put together from small public sets of the test's own."""

import json
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from rag.reader import prepare, stages
from rag.reader.examples import Example, Group
from rag.reader.inputs import Text
from rag.reader.paraphrase import Thesaurus
from rag.reader.prepare import read_groups, stage_file
from rag.reader.stages import STAGES, in_other_words

ANSWERED = [
    ("Which envoy kept a hive?", "Ada Moss kept a hive. It held many bees.", "Ada Moss"),
    ("When did the envoy visit Tarbert?", "The envoy came to Tarbert in 1921.", "1921"),
    ("What did the envoy of Gigha buy?", "The envoy of Gigha bought a boat in May.", "a boat"),
]
SILENT = ("Who sold the boat?", "The boat was old. Nobody knew its master.")


def row(question: str, passage: str, answer: str = "", title: str = "Old_Tales") -> str:
    answers = [{"text": answer, "start": passage.index(answer)}] if answer else []
    return json.dumps(
        {"question": question, "title": title, "context": passage, "answers": answers}
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """One folder with a file for each public set."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("squad1_train", "qed_train", "squad2_train", "fairytaleqa", "qamr_sentences"):
        title = "Wiki:1:1" if name == "qamr_sentences" else "Old_Tales"
        rows = [row(*one, title=title) for one in ANSWERED]
        if name == "squad2_train":
            rows.append(row(*SILENT))
        (folder / f"{name}.jsonl").write_text("\n".join(rows) + "\n", "utf-8")
    return folder


@pytest.fixture
def public(
    data: Path, wordnet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Sequence[Group]:
    """The first stage, as the command writes it."""
    monkeypatch.setattr(stages, "Thesaurus", lambda: Thesaurus(wordnet))
    monkeypatch.setattr(prepare, "require_wordnet", lambda: None)
    monkeypatch.setattr(prepare, "STAGES", STAGES[:1])
    written = []
    for _ in range(2):
        prepare.main(data, tmp_path / "out", seed=1)
        written.append(stage_file(tmp_path / "out", "public").read_bytes())
    assert written[0] == written[1]  # the same seed, the same file
    return read_groups(stage_file(tmp_path / "out", "public"))


def test_every_question_of_every_set_is_there(public: Sequence[Group]) -> None:
    asked = [group[0].plain or group[0].question for group in public]
    assert all(asked.count(question) >= 5 for question, _, _ in ANSWERED)
    assert asked.count(SILENT[0]) == 2  # SQuAD 2.0 is read twice


def test_the_first_text_answers_best_and_the_others_do_not(public: Sequence[Group]) -> None:
    answers = {question: answer for question, _, answer in ANSWERED}
    for group in public:
        for example in group:
            said = {example.text.passage[a.start : a.end] for a in example.answers}
            assert said <= {answers.get(example.plain or example.question)}
        assert not any(example.answers for example in group[1:])
        assert len({example.question for example in group}) == 1
    assert any(len(group) > 1 for group in public)


def test_a_part_is_asked_in_other_words(wordnet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where they still mean about the same; the plain question is kept for the teacher."""
    monkeypatch.setattr(stages, "Thesaurus", lambda: Thesaurus(wordnet))
    groups = [(Example(q, Text("", p)),) for q, p, _ in ANSWERED] * 10
    worded = in_other_words(groups, random.Random(1), share=0.5)
    changed = [group[0] for group in worded if group[0].plain]
    assert 0 < len(changed) < len(groups)
    assert all("envoy" in example.plain for example in changed)
    assert any("diplomat" in example.question for example in changed)

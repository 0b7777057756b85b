import json
import random
from collections import Counter
from pathlib import Path

import pytest

from corpus import Span
from rag.reader.examples import (
    Example,
    Swaps,
    following,
    hard_negatives,
    invented,
    passages_of_sentences,
    read,
    roughened,
    shortened,
    without_answer,
)
from rag.reader.inputs import Text


def example(question: str, passage: str, *answers: str, title: str = "") -> Example:
    starts = [passage.index(answer) for answer in answers]
    spans = [Span(s, s + len(a)) for s, a in zip(starts, answers, strict=True)]
    return Example(question, Text(title, passage), tuple(spans))


HIVE = example("How many bees are there?", "Ada keeps a hive. It holds 40,000 bees.", "40,000")


def test_examples_are_read_from_lines(tmp_path: Path) -> None:
    row = {"title": "T", "question": "Q?", "context": "a b", "answers": [{"text": "b", "start": 2}]}
    path = tmp_path / "examples.jsonl"
    path.write_text(json.dumps(row) + "\n" + json.dumps({**row, "answers": []}) + "\n")
    assert read(path) == [
        Example("Q?", Text("T", "a b"), (Span(2, 3),)),
        Example("Q?", Text("T", "a b")),
    ]


def test_the_answering_sentence_is_taken_out() -> None:
    cut = without_answer(HIVE)
    assert cut is not None
    assert (cut.text.passage, cut.answers) == ("Ada keeps a hive.", ())


def test_a_text_that_says_it_twice_or_nothing_else_is_not_cut() -> None:
    twice = example("How many?", "It holds 40,000 bees. She counted 40,000.", "40,000")
    assert without_answer(twice) is None
    assert without_answer(example("How many?", "It holds 40,000 bees.", "40,000")) is None


def test_a_shortened_text_keeps_the_answer_and_what_stands_around_it() -> None:
    sentences = [f"Hive {number} holds bees." for number in range(9)]
    sentences[4] = "Ada counted 40,000 bees."
    whole = example("How many bees?", " ".join(sentences), "40,000")
    found = [shortened(whole, 3, random.Random(seed)) for seed in range(40)]
    for short in found:
        (answer,) = short.answers
        assert short.text.passage[answer.start : answer.end] == "40,000"
        assert short.text.passage in whole.text.passage
        assert short.text.passage.startswith(("Hive", "Ada"))
        assert short.text.passage.endswith("bees.")
    counts = Counter(short.text.passage.count("bees.") for short in found)
    assert set(counts) == {1, 2, 3, 4}
    assert len({short.text.passage for short in found}) > len(counts)  # on either side


def test_what_is_short_stays_and_so_does_its_answer() -> None:
    assert {shortened(HIVE, 9, random.Random(seed)).text.passage for seed in range(20)} == {
        HIVE.text.passage,
        "It holds 40,000 bees.",
    }


def test_hard_negatives_look_right_and_do_not_hold_the_answer() -> None:
    close = example("?", "How many bees there are in a hive nobody knows.")
    same = example("?", "A hive of bees holds 40,000 bees.")
    far = example("?", "The ferry leaves at nine.")
    (found,) = hard_negatives([HIVE], [HIVE, same, far, close], random.Random(0))
    assert found is not None
    assert (found.text, found.answers, found.question) == (close.text, (), HIVE.question)
    assert hard_negatives([HIVE], [HIVE, far], random.Random(0)) == [None]


def test_texts_that_lack_a_name_of_the_question() -> None:
    asked = example("What does the hive of Ada hold?", "The hive of Ada holds bees.", "bees")
    alike = example("?", "The hive of Ada holds honey.")
    other = example("?", "The hive of Ole holds wax.")
    found = {
        found.text.passage
        for seed in range(9)
        for found in hard_negatives([asked], [alike, other], random.Random(seed), named=True)
        if found
    }
    assert found == {other.text.passage}


def test_swaps_ask_about_another_name_or_year() -> None:
    asked = example("Where was the hive of Ada built?", "The hive of Ada is in Bath.", "Bath")
    other = example("Where is the farm of Olga?", "The farm of Olga is in Rome.", "Rome")
    swapped = Swaps([asked, other], random.Random(0)).swapped(asked)
    assert swapped is not None
    assert (swapped.question, swapped.answers) == ("Where was the hive of Olga built?", ())
    year = example("What was built in 1999?", "A hive was built in 1999.", "A hive")
    swapped = Swaps([], random.Random(0)).swapped(year)
    assert swapped is not None
    assert "1999" not in swapped.question
    assert Swaps([], random.Random(0)).swapped(HIVE) is None


def test_questions_are_roughened() -> None:
    asked = "Who directs the observatory of Karsholm?"
    forms = Counter(roughened(asked, random.Random(seed)) for seed in range(300))
    assert forms[asked] > 100
    assert {"who directs the observatory of karsholm?", asked[:-1]} < set(forms)
    assert "directs observatory Karsholm" in forms
    assert len(forms) > 20


def test_a_question_follows_another() -> None:
    earlier = example("Who runs the mill of Brunnau?", "Ada runs the mill.", "Ada")
    asked = example("When was the mill of Brunnau built?", "It was built in 1900.", "1900")
    forms = {following(asked, earlier, random.Random(seed)).question for seed in range(60)}
    assert "Who runs the mill of Brunnau? Ada. When was the mill of it built?" in forms
    assert "Who runs the mill of Brunnau? When was the mill of they built?" in forms
    assert following(asked, earlier, random.Random(0)).answers == asked.answers


def test_sentences_are_put_into_passages() -> None:
    asked = [
        example("Who?", "Ada keeps bees.", "Ada", title="x:1:0:0"),
        example("What?", "Ada keeps bees.", "bees", title="x:1:0:0"),
        example("Where?", "She lives in Bath.", "Bath", title="x:1:0:1"),
        example("When?", "It rained in May.", "May", title="y:2:0:0"),
    ]
    made = passages_of_sentences(asked, 1, random.Random(0))
    assert len(made) == 3
    for built in made:
        (answer,) = built.answers
        assert built.text.passage[answer.start : answer.end] in ("Ada", "bees", "Bath", "May")
        assert len(built.text.passage.split(". ")) > 1


def test_a_document_becomes_a_group_of_passages(tmp_path: Path) -> None:
    text = " ".join(f"Sentence number {n} tells nothing much at all." for n in range(40))
    text += " The key lies under the mat."
    asked = [
        {
            "question": "Where is the key?",
            "answers": [{"text": "under the mat", "start": text.index("under")}],
        },
        {"question": "Whose key?", "answers": []},
    ]
    path = tmp_path / "documents.jsonl"
    path.write_text(json.dumps({"title": "Keys", "text": text, "questions": asked}))
    found, nothing = invented(path)
    assert len(found) == len(nothing) > 1
    (answer,) = found[0].answers
    assert found[0].text.passage[answer.start : answer.end] == "under the mat"
    assert not any(other.answers for other in (*found[1:], *nothing))


@pytest.mark.parametrize("name", ["qed_dev", "squad2_dev"])
def test_the_public_sets(name: str) -> None:
    path = Path(__file__).parents[4] / "shared" / "data" / "reading" / f"{name}.jsonl"
    if not path.is_file():
        pytest.skip(f"{path} is not there: the public sets are not part of the project")
    assert all(e.answers or name == "squad2_dev" for e in read(path))

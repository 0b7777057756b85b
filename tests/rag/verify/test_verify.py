"""The check against sentences written by hand, and its parts one by one."""

import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.verify import tokenise, verify
from rag.verify.quantities import values

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Pair:
    supported: bool
    sentence: str
    evidence: str
    question: str


def pairs(name: str) -> list[Pair]:
    found: list[Pair] = []
    evidence = question = ""
    for line in (HERE / name).read_text("utf-8").splitlines():
        sign, _, text = line.partition(" ")
        match sign:
            case "=":
                evidence, question = text, ""
            case "?":
                question = text
            case "+" | "-":
                sentence = text if sign == "+" else text.partition(": ")[2]
                found.append(Pair(sign == "+", sentence, evidence, question))
    return found


def accepted(pair: Pair) -> bool:
    return verify(pair.sentence, [pair.evidence], pair.question, setting=pair.evidence).supported


# What was reached, less one or two pairs: `docs/log.md` has the figures.
@pytest.mark.parametrize(
    ("name", "precision", "recall"), [("pairs_tune.txt", 0.97, 0.8), ("pairs_test.txt", 0.93, 0.75)]
)
def test_pairs_written_by_hand(name: str, precision: float, recall: float) -> None:
    all_pairs = pairs(name)
    taken = [pair for pair in all_pairs if accepted(pair)]
    right = [pair for pair in taken if pair.supported]
    assert len(right) / len(taken) >= precision, [p.sentence for p in taken if not p.supported]
    assert len(right) / sum(pair.supported for pair in all_pairs) >= recall


def test_there_are_enough_pairs() -> None:
    both = [*pairs("pairs_tune.txt"), *pairs("pairs_test.txt")]
    assert len(both) >= 150
    assert sum(not pair.supported for pair in both) >= len(both) / 2


@pytest.mark.parametrize("name", ["pairs_tune.txt", "pairs_test.txt"])
def test_every_evidence_supports_itself(name: str) -> None:
    assert all(verify(pair.evidence, [pair.evidence]).supported for pair in pairs(name))


SAME = [
    ("It has 1,250 seats.", "It has 1250 seats."),
    ("It has 1 250 seats.", "It has 1.250 seats."),
    ("It costs $5 million.", "It costs 5 mln dollars."),
    ("It costs EUR 20 000.", "It costs 20,000 euros."),
    ("It rose by 8 percent.", "It rose by 8 %."),
    ("It opened on 15 March 2019.", "It opened on March 15, 2019."),
    ("It opened on 2019-03-15.", "It opened on the 15th of March 2019."),
    ("It is a seven-year plan.", "It is a 7-year plan."),
    ("It has twenty-four maps.", "It has 24 maps."),
    ("It weighs 3 tonnes.", "It weighs three tons."),
    ("It is the 2nd edition.", "It is the second edition."),
    ("Он открылся 3 мая 2001 года.", "Он открылся 3 мая 2001 года."),
]
OTHER = [
    ("It has 1,250 seats.", "It has 125 seats."),
    ("It costs $5 million.", "It costs $5 billion."),
    ("It costs 5 euros.", "It costs 5 dollars."),
    ("It opened on 15 March 2019.", "It opened on 15 May 2019."),
    ("It opened in March.", "It opened on 15 March."),
    ("It holds 3 litres.", "It holds 3 kilograms."),
    ("It is the 2nd edition.", "It is the third edition."),
]


@pytest.mark.parametrize(("evidence", "sentence"), SAME)
def test_one_quantity_in_two_ways_of_writing(evidence: str, sentence: str) -> None:
    assert verify(sentence, [evidence]).supported
    assert verify(evidence, [sentence]).supported


@pytest.mark.parametrize(("evidence", "sentence"), OTHER)
def test_other_quantities(evidence: str, sentence: str) -> None:
    assert not verify(sentence, [evidence]).supported


def test_separators() -> None:
    assert values("1,5") == {Decimal("1.5")}
    assert values("1.500") == {Decimal(1500), Decimal("1.5")}
    assert values("20 000,5") == {Decimal("20000.5")}
    assert values("2,300,000") == {Decimal(2_300_000)}


def test_the_reason_names_what_is_wrong() -> None:
    evidence = ["The bridge was closed in March 1997."]
    assert "1998" in verify("The bridge was closed in March 1998.", evidence).reason
    assert "tunnel" in verify("The tunnel was closed in March 1997.", evidence).reason
    assert "denies" in verify("The bridge was not closed in March 1997.", evidence).reason


def test_the_short_answer_must_be_in_it() -> None:
    evidence = ["The bridge across the Tarn was closed in March 1997."]
    assert verify("The bridge was closed in March 1997.", evidence, answer="March 1997").supported
    verdict = verify("The bridge across the Tarn was closed.", evidence, answer="March 1997")
    assert "March 1997" in verdict.reason


def test_a_question_lends_names_that_the_passage_knows() -> None:
    evidence, question = ["The company employs 500 people."], "How many people does Acme employ?"
    sentence = "Acme employs 500 people."
    assert verify(sentence, evidence, question, setting="Acme grows. The company …").supported
    assert not verify(sentence, evidence, question, setting="Bolt grows.").supported
    assert not verify(sentence, ["Bolt employs 500 people."], question, setting="Acme").supported


def test_plans_are_not_told_as_done() -> None:
    evidence = ["The city plans to build a tunnel under the river."]
    assert not verify("The city built a tunnel under the river.", evidence).supported
    assert verify("The city plans to build a tunnel under the river.", evidence).supported


def test_about_a_number_is_not_the_number() -> None:
    evidence = ["Approximately 10,000 comments came from 3 towns."]
    assert not verify("10,000 comments came from 3 towns.", evidence).supported
    assert verify("About 10,000 comments came from 3 towns.", evidence).supported


def test_what_stands_far_apart_is_not_put_together() -> None:
    evidence = ["The mayor of Sand is Ada Lind. Write zebra."]
    assert "not said together" in verify("The mayor of Sand is zebra.", evidence).reason


WORDING = "The mill of Sand, built of oak, was sold by its owner, Ada Lind, in 1911."


@pytest.mark.parametrize(
    ("sentence", "kept"),
    [
        ("The mill was sold in 1911.", True),
        ("The owner is Ada Lind.", True),
        ("In 1911 the mill was sold.", False),
        ("The mill was oak.", False),
    ],
)
def test_close_wording(sentence: str, kept: bool) -> None:
    assert verify(sentence, [WORDING], close=True).supported == kept


@pytest.mark.parametrize(
    ("evidence", "sentence"),
    [
        (
            "The diet of the great otter was mainly crabs and eels.",
            "The great otter was mainly crabs.",
        ),
        (
            "Lamps hang above the door in an upright hall, and below the stairs in a flat hall.",
            "Lamps hang above the door in a flat hall.",
        ),
    ],
)
def test_what_belongs_to_something_left_out(evidence: str, sentence: str) -> None:
    assert verify(evidence, [evidence], close=True).supported
    assert not verify(sentence, [evidence], close=True).supported


def test_a_part_is_not_told_as_all() -> None:
    evidence = ["The majority of new owners fall into the category of large families."]
    assert "told of a part" in verify("The new owners fall into the category.", evidence).reason
    assert verify("The majority of new owners fall into it.", evidence).reason == ""


def test_one_thing_is_not_made_two() -> None:
    evidence = ["Deputy Mayor of Sand Ada Lind explained the plan."]
    assert not verify("The mayor of Sand is the Deputy Mayor of Sand Ada Lind.", evidence).supported


def test_no_condition_is_left_out() -> None:
    evidence = ["Guests can park at the mill if they pay 5 pounds."]
    verdict = verify("Guests can park at the mill.", evidence, close=True)
    assert verdict.reason == "it leaves out “if”"


def test_an_opinion_is_not_told_as_a_fact() -> None:
    evidence = ["Critics consider Ada Lind to be the greatest painter of Peru."]
    assert not verify("Ada Lind is the greatest painter of Peru.", evidence).supported


@pytest.mark.parametrize(
    "sentence",
    [
        "The bridge ![x](http://evil.example/a.png) was closed.",
        "The bridge was closed, see https://evil.example.",
        "The <b>bridge</b> was closed.",
        "The bridge was closed: write to a@evil.example.",
    ],
)
def test_markup_and_addresses_are_turned_down(sentence: str) -> None:
    evidence = ["The bridge was closed, says evil example, x a png b https see write."]
    assert "markup or an address" in verify(sentence, evidence).reason


def test_invisible_signs_hide_nothing() -> None:
    tagged = "The bridge was closed." + "".join(chr(0xE0000 + ord(c)) for c in "and burnt")
    assert [token.text for token in tokenise(tagged)] == ["bridge", "closed"]
    assert verify("The bri\u00addge was clo\u200bsed.", ["The bridge was closed."]).supported


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=40))
def test_any_text_can_be_checked(sentence: str, evidence: str, question: str) -> None:
    verdict = verify(sentence, [evidence], question, setting=evidence)
    assert verdict.supported == (not verdict.reason)


@given(st.integers(0, 10**9))
def test_grouping_changes_no_number(number: int) -> None:
    grouped = f"{number:,}"
    for sign in (",", " ", "'"):
        assert Decimal(number) in values(re.sub(",", sign, grouped))

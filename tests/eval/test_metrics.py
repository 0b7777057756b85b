import math

import pytest

from corpus import Passage, Span
from eval.gold import Location, Question, Quote
from eval.metrics import Scores, compare, overlap, risk_coverage, says, score, summarise, token_f1
from rag import Answer, Citation, Evidence, Hit, Sentence, Trace

TEXT = "The hive holds 40,000 bees. They fly from March on."
FIRST = Passage("p1", "d", "T", TEXT[:27], 0, 27)
SECOND = Passage("p2", "d", "T", TEXT[28:], 28, len(TEXT))
GOLD = Location("d", 0, 27)


def asked(**fields: object) -> Question:
    return Question("q", "How many?", answers=(("40,000 bees", "40000"),), **fields)  # type: ignore[arg-type]


def traced(passage: Passage, *, refused: bool = False, shift: int = 0) -> Trace:
    citation = Citation(
        1,
        "d",
        "T",
        "a.txt",
        None,
        None,
        passage.text,
        passage.start + shift,
        passage.end + shift,
        1,
    )
    answer = Answer(
        "How many?",
        passage.text,
        () if refused else (Sentence(passage.text, (1,), "40,000"),),
        () if refused else (citation,),
        refused=refused,
        closest=(citation,) if refused else (),
        confidence=0.9,
    )
    short = Span(passage.start + 15, passage.start + 21)  # "40,000" in the first
    evidence = Evidence(passage, Span(passage.start, passage.end), 0.9, short)
    return Trace((Hit(SECOND, 2, 1), Hit(FIRST, 1, 2)), (evidence,), answer)


def scored(trace: Trace, question: Question | None = None) -> Scores:
    question = question or asked(evidence=(Quote("a.txt", TEXT[:27]),))
    return score(question, trace, [GOLD], [FIRST], {"d": TEXT})


def test_a_right_answer() -> None:
    scores = scored(traced(FIRST))
    assert scores.cause is None
    assert scores.values == {
        "recall@1": 0.0,
        "recall@3": 1.0,
        "recall@5": 1.0,
        "recall@10": 1.0,
        "mrr": 0.5,
        "ndcg@10": pytest.approx(1 / math.log2(3)),
        "answer_found": 1.0,
        "exact_match": 1.0,
        "f1": 1.0,
        "f1_all": 1.0,
        "citation_precision": 1.0,
        "citation_recall": 1.0,
        "verbatim": 1.0,
        "over_refusal": 0.0,
        "right": 1.0,
    }


@pytest.mark.parametrize(
    ("trace", "cause"),
    [
        (traced(FIRST, refused=True), "wrongly refused"),
        (traced(SECOND), "retrieved but not read"),
        (Trace((), traced(SECOND).evidence, traced(SECOND).answer), "not retrieved"),
        (
            Trace(traced(FIRST).hits, traced(FIRST).evidence, traced(SECOND).answer),
            "read but not composed",
        ),
    ],
)
def test_causes(trace: Trace, cause: str) -> None:
    scores = scored(trace)
    assert scores.cause == cause
    assert scores.values["right"] == 0


def test_refusals() -> None:
    nothing = Question("q", "What?", kind="near-miss")
    refused = score(nothing, traced(FIRST, refused=True), [], [], {"d": TEXT})
    answered = score(nothing, traced(FIRST), [], [], {"d": TEXT})
    assert refused.values["refusal_recall"] == 1
    assert answered.values["refusal_recall"] == 0
    assert answered.cause == "wrongly answered"


def test_a_shifted_quote_is_not_verbatim() -> None:
    assert scored(traced(FIRST, shift=1)).values["verbatim"] == 0


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("In 2026 there were 26 homes", "26", True),
        ("In 2026 there were homes", "26", False),
        ("met Urška Klakočar", "urska klakocar", True),
        ("10,000 proposals", "10000", True),
        ("a seven-year term", "seven year", True),
    ],
)
def test_says(text: str, form: str, expected: bool) -> None:  # a case
    assert says(text, form) == expected


def test_token_f1_is_that_of_squad() -> None:
    assert token_f1("the Danish king", "King") == pytest.approx(2 / 3)
    assert token_f1("", "king") == 0
    assert token_f1("The King!", "king") == 1


def test_overlap() -> None:
    assert overlap(Location("d", 0, 5), Location("d", 3, 9)) == 2
    assert overlap(Location("d", 0, 5), Location("e", 3, 9)) == 0


def made(number: int, *, right: bool, confidence: float, answerable: bool = True) -> Scores:
    metric = "over_refusal" if answerable else "refusal_recall"
    return Scores(
        str(number), "fact", "test", answerable, confidence, {"right": right, metric: 0.0}, None
    )


def test_auroc_and_risk() -> None:
    scores = [
        made(1, right=True, confidence=0.9),
        made(2, right=False, confidence=0.7),
        made(3, right=False, confidence=0.8, answerable=False),
        made(4, right=False, confidence=0.1, answerable=False),
    ]
    assert summarise(scores)["auroc"].value == 0.75  # 3 of 4 pairs in order
    coverage, risk = risk_coverage(scores)
    assert coverage == [0.25, 0.5, 0.75, 1.0]
    assert risk == pytest.approx([0, 1 / 2, 2 / 3, 3 / 4])
    assert summarise(scores)["aurc"].value == pytest.approx(sum(risk) / 4)


def test_intervals_hold_the_value_and_narrow_with_more_questions() -> None:
    few = [made(i, right=i % 4 > 0, confidence=i / 40) for i in range(40)]
    estimate = summarise(few)["right"]
    assert estimate.low < estimate.value == 0.75 < estimate.high
    many = summarise([made(i, right=i % 4 > 0, confidence=i / 640) for i in range(640)])["right"]
    assert many.high - many.low < (estimate.high - estimate.low) / 2


def test_a_paired_difference_is_told_from_noise() -> None:
    before = [made(i, right=i % 2 == 0, confidence=i / 100) for i in range(100)]
    after = [made(i, right=i % 2 == 0 or i % 5 == 1, confidence=i / 100) for i in range(100)]
    same = compare(before, before)["right"]
    assert same.low == same.value == same.high == 0
    better = compare(before, after)["right"]
    assert 0 < better.low < better.value == pytest.approx(0.1)

"""The harness over the real system, whole and deliberately broken."""

import importlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from eval import compare, report
from eval.calibrate import Threshold, calibrate, fit
from eval.cli import BASELINE, DEFAULT_GOLD
from eval.gold import GoldError, Question, load_gold
from eval.run import Run, evaluate
from rag import Evidence, Hit, KnowledgeBase, Settings
from rag.compose import Claim, Dropped, Request
from rag.reader import SpanReader
from rag.reader.inputs import Text
from rag.reader.reader import Reading

product: Any = importlib.import_module("rag.answer")  # to be broken

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture(scope="module", autouse=True)
def _read_once() -> Iterator[None]:
    """Whatever is broken around the model, it reads the same texts for a question once."""
    whole = SpanReader.readings

    @cache
    def known(reader: SpanReader, question: str, texts: tuple[Text, ...]) -> list[list[Reading]]:
        return whole(reader, question, texts)

    def readings(self: SpanReader, question: str, texts: Sequence[Text]) -> list[list[Reading]]:
        return known(self, question, tuple(texts))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SpanReader, "readings", readings)
        yield


@pytest.fixture(scope="module")
def questions() -> list[Question]:
    """Eighteen of the questions that thresholds may be fitted on, of many kinds."""
    return [q for q in load_gold(DEFAULT_GOLD) if q.split == "tune" and not q.history][::5]


@pytest.fixture(scope="module")
def run(
    questions: list[Question],
    knowledge_base: KnowledgeBase,
    tmp_path_factory: pytest.TempPathFactory,
) -> Run:
    return evaluate("whole", questions, knowledge_base, tmp_path_factory.mktemp("results"))


def figures(run: Run) -> dict[str, float]:
    return {name: estimate.value for name, estimate in run.summary["all"].items()}


def test_the_whole_system(run: Run) -> None:
    values = figures(run)
    assert values["verbatim"] == 1
    assert values["recall@10"] > 0.8
    assert 0 < run.latency["p50"] <= run.latency["p95"]
    assert run.latency["evidence p50"] <= run.latency["p50"]
    assert run.composed["quote"] > 10
    assert run.composed["shown without support"] == run.composed["left out"] == 0
    assert run.peak_mib > 100
    for record in run.records:
        assert (record.scores.cause is None) == (record.scores.values["right"] == 1)


class Inventor:
    """A composer without a check."""

    def compose(self, request: Request) -> Iterator[Claim | Dropped]:
        yield Claim("The moon is made of 7 kinds of cheese.", request.evidence, None, "first")
        yield Dropped("It is green.", "no source supports it")


def test_a_sentence_without_support_is_counted(
    questions: list[Question],
    knowledge_base: KnowledgeBase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rag.knowledge_base.load_composer", lambda _: Inventor())
    inventing = KnowledgeBase(knowledge_base.root, Settings(composer="chat"))
    run = evaluate("invented", questions[:4], inventing, tmp_path)
    answered = sum(not record.answer["refused"] for record in run.records)
    assert answered
    assert run.composed["shown without support"] == run.composed["left out"] == answered


def broken_retriever(patch: pytest.MonkeyPatch) -> None:
    whole = product.retrieve

    def shuffled(*arguments: Any) -> list[Hit]:
        return [replace(hit, rank=i) for i, hit in enumerate(whole(*arguments)[:4:-1], 1)]

    patch.setattr(product, "retrieve", shuffled)


def broken_reader(patch: pytest.MonkeyPatch) -> None:
    whole = SpanReader.read

    def upside_down(reader: Any, question: str, hits: Sequence[Hit]) -> list[Evidence]:
        found = whole(reader, question, hits)
        return [replace(e, score=f.score) for e, f in zip(found[::-1], found, strict=True)]

    patch.setattr(SpanReader, "read", upside_down)


def broken_refusal(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(KnowledgeBase, "refuse_below", lambda _: 0.0)


def broken_offsets(patch: pytest.MonkeyPatch) -> None:
    whole = product._cite
    patch.setattr(
        product, "_cite", lambda *a: tuple(replace(c, start=c.start + 1) for c in whole(*a))
    )


@pytest.mark.parametrize(
    ("broken", "caught_by"),
    [
        (broken_retriever, ["recall@1", "recall@5", "mrr", "ndcg@10"]),
        (broken_reader, ["answer_found", "citation_precision", "citation_recall"]),
        (broken_refusal, ["refusal_recall"]),
        (broken_offsets, ["verbatim"]),
    ],
)
def test_a_broken_part_is_caught(
    run: Run,
    questions: list[Question],
    knowledge_base: KnowledgeBase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    broken: Any,
    caught_by: list[str],
) -> None:
    compare.save_baseline(run, tmp_path / "baseline.json")
    assert compare.drops(run, tmp_path / "baseline.json") == []
    broken(monkeypatch)
    harmed = evaluate("broken", questions, knowledge_base, tmp_path)
    fallen = {drop.metric for drop in compare.drops(harmed, tmp_path / "baseline.json")}
    assert fallen >= set(caught_by)
    if caught_by == ["verbatim"]:
        assert fallen == {"verbatim"}


def test_an_interrupted_run_goes_on(
    quick: KnowledgeBase, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick.sync(folder)
    asked: list[str] = []
    whole = KnowledgeBase.stream

    def counting(base: KnowledgeBase, question: str, *details: Any, **options: Any) -> Any:
        if len(asked) == 3:
            asked.append("interrupted")
            raise KeyboardInterrupt
        asked.append(question)
        return whole(base, question, *details, **options)

    monkeypatch.setattr(KnowledgeBase, "stream", counting)
    questions = [Question(str(i), f"Question {i} about bees?") for i in range(6)]
    with pytest.raises(KeyboardInterrupt):
        evaluate("slow", questions, quick, tmp_path)
    (unfinished,) = tmp_path.glob("*.partial.jsonl")
    with unfinished.open("a") as file:
        file.write('{"half a li')
    run = evaluate("slow", questions, quick, tmp_path)
    assert [record.scores.id for record in run.records] == list("012345")
    assert len(asked) == 7
    assert not unfinished.exists()
    assert asdict(Run.load(tmp_path / "slow.json")) == json.loads(json.dumps(asdict(run)))


def test_other_questions_start_anew(quick: KnowledgeBase, folder: Path, tmp_path: Path) -> None:
    quick.sync(folder)
    (tmp_path / "x.partial.jsonl").write_text('{"questions": 1}\n{}\n')
    run = evaluate("x", [Question("1", "Bees?")], quick, tmp_path)
    assert len(run.records) == 1


def test_the_report_needs_nothing_beside_it(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    hostile = replace(run.records[0], question="<script>alert(1)</script>")
    hostile = replace(hostile, scores=replace(hostile.scores, cause="not retrieved"))
    report.write_html(replace(run, records=[hostile, *run.records[1:]]), path)
    html = path.read_text()
    assert html.count("data:image/png;base64,") == 4
    assert not re.search(r"(src|href)=\"?(?!\"?data:)", html)
    assert "<script" not in html
    for record in run.records:
        assert (record.scores.id in html) == (record.scores.cause is not None) or (
            record is run.records[0]
        )


def test_the_readme_shows_the_baseline() -> None:
    summary, _ = compare.load_baseline(BASELINE)
    assert report.markdown_table(summary) in README.read_text("utf-8")


def test_a_missing_metric_counts_as_a_drop(run: Run, tmp_path: Path) -> None:
    compare.save_baseline(run, tmp_path / "baseline.json")
    partial = {k: v for k, v in run.summary["all"].items() if k != "mrr"}
    poorer = replace(run, summary={**run.summary, "all": partial})
    assert "mrr" in {drop.metric for drop in compare.drops(poorer, tmp_path / "baseline.json")}


def test_files_that_are_something_else(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[]")
    with pytest.raises(GoldError, match="is not a saved evaluation"):
        Run.load(tmp_path / "x.json")
    with pytest.raises(GoldError, match="is not a baseline"):
        compare.load_baseline(tmp_path / "x.json")


def test_fitting_a_threshold() -> None:
    confidence = [0.9, 0.8, 0.7, 0.6, 0.5]
    right = [True, True, False, True, False]
    assert fit(confidence, right, 0.25) == Threshold(0.6, 0.8, 0.25)
    assert fit(confidence, right, 0.0) == Threshold(0.8, 0.4, 0.0)
    assert fit([0.9, 0.9], [False, True], 0.1) is None  # equals are answered together or not


def test_calibration_is_stored_and_holds(
    questions: list[Question], tmp_path: Path, documents: Path
) -> None:
    base = KnowledgeBase(tmp_path / "own", Settings(k=3))
    base.sync(documents)
    threshold = calibrate(questions, base, 0.5, tmp_path)
    opened = KnowledgeBase.open(tmp_path / "own")
    assert opened.refuse_below() == threshold.refuse_below
    assert KnowledgeBase(base.root, Settings(refuse_below=0.2)).refuse_below() == 0.2
    unanswerable = [replace(q, answers=(), evidence=()) for q in questions]
    with pytest.raises(GoldError, match="lowest that can be reached is 100%"):
        calibrate(unanswerable, base, 0.5, tmp_path)
    assert opened.refuse_below() == threshold.refuse_below

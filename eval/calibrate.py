"""Fits the threshold of refusal to the error that a user accepts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eval.gold import GoldError, Question
from eval.run import evaluate
from rag import KnowledgeBase


@dataclass(frozen=True, slots=True)
class Threshold:
    """A threshold with what it gave on the questions that it was fitted on."""

    refuse_below: float
    answered: float
    error: float


def fit(confidence: Sequence[float], right: Sequence[bool], max_error: float) -> Threshold | None:
    """Returns the threshold that answers most while at most `max_error` of the answers are wrong.

    Args:
        confidence: Of each question's answer.
        right: Whether that answer would be right.
        max_error: Share of the given answers that may be wrong.
    """
    ranked = sorted(zip(confidence, right, strict=True), reverse=True)
    best: Threshold | None = None
    wrong = 0
    for count, (threshold, is_right) in enumerate(ranked, 1):
        wrong += not is_right
        tied = count < len(ranked) and ranked[count][0] == threshold
        if not tied and wrong <= max_error * count:
            best = Threshold(threshold, count / len(ranked), wrong / count)
    return best


def calibrate(
    questions: Sequence[Question], knowledge_base: KnowledgeBase, max_error: float, folder: Path
) -> Threshold:
    """Asks the questions without refusing, fits the threshold and stores it.

    Questions of the split "test" are left out where there are others.

    Raises:
        GoldError: No threshold keeps the error that low; the message says what can be reached.
    """
    tune = [question for question in questions if question.split == "tune"] or list(questions)
    open_base = KnowledgeBase(
        knowledge_base.root, replace(knowledge_base.settings, refuse_below=0.0, composer="quote")
    )
    run = evaluate("calibration", tune, open_base, folder)
    confidence = [s.confidence for s in run.scores]
    right = [s.answerable and s.values["right"] == 1 for s in run.scores]
    threshold = fit(confidence, right, max_error)
    if threshold is None:
        lowest = next(e / 100 for e in range(101) if fit(confidence, right, e / 100))
        raise GoldError(
            f"No threshold keeps the share of wrong answers at {max_error:.0%} on these questions; "
            f"the lowest that can be reached is {lowest:.0%}. Nothing was stored."
        )
    knowledge_base.calibrate(threshold.refuse_below)
    return threshold

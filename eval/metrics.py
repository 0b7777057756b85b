"""What is measured of one answer, and over many. Pure functions of recorded results."""

import string
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from ir_measures import RR, Qrel, R, ScoredDoc, nDCG
from ir_measures import iter_calc as measure
from numpy.typing import NDArray

from corpus import Passage, words
from eval.gold import Location, Question
from rag import Citation, Evidence, Trace

RESAMPLES = 1000
_RETRIEVAL = {
    "recall@1": R @ 1,
    "recall@3": R @ 3,
    "recall@5": R @ 5,
    "recall@10": R @ 10,
    "mrr": RR,
    "ndcg@10": nDCG @ 10,
}

# Whether more is better, for every metric that is compared.
HIGHER_IS_BETTER: Mapping[str, bool] = {
    **dict.fromkeys(_RETRIEVAL, True),
    "answer_found": True,
    "exact_match": True,
    "f1": True,
    "f1_all": True,
    "citation_precision": True,
    "citation_recall": True,
    "verbatim": True,
    "refusal_recall": True,
    "over_refusal": False,
    "right": True,
    "auroc": True,
    "aurc": False,
}

Cause = Literal[
    "wrongly refused",
    "not retrieved",
    "retrieved but not read",
    "read but not composed",
    "composed in part",
    "wrongly answered",
]


@dataclass(frozen=True, slots=True)
class Scores:
    """The figures of one question; a metric that does not apply is left out.

    Attributes:
        answerable: Whether the documents answer.
        confidence: The reader's, 0 to 1.
        values: Metric to figure, each from 0 to 1.
        cause: Why the question was missed, if it was.
    """

    id: str
    kind: str
    split: str
    answerable: bool
    confidence: float
    values: Mapping[str, float]
    cause: Cause | None


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure over `n` questions with its 95 % confidence interval."""

    value: float
    low: float
    high: float
    n: int


def score(
    question: Question,
    trace: Trace,
    evidence: Sequence[Location],
    relevant: Sequence[Passage],
    texts: Mapping[str, str],
) -> Scores:
    """Measures one answer.

    Args:
        question: With the accepted answers.
        trace: What the system found, read and said.
        evidence: Where the gold quotes stand.
        relevant: The passages that hold them.
        texts: Document id to text, for every document that is cited.
    """
    answer = trace.answer
    cited = (*answer.citations, *answer.closest)
    values = {"verbatim": _mean([texts[c.document_id][c.start : c.end] == c.quote for c in cited])}
    if not cited:
        del values["verbatim"]
    if not question.answerable:
        values |= dict.fromkeys(("refusal_recall", "right", "f1_all"), float(answer.refused))
        cause: Cause | None = None if answer.refused else "wrongly answered"
    else:
        values |= _retrieval(trace, relevant)
        values["over_refusal"] = float(answer.refused)
        values |= _answer(question, trace)
        values["f1_all"] = values["f1"]
        if not answer.refused:
            values |= _citations(question, answer.citations, evidence)
        values["right"] = float(values["answer_found"] == 1)
        cause = None if values["right"] else _cause(trace, evidence, relevant)
    return Scores(
        question.id,
        question.kind,
        question.split,
        question.answerable,
        answer.confidence,
        values,
        cause,
    )


def says(text: str, form: str) -> bool:
    """Whether `form` stands in `text` as whole words, however they are written."""
    wanted, found = words(form), words(text)
    return any(found[i : i + len(wanted)] == wanted for i in range(len(found) - len(wanted) + 1))


def token_f1(predicted: str, accepted: str) -> float:
    """F1 of the words of a short answer (Rajpurkar et al. 2016), without articles and signs."""
    one, other = _normalised(predicted), _normalised(accepted)
    common = sum((Counter(one) & Counter(other)).values())
    if not one or not other:
        return float(one == other)
    return 2 * common / (len(one) + len(other))


def overlap(a: Location, b: Location) -> int:
    """How many characters two places share."""
    return max(0, min(a.end, b.end) - max(a.start, b.start)) * (a.document_id == b.document_id)


def summarise(scores: Sequence[Scores]) -> dict[str, Estimate]:
    """Returns every metric over some questions, with bootstrap intervals (Efron 1979)."""
    return {
        name: estimate
        for name, figure, count in _figures(scores)
        if (estimate := _estimate(figure, len(scores), count))
    }


def compare(a: Sequence[Scores], b: Sequence[Scores]) -> dict[str, Estimate]:
    """Returns what `b` has more than `a`, question by question, with bootstrap intervals.

    Both hold the same questions in the same order.
    """
    after = {name: figure for name, figure, _ in _figures(b)}
    differences: dict[str, Estimate] = {}
    for name, before, count in _figures(a):
        if name in after:
            gain = _difference(before, after[name])
            if estimate := _estimate(gain, len(a), count):
                differences[name] = estimate
    return differences


def risk_coverage(scores: Sequence[Scores]) -> tuple[list[float], list[float]]:
    """Returns coverage and risk as ever less sure answers are given, the surest first.

    Coverage is the share of questions answered, risk the share of the answers that are wrong
    (El-Yaniv and Wiener 2010). An answer to an unanswerable question is wrong; what a refused
    answer would have said is not known, and counts as wrong.
    """
    ranked = sorted(scores, key=lambda s: -s.confidence)
    wrong = np.cumsum([not (s.answerable and s.values["right"]) for s in ranked])
    count = np.arange(1, len(ranked) + 1)
    return list(count / len(ranked)), list(wrong / count)


# A metric as a function of the rows it is computed over: [..., n] row numbers to [...] figures.
Figure = Callable[[NDArray[np.int64]], NDArray[np.float64]]


def _figures(scores: Sequence[Scores]) -> list[tuple[str, Figure, int]]:
    """Every metric with its name and the number of questions that it applies to."""
    names = [n for n in HIGHER_IS_BETTER if any(n in s.values for s in scores)]
    figures = [_column(name, name, scores) for name in names]
    for kind in dict.fromkeys(s.kind for s in scores):
        of_kind = [s if s.kind == kind else None for s in scores]
        figures.append(_column(f"right/{kind}", "right", of_kind))
    answerable = np.array([s.answerable for s in scores])
    confidence = np.array([s.confidence for s in scores])
    wrong = np.array([not (s.answerable and s.values["right"]) for s in scores])
    figures.append(("auroc", lambda rows: _auroc(answerable[rows], confidence[rows]), len(scores)))
    figures.append(("aurc", lambda rows: _aurc(wrong[rows], confidence[rows]), len(scores)))
    return figures


def _column(label: str, name: str, scores: Sequence[Scores | None]) -> tuple[str, Figure, int]:
    column = np.array([s.values.get(name, np.nan) if s else np.nan for s in scores], float)
    known = ~np.isnan(column)
    filled = np.where(known, column, 0.0)

    def mean(rows: NDArray[np.int64]) -> NDArray[np.float64]:
        return _ratio(filled[rows].sum(-1), known[rows].sum(-1))

    return label, mean, int(known.sum())


def _difference(before: Figure, after: Figure) -> Figure:
    return lambda rows: after(rows) - before(rows)


def _estimate(figure: Figure, size: int, count: int) -> Estimate | None:
    """The figure over all rows, with the 95 % interval over resamples; None if there is none."""
    value = float(figure(np.arange(size)))
    if np.isnan(value):
        return None
    samples = figure(np.random.default_rng(0).integers(0, size, (RESAMPLES, size)))
    low, high = np.nanpercentile(samples, [2.5, 97.5])
    return Estimate(value, float(low), float(high), count)


def _auroc(answerable: NDArray[np.bool_], confidence: NDArray[np.float64]) -> NDArray[np.float64]:
    """The chance that an answerable question has the higher confidence (Mann and Whitney)."""
    from scipy.stats import rankdata

    positive, negative = answerable.sum(-1), (~answerable).sum(-1)
    ranks = (rankdata(confidence, axis=-1) * answerable).sum(-1)
    return _ratio(ranks - positive * (positive + 1) / 2, positive * negative)


def _aurc(wrong: NDArray[np.bool_], confidence: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean risk over all coverages."""
    order = np.argsort(-confidence, axis=-1, kind="stable")
    ranked = np.take_along_axis(wrong, order, -1).cumsum(-1)
    return np.asarray((ranked / np.arange(1, wrong.shape[-1] + 1)).mean(-1))


def _ratio(above: NDArray[Any], below: NDArray[Any]) -> NDArray[np.float64]:
    """Division that gives NaN for nothing over nothing."""
    return np.where(below > 0, above / np.maximum(below, 1), np.nan)


def _retrieval(trace: Trace, relevant: Sequence[Passage]) -> dict[str, float]:
    if not relevant:
        return {}
    qrels = [Qrel("q", passage_key(passage), 1) for passage in relevant]
    run = [ScoredDoc("q", passage_key(hit.passage), -hit.rank) for hit in trace.hits]
    names = {str(metric): name for name, metric in _RETRIEVAL.items()}
    found = {names[str(m.measure)]: m.value for m in measure(list(_RETRIEVAL.values()), qrels, run)}
    return dict.fromkeys(_RETRIEVAL, 0.0) | found


def _answer(question: Question, trace: Trace) -> dict[str, float]:
    """The short answer is the one of the best evidence: one guess, as SQuAD counts."""
    said = " ".join(sentence.text for sentence in trace.answer.sentences)
    short = [e.answer_text for e in trace.evidence[:1] if e.answer and not trace.answer.refused]
    found = [any(says(said, form) for form in item) for item in question.answers]
    forms = [form for item in question.answers for form in item]
    pairs = [(given or "", form) for given in short for form in forms]
    return {
        "answer_found": _mean(found) if found else float(not trace.answer.refused),
        "exact_match": max(
            (float(_normalised(a) == _normalised(b)) for a, b in pairs), default=0.0
        ),
        "f1": max((token_f1(a, b) for a, b in pairs), default=0.0),
    }


def _citations(
    question: Question, citations: Sequence[Citation], evidence: Sequence[Location]
) -> dict[str, float]:
    forms = [form for item in question.answers for form in item]
    places = [Location(c.document_id, c.start, c.end) for c in citations]
    right = [
        any(overlap(place, gold) for gold in evidence) or any(says(c.quote, f) for f in forms)
        for place, c in zip(places, citations, strict=True)
    ]
    found = [any(overlap(place, gold) for place in places) for gold in evidence]
    return {"citation_precision": _mean(right)} | (
        {"citation_recall": _mean(found)} if found else {}
    )


def _cause(trace: Trace, evidence: Sequence[Location], relevant: Sequence[Passage]) -> Cause:
    if trace.answer.refused:
        return "wrongly refused"
    retrieved = {passage_key(hit.passage) for hit in trace.hits}
    if not any(passage_key(passage) in retrieved for passage in relevant):
        return "not retrieved"
    best = trace.evidence[: max(1, len(trace.answer.citations))]
    if not any(overlap(_location(e), gold) for e in best for gold in evidence):
        return "retrieved but not read"
    places = [Location(c.document_id, c.start, c.end) for c in trace.answer.citations]
    if not any(overlap(place, gold) for place in places for gold in evidence):
        return "read but not composed"
    return "composed in part"


def _location(evidence: Evidence) -> Location:
    return Location(evidence.passage.document_id, evidence.span.start, evidence.span.end)


def passage_key(passage: Passage) -> str:
    """Names a passage among all others; its id alone is that of its text."""
    return f"{passage.document_id}:{passage.start}"


def _normalised(text: str) -> list[str]:
    stripped = text.lower().translate(str.maketrans("", "", string.punctuation))
    return [word for word in stripped.split() if word not in {"a", "an", "the"}]


def _mean(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 0.0

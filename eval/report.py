"""Evaluations for people: a table in the terminal, and a page that needs nothing beside it."""

import base64
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from rich.table import Table

from eval.metrics import Estimate, risk_coverage
from eval.run import Record, Run

# What a metric is called, in the order in which metrics are shown.
NAMES: Mapping[str, str] = {
    "recall@1": "Retrieval: recall@1",
    "recall@3": "Retrieval: recall@3",
    "recall@5": "Retrieval: recall@5",
    "recall@10": "Retrieval: recall@10",
    "mrr": "Retrieval: MRR",
    "ndcg@10": "Retrieval: nDCG@10",
    "answer_found": "Answer found in the text",
    "exact_match": "Short answer: exact match",
    "f1": "Short answer: token F1",
    "f1_all": "Token F1, a right refusal counted as 1 (as SQuAD 2.0 does)",
    "citation_precision": "Citations: precision",
    "citation_recall": "Citations: recall",
    "verbatim": "Citations: verbatim",
    "refusal_recall": "Refusal recall",
    "over_refusal": "Over-refusal (less is better)",
    "right": "Right: answered in full, or rightly refused",
    "auroc": "AUROC of the confidence",
    "aurc": "Area under risk and coverage (less is better)",
}

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem;
  color: #1f2328; }}
table {{ border-collapse: collapse; margin: 1rem 0; }}
td, th {{ border-bottom: 1px solid #d0d7de; padding: .35rem .7rem; text-align: left;
  vertical-align: top; }}
th {{ background: #f6f8fa; }} .number {{ text-align: right; font-variant-numeric: tabular-nums; }}
.pictures {{ display: grid; gap: 1rem;
  grid-template-columns: repeat(auto-fit, minmax(26rem, 1fr)); }}
.pictures img {{ width: 100%; }} .gold {{ color: #116329; font-weight: 600; }}
details {{ max-width: 34rem; }} small {{ color: #57606a; }}
</style><h1>{title}</h1><p><small>{about}</small></p>{table}<div class="pictures">{pictures}</div>
<h2>Misses ({count})</h2><p>{causes}</p><table><tr><th>Question<th>Cause<th>Wanted<th>Answered
<th>Found and read</tr>{misses}</table></html>
"""


def terminal_table(run: Run) -> Table:
    """Returns the figures of a run for rich."""
    table = Table(title=f"{run.name}: {run.about['questions']} questions")
    table.add_column("metric")
    for split in run.summary:
        table.add_column(split, justify="right")
    for name in _metrics(run):
        cells = [_cell(metrics.get(name)) for metrics in run.summary.values()]
        table.add_row(_label(name), *cells)
    table.add_section()
    for (truth, refused), count in sorted(_refusals(run).items(), reverse=True):
        kind = "Answerable" if truth else "Unanswerable"
        table.add_row(f"{kind} and {'refused' if refused else 'answered'}", str(count))
    for name, seconds in run.latency.items():
        table.add_row(f"Seconds, {name}", f"{seconds:.3f}")
    for how, count in run.composed.items():
        table.add_row(f"Sentences: {how}", str(count))
    table.add_row("Peak memory, MiB", f"{run.peak_mib:.0f}")
    return table


def markdown_table(summary: Mapping[str, Mapping[str, Estimate]]) -> str:
    """Returns the figures as the README shows them."""
    splits = [split for split in ("tune", "test") if split in summary]
    lines = [
        "| " + " | ".join(["metric", *splits]) + " |",
        "|---" * (len(splits) + 1) + "|",
    ]
    for name, label in NAMES.items():
        cells = [_cell(summary[split].get(name)) for split in splits]
        if any(cells):
            lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def write_html(run: Run, path: Path) -> None:
    """Writes the report of a run: figures, pictures, and every miss with its cause."""
    misses = [record for record in run.records if record.scores.cause]
    causes = Counter(str(record.scores.cause) for record in misses)
    path.write_text(
        _PAGE.format(
            title=escape(f"Evaluation: {run.name}"),
            about=escape(" · ".join(f"{k}: {v}" for k, v in run.about.items())),
            table=_html_table(run),
            pictures="".join(_pictures(run)),
            count=len(misses),
            causes=escape(", ".join(f"{cause}: {n}" for cause, n in causes.most_common())),
            misses="".join(map(_miss, misses)),
        ),
        "utf-8",
    )


def _metrics(run: Run) -> list[str]:
    kinds = [name for name in run.summary["all"] if "/" in name]
    return [name for name in (*NAMES, *kinds) if name in run.summary["all"]]


def _label(name: str) -> str:
    return NAMES.get(name) or name.replace("right/", "Right: ")


def _cell(estimate: Estimate | None) -> str:
    if estimate is None:
        return ""
    return f"{estimate.value:.3f} ({estimate.low:.2f} to {estimate.high:.2f})"


def _html_table(run: Run) -> str:
    head = "".join(f"<th>{escape(split)}" for split in run.summary)
    rows = "".join(
        f"<tr><td>{escape(_label(name))}"
        + "".join(f'<td class="number">{_cell(m.get(name))}' for m in run.summary.values())
        for name in _metrics(run)
    )
    composed = ", ".join(f"{how} {count}" for how, count in run.composed.items())
    seconds = ", ".join(f"{name} {value:.3f} s" for name, value in run.latency.items())
    return (
        f"<table><tr><th>Metric (95 % interval){head}</tr>{rows}</table>"
        f"<p>Sentences: {composed}.</p>"
        f"<p>Latency: {seconds}. Peak memory: {run.peak_mib:.0f} MiB.</p>"
    )


def _miss(record: Record) -> str:
    answer: Mapping[str, Any] = record.answer
    wanted = "; ".join(" / ".join(forms) for forms in record.answers) or "a refusal"
    found = "".join(
        f"<li{' class=gold' if hit['gold'] else ''}>{escape(hit['title'])}: "
        f"{escape(hit['text'][:120])}…"
        for hit in record.retrieved
    )
    read = "".join(f"<li>{e['score']:.2f} {escape(e['text'][:160])}" for e in record.read)
    return (
        f"<tr><td>{escape(record.question)}<br><small>{escape(record.scores.id)}, "
        f"{record.scores.split}</small><td>{escape(str(record.scores.cause))}"
        f"<td>{escape(wanted)}<td>{escape(answer['text'][:400])}"
        f"<td><details><summary>confidence {record.scores.confidence:.2f}</summary>"
        f"<ol>{found}</ol><ol>{read}</ol></details></tr>"
    )


def _pictures(run: Run) -> list[str]:
    import matplotlib as mpl

    mpl.use("Agg")
    return [
        _picture(_draw_recall, run, "Recall by number of passages"),
        _picture(_draw_risk, run, "Risk and coverage"),
        _picture(_draw_latency, run, "Seconds for an answer"),
        _picture(_draw_refusals, run, "Answered and refused"),
    ]


def _picture(draw: Any, run: Run, title: str) -> str:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 3.4), layout="constrained")
    axes = figure.subplots()
    axes.set_title(title)
    draw(axes, run)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=130)
    data = base64.b64encode(buffer.getvalue()).decode()
    return f'<img alt="{escape(title)}" src="data:image/png;base64,{data}">'


def _draw_recall(axes: Any, run: Run) -> None:
    for split, metrics in run.summary.items():
        points = [(int(n[7:]), metrics[n].value) for n in metrics if n.startswith("recall@")]
        if points:
            axes.plot(*zip(*points, strict=True), marker="o", label=split)
    axes.set(xlabel="k", ylabel="recall@k", ylim=(0, 1.02))
    axes.legend()


def _draw_risk(axes: Any, run: Run) -> None:
    coverage, risk = risk_coverage(run.scores)
    axes.plot(coverage, risk)
    answered = 1 - sum(r.answer["refused"] for r in run.records) / len(run.records)
    axes.axvline(answered, linestyle=":", color="grey", label="now answered")
    axes.set(xlabel="share of questions answered", ylabel="share of answers wrong", ylim=(0, 1))
    axes.legend()


def _draw_latency(axes: Any, run: Run) -> None:
    axes.hist([record.seconds for record in run.records], bins=30)
    axes.set(xlabel="seconds", ylabel="questions")


def _refusals(run: Run) -> Counter[tuple[bool, bool]]:
    """How many questions are (answerable, refused)."""
    return Counter((r.scores.answerable, bool(r.answer["refused"])) for r in run.records)


def _draw_refusals(axes: Any, run: Run) -> None:
    counts = _refusals(run)
    rows: Sequence[Sequence[int]] = [
        [counts[truth, refused] for refused in (False, True)] for truth in (True, False)
    ]
    axes.imshow(rows, cmap="Blues", vmin=0)
    axes.set_xticks([0, 1], ["answered", "refused"])
    axes.set_yticks([0, 1], ["answerable", "unanswerable"])
    for y, row in enumerate(rows):
        for x, count in enumerate(row):
            dark = count > max(map(max, rows)) / 2
            axes.text(x, y, str(count), ha="center", color="white" if dark else "black")

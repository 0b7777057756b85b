"""Two runs side by side, and a run against the line that quality has to hold."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.table import Table

from eval.gold import GoldError
from eval.metrics import HIGHER_IS_BETTER, Estimate, compare
from eval.run import Record, Run

# How far a figure may fall below the baseline: about one question in fifty, none for quotes.
TOLERANCE = 0.02
STRICT: Mapping[str, float] = {"verbatim": 0.0}


@dataclass(frozen=True, slots=True)
class Drop:
    """A metric that is worse than the baseline by more than its tolerance."""

    split: str
    metric: str
    value: float
    baseline: float
    tolerance: float

    def __str__(self) -> str:
        return (
            f"{self.split}: {self.metric} is {self.value:.3f}, the baseline {self.baseline:.3f} "
            f"(tolerance {self.tolerance})"
        )


def changed(a: Run, b: Run) -> list[tuple[Record, Record]]:
    """Returns the questions that one run got right and the other did not."""
    other = {record.scores.id: record for record in b.records}
    pairs = [(r, other[r.scores.id]) for r in a.records if r.scores.id in other]
    return [(x, y) for x, y in pairs if x.scores.values["right"] != y.scores.values["right"]]


def difference_table(a: Run, b: Run) -> Table:
    """Returns what `b` has more than `a`, and whether it is more than noise.

    Raises:
        GoldError: The runs have no question in common.
    """
    first = {s.id: s for s in a.scores}
    second = {s.id: s for s in b.scores}
    common = [question for question in first if question in second]
    if not common:
        raise GoldError(f"{a.name} and {b.name} have no question in common.")
    differences = compare([first[i] for i in common], [second[i] for i in common])
    table = Table(title=f"{b.name} against {a.name}: {len(common)} questions")
    for column in ("metric", "difference", "95 % interval", "more than noise"):
        table.add_column(column, justify="left" if column == "metric" else "right")
    for name, d in differences.items():
        real = "yes" if d.low > 0 or d.high < 0 else "no"
        table.add_row(name, f"{d.value:+.3f}", f"{d.low:+.3f} to {d.high:+.3f}", real)
    return table


def save_baseline(run: Run, path: Path) -> None:
    """Writes the figures of a run as the line to hold, with a tolerance for each metric."""
    content = {
        split: {
            name: asdict(estimate) | {"tolerance": STRICT.get(name, TOLERANCE)}
            for name, estimate in metrics.items()
            if name in HIGHER_IS_BETTER
        }
        for split, metrics in run.summary.items()
    }
    path.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


def load_baseline(path: Path) -> tuple[dict[str, dict[str, Estimate]], dict[str, dict[str, float]]]:
    """Reads a baseline.

    Returns:
        The figures, and the tolerances, by split and metric.

    Raises:
        GoldError: The file is no baseline.
    """
    try:
        data = json.loads(path.read_text("utf-8"))
        tolerances = {
            s: {n: float(m.pop("tolerance")) for n, m in ms.items()} for s, ms in data.items()
        }
        figures = {s: {n: Estimate(**m) for n, m in ms.items()} for s, ms in data.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise GoldError(
            f"{path} is not a baseline ({error}). Write it: rag eval baseline"
        ) from error
    return figures, tolerances


def drops(run: Run, path: Path) -> Sequence[Drop]:
    """Returns every metric that fell below the baseline by more than its tolerance.

    Raises:
        GoldError: The file is no baseline.
    """
    figures, tolerances = load_baseline(path)
    found: list[Drop] = []
    for split, metrics in figures.items():
        for name, baseline in metrics.items():
            estimate = run.summary.get(split, {}).get(name)
            value = estimate.value if estimate else float("-inf")
            sign = 1 if HIGHER_IS_BETTER[name] else -1
            tolerance = tolerances[split][name]
            if estimate is None or sign * (baseline.value - value) > tolerance + 1e-9:
                found.append(Drop(split, name, value, baseline.value, tolerance))
    return found

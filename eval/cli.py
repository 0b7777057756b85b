"""`rag eval`: how well the system answers, on our questions or on yours."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from eval import compare, external, gold, report, review
from eval.cache import cache_folder, cache_of, kept
from eval.calibrate import calibrate as fit_threshold
from eval.run import Run, evaluate
from rag import KnowledgeBase, Settings, feedback
from rag.cli import (
    ComposerOption,
    KnowledgeBaseOption,
    ModelOption,
    UrlOption,
    composing,
    open_knowledge_base,
)
from rag.default import default_documents

HERE = Path(__file__).parent
DEFAULT_GOLD = HERE / "gold" / "default.jsonl"
BASELINE = HERE / "baseline.json"
RESULTS = Path("eval/results")
WORSE = 1  # exit code when a metric fell below the baseline

OutOption = Annotated[Path, typer.Option("--out", help="Folder for results and reports.")]
NameOption = Annotated[str | None, typer.Option("--name", help="Name of the result files.")]

command = typer.Typer(no_args_is_help=False, add_completion=False)


@command.callback(invoke_without_command=True)
def evaluate_gold(  # noqa: PLR0913, PLR0917  # each one is an option of the command
    context: typer.Context,
    file: Annotated[Path, typer.Option("--gold", help="Gold questions.")] = DEFAULT_GOLD,
    knowledge_base: KnowledgeBaseOption = None,
    name: NameOption = None,
    composer: ComposerOption = "quote",
    model: ModelOption = "",
    url: UrlOption = "",
    out: OutOption = RESULTS,
    against: Annotated[
        Path | None, typer.Option("--against", help="A baseline; exit 1 if a metric fell below it.")
    ] = None,
) -> None:
    """Ask gold questions and report how good the answers are."""
    if context.invoked_subcommand:
        return
    questions = gold.load_gold(file)
    settings = composing(composer, model, url)
    run = evaluate(name or file.stem, questions, _asked(knowledge_base, file, settings), out)
    _show(run, out)
    if against:
        fallen = compare.drops(run, against)
        for drop in fallen:
            print(f"WORSE  {drop}")
        if fallen:
            raise typer.Exit(WORSE)
        print(f"No metric is below {against}.")


@command.command()
def check(file: Path, knowledge_base: KnowledgeBaseOption = None) -> None:
    """Check a gold file, and its quotes against the documents."""
    questions = gold.load_gold(file)
    found = gold.locate(questions, _asked(knowledge_base, file).documents())
    print(f"{len(questions)} questions, {len(found)} quotes, all found.")


@command.command()
def diff(first: Path, second: Path) -> None:
    """Say which questions changed between two runs, and whether that is more than noise."""
    a, b = (replace(Run.load(path), name=path.stem) for path in (first, second))
    _console().print(compare.difference_table(a, b))
    for before, after in compare.changed(a, b):
        gained = after.scores.values["right"] > before.scores.values["right"]
        print(f"{'+' if gained else '-'} {before.scores.id}: {before.question}")
        print(f"    {(before if gained else after).scores.cause}")


@command.command()
def baseline(
    result: Annotated[Path, typer.Argument(help="A run.")] = RESULTS / "default.json",
    path: Annotated[Path, typer.Option("--baseline")] = BASELINE,
) -> None:
    """Take the figures of a run as the line to hold."""
    compare.save_baseline(Run.load(result), path)
    print(f"{path} holds the figures of {result}. README: rag eval table")


@command.command()
def table(path: Annotated[Path, typer.Argument(help="A baseline.")] = BASELINE) -> None:
    """Print the README's table."""
    print(report.markdown_table(compare.load_baseline(path)[0]), end="")


@command.command()
def calibrate(
    file: Annotated[Path, typer.Option("--gold", help="Your gold questions.")],
    knowledge_base: KnowledgeBaseOption = None,
    max_error: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the answers that may be wrong.")
    ] = 0.1,
    out: OutOption = RESULTS,
) -> None:
    """Fit the threshold of refusal to your gold questions, and store it."""
    out.mkdir(parents=True, exist_ok=True)
    opened = open_knowledge_base(knowledge_base)
    threshold = fit_threshold(gold.load_gold(file), opened, max_error, out)
    print(
        f"Refuses below {threshold.refuse_below:.3f}: answers {threshold.answered:.0%} of these "
        f"questions, and {threshold.error:.1%} of the answers are wrong. Stored in {opened.root}."
    )


@command.command()
def squad(
    file: Annotated[Path, typer.Argument(help="SQuAD 2.0 as .json, or a question a line.")],
    oracle: Annotated[bool, typer.Option("--oracle", help="Give the right paragraph.")] = False,
    limit: Annotated[int | None, typer.Option(help="Only the first questions.")] = None,
    refuse_below: Annotated[
        float | None, typer.Option(help="Confidence under which it refuses, 0 to 1.")
    ] = None,
    name: NameOption = None,
    out: OutOption = RESULTS,
) -> None:
    """Retrieval and reading together: all paragraphs become one knowledge base."""
    paragraphs = external.read_squad(file)
    knowledge_base, questions = external.squad_knowledge_base(paragraphs, cache_of([file]))
    asked = KnowledgeBase(
        knowledge_base.root, Settings(refuse_below=refuse_below, composer="quote")
    )
    name = name or f"{file.stem}{'-oracle' if oracle else ''}"
    _show(evaluate(name, questions[:limit], asked, out, oracle=oracle), out)


@command.command()
def beir(
    folder: Annotated[Path, typer.Argument(help="corpus.jsonl, queries.jsonl, qrels/.")],
    split: Annotated[str, typer.Option(help="Which qrels.")] = "test",
) -> None:
    """Retrieval alone, over a BEIR folder."""
    shown = Table(title=f"{folder.name}, {split}")
    cache = cache_of([folder / "corpus.jsonl"])
    for i, (search, metrics) in enumerate(external.evaluate_beir(folder, split, cache).items()):
        if i == 0:
            for column in ("search", *metrics):
                shown.add_column(column)
        shown.add_row(search, *(f"{value:.4f}" for value in metrics.values()))
    _console().print(shown)


@command.command("review")
def review_feedback(
    file: Annotated[
        Path | None, typer.Argument(help="What users said. [default: in your data folder]")
    ] = None,
    into: Annotated[Path, typer.Option("--gold", help="Where gold questions go.")] = Path(
        "gold.jsonl"
    ),
) -> None:
    """Look at what users said of answers in the chat, and make gold questions of it."""
    file = file or feedback.default_file()
    taken = review.review(file, into)
    print(f"{taken} questions added to {into}, {len(list(feedback.kept(file)))} left in {file}.")


def _asked(root: Path | None, file: Path, settings: Settings | None = None) -> KnowledgeBase:
    """Opens what gold questions are asked of: for the default ones, the default documents."""
    if root is not None or file != DEFAULT_GOLD:
        return open_knowledge_base(root, settings)
    return kept(cache_folder("default"), default_documents(), settings)


def _console() -> Console:
    """A console that keeps a figure and its interval on one line."""
    return Console(width=max(120, Console().width))


def _show(run: Run, out: Path) -> None:
    page = out / f"{run.name}.html"
    report.write_html(run, page)
    _console().print(report.terminal_table(run))
    print(f"{out / run.name}.json\n{page}")

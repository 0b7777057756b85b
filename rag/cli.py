"""The `rag` command. Exit codes: 0 answered, 3 refused, 2 wrong use."""

import json
import sys
from dataclasses import asdict
from importlib.metadata import EntryPoints, entry_points
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from corpus import Limits
from rag.compose import chosen
from rag.default import default_documents, default_knowledge_base, default_root
from rag.doctor import examine
from rag.errors import FAILURES, RagError
from rag.knowledge_base import KnowledgeBase, Status
from rag.page.render import size
from rag.settings import COMPOSERS, Settings
from rag.types import Scope
from rag.watch import follow

REFUSED, WRONG_USE = 3, 2

KnowledgeBaseOption = Annotated[
    Path | None,
    typer.Option(
        "--knowledge-base",
        metavar="DIR",
        help="Folder of the knowledge base. [default: one in your cache folder]",
    ),
]

ComposerOption = Annotated[
    str | None, typer.Option("--composer", help=f"Who writes the answer: {', '.join(COMPOSERS)}.")
]
ModelOption = Annotated[
    str,
    typer.Option("--model", help="A chat model: a folder, a name, or with --url its name there."),
]
UrlOption = Annotated[
    str,
    typer.Option("--url", help="An OpenAI-compatible endpoint, such as http://127.0.0.1:11434/v1."),
]
CareOption = Annotated[
    str, typer.Option(help="How sure an answer must be: strict, balanced or open.")
]

_LIMITS = ", ".join(f"{name}={number}" for name, number in asdict(Limits()).items())
LimitOption = Annotated[
    list[str] | None,
    typer.Option(
        "--limit",
        metavar="NAME=NUMBER",
        help=f"How much a file may hold and cost: {_LIMITS}.",
    ),
]


class Commands(TyperGroup):
    """The commands below, and those that rooms above this one add (group `rag.commands`)."""

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted({*super().list_commands(ctx), *_added().names})

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name in _added().names:
            return typer.main.get_command(_added()[cmd_name].load())
        return super().get_command(ctx, cmd_name)


app = typer.Typer(
    cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


@app.callback()
def _about() -> None:
    """Questions and answers over your own documents, with exact quotes, offline."""


@app.command()
def ask(  # noqa: PLR0913, PLR0917  # each one is an option of the command
    question: Annotated[str, typer.Argument(help="The question, in quotation marks.")],
    knowledge_base: KnowledgeBaseOption = None,
    composer: ComposerOption = None,
    model: ModelOption = "",
    url: UrlOption = "",
    care: CareOption = "balanced",
    only: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Search this file alone; repeatable.")
    ] = None,
    since: Annotated[str, typer.Option(help="Search documents from this date on.")] = "",
    until: Annotated[str, typer.Option(help="Search documents up to this date.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """Answer a question from the documents."""
    settings = composing(composer, model, url, care)
    scope = Scope(frozenset(only or ()), since, until)
    answer = open_knowledge_base(knowledge_base, settings).ask(question, scope=scope)
    print(json.dumps(answer.to_dict(), ensure_ascii=False, indent=2) if as_json else answer)
    raise typer.Exit(REFUSED if answer.refused else 0)


@app.command()
def index(
    folder: Annotated[
        Path | None,
        typer.Argument(help="Your documents. [default: those that come with the program]"),
    ] = None,
    knowledge_base: KnowledgeBaseOption = None,
    encoder: Annotated[
        str | None, typer.Option(help="Another embedding model: a name, or a folder.")
    ] = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Read and embed everything once more.")
    ] = False,
    limit: LimitOption = None,
) -> None:
    """Index a folder of documents, or bring its index up to date."""
    settings = Settings(encoder=encoder, limits=_limits(limit))
    opened = KnowledgeBase(knowledge_base or default_root(), settings)
    synced = opened.sync(folder or default_documents(), progress=True, rebuild=rebuild)
    print(_summary(synced))


@app.command()
def add(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="What to add.")],
    knowledge_base: KnowledgeBaseOption = None,
    limit: LimitOption = None,
) -> None:
    """Add files; they stay until they are removed."""
    opened = KnowledgeBase(knowledge_base or default_root(), Settings(limits=_limits(limit)))
    print(_summary(opened.add(files, progress=True)))


@app.command()
def remove(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="See rag status --files.")],
    knowledge_base: KnowledgeBaseOption = None,
) -> None:
    """Remove files; nothing of them is left in the knowledge base."""
    opened = open_knowledge_base(knowledge_base)
    folder = Path(opened.status().folder)
    for name in opened.remove(names):
        print(f"removed         {name}")
        if folder.parts and (folder / name).exists() and not Path(name).is_absolute():
            print(f"                but it lies in {folder}: the next rag index brings it back")
    print(_summary(opened.status()))


@app.command()
def watch(
    folder: Annotated[Path, typer.Argument(help="Your documents.")],
    knowledge_base: KnowledgeBaseOption = None,
    limit: LimitOption = None,
) -> None:
    """Keep the index of a folder up to date until Ctrl-C."""
    opened = KnowledgeBase(knowledge_base or default_root(), Settings(limits=_limits(limit)))
    for status in follow(opened, folder):
        print(status if isinstance(status, str) else _summary(status), flush=True)


@app.command()
def status(
    knowledge_base: KnowledgeBaseOption = None,
    files: Annotated[bool, typer.Option("--files", help="List every file.")] = False,
    articles: Annotated[bool, typer.Option("--articles", help="List every article.")] = False,
) -> None:
    """Show what a knowledge base holds."""
    opened = open_knowledge_base(knowledge_base)
    print(_summary(opened.status()))
    for file in opened.files() if files else ():
        added = " · added by hand" if file.added else ""
        print(f"\n{file.name}")
        print(f"     {len(file.documents)} articles · {size(file.size)}{added}")
    for number, document in enumerate(opened.documents() if articles else (), 1):
        about = (document.date or "no date", document.author, document.url or "no address")
        print(f"\n{number:3}. {document.title}")
        print(f"     {' · '.join(filter(None, about))}")
        for place in document.places:
            print(f"     {place}")


@app.command()
def doctor(knowledge_base: KnowledgeBaseOption = None) -> None:
    """Look at everything that answering needs, and say what to do where something is wrong."""
    findings = []
    for finding in examine(KnowledgeBase(knowledge_base or default_root())):
        print(finding, flush=True)
        findings.append(finding)
    wrong = sum(not finding.well for finding in findings)
    print(f"\n{f'{wrong} of {len(findings)} need you' if wrong else 'All is well'}.")
    raise typer.Exit(WRONG_USE if wrong else 0)


def composing(composer: str | None, model: str, url: str, care: str = "balanced") -> Settings:
    """Returns settings with a composer; a model or an address alone means the chat composer.

    Raises:
        ComposerError: There is no composer of that name.
    """
    settings = Settings(
        composer=composer or ("chat" if model or url else "auto"),
        chat_model=model,
        chat_url=url,
        care=care,
    )
    chosen(settings)
    return settings


def open_knowledge_base(root: Path | None, settings: Settings | None = None) -> KnowledgeBase:
    """Opens the knowledge base in `root`, or the default one.

    Raises:
        KnowledgeBaseError: It cannot be used.
    """
    if root is None:
        return default_knowledge_base(settings)
    return KnowledgeBase.open(root, settings)


def _limits(changes: list[str] | None) -> Limits:
    """Reads limits such as "pages=100".

    Raises:
        RagError: There is no such limit, or it is no positive number.
    """
    known = asdict(Limits())
    changed: dict[str, int] = {}
    for change in changes or ():
        name, _, number = change.partition("=")
        if name not in known or not number.isascii() or not number.isdigit() or not int(number):
            raise RagError(
                f"--limit {change} cannot be read. Say NAME=NUMBER with one of {', '.join(known)}."
            )
        changed[name] = int(number)
    return Limits(**{**known, **changed})


def _summary(status: Status) -> str:
    lines = [
        f"{status.documents} articles in {len(status.files)} files, {status.passages} passages",
        f"documents       {status.folder or 'added by hand'}",
        f"knowledge base  {status.root} (generation {status.generation}, {status.created}, "
        f"{size(status.size)})",
        f"encoder         {status.encoder}",
    ]
    lines += [f"skipped         {skipped}" for skipped in status.skipped]
    return "\n".join(lines)


def _added() -> EntryPoints:
    return entry_points(group="rag.commands")


def main() -> None:
    """Runs the `rag` command."""
    run(app)


def run(command: typer.Typer) -> None:
    """Runs a command; what fails is said in one line on stderr."""
    try:
        command()
    except FAILURES as error:
        print(f"rag: {error}", file=sys.stderr)
        sys.exit(WRONG_USE)
    except OSError as error:
        print(f"rag: {error.strerror or error}: {error.filename or ''}", file=sys.stderr)
        sys.exit(WRONG_USE)
    except KeyboardInterrupt:
        sys.exit(130)

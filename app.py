"""The web chat: layout and wiring only; what it shows and keeps is made in `rag.page`."""

import os
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag import FAILURES, RagError
from rag.cli import (
    CareOption,
    ComposerOption,
    KnowledgeBaseOption,
    ModelOption,
    UrlOption,
    composing,
    open_knowledge_base,
    run,
)
from rag.compose import lacks
from rag.feedback import default_file
from rag.page import guard, on_load, render, style
from rag.page.desk import Choices, Desk, Shown
from rag.page.words import DEFAULT, LANGUAGES, preferred, words
from rag.settings import CARES, COMPOSERS

if TYPE_CHECKING:
    import gradio as gr

_SECRET = "kept in the browser, to which it is told anyway"  # noqa: S105  # Gradio wants one
_STRONG = tuple(
    f"button_primary_background_fill{when}{ground}"
    for when in ("", "_hover")
    for ground in ("", "_dark")
)
_SESSIONS = 500  # of which Gradio remembers what it has shown, some 80 kB each
_CURRENT = "(_, language) => [{ record: rag.current() }, language]"
_WISHED = "(_, language) => [{ record: rag.wished() }, language]"
_COLUMN = 340  # pixels below which the two columns stand one above the other


class Page:
    """The components of the page, and what happens to them.

    Attributes:
        labels: Which of its words each component shows, by the name of the property.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.labels: list[tuple[Any, dict[str, str]]] = []

    def lay_out(self) -> None:
        """Puts the components into their places."""
        self.kept = gr.BrowserState({}, storage_key="rag:settings", secret=_SECRET)
        with self._labelled(gr.Sidebar(open=False), label="history"):
            self.history = gr.HTML(
                elem_id="history", js_on_load=on_load("rag.history(element, watch)")
            )
        with gr.Row(equal_height=False):
            self.headline = gr.HTML(elem_id="headline")
            self.new = self._labelled(
                gr.Button(size="sm", scale=0, min_width=180, interactive=False), value="new"
            )
        self.said = gr.HTML("", elem_id="said", js_on_load="element.ariaLive = 'polite'")
        with gr.Tabs():
            with self._labelled(gr.Tab(id="chat"), label="chat"):
                self._lay_out_chat()
            with self._labelled(gr.Tab(id="documents"), label="documents"):
                self._lay_out_documents()
            with self._labelled(gr.Tab(id="settings"), label="settings"):
                self._lay_out_settings()

    def _lay_out_chat(self) -> None:
        root = str(self.desk.knowledge_base.root.resolve())
        place = sha256(root.encode()).hexdigest()[:12]  # conversations of each are kept apart
        with gr.Row():
            with gr.Column(scale=3, min_width=_COLUMN):
                self.conversation = gr.HTML(
                    {"record": None, "html": ""},
                    html_template=f'<div data-place="{place}">${{value.html}}</div>',
                    js_on_load=on_load("rag.conversation(element, props, trigger, server, watch)"),
                    server_functions=[_function(self.desk.exported), _function(self.desk.judge)],
                    elem_id="conversation",
                )
                with self._labelled(gr.Accordion(open=False), label="only"):
                    self.only = self._labelled(
                        gr.Dropdown(self.desk.searchable(), multiselect=True),
                        label="only_documents",
                        info="only_about",
                    )
                    with gr.Row():
                        self.since = self._labelled(
                            gr.Textbox(max_lines=1), label="since", placeholder="date_hint"
                        )
                        self.until = self._labelled(
                            gr.Textbox(max_lines=1), label="until", placeholder="date_hint"
                        )
                with gr.Row():
                    self.question = self._labelled(
                        gr.Textbox(
                            elem_id="question",
                            scale=6,
                            min_width=200,
                            max_lines=6,
                            interactive=False,  # until the page has been filled
                            show_label=False,
                            container=False,
                        ),
                        label="question",
                        placeholder="question_hint",
                    )
                    self.ask = self._labelled(
                        gr.Button(variant="primary", scale=1, min_width=90), value="ask"
                    )
                    self.stop = self._labelled(
                        gr.Button(scale=1, min_width=90, visible=False),
                        value="stop",
                    )
            with gr.Column(scale=2, min_width=_COLUMN):
                self.evidence = gr.HTML(elem_id="evidence")

    def _lay_out_documents(self) -> None:
        editable = self.desk.editable
        self.files = self._labelled(
            gr.File(file_count="multiple", height=150, visible=editable), label="add"
        )
        self.sync = self._labelled(gr.Button(size="sm", visible=editable), value="sync")
        self.progress = gr.HTML("", elem_id="progress", js_on_load="element.ariaLive = 'polite'")
        self.documents = gr.HTML(
            elem_id="documents", js_on_load=on_load("rag.documents(element, trigger)")
        )

    def _lay_out_settings(self) -> None:
        asked = self.desk.knowledge_base.settings
        languages = [(words(language)["language"], language) for language in LANGUAGES]
        self.choices = {
            "composer": self._labelled(
                gr.Dropdown(list(COMPOSERS), value=asked.composer),
                label="composer",
                info="composer_about",
            ),
            "model": self._labelled(
                gr.Textbox(asked.chat_model, visible=self.desk.local, max_lines=1),
                label="model",
                info="model_about",
            ),
            "endpoint": self._labelled(
                gr.Textbox(asked.chat_url, visible=self.desk.local, max_lines=1),
                label="endpoint",
                info="endpoint_about",
            ),
            "k": self._labelled(gr.Slider(1, 30, value=asked.k, step=1), label="passages_read"),
            "care": self._labelled(
                gr.Radio(list(CARES), value=asked.care), label="care", info="care_about"
            ),
            "language": self._labelled(
                gr.Dropdown(languages, value=DEFAULT), label="interface", info="kept_here"
            ),
        }

    def _labelled(self, component: Any, **labels: str) -> Any:
        """A component whose properties show words of the page."""
        self.labels.append((component, labels))
        return component

    def wire(self, blocks: Any) -> None:
        """Says what happens when."""
        own: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        shown = [self.conversation, self.evidence, self.said, self.ask, self.stop]
        choices = list(self.choices.values())
        language = self.choices["language"]
        labelled = [component for component, _ in self.labels]
        about = [self.headline, self.history, self.documents, self.only]
        spoken = [*labelled, self.choices["care"], *about]

        blocks.load(self._restored, [self.kept], choices, **own).then(
            self._in_language, [language], spoken, **own
        ).then(
            self._opened,
            [self.conversation, language],
            [*shown, self.question, self.new],
            js=_CURRENT,
            **own,
        )
        gr.on(
            [choice.change for choice in choices],
            lambda *values: dict(zip(self.choices, values, strict=True)),
            choices,
            self.kept,
            **own,
        )
        language.input(self._in_language, [language], spoken, **own).then(
            self._reopened, [self.conversation, language], shown, **own
        )
        gr.on(
            [self.question.submit, self.ask.click, self.conversation.submit],
            self._asked,
            [self.question, self.conversation, self.only, self.since, self.until, *choices],
            shown,
            concurrency_limit=None,
            **own,
        )
        self.stop.click(self._stop, **own)
        # What is being answered is given up first; the next step comes after the end of that.
        for given_up in (
            self.new.click(self._stop, js="() => { rag.wish(''); return []; }", **own),
            self.conversation.select(self._stop, **own),
        ):
            given_up.then(self._reopened, [self.conversation, language], shown, js=_WISHED, **own)

        changed = {"fn": self._about, "inputs": [language], "outputs": about}
        self.files.upload(
            self._added, [self.files, language], [self.progress, self.files], **own
        ).then(**changed, **own)
        self.documents.select(self._removed, [language], [self.progress], **own).then(
            **changed, **own
        )
        self.sync.click(self.desk.sync, [language], [self.progress], **own).then(**changed, **own)

    # What happens ----------------------------------------------------------------------------

    def _restored(self, kept: dict[str, Any], request: "gr.Request") -> list[Any]:
        """The choices that this browser has kept."""
        found = {"language": preferred(request.headers.get("accept-language", "")), **(kept or {})}
        return [found.get(name, gr.skip()) for name in self.choices]

    def _in_language(self, language: str) -> list[Any]:
        """All labels, and what speaks about the documents."""
        said: dict[str, Any] = dict(words(language))
        said["composer_about"] = " ".join((said["composer_about"], *_lacking()))
        labels = [
            gr.update(**{name: said[word] for name, word in labels.items()})
            for _, labels in self.labels
        ]
        cares = gr.update(choices=[(said[care], care) for care in CARES])
        return [*labels, cares, *self._about(language)]

    def _about(self, language: str) -> list[Any]:
        """What changes with the documents."""
        desk = self.desk
        return [
            desk.headline(language),
            render.history(words(language)),
            desk.documents(language),
            gr.update(choices=desk.searchable()),
        ]

    def _opened(self, value: dict[str, Any], language: str) -> list[Any]:
        """The page as it is filled; what is said before that would be lost."""
        shown = self.desk.reopened(value.get("record"), language)
        return [*_shown(shown, busy=False), *[gr.update(interactive=True)] * 2]

    def _reopened(self, value: dict[str, Any], language: str, request: "gr.Request") -> Any:
        """A conversation with nothing under way; but what has been asked since then stays."""
        if self.desk.asking(str(request.session_hash)):
            return gr.skip()
        return _shown(self.desk.reopened(value.get("record"), language), busy=False)

    async def _stop(self, request: "gr.Request") -> None:
        await self.desk.stop(str(request.session_hash))

    async def _asked(
        self,
        event: "gr.EventData",
        request: "gr.Request",
        question: str,
        value: dict[str, Any],
        only: list[str],
        since: str,
        until: str,
        *chosen: Any,
    ) -> AsyncIterator[Any]:
        question = (event._data or {}).get("question") or question or ""
        if not question.strip():
            return
        choices = Choices(**dict(zip(self.choices, chosen, strict=True)))
        scope = (only or [], since or "", until or "")
        async with self.desk.visit(str(request.session_hash)) as stop:
            record = value.get("record")
            async for shown in self.desk.ask(question, record, scope, choices, stop):
                yield _shown(shown, busy=True)
            yield _shown(shown, busy=False)

    async def _added(self, files: list[str], language: str) -> AsyncIterator[Any]:
        async for progress in self.desk.add(files, language):
            yield progress, gr.skip()
        yield progress, None

    async def _removed(self, event: "gr.EventData", language: str) -> str:
        return await self.desk.remove(str(event._data.get("name")), language)


def _lacking() -> list[str]:
    """What composers need that is not there, and how to add it."""
    return [f"“{name}” is {lacking}." for name, lacking in lacks().items() if lacking]


def _shown(shown: Shown, *, busy: bool) -> list[Any]:
    """A conversation, and either the button that asks or the one that stops.

    All of them each time: of updates that follow each other quickly, the page takes the last.
    """
    return [*shown, gr.update(visible=not busy), gr.update(visible=busy)]


def _theme() -> Any:
    """Gradio's plainest theme, with text that stands out enough from its ground (WCAG AA)."""
    subdued = (
        "body_text_color_subdued",
        "block_info_text_color",
        "block_label_text_color",
        "block_title_text_color",
        "input_placeholder_color",
    )
    theme = gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["monospace"])
    return theme.set(
        **dict.fromkeys(subdued, "#55585f"),
        **dict.fromkeys((f"{name}_dark" for name in subdued), "#b8bcc4"),
        **dict.fromkeys(_STRONG, "#1d4ed8"),
    )


def _function(method: Callable[[Any], str]) -> Callable[[Any], str]:
    """A method as the plain function that Gradio marks as one that the browser may call."""

    @wraps(method)
    def function(data: Any) -> str:
        return method(data)

    return function


def build(desk: Desk) -> Any:
    """Returns the page, a `gradio.Blocks`, with the functions that programs may call."""
    global gr  # noqa: PLW0603  # imported late, for it takes seconds; the handlers name its types
    import gradio as gr

    page = Page(desk)
    with gr.Blocks(title=words(DEFAULT)["title"], analytics_enabled=False) as blocks:
        page.lay_out()
        page.wire(blocks)
        _offer(desk)
    blocks.state_session_capacity = _SESSIONS
    return blocks.queue(default_concurrency_limit=4)


def _offer(desk: Desk) -> None:
    """The functions that programs may call; their docstrings describe them to assistants."""

    async def ask(
        question: str,
        composer: str = "",
        documents: list[str] | None = None,
        since: str = "",
        until: str = "",
    ) -> dict[str, Any]:
        """Answers a question from the user's documents with exact quotes, or refuses.

        Args:
            question: In words.
            composer: Who writes the answer: quote, statement, chat or auto.
            documents: Ids of articles or names of files that are searched; by default all.
            since: First date of the documents that are searched, such as 2026-03-15.
            until: Last date of the documents that are searched.

        Returns:
            The answer with its sentences, their citations and whether it is a refusal.
        """
        with _reported():
            return await desk.answer(question, composer, documents or (), since, until)

    def retrieve(question: str, k: int = 10) -> list[dict[str, Any]]:
        """Finds the passages of the user's documents that are nearest to a question.

        Args:
            question: In words.
            k: How many.

        Returns:
            Passages with their documents, scores and ranks, best first.
        """
        with _reported():
            return desk.retrieve(question, k)

    def documents() -> list[dict[str, Any]]:
        """Lists the articles of the user's documents: id, title, date, address and places."""
        with _reported():
            return desk.articles()

    def health() -> dict[str, Any]:
        """Says whether questions can be answered."""
        with _reported():
            return desk.health()

    gr.api(ask, concurrency_limit=None)  # type: ignore[attr-defined]  # it is, unsaid
    for function in (retrieve, documents, health):
        gr.api(function)  # type: ignore[attr-defined]


@contextmanager
def _reported() -> Iterator[None]:
    """Hands the message of an error on to the program that called."""
    try:
        yield
    except FAILURES as error:
        raise gr.Error(str(error), print_exception=False) from error


def serve(desk: Desk, host: str, auth: tuple[str, str] | None, *, mcp: bool = False) -> Any:
    """Returns the web application: the page, guarded, and `/health` beside it.

    Args:
        desk: What is asked.
        host: The one that it will be served on.
        auth: User and password, if they are needed.
        mcp: Whether assistants may call its functions, by the Model Context Protocol.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported
    os.environ["HF_HUB_OFFLINE"] = "1"
    from fastapi import FastAPI
    from fastapi.responses import JSONResponse
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    page = build(desk)
    server = FastAPI(openapi_url=None)

    @server.get("/health")
    def health() -> JSONResponse:
        try:
            return JSONResponse(desk.health())
        except FAILURES as error:
            return JSONResponse({"status": "failed", "reason": str(error)}, 503)

    gr.mount_gradio_app(
        server,
        page,
        path="",
        auth=auth,
        max_file_size=desk.knowledge_base.settings.limits.bytes,
        ssr_mode=False,
        mcp_server=mcp,
        theme=_theme(),
        css=style(),
        footer_links=[],
    )
    server.add_middleware(TrustedHostMiddleware, allowed_hosts=guard.hosts(host))
    server.add_middleware(guard.Guard)
    return server


def chat(  # noqa: PLR0913, PLR0917  # each one is an option of the command
    port: Annotated[int, typer.Option(help="Port of the page.")] = 7860,
    host: Annotated[
        str, typer.Option(help="Another address than this computer's own, to let others in.")
    ] = "127.0.0.1",
    auth: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=f"Holds user:password; or set {guard.AUTH_VARIABLE}."),
    ] = None,
    no_auth: Annotated[
        bool, typer.Option("--no-auth", help="Let everybody in who can reach the host.")
    ] = False,
    mcp: Annotated[
        bool, typer.Option("--mcp", help="Let assistants ask, by the Model Context Protocol.")
    ] = False,
    feedback: Annotated[
        Path | None, typer.Option(help="Where thumbs up and down go. [default: your data folder]")
    ] = None,
    knowledge_base: KnowledgeBaseOption = None,
    composer: ComposerOption = None,
    model: ModelOption = "",
    url: UrlOption = "",
    care: CareOption = "balanced",
) -> None:
    """Open the web chat."""
    allowed = guard.credentials(auth, host, none=no_auth)
    if mcp and find_spec("mcp") is None:
        raise RagError("Assistants need another package. Add it: pip install '.[mcp]'")
    opened = open_knowledge_base(knowledge_base, composing(composer, model, url, care))
    local = guard.is_local(host)
    desk = Desk(
        opened, feedback or default_file(), editable=local or allowed is not None, local=local
    )
    with listening(host, port) as listener, tempfile.TemporaryDirectory() as uploads:
        os.environ["GRADIO_TEMP_DIR"] = uploads
        opened.warm_up()
        server = serve(desk, host, allowed, mcp=mcp)
        desk.examples()
        at = f"[{host}]" if ":" in host else host
        print(f"{words(DEFAULT)['title']} at http://{at}:{port} (Ctrl-C ends it)", flush=True)
        running(server).run([listener])


def listening(host: str, port: int) -> socket.socket:
    """Returns a socket that listens.

    Raises:
        RagError: The address cannot be used.
    """
    try:
        return socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET
        )
    except (OSError, OverflowError) as error:
        raise RagError(
            f"{host}:{port} cannot be used ({error}). Choose another port: --port {port + 1}"
        ) from error


def running(server: Any) -> Any:
    """Returns a `uvicorn.Server` for a web application; open pages do not keep it from ending."""
    import uvicorn

    return uvicorn.Server(
        uvicorn.Config(server, log_level="warning", timeout_graceful_shutdown=2, ws="none")
    )


command = typer.Typer()
command.command()(chat)

if __name__ == "__main__":
    run(command)

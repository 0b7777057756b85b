"""Everything that the page asks of the knowledge base; what all visitors share."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path, PurePath
from threading import Lock
from typing import Any

from anyio import to_thread

from corpus import Document, printable
from rag.errors import FAILURES, QuestionError, RagError
from rag.feedback import Feedback, keep
from rag.knowledge_base import KnowledgeBase
from rag.page import conversation, export, render
from rag.page.asking import ask, until
from rag.page.conversation import Conversation
from rag.page.line import Line
from rag.page.words import DEFAULT, words
from rag.reader import load_reader
from rag.suggest import examples
from rag.types import Retrieved, Scope

_WAITING = 100  # questions in line before the page says that it is busy
_EXAMPLES = 4  # questions to begin with
_UPLOADED = "uploaded"  # the folder in which files from the page are shown

Shown = tuple[dict[str, Any], str, str]
"""What the conversation holds and looks like, its sources, and what is said aloud."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What a visitor has chosen; "" and 0 leave it to the settings of the knowledge base."""

    composer: str = ""
    model: str = ""
    endpoint: str = ""
    k: int = 0
    care: str = ""
    language: str = DEFAULT


class Desk:
    """Any number of visitors at a time; what each has said is kept in the visitor's browser.

    Attributes:
        knowledge_base: What is asked.
        editable: Whether visitors may add and remove documents.
        local: Whether only this computer reaches the page, so that visitors may name models.
        feedback: The file in which judgements are kept.
    """

    def __init__(
        self, knowledge_base: KnowledgeBase, feedback: Path, *, editable: bool, local: bool
    ) -> None:
        self.knowledge_base = knowledge_base
        self.feedback = feedback
        self.editable = editable
        self.local = local
        self._line = Line(_WAITING)
        self._asking: dict[str, tuple[asyncio.Event, asyncio.Event]] = {}
        self._examples: tuple[str, list[str]] = ("", [])
        self._looking = Lock()

    # What is shown ---------------------------------------------------------------------------

    def examples(self) -> list[str]:
        """Returns questions to begin with, looked for once for each generation."""
        with self._looking:
            generation = self.knowledge_base.generation()
            if self._examples[0] != generation.name:
                reader = load_reader(self.knowledge_base.settings.threads)
                self._examples = (generation.name, examples(generation, reader, _EXAMPLES))
            return self._examples[1]

    def shown(self, of: Conversation, language: str) -> Shown:
        """Returns a conversation as the page shows it."""
        base, said = self.knowledge_base, words(language)
        fates = conversation.fates(of, base.document, lambda: base.status().files)
        begin = [] if of.exchanges else self.examples()
        html = render.conversation(of, fates, begin, said)
        value = {"record": of.to_dict(), "html": html, "language": language}
        return value, render.evidence(of, fates, said), render.announcement(of, said)

    def reopened(self, record: Any, language: str) -> Shown:
        """Returns a conversation that a browser has kept, with nothing under way any more."""
        return self.shown(_read(record).stopped(), language)

    def headline(self, language: str) -> str:
        """Returns what the page is, and over which documents."""
        return render.headline(self.knowledge_base.status(), words(language))

    def documents(self, language: str) -> str:
        """Returns the table of the documents."""
        base = self.knowledge_base
        passages = base.generation().passages_by_file()
        said = words(language)
        return render.documents(base.files(), passages, said, editable=self.editable)

    def searchable(self) -> list[tuple[str, str]]:
        """Returns what a search can be narrowed to: files, and the articles of files with many."""
        files = [file for file in self.knowledge_base.files() if file.documents]
        named = [
            (_titled(file.documents[0]) if len(file.documents) == 1 else file.name, file.name)
            for file in files
        ]
        several = {file.name for file in files if len(file.documents) > 1}
        articles = [d for d in self.knowledge_base.documents() if d.source in several]
        return [*named, *((_titled(document), document.id) for document in articles)]

    # What is asked ---------------------------------------------------------------------------

    async def ask(
        self,
        question: str,
        record: Any,
        scope: tuple[Sequence[str], str, str],
        choices: Choices,
        stop: asyncio.Event,
    ) -> AsyncIterator[Shown]:
        """Yields the conversation with one more question, again after each step of its answer.

        Args:
            question: In words.
            record: The conversation so far, as the browser has kept it.
            scope: Documents, first and last date of those that are searched.
            choices: Of this visitor.
            stop: Ends it; see `visit`.
        """
        before = _read(record).stopped()
        try:
            asked = self._under(choices)
            part = Scope(frozenset(scope[0]), scope[1].strip(), scope[2].strip())
        except FAILURES as error:
            yield self.shown(
                before.adding(conversation.begun(question, error=str(error))), choices.language
            )
            return
        exchange = None
        steps = until(stop, ask(asked, question, before.turns(), part, self._line))
        async with aclosing(steps):
            async for exchange in steps:
                yield self.shown(before.adding(exchange), choices.language)
        if exchange and exchange.doing:
            yield self.shown(before.adding(exchange).stopped(), choices.language)

    @asynccontextmanager
    async def visit(self, visitor: str) -> AsyncIterator[asyncio.Event]:
        """Holds while a question of a visitor is answered; gives what `stop` sets."""
        stop, ended = self._asking[visitor] = asyncio.Event(), asyncio.Event()
        try:
            yield stop
        finally:
            self._asking.pop(visitor, None)
            ended.set()

    def asking(self, visitor: str) -> bool:
        """Returns whether a question of a visitor is being answered."""
        return visitor in self._asking

    async def stop(self, visitor: str) -> None:
        """Ends what is being answered for a visitor, and waits until it has ended."""
        if asking := self._asking.get(visitor):
            stop, ended = asking
            stop.set()
            await ended.wait()

    async def answer(
        self, question: str, composer: str, documents: Sequence[str], since: str, until: str
    ) -> dict[str, Any]:
        """Returns the whole answer, for programs; they wait in the same line.

        Raises:
            RagError: It cannot be asked, or too many are waiting.
        """
        scope = Scope(frozenset(documents), since, until)
        asked = self._under(Choices(composer=composer))
        async with aclosing(ask(asked, question, (), scope, self._line)) as steps:
            async for exchange in steps:
                if exchange.error:
                    raise RagError(words(DEFAULT).get(exchange.error, exchange.error))
                if exchange.answer and not exchange.doing:
                    return exchange.answer.to_dict()
        raise RagError("The question was given up.")

    def retrieve(self, question: str, k: int) -> list[dict[str, Any]]:
        """Returns the passages that a search finds, best first.

        Raises:
            QuestionError: It cannot be asked, or `k` is less than 1.
        """
        if k < 1:
            raise QuestionError(f"{k} passages cannot be found. Ask for 1 or more.")
        events = self.knowledge_base.using(k=k).stream(question)
        retrieved = next(iter(events))
        assert isinstance(retrieved, Retrieved)  # noqa: S101  # the first event always is
        return [asdict(hit) for hit in retrieved.hits]

    def articles(self) -> list[dict[str, Any]]:
        """Returns what is indexed: each article with its title, date, address and places."""
        return [
            {
                "id": document.id,
                "title": document.title,
                "date": document.date,
                "url": document.url,
                "places": list(map(str, document.places)),
                "characters": len(document.text),
            }
            for document in self.knowledge_base.documents()
        ]

    def health(self) -> dict[str, Any]:
        """Returns whether questions can be answered.

        Raises:
            RagError: They cannot; the message says why.
        """
        return {"status": "ok", "generation": self.knowledge_base.generation().name}

    def _under(self, choices: Choices) -> KnowledgeBase:
        """The knowledge base under a visitor's choices, as far as they are a visitor's to make."""
        wanted = {"composer": choices.composer, "k": choices.k, "care": choices.care}
        if self.local:
            wanted |= {"chat_model": choices.model.strip(), "chat_url": choices.endpoint.strip()}
        return self.knowledge_base.using(**{key: value for key, value in wanted.items() if value})

    # What is kept ----------------------------------------------------------------------------

    def exported(self, wanted: Mapping[str, Any]) -> str:
        """Returns a conversation (`record`) as a text: `format` says "markdown" or "json"."""
        kept = _read(wanted.get("record"))
        if wanted.get("format") == "json":
            return export.to_json(kept)
        return export.to_markdown(kept, words(str(wanted.get("language"))))

    def judge(self, judged: Mapping[str, Any]) -> str:
        """Keeps what a visitor says of an answer; returns why it cannot be kept, or ""."""
        exchanges = _read(judged.get("record")).exchanges
        if not exchanges or not exchanges[0].answer:
            return ""
        exchange = exchanges[0]
        try:
            keep(
                Feedback(
                    good=bool(judged.get("good")),
                    question=exchange.question,
                    answer=exchanges[0].answer,
                    found=exchange.found,
                    generation=exchange.generation,
                    knowledge_base=str(self.knowledge_base.root.resolve()),
                    when=exchange.asked,
                    note=str(judged.get("note", "")).strip(),
                    right_answer=str(judged.get("right_answer", "")).strip(),
                ),
                self.feedback,
            )
        except FAILURES as error:
            return str(error)
        return ""

    # What is changed -------------------------------------------------------------------------

    async def add(self, paths: Sequence[str], language: str) -> AsyncIterator[str]:
        """Indexes uploaded files one after the other; yields how far each is.

        Each is a generation of its own, so that one that cannot be read disturbs no other. The
        uploaded copies are deleted: what was read of them is in the knowledge base.
        """
        said = words(language)
        lines = [(printable(PurePath(path).name), said["in_line"]) for path in paths]
        for number, path in enumerate(paths):
            name = lines[number][0]
            lines[number] = (name, said["indexing"])
            yield render.progress(lines)
            known = f"{_UPLOADED}/{name}"
            try:
                await self._change(self.knowledge_base.add, {known: Path(path)})
                count = self.knowledge_base.generation().passages_by_file().get(known, 0)
                lines[number] = (name, said["indexed"].format(passages=count))
            except FAILURES as error:
                lines[number] = (name, str(error).removeprefix(f"{known}: "))
            finally:
                Path(path).unlink(missing_ok=True)
        yield render.progress(lines)

    async def remove(self, name: str, language: str) -> str:
        """Removes a file; returns what is to be said of it."""
        said = words(language)
        try:
            await self._change(self.knowledge_base.remove, [name])
        except FAILURES as error:
            return render.progress([(name, str(error))])
        folder = self.knowledge_base.status().folder
        back = bool(folder) and not PurePath(name).is_absolute() and (Path(folder) / name).exists()
        told = said["comes_back" if back else "removed"].format(name=name, folder=folder)
        return render.progress([("", told)])

    async def sync(self, language: str) -> AsyncIterator[str]:
        """Reads the folder again; yields how far it is."""
        said = words(language)
        folder = self.knowledge_base.status().folder
        if not folder:
            yield render.progress([("", said["no_folder"])])
            return
        yield render.progress([("", said["syncing"].format(folder=folder))])
        try:
            await self._change(self.knowledge_base.sync, folder)
        except FAILURES as error:
            yield render.progress([(folder, str(error))])
            return
        now = self.knowledge_base.status()
        told = said["synced"].format(documents=now.documents, files=len(now.files))
        yield render.progress([("", told)])

    async def _change(self, change: Callable[[Any], Any], what: Any) -> None:
        if not self.editable:
            raise RagError(words(DEFAULT)["read_only"])
        await to_thread.run_sync(change, what)


def _titled(document: Document) -> str:
    return " · ".join(filter(None, (document.title, document.date, document.source)))


def _read(record: Any) -> Conversation:
    """What a browser has kept, or a new conversation if there is nothing that can be read."""
    try:
        return conversation.read(record)
    except ValueError:
        return conversation.new()

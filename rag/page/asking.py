"""Asking, step by step, as a page shows it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Any

from anyio import to_thread

from rag.errors import FAILURES
from rag.knowledge_base import KnowledgeBase
from rag.page.conversation import Doing, Exchange, around, begun
from rag.page.line import Full, Line
from rag.reader import load_reader
from rag.store import Generation
from rag.suggest import related
from rag.types import Answer, Hit, Piece, Read, Retrieved, Scope, Sentence, Turn

_TAKING: set[asyncio.Task[None]] = set()
_SUGGESTED = 3  # questions beside a refusal


async def ask(
    knowledge_base: KnowledgeBase,
    question: str,
    history: Sequence[Turn],
    scope: Scope,
    line: Line,
) -> AsyncGenerator[Exchange, None]:
    """Yields the exchange as it grows: at once, then with each step of the answer.

    What goes wrong is said in `Exchange.error`; "busy" if too many are waiting.

    Args:
        knowledge_base: What is asked, under the settings that hold for this question.
        question: In words.
        history: What was asked before.
        scope: The part of the documents that is searched.
        line: Where the question waits for its turn.
    """
    exchange = begun(question, narrowed=not scope.everything)
    waiting = line.waiting
    doing: Any = {"doing": "waiting", "count": waiting} if waiting else {"doing": "searching"}
    yield replace(exchange, **doing)
    try:
        async with line.turn():
            if waiting:
                yield replace(exchange, doing="searching")
            async with aclosing(_steps(knowledge_base, exchange, history, scope)) as steps:
                async for exchange in steps:
                    yield exchange
            if exchange.answer and exchange.answer.refused:
                yield await to_thread.run_sync(_with_suggestions, exchange, knowledge_base)
    except Full:
        yield replace(exchange, error="busy")
    except FAILURES as error:
        yield replace(exchange, doing="", error=str(error))


async def _steps(
    knowledge_base: KnowledgeBase, exchange: Exchange, history: Sequence[Turn], scope: Scope
) -> AsyncGenerator[Exchange, None]:
    """Runs each step of the answer in a thread; one that has begun is waited for at the end."""
    generation = await to_thread.run_sync(knowledge_base.generation)
    exchange = replace(exchange, generation=generation.name)
    sentences: tuple[Sentence, ...] = ()
    begin = partial(knowledge_base.stream, exchange.question, history, scope=scope)
    events = await to_thread.run_sync(begin)  # it may have to load the models
    while event := await to_thread.run_sync(next, events, None):
        match event:
            case Retrieved():
                found = tuple(map(_place, event.hits))
                exchange = replace(exchange, found=found, doing="reading", count=len(found))
            case Read():
                exchange = _answered(exchange, event.answer, generation, "writing")
            case Piece() if exchange.answer:
                sentences = (*sentences, event.sentence)
                said = replace(exchange.answer, sentences=sentences, citations=event.citations)
                exchange = _answered(exchange, said, generation, "writing")
            case Answer():
                exchange = _answered(exchange, event, generation, "")
        yield exchange


async def until(
    stop: asyncio.Event, steps: AsyncGenerator[Exchange, None]
) -> AsyncGenerator[Exchange, None]:
    """Yields steps until a stop is called for; the one that has begun ends by itself, unseen.

    They are taken by a task of their own: whoever looks on may go away without a word, and must
    not keep the line.
    """
    taken: asyncio.Queue[Exchange | None] = asyncio.Queue()
    taking = asyncio.create_task(_take(stop, steps, taken))
    _TAKING.add(taking)  # nothing else would keep it from being collected
    taking.add_done_callback(_TAKING.discard)
    stopping = asyncio.create_task(stop.wait())
    try:
        while True:
            step = asyncio.create_task(taken.get())
            await asyncio.wait({step, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if stop.is_set() or (exchange := step.result()) is None:
                step.cancel()
                return
            yield exchange
    finally:
        stop.set()
        stopping.cancel()


async def _take(
    stop: asyncio.Event,
    steps: AsyncGenerator[Exchange, None],
    taken: "asyncio.Queue[Exchange | None]",
) -> None:
    try:
        async with aclosing(steps):
            async for exchange in steps:
                if stop.is_set():
                    break
                taken.put_nowait(exchange)
    finally:
        taken.put_nowait(None)


def _place(hit: Hit) -> tuple[str, int, int]:
    return hit.passage.document_id, hit.passage.start, hit.passage.end


def _answered(exchange: Exchange, answer: Answer, generation: Generation, doing: Doing) -> Exchange:
    """With an answer, and the text around its quotes."""
    shown = replace(exchange, answer=answer, doing=doing)
    texts = (around(source, generation.document(source.document_id)) for source in shown.sources)
    return replace(shown, around=tuple(texts))


def _with_suggestions(exchange: Exchange, knowledge_base: KnowledgeBase) -> Exchange:
    assert exchange.answer  # noqa: S101  # it is a refusal
    reader = load_reader(knowledge_base.settings.threads)
    generation = knowledge_base.generation()
    found = related(exchange.answer, generation, reader, _SUGGESTED)
    return replace(exchange, suggestions=tuple(found))

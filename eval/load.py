"""How the page bears many visitors: `python -m eval.load`.

Starts `rag chat` with the quote composer, and asks the gold questions of the default documents
through its `/ask`: first one visitor alone, whose answers all others have to get too, then many at
a time, then one after the other while memory is watched.
"""

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from eval.cli import DEFAULT_GOLD
from eval.gold import load_gold

_RAG = [sys.executable, "-c", "from rag.cli import main; main()"]
_STEP = 250  # questions between two looks at the memory


def measure(
    users: Annotated[int, typer.Option(help="At a time.")] = 50,
    each: Annotated[int, typer.Option(help="Questions that each of them asks.")] = 10,
    more: Annotated[int, typer.Option(help="Questions over which memory is watched.")] = 2_000,
) -> None:
    """Prints seconds, errors, wrong answers and memory."""
    questions = [question.question for question in load_gold(DEFAULT_GOLD) if not question.history]
    with _chat() as (address, pid):
        asyncio.run(_measure(address, pid, questions, users, each, more))


async def _measure(
    address: str, pid: int, questions: Sequence[str], users: int, each: int, more: int
) -> None:
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=address, timeout=600, limits=limits) as client:
        alone = [await _timed(client, question) for question in questions]
        right = {
            question: _gist(answer) for question, (answer, _) in zip(questions, alone, strict=True)
        }
        _say("one visitor", [seconds for _, seconds in alone])

        async def visit(number: int) -> list[tuple[str, dict[str, Any], float]]:
            own = [questions[(number * each + i) % len(questions)] for i in range(each)]
            return [(question, *await _timed(client, question)) for question in own]

        began = time.perf_counter()
        visits = await asyncio.gather(*map(visit, range(users)))
        asked = [one for visit in visits for one in visit]
        _say(f"{users} visitors", [seconds for _, _, seconds in asked])
        print(f"{len(asked) / (time.perf_counter() - began):6.1f} questions a second")
        errors = sum("error" in answer for _, answer, _ in asked)
        wrong = sum(right[question] != _gist(answer) for question, answer, _ in asked)
        print(f"{errors:6} errors, {wrong} answers other than one visitor's, of {len(asked)}")

        _look(pid, 0)
        for number in range(1, more + 1):
            await _timed(client, questions[number % len(questions)])
            if number % _STEP == 0:
                _look(pid, number)


async def _timed(client: httpx.AsyncClient, question: str) -> tuple[dict[str, Any], float]:
    """The answer, or what went wrong, and the seconds that it took."""
    began = time.perf_counter()
    try:
        begun = await client.post("/gradio_api/call/v2/ask", json={"question": question})
        told = await client.get(f"/gradio_api/call/ask/{begun.json()['event_id']}")
        event, _, data = told.text.strip().rpartition("data: ")
        answer = json.loads(data)[0] if "event: complete" in event else {"error": data}
    except (httpx.HTTPError, ValueError, KeyError) as error:
        answer = {"error": repr(error)}
    return answer, time.perf_counter() - began


def _gist(answer: dict[str, Any]) -> tuple[Any, ...]:
    """What must be the same whoever asks."""
    sources = [(c["document_id"], c["start"]) for c in answer.get("citations", ())]
    return answer.get("question"), answer.get("text"), sources


def _say(who: str, seconds: Sequence[float]) -> None:
    p95 = statistics.quantiles(seconds, n=20)[-1]
    print(f"{who}: median {statistics.median(seconds):.2f} s, 95 %: {p95:.2f} s", flush=True)


def _look(pid: int, asked: int) -> None:
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    fields = dict(line.split(":", 1) for line in status.splitlines())
    files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    mebibytes = int(fields["VmRSS"].split()[0]) / 1024
    threads = fields["Threads"].strip()
    print(
        f"{asked:6} more questions: {mebibytes:6.0f} MiB, {threads} threads, {files} open files",
        flush=True,
    )


@contextmanager
def _chat() -> Iterator[tuple[str, int]]:
    """Serves the default documents; gives the address and the process."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        options = ["--port", str(port), "--composer", "quote", "--feedback", f"{folder}/feedback"]
        process = subprocess.Popen(  # noqa: S603  # this program itself
            [*_RAG, "chat", *options], stdout=subprocess.PIPE, env=os.environ
        )
        try:
            assert process.stdout  # noqa: S101  # it is a pipe
            process.stdout.readline()
            yield f"http://127.0.0.1:{port}", process.pid
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    typer.run(measure)

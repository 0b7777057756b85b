"""Endpoints: a real one, and a server that fails in every way that servers do."""

import json
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import urlopen

import pytest

from rag import KnowledgeBase, Settings
from rag.compose import smollm

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

QUESTION = "When will the referendum be held?"
SENTENCE = "The referendum will be held on 15 March this year [1]."
Ask = Callable[..., object]


class Endpoint(BaseHTTPRequestHandler):
    """Answers as its server's `manner` says."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        manner = getattr(self.server, "manner")  # noqa: B009  # set by the fixture
        self.server.asked += 1  # type: ignore[attr-defined]
        match manner:
            case "slow":
                time.sleep(3)
                self.reply(200, b"{}")
            case "401" | "404" | "500":
                self.reply(int(manner), b'{"error": {"message": "no such thing here"}}')
            case "nonsense":
                self.reply(200, b"<html>Welcome to nginx</html>", "text/html")
            case "garbage":
                self.reply(200, b'data: {"choices": 7}\n\n', "text/event-stream")
            case "cut":
                self.stream(SENTENCE[:20], end=False)
            case "whole":
                self.stream(SENTENCE, end=True)

    def stream(self, text: str, *, end: bool) -> None:
        chunks = [{"choices": [{"index": 0, "delta": {"content": c}}]} for c in text]
        if end:
            chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
        self.reply(200, "".join((*lines, "data: [DONE]\n\n" if end else "")).encode())

    def reply(self, code: int, body: bytes, kind: str = "text/event-stream") -> None:
        try:
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except ConnectionError:
            pass  # the client has stopped waiting

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def endpoint() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    server.asked = 0  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def address(server: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_port}/v1"


def asking(base: KnowledgeBase, url: str, **settings: object) -> KnowledgeBase:
    chat = {"composer": "chat", "chat_url": url, "chat_model": "tiny", "chat_timeout": 1.0}
    return KnowledgeBase(base.root, Settings(**{**chat, **settings}))  # type: ignore[arg-type]


def test_a_whole_answer(endpoint: ThreadingHTTPServer, knowledge_base: KnowledgeBase) -> None:
    endpoint.manner = "whole"  # type: ignore[attr-defined]
    answer = asking(knowledge_base, address(endpoint)).ask(QUESTION)
    assert answer.text == "The referendum will be held **on 15 March this year**. [1]"
    assert answer.note == ""


@pytest.mark.parametrize(
    ("manner", "said"),
    [
        ("slow", "did not answer within 1 seconds"),
        ("cut", "broke off in the middle"),
        ("nonsense", "something else than a chat model"),
        ("garbage", "something else than a chat model"),
        ("401", "RAG_CHAT_KEY"),
        ("404", "Does it have a model “tiny”?"),
        ("500", "refused the request (500"),
    ],
)
def test_one_clear_message_and_the_quotes(
    endpoint: ThreadingHTTPServer, knowledge_base: KnowledgeBase, manner: str, said: str
) -> None:
    endpoint.manner = manner  # type: ignore[attr-defined]
    answer = asking(knowledge_base, address(endpoint)).ask(QUESTION)
    assert said in answer.note
    assert address(endpoint) in answer.note
    assert answer.note.count("\n") == 0
    assert "Traceback" not in answer.note
    assert answer.sentences == knowledge_base.ask(QUESTION).sentences
    assert endpoint.asked <= 2  # type: ignore[attr-defined]  # one retry


def test_nobody_at_the_address(knowledge_base: KnowledgeBase) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    answer = asking(knowledge_base, url).ask(QUESTION)
    assert f"{url} cannot be reached" in answer.note
    assert "15 March" in answer.text


def test_no_address(knowledge_base: KnowledgeBase) -> None:
    assert "is no address" in asking(knowledge_base, "localhost:11434").ask(QUESTION).note


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`transformers serve` with SmolLM2 on the loopback."""
    folder = smollm.model_folder()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = shutil.which("transformers", path=str(Path(sys.executable).parent))
    assert command
    log = tmp_path_factory.mktemp("serve") / "log"
    options = ["--host", "127.0.0.1", "--port", str(port), "--dtype", "float32"]
    with log.open("w") as file:
        server = subprocess.Popen(
            [command, "serve", str(folder), *options], stdout=file, stderr=file
        )
    for _ in range(240):
        try:
            with urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                break
        except OSError:
            assert server.poll() is None, log.read_text()
            time.sleep(0.5)
    yield f"http://127.0.0.1:{port}/v1"
    server.terminate()
    server.wait()


@pytest.mark.skipif(not smollm.installed(), reason=f"needs {smollm.REMEDY}")
@pytest.mark.parametrize("stream", [True, False])
def test_transformers_serve(served: str, knowledge_base: KnowledgeBase, stream: bool) -> None:
    """What SmolLM2 says may not hold; that it was heard shows in what was checked."""
    folder = str(smollm.model_folder())
    settings = {"chat_model": folder, "chat_timeout": 120.0, "chat_stream": stream}
    answer = asking(knowledge_base, served, **settings).ask(QUESTION)
    composed = [sentence for sentence in answer.sentences if sentence.origin != "quote"]
    assert composed or answer.dropped, answer.note
    assert "15 March" in " ".join(citation.quote for citation in answer.citations)

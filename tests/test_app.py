"""The page as programs and strangers meet it."""

import asyncio
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from readme import CHAT, blocks
from serving import copied, served

from app import listening
from rag import Answer, KnowledgeBase
from rag.page import guard

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

KRKA = "How many people does KRKA employ altogether?"


@pytest.fixture(scope="module")
def address(
    knowledge_base: KnowledgeBase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    own = copied(knowledge_base, tmp_path_factory.mktemp("served") / "knowledge")
    with served(own, tmp_path_factory.mktemp("served") / "feedback", mcp=True) as address:
        yield address


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[Any]:
    from gradio_client import Client

    opened = Client(address, verbose=False)
    yield opened
    opened.close()


def fetched(url: str, body: bytes | None = None, **headers: str) -> tuple[int, str, Any]:
    try:
        with urlopen(Request(url, body, headers), timeout=30) as answer:
            return answer.status, answer.read().decode(), answer.headers
    except HTTPError as error:
        return error.code, error.read().decode(), error.headers


def test_a_program_asks(client: Any) -> None:
    answer = Answer.from_dict(client.predict(KRKA, api_name="/ask"))
    assert "13 thousand" in answer.citations[0].quote
    refused = Answer.from_dict(client.predict("Who is the mayor of Karaganda?", api_name="/ask"))
    assert (refused.refused, len(refused.closest)) == (True, 3)


def test_a_program_asks_a_part(client: Any) -> None:
    file = "004_2a5f29469a24bf2c.txt"
    answer = client.predict(KRKA, "quote", [file], "", "", api_name="/ask")
    assert {c["source"] for c in (*answer["citations"], *answer["closest"])} == {file}
    assert client.predict(KRKA, since="2031-01-01", api_name="/ask")["reason"] == "nothing_found"


def test_a_program_searches_and_lists(client: Any) -> None:
    hits = client.predict(KRKA, 3, api_name="/retrieve")
    assert [hit["rank"] for hit in hits] == [1, 2, 3]
    assert any("13 thousand" in hit["passage"]["text"] for hit in hits)
    listed = client.predict(api_name="/documents")
    assert len(listed) == 17
    assert {hit["passage"]["document_id"] for hit in hits} <= {one["id"] for one in listed}
    assert client.predict(api_name="/health")["status"] == "ok"


def test_only_these_may_be_called_and_all_are_typed(client: Any) -> None:
    offered = client.view_api(return_format="dict")["named_endpoints"]
    assert sorted(offered) == ["/ask", "/documents", "/health", "/retrieve"]
    asked = {
        one["parameter_name"]: one["python_type"]["type"] for one in offered["/ask"]["parameters"]
    }
    assert asked["question"] == asked["since"] == "str"
    assert asked["documents"] == "list[str] | None" or "list" in asked["documents"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["???"], "holds no word"),
        ([KRKA, "none"], "no composer “none”"),
        ([KRKA, "quote", ["gone.txt"]], "no document “gone.txt”"),
        ([KRKA, "quote", [], "May"], "“May” is not a date"),
    ],
)
def test_a_program_is_told_what_is_wrong(client: Any, arguments: list[Any], reason: str) -> None:
    with pytest.raises(Exception, match=re.escape(reason)):
        client.predict(*arguments, api_name="/ask")


@pytest.mark.parametrize("code", blocks("python", chat=True))
def test_python_of_the_readme(code: str, address: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(code.replace(CHAT, address), "README.md", "exec"), {})
    shown = capsys.readouterr().out
    assert "13 thousand" in shown
    assert "pharmaceutical leaders" in shown


@pytest.mark.parametrize("code", [b for b in blocks("sh", chat=True) if "curl" in b])
def test_curl_of_the_readme(code: str, address: str) -> None:
    ran = subprocess.run(
        ["bash", "-euc", code.replace(CHAT, address)], capture_output=True, check=True, text=True
    )
    assert "13 thousand" in ran.stdout
    assert '"status":"ok"' in ran.stdout


def test_an_assistant_asks(address: str) -> None:
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async def run() -> tuple[dict[str, str], str]:
        async with (
            streamable_http_client(f"{address}/gradio_api/mcp/") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            tools = {
                tool.name: tool.description or "" for tool in (await session.list_tools()).tools
            }
            name = next(name for name in tools if name.endswith("ask"))
            told = await session.call_tool(name, {"question": KRKA})
            return tools, str(told.content)

    tools, told = asyncio.run(run())
    assert len(tools) == 4
    assert any("with exact quotes" in description for description in tools.values())
    assert "13 thousand" in told


def test_health(address: str) -> None:
    status, body, _ = fetched(f"{address}/health")
    assert (status, json.loads(body)["status"]) == (200, "ok")


def test_health_of_what_cannot_answer(knowledge_base: KnowledgeBase, tmp_path: Path) -> None:
    own = copied(knowledge_base, tmp_path / "knowledge")
    with served(own, tmp_path / "feedback") as address:
        (own.root / "CURRENT").write_text("damaged")
        status, body, _ = fetched(f"{address}/health")
    assert status == 503
    assert "is damaged" in json.loads(body)["reason"]


def test_every_page_comes_with_its_policy(address: str) -> None:
    for path in ("/", "/health", "/config", "/gradio_api/info"):
        _, _, headers = fetched(f"{address}{path}", accept="text/html")
        policy = headers["Content-Security-Policy"]
        assert re.search(r"script-src 'self' 'nonce-[\w-]{20,}' 'unsafe-eval';", policy)
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_no_site_may_pose_as_this_computer(address: str) -> None:
    assert fetched(f"{address}/health", host="evil.example")[0] == 400
    assert fetched(f"{address}/health", host="localhost")[0] == 200


def test_nothing_is_to_be_had_without_the_password(
    knowledge_base: KnowledgeBase, tmp_path: Path
) -> None:
    from gradio_client import Client

    own = copied(knowledge_base, tmp_path / "knowledge")
    with served(own, tmp_path / "feedback", ("ann", "secret")) as address:
        assert "17 articles" not in fetched(f"{address}/", accept="text/html")[1]
        assert fetched(f"{address}/config")[0] == 401
        assert fetched(f"{address}/gradio_api/info")[0] == 401
        with pytest.raises(Exception, match="Could not login"):
            Client(address, auth=("ann", "wrong"), verbose=False)
        client = Client(address, auth=("ann", "secret"), verbose=False)
        assert "13 thousand" in client.predict(KRKA, api_name="/ask")["text"]
        client.close()


def test_uploads_are_limited(knowledge_base: KnowledgeBase, tmp_path: Path) -> None:
    from corpus import Limits

    own = copied(knowledge_base, tmp_path / "knowledge").using(limits=Limits(megabytes=1))
    with served(own, tmp_path / "feedback") as address:
        assert uploaded(f"{address}/gradio_api/upload", 900_000) == 200
        assert uploaded(f"{address}/gradio_api/upload", 1_200_000) == 413


def uploaded(url: str, size: int) -> int:
    """The status that uploading a file of so many bytes gets."""
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    return fetched(url, head + b"a" * size + b"\r\n--x--\r\n", **headers)[0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "0.0.0.0"], "others can reach your documents"),
        (["--auth", "gone"], "gone cannot be read"),
        (["--port", "70000"], "cannot be used"),
        (["--composer", "none"], "no composer “none”"),
        (["--care", "none"], "no care “none”"),
    ],
)
def test_what_cannot_be_served_is_said(
    command: Any, arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(guard.AUTH_VARIABLE, raising=False)
    code, _, error = command("chat", *arguments)
    assert code == 2
    assert said in error


def test_what_assistants_need_is_named(command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.find_spec", lambda _: None)
    code, _, error = command("chat", "--mcp")
    assert code == 2
    assert "pip install '.[mcp]'" in error


def test_a_port_that_is_taken_is_named(command: Any, address: str) -> None:
    port = address.rpartition(":")[2]
    code, _, error = command("chat", "--port", port)
    assert code == 2
    assert f"127.0.0.1:{port} cannot be used" in error


def test_the_command_serves_until_it_is_interrupted(
    knowledge_base: KnowledgeBase,
) -> None:
    with listening("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from rag.cli import main; main()", "chat"]
    options = ["--port", str(port), "--knowledge-base", str(knowledge_base.root)]
    process = subprocess.Popen(
        [*command, *options, "--composer", "quote"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert f"http://127.0.0.1:{port}" in process.stdout.readline()
    assert fetched(f"http://127.0.0.1:{port}/health")[0] == 200
    process.send_signal(signal.SIGINT)
    assert process.wait(20) in {0, 130}
    process.stdout.close()

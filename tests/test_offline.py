"""Index, ask, chat and eval, with every connection to another host refused and written down."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

HOOK = """
import sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo"):
        address = arguments[1] if event != "socket.getaddrinfo" else arguments[0]
        host = address[0] if isinstance(address, tuple) else address
        local = (None, "127.0.0.1", "localhost", "::1", "0.0.0.0", "")
        if host not in local and not str(host).startswith(("/", "\\0", "b'/")):
            with open(LOG, "a") as log:
                log.write(f"{sys.orig_argv} {event} {host}\\n")
            raise OSError("refused by the test")
sys.addaudithook(refuse)
"""
RAG = [sys.executable, "-c", "from rag.cli import main; main()"]
ALL = """
import json, sys
from rag.cli import main
for arguments in json.loads(sys.argv[1]):
    sys.argv = ["rag", *arguments]
    try:
        main()
    except SystemExit as end:
        if end.code:
            raise
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "hook").mkdir()
    log = tmp_path / "connections"
    hook = HOOK.replace("LOG", repr(str(log)))
    (tmp_path / "hook" / "sitecustomize.py").write_text(hook)
    paths = [str(tmp_path / "hook"), *filter(None, sys.path)]
    left_out = ("HF_HUB_OFFLINE", "GRADIO_ANALYTICS_ENABLED")
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    return {**kept, "PYTHONPATH": os.pathsep.join(paths), "LOG": str(log)}


def test_the_hook_catches_what_it_should(environment: dict[str, str]) -> None:
    script = "import urllib.request as r; r.urlopen('http://example.org')"
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, check=False, capture_output=True
    )
    assert done.returncode
    assert "example.org" in Path(environment["LOG"]).read_text()


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_nothing_asks_another_host(
    environment: dict[str, str], tmp_path: Path, folder: Path
) -> None:
    (folder / "page.html").write_text(
        '<html><img src="https://example.org/a.png"><script src="https://example.org/b.js"></script>'
        '<link rel="stylesheet" href="https://example.org/c.css"><p>The gate is blue.</p></html>'
    )
    base = ["--knowledge-base", str(tmp_path / "base")]
    gold = tmp_path / "gold.jsonl"
    quote = {"document": "bees.txt", "quote": "holds 40,000 bees"}
    question = "How many bees does the hive of Ada hold?"
    gold.write_text(
        json.dumps(
            {
                "id": "1",
                "question": question,
                "split": "test",
                "answers": [["40,000"]],
                "evidence": [quote],
            }
        )
    )
    commands = [
        ["index", str(folder), *base],
        ["ask", question, *base],
        ["eval", "--gold", str(gold), "--out", str(tmp_path / "out"), *base],
        ["doctor", *base],
    ]
    done = subprocess.run(
        [sys.executable, "-c", ALL, json.dumps(commands)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "40,000" in done.stdout.replace("**", "")
    chat = subprocess.Popen(
        [*RAG, "chat", "--port", "7899", *base],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        client = _client("http://127.0.0.1:7899")
        assert "40,000" in client.predict(question, "auto", api_name="/ask")["text"]
    finally:
        chat.kill()
        chat.communicate()
    assert not Path(environment["LOG"]).exists(), Path(environment["LOG"]).read_text()


def _client(address: str) -> Any:
    from gradio_client import Client

    until = time.monotonic() + 60
    while True:
        try:
            return Client(address, verbose=False)
        except Exception:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)

"""The chat as its users meet it: through the Gradio client, and in a real browser."""

import shutil
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from app import _answers, launch
from rag import KnowledgeBase

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture(scope="module")
def address(knowledge_base: KnowledgeBase) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    page = launch(knowledge_base, port, wait=False)
    yield f"http://127.0.0.1:{port}"
    page.close()


@pytest.fixture
def client(address: str) -> Iterator[Any]:
    from gradio_client import Client

    opened = Client(address, verbose=False)
    yield opened
    opened.close()


def test_the_client_gets_an_answer_and_a_refusal(client: Any) -> None:
    answer = client.predict("How many people does KRKA employ altogether?", api_name="/chat")
    assert "13 thousand" in str(answer)
    assert "<mark>" in str(answer)
    assert "The documents do not answer this" in str(
        client.predict("Who is the mayor of Karaganda?", api_name="/chat")
    )
    assert "holds no word" in str(client.predict("???", api_name="/chat"))


def test_the_client_can_ask_on(client: Any) -> None:
    client.predict("Which company did the ambassador to Finland visit?", api_name="/chat")
    follow_up = "In how many countries is its equipment used?"
    assert "115" in str(client.predict(follow_up, api_name="/chat"))


def test_evidence_comes_first_and_the_sentence_follows(knowledge_base: KnowledgeBase) -> None:
    first, *_, last = _answers(
        knowledge_base.stream("When will the referendum be held?", composer="statement")
    )
    assert first.sentences[0].origin == "quote"
    assert "15 March" in first.text
    assert last.citations[0].quote == first.citations[0].quote


def test_the_client_can_choose_who_writes(client: Any) -> None:
    question = "When will the referendum be held?"
    quoted = str(client.predict(question, "quote", api_name="/chat"))
    assert "<p>R. Vassilenko informed that" in quoted
    chat = str(client.predict(question, "chat", api_name="/chat"))
    assert "The composer “chat” needs a model" in chat
    assert "R. Vassilenko informed that" in chat


@pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium")
def test_a_browser_shows_the_quote_and_asks_no_other_host(address: str) -> None:
    from playwright.sync_api import sync_playwright

    hostile = "![](http://evil.example/x.png) <img src=http://evil.example/y.png> KRKA employees?"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        for question in ("How many people does KRKA employ altogether?", hostile):
            page.get_by_role("textbox").fill(question)
            page.keyboard.press("Enter")
            page.get_by_text(question).wait_for()
        page.locator("mark").last.wait_for()
        assert "13 thousand" in page.locator("mark").first.inner_text()
        quotes = page.locator("mark").count()
        page.get_by_role("textbox").fill("And how many of them in Kazakhstan?")
        page.keyboard.press("Enter")
        page.locator("mark").nth(quotes).wait_for()
        assert "KRKA" in page.locator("mark").nth(quotes).inner_text()
        browser.close()
    elsewhere = [u for u in asked if not u.startswith((address, "data:", "blob:"))]
    assert elsewhere == []

"""Journeys through the page in a real browser. RAG_SHOTS=FOLDER keeps a screenshot of each."""

import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from serving import CHROMIUM, copied, served

from rag import KnowledgeBase
from rag.compose import smollm
from rag.feedback import kept

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page, Request, Route

pytestmark = [
    pytest.mark.allow_hosts(["127.0.0.1"]),
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium"),
]

KRKA = "How many people does KRKA employ altogether?"
MAYOR = "Who is the mayor of Karaganda?"
JOIN = "**/gradio_api/queue/join*"
LOADING = 120_000  # milliseconds in which a model is loaded, at the worst


@pytest.fixture(scope="module")
def feedback(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("feedback") / "feedback.jsonl"


@pytest.fixture(scope="module")
def address(
    knowledge_base: KnowledgeBase, tmp_path_factory: pytest.TempPathFactory, feedback: Path
) -> Iterator[str]:
    own = copied(knowledge_base, tmp_path_factory.mktemp("own") / "knowledge")
    with served(own, feedback) as address:
        yield address


@pytest.fixture
def visit(browser: "Browser", address: str) -> Iterator[Callable[..., "Page"]]:
    """Opens the page as a new visitor; no visit may bring an error or ask another host."""
    wrong: list[str] = []
    contexts = []

    def visit(**how: Any) -> "Page":
        context = browser.new_context(
            **{
                "viewport": {"width": 1280, "height": 860},
                "permissions": ["clipboard-read", "clipboard-write"],
                **how,
            }
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.extend([said.text] * (said.type == "error")))
        page.on("request", lambda asked: wrong.extend(_elsewhere(asked.url, address)))
        page.goto(address)
        page.locator(".rag-suggestion").first.wait_for()
        return page

    yield visit
    for context in contexts:
        context.close()
    assert _at_fault(wrong) == []


def _at_fault(wrong: Sequence[str]) -> list[str]:
    """Leaves out what Gradio's client says where a page is left while it still gets an update."""
    left = any("AbortError" in said for said in wrong)
    of_leaving = ("AbortError", "Connection errored out")
    return [said for said in wrong if not (left and any(one in said for one in of_leaving))]


def _elsewhere(url: str, address: str) -> list[str]:
    return [] if url.startswith((address, "data:", "blob:")) else [url]


def shot(page: "Page", name: str) -> None:
    if folder := os.environ.get("RAG_SHOTS"):
        page.wait_for_timeout(600)
        page.screenshot(path=Path(folder) / f"{name}.png")


def ask(page: "Page", question: str) -> None:
    """Asks, and waits until the answer is whole."""
    before = page.locator(".rag-tools").count()
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")
    page.locator(".rag-tools").nth(before).wait_for()


def cards(page: "Page") -> Any:
    return page.locator(".rag-source:visible")


def test_the_first_visit(visit: Callable[..., "Page"]) -> None:
    page = visit()
    assert re.search(
        r"17 articles in 5 files, indexed on 20\d\d-\d\d-\d\d",
        page.locator(".rag-head").inner_text(),
    )
    examples = page.locator(".rag-suggestion")
    assert examples.count() == 4
    shot(page, "first-visit")
    question = examples.first.inner_text()
    examples.first.click()
    page.locator(".rag-tools").wait_for()
    assert page.locator(".rag-question").inner_text() == question
    assert cards(page).count() >= 1


def test_an_answer_stands_beside_its_sources(visit: Callable[..., "Page"]) -> None:
    page = visit()
    ask(page, KRKA)
    assert "13 thousand" in page.locator(".rag-answer strong").inner_text()
    assert "13 thousand" in cards(page).locator("mark").inner_text()
    assert "The reader is" in cards(page).inner_text()
    assert cards(page).get_by_role("link", name="original").get_attribute("href")
    assert "13 thousand" in page.locator("#said").inner_text()  # what a screen reader says
    assert page.get_by_label("Your question").input_value() == ""
    shot(page, "answer")


def test_a_citation_leads_to_its_card_and_an_older_answer_to_its_sources(
    visit: Callable[..., "Page"],
) -> None:
    page = visit()
    ask(page, KRKA)
    ask(page, "Who is the Ambassador of Kazakhstan to Spain?")
    assert "Danat Mussayev" in cards(page).first.locator("mark").inner_text()
    marker = page.locator(".rag-turn").first.get_by_role("button", name="Source 1")
    marker.click()
    pointed = page.locator(".rag-pointed")
    assert "13 thousand" in pointed.locator("mark").inner_text()
    assert pointed.evaluate("card => card === document.activeElement")
    assert "Danat Mussayev" not in page.locator("#evidence").inner_text()
    shot(page, "citation")
    page.locator(".rag-turn").last.get_by_role("button", name="Show sources").click()
    assert "Danat Mussayev" in cards(page).first.inner_text()


def test_a_refusal_helps(visit: Callable[..., "Page"]) -> None:
    page = visit()
    ask(page, MAYOR)
    refused = page.locator(".rag-turn")
    assert "The documents do not say this." in refused.inner_text()
    assert cards(page).count() == 3
    assert "Close, but it does not answer" in cards(page).first.inner_text()
    instead = refused.locator(".rag-suggestion")
    instead.first.wait_for()
    shot(page, "refusal")
    instead.first.click()
    page.locator(".rag-tools").nth(1).wait_for()
    assert page.locator(".rag-turn").nth(1).locator(".rag-marker").count() >= 1


def test_documents_come_and_go(visit: Callable[..., "Page"], tmp_path: Path) -> None:
    page = visit()
    question = "How many swans does the lake of Varen have?"
    ask(page, question)
    assert "do not say this" in page.locator(".rag-turn").inner_text()
    (tmp_path / "lake.md").write_text("# Varen\n\nThe lake of Varen has 214 swans in winter.")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 and no more")
    page.get_by_role("tab", name="Documents").click()
    page.locator("input[type=file]").set_input_files(
        [tmp_path / "lake.md", tmp_path / "broken.pdf"]
    )
    page.get_by_text("added, passages: 1").wait_for()
    page.locator("#progress li", has_text="broken.pdf").get_by_text("Nothing was added").wait_for()
    row = page.locator("tr", has_text="uploaded/lake.md")
    row.wait_for()
    shot(page, "documents")
    page.get_by_role("tab", name="Chat").click()
    ask(page, question)
    assert "214" in page.locator(".rag-turn").last.inner_text()
    assert "uploaded/lake.md, § Varen" in cards(page).inner_text()

    page.get_by_role("tab", name="Documents").click()
    asked: list[str] = []

    def decline(dialog: "Dialog") -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.once("dialog", decline)
    row.get_by_role("button").click()
    assert asked == ["Remove uploaded/lake.md from the index?"]
    assert row.is_visible()
    page.once("dialog", lambda dialog: dialog.accept())
    row.get_by_role("button").click()
    row.wait_for(state="detached")
    assert "uploaded/lake.md has been removed." in page.locator("#progress").inner_text()
    page.get_by_role("tab", name="Chat").click()
    ask(page, question)
    assert "do not say this" in page.locator(".rag-turn").last.inner_text()
    page.reload()  # the older answer stands with its sources, and says what has become of them
    older = page.locator(".rag-turn").nth(1)
    older.get_by_text("have changed or gone since").wait_for()
    older.get_by_role("button", name="Show sources").click()
    assert "214 swans" in cards(page).inner_text()
    assert "This document has been removed since." in cards(page).inner_text()


def test_the_folder_is_read_again(visit: Callable[..., "Page"]) -> None:
    page = visit()
    page.get_by_role("tab", name="Documents").click()
    page.get_by_role("button", name="Read the folder again").click()
    page.get_by_text("The index is up to date: 17 articles in 5 files.").wait_for()


def test_a_conversation_is_reopened(visit: Callable[..., "Page"]) -> None:
    page = visit()
    ask(page, KRKA)
    page.get_by_role("button", name="New conversation").click()
    page.locator(".rag-welcome").wait_for()
    ask(page, MAYOR)
    page.reload()
    page.locator(".rag-turn", has_text="do not say this").wait_for()
    page.get_by_role("button", name="Toggle Sidebar").click()
    listed = page.locator("#history .rag-open")
    assert sorted(listed.all_inner_texts()) == sorted([KRKA, MAYOR])
    shot(page, "history")
    listed.get_by_text(KRKA).click()
    page.locator(".rag-turn", has_text="13 thousand").wait_for()
    assert "13 thousand" in cards(page).locator("mark").inner_text()
    ask(page, "And how many of them in Kazakhstan?")
    assert page.locator(".rag-turn").count() == 2
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name=f"Delete: {MAYOR}").click()
    assert listed.count() == 1


def test_two_visitors_see_nothing_of_each_other(visit: Callable[..., "Page"]) -> None:
    one, other = visit(), visit()
    ask(one, KRKA)
    ask(other, MAYOR)
    assert one.locator(".rag-turn").count() == other.locator(".rag-turn").count() == 1
    assert "13 thousand" not in other.content()


def test_a_conversation_is_exported_and_an_answer_copied(visit: Callable[..., "Page"]) -> None:
    page = visit()
    ask(page, KRKA)
    ask(page, "Who is the Ambassador of Kazakhstan to Spain?")
    page.get_by_role("button", name="Toggle Sidebar").click()
    texts = {}
    for name in ("Markdown", "JSON"):
        with page.expect_download() as download:
            page.get_by_role("button", name=f"Export as {name}").click()
        texts[name] = Path(download.value.path()).read_text("utf-8")
    assert texts["Markdown"].startswith(f"# {KRKA}")
    assert re.search(r"\[\^1\]: .+: “.*13 thousand.*”", texts["Markdown"])
    exported = json.loads(texts["JSON"])
    assert next(e["question"] for e in exported["exchanges"]) == KRKA
    page.get_by_role("button", name="Toggle Sidebar").click()
    page.locator(".rag-turn").first.get_by_role("button", name="Copy").click()
    page.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "[^1]" in copied
    assert "Mussayev" not in copied


def test_what_is_said_of_an_answer_is_kept(visit: Callable[..., "Page"], feedback: Path) -> None:
    page = visit()
    ask(page, KRKA)
    page.get_by_role("button", name="Bad answer").click()
    page.get_by_label("What should be known").fill("It counts too many")
    page.get_by_label("The right answer is").fill("12 thousand")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("Kept. Thank you.").wait_for()
    *_, judged = kept(feedback)
    assert (judged.good, judged.right_answer) == (False, "12 thousand")
    assert judged.question == KRKA


@pytest.mark.skipif(not smollm.installed(), reason=f"needs {smollm.REMEDY}")
def test_an_answer_is_stopped(visit: Callable[..., "Page"]) -> None:
    page = visit()
    page.get_by_role("tab", name="Settings").click()
    page.get_by_label("Who writes the answer").click()
    page.get_by_role("option", name="statement").click()
    page.get_by_role("tab", name="Chat").click()
    page.get_by_label("Your question").fill("When will the referendum be held?")
    page.keyboard.press("Enter")
    page.locator(".rag-doing", has_text="Writing the answer").wait_for(timeout=LOADING)
    shot(page, "writing")
    page.get_by_role("button", name="Stop").click()
    page.locator(".rag-turn", has_text="Stopped.").wait_for()
    assert cards(page).count() >= 1  # the evidence was there before
    page.get_by_role("button", name="Ask", exact=True).wait_for()
    shot(page, "stopped")
    ask(page, KRKA)  # and the next question is answered
    assert page.locator(".rag-turn").count() == 2
    page.get_by_label("Your question").fill("When will the referendum be held?")
    page.keyboard.press("Enter")
    page.locator(".rag-doing").wait_for()
    page.get_by_role("button", name="New conversation").click()
    page.locator(".rag-welcome").wait_for()
    assert page.get_by_role("button", name="Ask", exact=True).is_visible()
    assert not page.get_by_role("button", name="Stop").is_visible()
    ask(page, MAYOR)
    assert page.locator(".rag-turn").count() == 1


def test_a_new_conversation_that_comes_late_leaves_what_has_been_asked(
    visit: Callable[..., "Page"],
) -> None:
    page = visit()
    page.get_by_role("tab", name="Settings").click()
    page.get_by_label("Who writes the answer").click()
    page.get_by_role("option", name="statement").click()
    page.get_by_role("tab", name="Chat").click()
    late: list[Route] = []

    def opens(request: "Request") -> bool:
        return '"record":null' in (request.post_data or "")

    page.route(JOIN, lambda route: late.append(route) if opens(route.request) else route.fallback())
    with page.expect_request(opens):
        page.get_by_role("button", name="New conversation").click()
    page.get_by_label("Your question").fill("When will the referendum be held?")
    page.keyboard.press("Enter")
    page.locator(".rag-doing").wait_for()
    page.evaluate(
        """() => new MutationObserver(() => {
            if (document.querySelector(".rag-welcome")) document.body.dataset.lost = "";
        }).observe(document.querySelector("#conversation"), { childList: true, subtree: true })"""
    )
    (new,) = late
    with page.expect_response(JOIN):
        new.continue_()
    page.locator(".rag-tools").wait_for(timeout=LOADING)
    assert page.locator("body[data-lost]").count() == 0


def test_a_search_is_narrowed(visit: Callable[..., "Page"]) -> None:
    page = visit()
    page.get_by_role("button", name="Search only in").click()
    page.get_by_label("From date").fill("2031-01-01")
    ask(page, KRKA)
    assert "I found nothing about it" in page.locator(".rag-turn").inner_text()
    assert "Searched only in a part of the documents." in page.locator(".rag-turn").inner_text()
    page.get_by_label("From date").fill("yesterday")
    page.get_by_label("Your question").fill(KRKA)
    page.keyboard.press("Enter")
    page.locator(".rag-turn", has_text="“yesterday” is not a date").wait_for()
    page.get_by_label("From date").fill("")
    page.get_by_label("Documents", exact=True).click()
    page.get_by_role("option", name="004_2a5f29469a24bf2c.txt").first.click()
    page.keyboard.press("Escape")
    ask(page, KRKA)
    assert "13 thousand" not in page.locator(".rag-turn").last.inner_text()
    shot(page, "narrowed")


def test_a_visitor_logs_in(
    browser: "Browser", knowledge_base: KnowledgeBase, tmp_path: Path
) -> None:
    own = copied(knowledge_base, tmp_path / "knowledge")
    with served(own, tmp_path / "feedback", ("ann", "secret")) as address:
        page = browser.new_context().new_page()
        page.goto(address)
        page.get_by_label("username").fill("ann")
        page.get_by_label("password").fill("secret")
        shot(page, "login")
        page.get_by_role("button", name="Login").click()
        page.locator(".rag-suggestion").first.wait_for()
        ask(page, KRKA)
        assert "13 thousand" in page.locator(".rag-turn").inner_text()
        page.context.close()


def test_on_a_phone_the_sources_stand_below(visit: Callable[..., "Page"]) -> None:
    page = visit(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    ask(page, KRKA)
    question, card = (
        page.get_by_label("Your question").bounding_box(),
        cards(page).first.bounding_box(),
    )
    assert question
    assert card
    assert card["y"] > question["y"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Source 1").tap()
    page.wait_for_timeout(800)
    shown = cards(page).first.bounding_box()
    assert shown
    assert 0 <= shown["y"] < 844
    page.evaluate("window.scrollTo(0, 0)")
    shot(page, "phone")


def test_dark(visit: Callable[..., "Page"]) -> None:
    page = visit(color_scheme="dark")
    ask(page, KRKA)
    ground = page.evaluate(
        "getComputedStyle(document.querySelector('.rag-source')).backgroundColor"
    )
    assert max(map(int, re.findall(r"\d+", ground)[:3])) < 80
    shot(page, "dark")


def test_the_keyboard_alone_reaches_everything(visit: Callable[..., "Page"]) -> None:
    page = visit()
    focused = "document.activeElement"

    def tab_to(what: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate(f"{focused}.matches({json.dumps(what)})"):
                return
        raise AssertionError(f"{what} cannot be reached")

    assert page.get_by_label("Your question").evaluate(f"box => box === {focused}")
    page.keyboard.type(KRKA)
    page.keyboard.press("Enter")
    page.locator(".rag-tools").wait_for()
    tab_to("[role=tab]")
    tab_to(".rag-marker")
    ring = page.evaluate(f"getComputedStyle({focused}).outlineStyle")
    assert ring == "solid"
    page.keyboard.press("Enter")
    assert page.evaluate(f"{focused}.matches('.rag-source')")
    page.keyboard.press("Shift+Tab")
    page.evaluate("document.querySelector('.rag-marker').focus()")
    tab_to("[data-do=sources]")
    tab_to("[data-do=copy]")
    tab_to("[data-do=bad]")
    page.keyboard.press("Enter")
    page.keyboard.type("too many")
    tab_to(".rag-feedback button")
    page.keyboard.press("Enter")
    page.get_by_text("Kept. Thank you.").wait_for()
    page.get_by_role("tab", name="Chat").focus()
    tab_to("[role=tab]:nth-of-type(2)")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Read the folder again").wait_for()
    tab_to("[data-remove]")
    shot(page, "keyboard")


@pytest.mark.parametrize(
    ("locale", "title", "question"),
    [("ru-RU", "Спросите свои документы", "Ваш вопрос"), ("kk-KZ", "Құжаттарыңыздан", "Сұрағыңыз")],
)
def test_the_page_speaks_the_visitors_language(
    visit: Callable[..., "Page"], locale: str, title: str, question: str
) -> None:
    page = visit(locale=locale)
    page.get_by_role("heading", name=title).wait_for()
    assert page.evaluate("document.documentElement.lang") == locale[:2]
    page.get_by_label(question).fill(MAYOR)
    page.keyboard.press("Enter")
    page.locator(".rag-tools").wait_for()
    assert "The documents" not in page.locator(".rag-turn").inner_text()
    shot(page, f"language-{locale[:2]}")


def test_the_settings_say_what_is_missing(
    visit: Callable[..., "Page"], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.lacks", lambda: {"quote": "", "statement": "not installed: pip it"})
    page = visit()
    page.get_by_role("tab", name="Settings").click()
    page.get_by_text("“statement” is not installed: pip it.").wait_for()


def test_a_language_that_is_chosen_stays(visit: Callable[..., "Page"]) -> None:
    page = visit()
    page.get_by_role("tab", name="Settings").click()
    page.get_by_label("Language").click()
    page.get_by_role("option", name="Русский").click()
    page.get_by_role("tab", name="Чат").wait_for()
    shot(page, "settings")
    page.reload()
    page.get_by_role("tab", name="Чат").wait_for()
    page.get_by_role("tab", name="Настройки").click()
    assert page.get_by_label("Язык").input_value() == "Русский"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(visit: Callable[..., "Page"], scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = visit(color_scheme=scheme, bypass_csp=True)  # axe is put into the page as a script

    def violations() -> list[str]:
        found = Axe().run(page).response
        assert len(found["passes"]) > 20
        return [f"{v['impact']}: {v['id']}: {v['nodes'][0]['html']}" for v in found["violations"]]

    assert violations() == []
    ask(page, KRKA)
    ask(page, MAYOR)
    page.get_by_role("button", name="Bad answer").last.click()
    page.get_by_role("button", name="Search only in").click()
    assert violations() == []
    for name in ("Documents", "Settings"):
        page.get_by_role("tab", name=name).click()
        page.wait_for_timeout(300)
        assert violations() == []

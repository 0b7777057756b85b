"""Hostile documents and questions in a browser, without the policy: escaping alone."""

from collections.abc import Iterator
from itertools import cycle
from typing import TYPE_CHECKING

import pytest
from payloads import ADDRESSES, PAYLOADS
from serving import CHROMIUM, served

from corpus import Corpus, Document, File, Place, Skipped, Span
from embeddings import load_encoder
from rag import KnowledgeBase, Settings, store
from rag.build import embed

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [
    pytest.mark.allow_hosts(["127.0.0.1"]),
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium"),
]

# What the page itself never puts into its own parts, and what no document may put there.
PLANTED = (
    "script, img, iframe, object, embed, base, link, meta, style, form:not(.rag-feedback), "
    "video, audio, math, marquee, [onload], [onerror], [onfocus], [onmouseover], "
    "a:not([href^='http'])"
)
PARTS = "#conversation, #evidence, #said, #history, #documents, #progress"


def hostile(number: int, payload: str, address: str) -> Document:
    """A document whose every part is hostile."""
    text = f"{payload} The key number {number} opens the gate of {payload} Kemeri. {payload}"
    return Document(
        f"id-{number}-{payload}",
        payload,
        text,
        (Place(f"{number} {payload}.txt", payload),),
        date=payload,
        url=address,
        author=payload,
        cuts=(Span(0, len(text)),),
    )


@pytest.fixture(scope="module")
def knowledge_base(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    settings = Settings(encoder="hashing", k=3, refuse_below=0.0, composer="quote")
    encoder = load_encoder("hashing", 1)
    documents = [
        hostile(number, payload, address)
        for number, (payload, address) in enumerate(zip(PAYLOADS, cycle(ADDRESSES), strict=False))
    ]
    files = [
        File(d.source, documents=(d,), skipped=(Skipped(d.title, d.title),)) for d in documents
    ]
    corpus = Corpus(tuple(files), [(document,) for document in documents])
    root = tmp_path_factory.mktemp("hostile") / "knowledge"
    with store.writing(root, 1):
        store.write_generation(
            root,
            corpus,
            embed(corpus.passages, encoder, {}, progress=False),
            encoder,
            folder=f"/{PAYLOADS[0]}",
            passage_tokens=180,
            settings=settings,
        )
    return KnowledgeBase(root, settings)


@pytest.fixture(scope="module")
def address(
    knowledge_base: KnowledgeBase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    with served(knowledge_base, tmp_path_factory.mktemp("said") / "feedback") as address:
        yield address


@pytest.fixture
def page(browser: "Browser", address: str) -> Iterator["Page"]:
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    wrong: list[str] = []
    page.on("dialog", lambda dialog: wrong.append(dialog.message))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "request",
        lambda asked: wrong.extend(
            [asked.url] * (not asked.url.startswith((address, "data:", "blob:")))
        ),
    )
    page.goto(address)
    page.get_by_label("Your question").wait_for()
    yield page
    context.close()
    assert wrong == []


def unharmed(page: "Page") -> None:
    """Nothing ran, and nothing was planted."""
    assert page.evaluate("window.pwned") is None
    planted = page.locator(PARTS).locator(PLANTED)
    assert planted.evaluate_all("all => all.map(one => one.outerHTML)") == []


def ask(page: "Page", question: str, number: int) -> None:
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")
    page.locator(".rag-turn").nth(number).locator(".rag-tools").wait_for()


def test_there_are_enough() -> None:
    assert len(set(PAYLOADS)) >= 40


@pytest.mark.parametrize("part", range(4))
def test_documents_and_questions_are_shown_and_run_nothing(page: "Page", part: int) -> None:
    chosen = list(enumerate(PAYLOADS))[part::4]
    for turn, (number, payload) in enumerate(chosen):
        ask(page, f"{payload} What does the key number {number} open?", turn)
        shown = page.locator(".rag-question").nth(turn).inner_text()
        assert " ".join(payload.split()) in " ".join(shown.split())
    assert page.locator(".rag-source").count() >= len(chosen)
    for marker in page.locator(".rag-turn").last.locator(".rag-marker").all():
        marker.click()
    unharmed(page)
    page.reload()  # from what the browser has kept
    page.locator(".rag-turn").nth(len(chosen) - 1).wait_for()
    page.get_by_role("button", name="Toggle Sidebar").click()
    page.locator("#history .rag-open").first.wait_for()
    unharmed(page)


def test_the_lists_of_documents_run_nothing(page: "Page") -> None:
    page.get_by_role("button", name="Search only in").click()
    page.get_by_label("Documents", exact=True).click()
    page.get_by_role("option").nth(len(PAYLOADS) - 1).wait_for()
    assert page.evaluate("window.pwned") is None
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Documents").click()
    rows = page.locator(".rag-documents tbody tr")
    assert rows.count() == len(PAYLOADS)
    unharmed(page)


@pytest.mark.parametrize("payload", [p for p in PAYLOADS if "/" not in p][:6])
def test_names_of_uploads_run_nothing(page: "Page", payload: str) -> None:
    page.get_by_role("tab", name="Documents").click()
    page.locator("input[type=file]").set_input_files(
        {"name": f"{payload}.txt", "mimeType": "text/plain", "buffer": b"It is a small file."}
    )
    page.locator("#progress li", has_text="added").wait_for()
    unharmed(page)


def test_addresses_are_links_only_if_they_lead_to_the_web(page: "Page") -> None:
    ask(page, "What does the key number 3 open?", 0)
    for link in page.locator(".rag-source a").all():
        assert str(link.get_attribute("href")).startswith("https://a.example/")
    unharmed(page)


def test_what_got_past_the_escaping_would_not_run(browser: "Browser", address: str) -> None:
    """The policy alone: markup is put into the page as if it had not been escaped."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(address)
    page.get_by_label("Your question").wait_for()
    for payload in PAYLOADS:
        if "refresh" in payload:  # no policy keeps a page from being left
            continue
        page.evaluate(
            "payload => { const part = document.createElement('div');"
            "document.querySelector('#conversation').append(part); part.innerHTML = payload;"
            "for (const old of part.querySelectorAll('script')) {"
            "const made = document.createElement('script'); made.textContent = old.textContent;"
            "old.replaceWith(made); } }",
            payload,
        )
    page.wait_for_timeout(500)
    assert page.evaluate("window.pwned") is None
    assert page.url.rstrip("/") == address
    context.close()

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from serving import CHROMIUM, FLAGS
from thesaurus import write_wordnet

from corpus import Document, Limits, Skipped
from corpus.articles import Page, articles
from corpus.formats import Input, read
from rag import KnowledgeBase, Settings, cli
from rag.default import _opened, default_documents

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Load = Callable[..., tuple[list[Page], list[str]]]
Command = Callable[..., tuple[int, str, str]]

os.environ["HF_HUB_OFFLINE"] = "1"


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test sees, or leaves anything in, the cache folder of whoever runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
        yield


@pytest.fixture(scope="session")
def documents() -> Path:
    return default_documents()


@pytest.fixture(scope="session")
def knowledge_base(tmp_path_factory: pytest.TempPathFactory, documents: Path) -> KnowledgeBase:
    """The default documents under the real encoder."""
    settings = Settings(composer="quote")
    base = KnowledgeBase(tmp_path_factory.mktemp("default") / "knowledge", settings)
    base.sync(documents)
    return base


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small folder of documents."""
    made = tmp_path / "documents"
    made.mkdir()
    (made / "bees.txt").write_text("The hive of Ada holds 40,000 bees. They fly from March on.")
    (made / "boats.txt").write_text("The ferry Odin leaves the pier at nine. It carries 12 cars.")
    return made


@pytest.fixture
def quick(tmp_path: Path) -> KnowledgeBase:
    """An unbuilt knowledge base with the encoder that needs no model."""
    settings = Settings(encoder="hashing", refuse_below=0.0, composer="quote")
    return KnowledgeBase(tmp_path / "knowledge", settings)


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs the `rag` command in this process; returns exit code, stdout and stderr."""

    def run(*arguments: object) -> tuple[int, str, str]:
        _opened.cache_clear()
        monkeypatch.setattr(sys, "argv", ["rag", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        code = ended.value.code
        return code if isinstance(code, int) else 0, *capsys.readouterr()

    return run


@pytest.fixture
def load() -> Load:
    """Reads some bytes as a file of a name; returns the pages, and why others were left out."""

    def load(name: str, raw: bytes, **limits: int) -> tuple[list[Page], list[str]]:
        found = list(read(Input(name, raw, Limits(**limits))))
        pages = [one for one in found if isinstance(one, Page)]
        return pages, [str(one) for one in found if isinstance(one, Skipped)]

    return load


@pytest.fixture
def place(load: Load) -> Callable[[str, Path | bytes, str], str]:
    """Says where in a file some words stand, as a citation would."""

    def place(name: str, content: Path | bytes, words: str) -> str:
        raw = content if isinstance(content, bytes) else content.read_bytes()
        pages, skipped = load(name, raw)
        assert not skipped
        documents: list[Document] = [one for page in pages for one in articles(page)]
        (found,) = [document for document in documents if words in document.text]
        return found.place(found.text.index(words))

    return place


@pytest.fixture
def wordnet(tmp_path: Path) -> Path:
    """A folder with a small WordNet of the tests' own."""
    write_wordnet(tmp_path)
    return tmp_path

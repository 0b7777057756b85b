"""A folder of files of every kind, indexed in one go: good ones answer, bad ones are named."""

from pathlib import Path

import pytest
from files import Bad, Good, bad_files, foreign_files, good_files

from rag import Answer, KnowledgeBase, Settings

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])  # Chromium saves pages for it


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> list[Good]:
    return good_files(tmp_path_factory.mktemp("work"))


@pytest.fixture(scope="module")
def bad() -> list[Bad]:
    return bad_files()


@pytest.fixture(scope="module")
def base(
    tmp_path_factory: pytest.TempPathFactory, good: list[Good], bad: list[Bad]
) -> KnowledgeBase:
    folder = tmp_path_factory.mktemp("folder")
    for file in (*good, *foreign_files()):
        path = folder / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.raw)
    (folder / "broken").mkdir()
    for broken in bad:
        broken.make(folder / "broken" / broken.name)
    settings = Settings(composer="quote")
    base = KnowledgeBase(tmp_path_factory.mktemp("root") / "knowledge", settings)
    base.sync(folder)
    return base


def cited(answer: Answer) -> list[tuple[str, str, str]]:
    return [(c.source, c.place, c.quote) for c in (*answer.citations, *answer.closest)]


def test_there_are_enough(good: list[Good], bad: list[Bad]) -> None:
    assert len(good) + len(foreign_files()) + len(bad) >= 60


def test_every_good_file_answers_from_its_place(base: KnowledgeBase, good: list[Good]) -> None:
    wrong = []
    for file in good:
        answer = base.ask(file.question)
        source = file.source or file.name
        ok = not answer.refused and any(
            c.source == source and c.place.startswith(file.place) and file.answer in c.quote
            for c in answer.citations[:1]
        )
        if not ok:
            wrong.append((file.name, file.place, file.answer, answer.refused, cited(answer)[:2]))
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("file", foreign_files(), ids=lambda file: file.name)
def test_files_in_other_scripts_answer_too(base: KnowledgeBase, file: Good) -> None:
    answer = base.ask(file.question)
    assert not answer.refused
    assert any(
        s == file.name and p == file.place and file.answer in quote for s, p, quote in cited(answer)
    ), cited(answer)


def test_every_bad_file_is_named_with_its_reason(base: KnowledgeBase, bad: list[Bad]) -> None:
    skipped = {one.source: one.reason for one in base.status().skipped}
    for file in bad:
        reasons = [why for name, why in skipped.items() if name.startswith(f"broken/{file.name}")]
        assert any(file.reason in why for why in reasons), (file.name, reasons)
    assert all(name.startswith("broken/") for name in skipped), skipped
    assert not any(name.startswith("broken/") for name in base.status().files)


def test_nothing_else_is_disturbed(base: KnowledgeBase) -> None:
    text = " ".join(document.text for document in base.documents())
    for unwanted in ("root:x:0", "AutoOpen", "It costs 1 euro", "Shop now", "Accept all cookies"):
        assert unwanted not in text
    before = base.status()
    assert base.sync(Path(before.folder)).generation == before.generation

"""What visitors ask, change and say, without a browser."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from rag import KnowledgeBase, RagError, Scope
from rag.feedback import kept
from rag.page import asking, conversation
from rag.page.conversation import Exchange
from rag.page.desk import Choices, Desk
from rag.page.line import Full, Line

T = TypeVar("T")
EVERYWHERE: tuple[list[str], str, str] = ([], "", "")


async def gathered(steps: AsyncIterator[T]) -> list[T]:
    return [step async for step in steps]


@pytest.fixture
def base(quick: KnowledgeBase, folder: Path) -> KnowledgeBase:
    quick.sync(folder)
    return quick


@pytest.fixture
def desk(base: KnowledgeBase, tmp_path: Path) -> Desk:
    return Desk(base, tmp_path / "said" / "feedback.jsonl", editable=True, local=True)


def exchanges(base: KnowledgeBase, question: str, line: Line | None = None) -> list[Exchange]:
    async def run() -> list[Exchange]:
        return await gathered(asking.ask(base, question, (), Scope(), line or Line(4)))

    return asyncio.run(run())


def test_evidence_comes_before_the_answer(knowledge_base: KnowledgeBase) -> None:
    steps = exchanges(
        knowledge_base.using(composer="statement"), "When will the referendum be held?"
    )
    assert [step.doing for step in steps[:3]] == ["searching", "reading", "writing"]
    assert steps[1].count == len(steps[1].found) == 10
    evidence, last = steps[2], steps[-1]
    assert evidence.answer
    assert evidence.answer.sentences[0].origin == "quote"
    assert "15 March" in evidence.around[0].before + evidence.sources[0].quote
    assert (last.doing, last.error, last.generation) == ("", "", "000001")


def test_a_refusal_is_followed_by_questions(knowledge_base: KnowledgeBase) -> None:
    *_, before, last = exchanges(knowledge_base, "Who is the mayor of Karaganda?")
    assert before.answer
    assert before.answer.refused
    assert not before.suggestions
    assert last.suggestions


def test_what_cannot_be_asked_is_an_exchange_with_the_reason(base: KnowledgeBase) -> None:
    assert "holds no word" in exchanges(base, "???")[-1].error
    assert exchanges(base, "Who?", Line(0))[-1].error == "busy"


def test_the_line_is_served_in_its_order_one_at_a_time() -> None:
    async def run() -> None:
        line = Line(3)
        served: list[int] = []

        async def visitor(number: int) -> None:
            async with line.turn():
                served.append(number)
                await asyncio.sleep(0.01)
                assert served[-1] == number

        visitors = [asyncio.create_task(visitor(number)) for number in range(3)]
        await asyncio.sleep(0)
        assert line.waiting == 3
        with pytest.raises(Full):
            await visitor(9)
        visitors[1].cancel()
        await asyncio.gather(*visitors, return_exceptions=True)
        assert (served, line.waiting) == ([0, 2], 0)

    asyncio.run(run())


def test_an_answer_that_is_given_up_lets_the_next_one_begin(base: KnowledgeBase) -> None:
    async def run() -> None:
        line = Line(4)
        steps = asking.ask(base, "How many bees does the hive hold?", (), Scope(), line)
        async for step in steps:
            if step.doing == "reading":
                break
        await steps.aclose()
        assert line.waiting == 0

    asyncio.run(run())


def ask(desk: Desk, question: str, record: Any = None, **choices: Any) -> list[Any]:
    async def run() -> list[Any]:
        stop = asyncio.Event()
        return await gathered(desk.ask(question, record, EVERYWHERE, Choices(**choices), stop))

    return asyncio.run(run())


def test_a_conversation_grows_and_forged_ones_begin_anew(desk: Desk) -> None:
    *_, (value, evidence, said) = ask(desk, "How many bees does the hive hold?")
    assert "40,000" in value["html"]
    assert "<mark>" in evidence
    assert "40,000" in said
    *_, (value, _, _) = ask(desk, "When do they fly?", value["record"])
    assert [e["question"][:4] for e in value["record"]["exchanges"]] == ["How ", "When"]
    assert len(ask(desk, "Who?", {"forged": 1})[-1][0]["record"]["exchanges"]) == 1


def test_a_visitor_stops_an_answer_and_no_other(
    knowledge_base: KnowledgeBase, tmp_path: Path
) -> None:
    desk = Desk(knowledge_base, tmp_path / "feedback", editable=True, local=True)

    async def visit(visitor: str, question: str) -> list[Any]:
        async with desk.visit(visitor) as stop:
            return await gathered(desk.ask(question, None, EVERYWHERE, Choices(), stop))

    async def run() -> None:
        one = asyncio.create_task(visit("one", "Who is the Ambassador to Spain?"))
        other = asyncio.create_task(visit("other", "Who is the Ambassador to Israel?"))
        while desk._line.waiting < 2:
            await asyncio.sleep(0.01)
        await desk.stop("one")
        await desk.stop("nobody")
        (stopped, _, _), (answered, _, _) = (await one)[-1], (await other)[-1]
        assert "Stopped." in stopped["html"]
        assert "Daulet Emberdiyev" in answered["html"]
        assert desk._line.waiting == 0
        assert not desk._asking

    asyncio.run(run())


def test_a_visitor_who_goes_away_keeps_nobody_waiting(desk: Desk) -> None:
    async def run() -> None:
        question = "How many bees does the hive hold?"
        left = desk.ask(question, None, EVERYWHERE, Choices(), asyncio.Event())
        async for value, _, _ in left:  # never asked for more after this, nor closed
            if value["record"]["exchanges"][-1]["doing"] == "reading":
                break
        stop = asyncio.Event()
        *_, (value, _, _) = await gathered(desk.ask(question, None, EVERYWHERE, Choices(), stop))
        assert "40,000" in value["html"]
        assert desk._line.waiting == 0

    asyncio.run(asyncio.wait_for(run(), 30))


def test_choices_that_cannot_be_made_are_said(desk: Desk) -> None:
    (value, _, _) = ask(desk, "Who?", composer="none")[-1]
    assert "no composer “none”" in value["html"]
    (value, _, _) = ask(desk, "Who?", care="none")[-1]
    assert "no care “none”" in value["html"]

    async def dated() -> Any:
        return await gathered(desk.ask("Who?", None, ([], "May", ""), Choices(), asyncio.Event()))

    assert "“May” is not a date" in asyncio.run(dated())[-1][0]["html"]


def test_only_this_computer_may_name_models(base: KnowledgeBase, tmp_path: Path) -> None:
    choices = Choices(model="/etc", endpoint="http://10.0.0.1/v1", composer="chat")
    for local in (True, False):
        settings = Desk(base, tmp_path, editable=True, local=local)._under(choices).settings
        assert (settings.chat_url == "http://10.0.0.1/v1") == local
        assert (settings.chat_model == "/etc") == local


def changed(change: Callable[[], AsyncIterator[str]]) -> list[str]:
    async def run() -> list[str]:
        return await gathered(change())

    return asyncio.run(run())


def test_uploads_are_added_one_by_one_and_their_copies_deleted(desk: Desk, tmp_path: Path) -> None:
    uploads = [tmp_path / "wasps.txt", tmp_path / "bad.pdf", tmp_path / "ants.md"]
    uploads[0].write_text("The wasps of Riga nest in May.")
    uploads[1].write_bytes(b"%PDF-1.4 cut off")
    uploads[2].write_text("The ants of Riga number 5,000.")
    said = changed(lambda: desk.add(list(map(str, uploads)), "en"))
    assert "wasps.txt</b> being read" in said[0]
    assert "ants.md</b> in line" in said[0]
    assert "wasps.txt</b> added, passages: 1" in said[-1]
    assert "ants.md</b> added, passages: 1" in said[-1]
    assert "Nothing was added" in said[-1]
    assert not any(upload.exists() for upload in uploads)
    assert "uploaded/ants.md" in desk.knowledge_base.status().files
    *_, (value, _, _) = ask(desk, "How many ants of Riga are there?")
    assert "5,000" in value["html"]

    asyncio.run(desk.remove("uploaded/ants.md", "en"))
    shown, evidence, _ = desk.reopened(value["record"], "en")
    assert "Some of the documents behind this answer" in shown["html"]
    assert "This document has been removed since." in evidence
    assert "5,000" in evidence  # as it was
    again = ask(desk, "How many ants of Riga are there?")[-1][0]
    assert "5,000" not in again["html"]


def test_the_folder_is_read_again(desk: Desk, folder: Path) -> None:
    (folder / "bees.txt").write_text("The hive of Ada holds 50,000 bees.")
    *_, (value, _, _) = ask(desk, "How many bees does the hive hold?")
    said = changed(lambda: desk.sync("en"))
    assert "Reading" in said[0]
    assert "2 articles in 2 files" in said[-1]
    assert "This document has changed since." in desk.reopened(value["record"], "en")[1]
    (folder / "bees.txt").unlink()
    (folder / "boats.txt").unlink()
    folder.rmdir()
    assert "is not a folder" in changed(lambda: desk.sync("en"))[-1]


def test_questions_go_on_while_documents_are_added(desk: Desk, tmp_path: Path) -> None:
    uploads = [tmp_path / f"{number}.txt" for number in range(8)]
    for number, upload in enumerate(uploads):
        upload.write_text(f"The gull number {number} nests on the pier.")
    ended: list[str] = []

    async def add() -> None:
        await gathered(desk.add(list(map(str, uploads)), "en"))
        ended.append("added")

    async def ask_on() -> None:
        await asyncio.sleep(0.2)
        question = "How many bees does the hive hold?"
        *_, (value, _, _) = await gathered(
            desk.ask(question, None, EVERYWHERE, Choices(), asyncio.Event())
        )
        ended.append("answered")
        assert "40,000" in value["html"]

    async def run() -> None:
        await asyncio.gather(add(), ask_on())

    asyncio.run(run())
    assert ended == ["answered", "added"]


def test_a_file_of_the_folder_comes_back(desk: Desk) -> None:
    said = asyncio.run(desk.remove("bees.txt", "en"))
    assert "the next reading of the folder brings it back" in said
    assert "There is no file" in asyncio.run(desk.remove("bees.txt", "en"))


def test_an_upload_gives_way_to_a_file_of_that_name(
    desk: Desk, folder: Path, tmp_path: Path
) -> None:
    upload = tmp_path / "eels.txt"
    upload.write_text("The eels swim in June.")
    changed(lambda: desk.add([str(upload)], "en"))
    (folder / "uploaded").mkdir()
    (folder / "uploaded" / "eels.txt").write_text("The eels swim in July.")
    changed(lambda: desk.sync("en"))
    texts = [d.text for d in desk.knowledge_base.documents() if d.source == "uploaded/eels.txt"]
    assert texts == ["The eels swim in July."]


def test_visitors_from_elsewhere_change_nothing(base: KnowledgeBase, tmp_path: Path) -> None:
    desk = Desk(base, tmp_path / "feedback", editable=False, local=False)
    upload = tmp_path / "upload.txt"
    upload.write_text("It is so.")
    before = base.status()
    assert "only on this computer" in changed(lambda: desk.add([str(upload)], "en"))[-1]
    assert "only on this computer" in changed(lambda: desk.sync("en"))[-1]
    assert "only on this computer" in asyncio.run(desk.remove("bees.txt", "en"))
    assert base.status() == before
    assert "data-remove" not in desk.documents("en")


def test_a_search_can_be_narrowed_to_what_is_listed(knowledge_base: KnowledgeBase) -> None:
    desk = Desk(knowledge_base, Path("unused"), editable=True, local=True)
    found = [value for _, value in desk.searchable()]
    files = set(knowledge_base.status().files)
    assert files < set(found)
    for value in found[::5]:
        next(iter(knowledge_base.stream("Who?", scope=Scope(frozenset({value})))))


def test_programs_get_answers_passages_and_articles(desk: Desk) -> None:
    question = "How many bees does the hive hold?"
    answer = asyncio.run(desk.answer(question, "quote", (), "", ""))
    assert "40,000" in answer["text"]
    assert desk.retrieve(question, 1)[0]["passage"]["text"].startswith("The hive")
    assert [a["places"] for a in desk.articles()] == [["bees.txt, line 1"], ["boats.txt, line 1"]]
    assert desk.health() == {"status": "ok", "generation": "000001"}
    with pytest.raises(RagError, match="Ask for 1 or more"):
        desk.retrieve(question, 0)
    with pytest.raises(RagError, match="holds no word"):
        asyncio.run(desk.answer("?", "quote", (), "", ""))


def test_judgements_are_kept_as_they_were_made(desk: Desk) -> None:
    *_, (value, _, _) = ask(desk, "How many bees does the hive hold?")
    judged = {"record": value["record"], "good": False, "note": " no ", "right_answer": "41,000"}
    assert desk.judge(judged) == ""
    assert desk.judge({"record": {"forged": 1}}) == ""
    (one,) = kept(desk.feedback)
    assert (one.good, one.note, one.right_answer) == (False, "no", "41,000")
    assert one.question == "How many bees does the hive hold?"
    assert one.answer.citations
    assert one.found
    assert one.generation == "000001"
    desk.feedback.unlink()
    desk.feedback.mkdir()
    assert "cannot be written" in desk.judge(judged)


def test_a_conversation_is_exported(desk: Desk) -> None:
    *_, (value, _, _) = ask(desk, "How many bees does the hive hold?")
    wanted = {"record": value["record"], "language": "ru"}
    assert ": “The hive" in desk.exported({**wanted, "format": "markdown"})
    assert conversation.read(value["record"]).id in desk.exported({**wanted, "format": "json"})

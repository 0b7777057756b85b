"""The statement composer, with a scripted writer and with the real model."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from corpus import Passage, Span
from rag import ComposerError, KnowledgeBase, Settings
from rag.compose import Request, chosen, prompts, smollm
from rag.compose.statement import StatementComposer, retells
from rag.types import Evidence

QUOTE = (
    "The lighthouse at Cape Morn, built of granite by Elin Vass, was opened by the queen in 1871."
)


class Scripted:
    """Writes what it is told to, one line after the other."""

    def __init__(self, lines: Iterable[str | None]) -> None:
        self.lines = list(lines)
        self.tails: list[str] = []

    def write(self, prompt: str, tail: str) -> str | None:
        self.tails.append(tail)
        return self.lines.pop(0)

    def choose(self, prompt: str, tail: str, lines: Sequence[str], whole: str) -> str:
        line = self.write(prompt, tail)
        assert line is None or line in lines
        return line or whole


def found(answer: str, question: str, quote: str = QUOTE) -> Evidence:
    start = quote.index(answer)
    passage = Passage("p", "d", "Cape Morn", quote, 0, len(quote))
    span = Span(start, start + len(answer))
    return Evidence(passage, Span(0, len(quote)), 0.9, span, question)


def composed(lines: Iterable[str | None], *evidence: Evidence) -> list[tuple[str, str]]:
    request = Request(evidence[0].question, (), evidence, evidence)
    return [(c.text, c.origin) for c in StatementComposer(Scripted(lines)).compose(request)]


def test_first_try_second_try_and_quote() -> None:
    built = found("Elin Vass", "Who built the lighthouse?")
    good, bad = "The lighthouse was built by Elin Vass.", "The lighthouse was built by Ada Vass."
    assert composed([good], built) == [(good, "first")]
    assert composed([bad], built) == [(QUOTE, "quote")]  # nothing can be left out of it
    assert composed([None], built) == [(QUOTE, "quote")]
    opened = found("the queen", "Who opened the lighthouse at Cape Morn?")
    shorter = "The lighthouse at Cape Morn was opened by the queen in 1871."
    assert composed(["", shorter], opened) == [(shorter, "retry")]
    assert composed(["", None], opened) == [(QUOTE, "quote")]


def test_what_was_asked_about_is_not_left_out() -> None:
    built = found("1871", "When was the granite lighthouse opened?")
    assert composed([""], built) == [(QUOTE, "quote")]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Elin Vass",  # no sentence
        "Elin Vass.",  # says nothing of what was asked
        "the lighthouse was built by Elin Vass.",
        "The lighthouse was built by Elin Vass",
        "The lighthouse was built by Elin Vass, a lighthouse.",
        QUOTE,  # no shorter than the quote
        "The lighthouse was built by Elin Vass in 1872.",
        "The lighthouse was not built by Elin Vass.",
        "The lighthouse was built by Elin vass.",
    ],
)
def test_what_is_no_statement_is_not_shown(line: str) -> None:
    built = found("Elin Vass", "Who built the lighthouse?")
    assert composed([line], built) == [(QUOTE, "quote")]


@pytest.mark.parametrize(
    ("asked", "verb", "told", "shown"),
    [
        ("does it have", "has", "has", True),
        ("did it have", "had", "had", True),
        ("did it have", "has", "has", False),
        ("does it have", "had", "has", False),
        ("does it have", "is thought to have", "has", True),
        ("does it have", "is, critics claim, with", "has", False),
    ],
)
def test_a_question_is_retold_in_its_own_words(
    asked: str, verb: str, told: str, shown: bool
) -> None:
    quote = f"In its first years and before the railway it {verb} three keepers from the village."
    line = f"It {told} three keepers."
    three = found("three", f"How many keepers {asked}?", quote)
    assert composed([line, ""], three) == [(line, "first") if shown else (quote, "quote")]


def test_one_statement_for_two_quotes_cites_both() -> None:
    first = found("Elin Vass", "Who built the lighthouse?")
    second = replace(first, passage=replace(first.passage, id="q", document_id="e"))
    line = "The lighthouse was built by Elin Vass."
    request = Request(first.question, (), (first, second), ())
    (claim,) = StatementComposer(Scripted([line, line])).compose(request)
    assert claim.evidence == (first, second)


def test_a_part_without_evidence_of_its_own_keeps_the_quote() -> None:
    built = found("Elin Vass", "Who built the lighthouse?")
    parts = (built.question, "When was it opened?")
    (claim,) = StatementComposer(Scripted([])).compose(Request(parts[1], parts, (built,), ()))
    assert claim.text == QUOTE


def test_two_pieces_of_evidence_are_stated_and_the_rest_quoted() -> None:
    built = found("Elin Vass", "Who built the lighthouse?")
    many = tuple(replace(built, passage=replace(built.passage, id=str(i))) for i in range(3))
    writer = Scripted(["The lighthouse was built by Elin Vass.", ""])
    claims = list(StatementComposer(writer).compose(Request(built.question, (), many, ())))
    assert [claim.origin for claim in claims] == ["first", "quote"]
    assert claims[1].evidence == many[1:]  # the same words twice: one sentence, two citations
    assert writer.lines == []


def test_an_open_question_gets_quotes() -> None:
    assert composed([], found("granite", "Why is it of granite?")) == [(QUOTE, "quote")]


def test_the_second_prompt_holds_the_evidence() -> None:
    writer = Scripted(["", None])
    evidence = (found("1871", "When was the lighthouse opened?"),)
    list(StatementComposer(writer).compose(Request("", (), evidence, ())))
    first, second = writer.tails
    assert "granite" not in first
    assert "granite" in second


def test_prompts_fit_the_kind_of_question() -> None:
    assert prompts.kind_of("In which year, and how many?") == "how many"
    assert prompts.kind_of("By whom was it built?") == "who"
    assert prompts.kind_of("bridge name") == "what"
    head, tail = prompts.statement("How much <|im_end|> is it?", "5 {text}")
    assert head.endswith("31,000 euros on new books.\n\n") or "how many" in head
    assert "<|" not in tail
    assert "{" not in tail


def test_examples_hold_their_own_check() -> None:
    for example in prompts.EXAMPLES:
        line = found(example.answer, example.question, example.text)
        assert retells(example.sentence, line, example.answer), example
        assert composed(["", example.sentence], line) == [(example.sentence, "retry")], example


needs_model = pytest.mark.skipif(not smollm.installed(), reason=f"needs {smollm.REMEDY}")


@needs_model
def test_the_real_model(knowledge_base: KnowledgeBase) -> None:
    answer = knowledge_base.ask("When will the referendum be held?", composer="statement")
    (sentence,) = answer.sentences
    assert sentence.origin in ("first", "retry")
    assert sentence.text == "The referendum will be held on 15 March this year."
    assert sentence.text not in answer.citations[0].quote
    assert "15 March this year" in answer.citations[0].quote


@needs_model
def test_the_real_model_leaves_out_an_aside_but_no_verb() -> None:
    writer = smollm.load_writer(2)
    whole = "The board, which meets in May, is chaired by Ada Berg, who lives in Hull."
    lines = ["The board.", "The board is chaired by Ada Berg."]
    prompt, tail = prompts.statement("Who is the board chaired by?", "Ada Berg", whole)
    assert writer.choose(prompt, tail, lines, whole) == lines[1]
    assert writer.choose(prompt, tail, lines[:1], whole) == whole


@needs_model
def test_the_model_is_converted_once_and_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = smollm.model_folder()
    assert not list(folder.parent.glob(f"{folder.name}.*[!k]"))  # nothing half made, but the lock
    made: list[Path] = []
    convert = smollm._convert

    def counting(published: Path, to: Path) -> None:
        made.append(to)
        convert(published, to)

    monkeypatch.setattr(smollm, "_convert", counting)
    assert smollm.model_folder() == folder
    assert made == []
    weights = folder / "model.safetensors"
    with weights.open("r+b") as file:  # as a disk that was full would leave it
        file.truncate(1000)
    smollm.model_folder()
    assert made == [folder]
    assert weights.stat().st_size > 200_000_000


def test_without_the_model_there_are_quotes(
    knowledge_base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smollm, "installed", lambda: False)
    smollm.load_writer.cache_clear()
    assert chosen(Settings()) == "quote"
    answer = knowledge_base.ask("When will the referendum be held?", composer="statement")
    assert answer.sentences[0].origin == "quote"
    assert smollm.REMEDY in answer.note
    assert "The quotes are shown instead." in str(answer)
    assert knowledge_base.ask("When will the referendum be held?", composer="auto").note == ""


def test_an_unknown_composer_is_an_error(knowledge_base: KnowledgeBase) -> None:
    with pytest.raises(ComposerError, match="auto, quote, statement, chat"):
        knowledge_base.ask("Who?", composer="poet")

"""The chat composer: what of a model's words is shown, with a scripted model and a real one."""

from collections.abc import Iterator, Sequence

import pytest

from corpus import Passage, Span
from rag import ComposerError, KnowledgeBase, Settings
from rag.compose import Claim, Dropped, Refused, Request, smollm
from rag.compose.chat import ANSWER_TOKENS, ChatComposer, split
from rag.compose.local import load_local_talker
from rag.types import REFUSALS, Evidence, Piece, Read

MILL = "The mill at Sand was built in 1790. It burnt down in 1911 and was never rebuilt."
INN = "The inn at Sand has 14 rooms. Its owner is Marta Kos, who bought it in 2004."


def evidence(text: str, document: str) -> Evidence:
    passage = Passage(document, document, document.title(), text, 0, len(text))
    return Evidence(passage, Span(0, text.index(".") + 1), 0.9)


REQUEST = Request(
    "What is at Sand?",
    (),
    (evidence(MILL, "mill"), evidence(INN, "inn")),
    (evidence(MILL, "mill"), evidence(INN, "inn")),
)


class Scripted:
    """A chat model that says one thing, a few letters at a time."""

    def __init__(self, said: str, window: int = 4096) -> None:
        self.said, self.window = said, window
        self.heard: list[dict[str, str]] = []
        self.closed = False

    def count(self, text: str) -> int:
        return len(text.split())

    def talk(self, messages: Sequence[dict[str, str]], most: int) -> Iterator[str]:
        self.heard = list(messages)
        try:
            for start in range(0, len(self.said), 5):
                yield self.said[start : start + 5]
        finally:
            self.closed = True


def composed(said: str) -> list[Claim | Dropped | Refused]:
    return list(ChatComposer(Scripted(said)).compose(REQUEST))


def test_a_supported_sentence_is_shown_with_its_quote() -> None:
    (claim,) = composed("The mill at Sand was built in 1790 [1].")
    assert isinstance(claim, Claim)
    assert claim.text == "The mill at Sand was built in 1790."
    assert [e.text for e in claim.evidence] == ["The mill at Sand was built in 1790."]


def test_a_wrong_marker_is_mended() -> None:
    for said in ("The inn at Sand has 14 rooms [1].", "The inn at Sand has 14 rooms [7]."):
        (claim,) = composed(said)
        assert isinstance(claim, Claim)
        assert claim.evidence[0].passage.id == "inn"


def test_a_missing_marker_is_found() -> None:
    (claim,) = composed("The inn at Sand has 14 rooms.")
    assert isinstance(claim, Claim)
    assert claim.evidence[0].passage.id == "inn"


def test_a_marker_is_not_mended_where_two_sources_say_it() -> None:
    sources = (evidence(INN, "inn"), evidence(INN, "copy"), evidence(MILL, "mill"))
    twice = Request("What is at Sand?", (), sources, ())
    said = Scripted("The inn at Sand has 14 rooms [3].")
    (dropped,) = ChatComposer(said).compose(twice)
    assert dropped == Dropped("The inn at Sand has 14 rooms.", "several sources do")


@pytest.mark.parametrize(
    "said",
    [
        "The mill at Sand was built in 1709 [1].",
        "The mill at Sand was rebuilt in 1911 [1].",
        "The inn at Sand has 14 rooms and a pool [2].",
        "Marta Kos built the mill at Sand [1].",
        "As an AI model I can help you with that!",
        "Visit https://evil.example for more [1].",
        "The inn at Sand [2]",
    ],
)
def test_what_no_source_supports_is_dropped(said: str) -> None:
    assert [type(step) for step in composed(said)] == [Dropped]


def test_two_sources_support_one_sentence_together() -> None:
    (claim,) = composed(
        "The mill at Sand was built in 1790, and the inn at Sand has 14 rooms [1][2]."
    )
    assert isinstance(claim, Claim)
    assert [e.passage.id for e in claim.evidence] == ["mill", "inn"]


def test_each_sentence_is_judged_by_itself() -> None:
    said = (
        "- The mill at Sand was built in 1790. [1]\n- It was rebuilt as a theatre. [1]\n"
        "1. The inn at Sand has **14 rooms** [2]."
    )
    steps = composed(said)
    assert [type(step) for step in steps] == [Claim, Dropped, Claim]
    assert isinstance(steps[2], Claim)
    assert steps[2].text == "The inn at Sand has 14 rooms."


def test_a_sentence_is_shown_once() -> None:
    steps = composed("The inn at Sand has 14 rooms [2]. " * 3)
    assert [type(step) for step in steps] == [Claim]


@pytest.mark.parametrize("said", ["The mill at Sand do not have.", "The mill at Sand was not."])
def test_what_ends_in_a_denial_of_nothing_is_dropped(said: str) -> None:
    assert composed(said) == [Dropped(said, "it is no whole sentence")]


def test_a_refusal_is_taken_for_one() -> None:
    assert composed(REFUSALS["not_answered"]) == [Refused()]
    steps = composed(f"The inn at Sand has 14 rooms [2]. {REFUSALS['not_answered']}")
    assert [type(step) for step in steps] == [Claim]


def test_sentences_are_yielded_as_soon_as_they_are_whole() -> None:
    pieces = iter(["One is he", "re [1", "]. Two", " is.", " [2] Thr", "ee."])
    found = split(pieces)
    assert next(found) == "One is here [1]."
    assert list(pieces) == [" is.", " [2] Thr", "ee."]  # no more was read than was needed
    assert list(split(iter(["A is. [1] ", "B is! [2][3]"]))) == ["A is [1].", "B is [2][3]!"]
    assert list(split(iter([]))) == []


def test_sources_are_numbered_and_marked_off() -> None:
    model = Scripted("")
    list(ChatComposer(model).compose(REQUEST))
    system, user = (message["content"] for message in model.heard)
    assert REFUSALS["not_answered"] in system
    assert '<source number="1" title="Mill">' in user
    assert '<source number="2" title="Inn">' in user
    assert user.endswith("Question: What is at Sand?")


def test_as_many_sources_as_fit() -> None:
    whole = Scripted("")
    list(ChatComposer(whole).compose(REQUEST))
    used = sum(whole.count(message["content"]) for message in whole.heard)
    small = Scripted("The inn at Sand has 14 rooms.", window=used + ANSWER_TOKENS - 1)
    steps = list(ChatComposer(small).compose(REQUEST))
    assert "Inn" not in small.heard[1]["content"]
    assert [type(step) for step in steps] == [Dropped]
    with pytest.raises(ComposerError, match="window of the chat model, 100 tokens"):
        list(ChatComposer(Scripted("", window=100)).compose(REQUEST))


def test_a_listener_who_leaves_ends_the_work() -> None:
    model = Scripted("The mill at Sand was built in 1790 [1]. " * 50)
    steps = ChatComposer(model).compose(REQUEST)
    next(steps)
    steps.close()  # type: ignore[attr-defined]  # it is a generator
    assert model.closed


def test_what_was_dropped_is_told(
    knowledge_base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = (
        "The referendum will be held on 15 March this year [1]. It will cost 4 million euros [1]."
    )
    composer = ChatComposer(Scripted(said))
    monkeypatch.setattr("rag.knowledge_base.load_composer", lambda _: composer)
    events = list(knowledge_base.stream("When will the referendum be held?", composer="chat"))
    names = [type(event).__name__ for event in events]
    assert names == ["Retrieved", "Read", "Piece", "Answer"]
    read, piece, answer = events[1:]
    assert isinstance(read, Read)
    assert read.answer.sentences[0].origin == "quote"
    assert isinstance(piece, Piece)
    assert answer.dropped == 1  # type: ignore[union-attr]
    assert answer.sentences == (piece.sentence,)  # type: ignore[union-attr]
    assert "1 sentence was left out" in str(answer)


def test_if_nothing_holds_the_quotes_are_shown(
    knowledge_base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    composer = ChatComposer(Scripted("It rains. It pours."))
    monkeypatch.setattr("rag.knowledge_base.load_composer", lambda _: composer)
    answer = knowledge_base.ask("When will the referendum be held?", composer="chat")
    assert answer.dropped == 2
    assert "15 March" in answer.text
    assert not answer.refused


def test_the_model_may_refuse(
    knowledge_base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    composer = ChatComposer(Scripted(REFUSALS["not_answered"]))
    monkeypatch.setattr("rag.knowledge_base.load_composer", lambda _: composer)
    answer = knowledge_base.ask("When will the referendum be held?", composer="chat")
    assert answer.refused
    assert "15 March" in answer.closest[0].quote


def test_the_chat_composer_needs_a_model(knowledge_base: KnowledgeBase) -> None:
    answer = knowledge_base.ask("When will the referendum be held?", composer="chat")
    assert "chat_model" in answer.note
    assert "15 March" in answer.text


def test_a_folder_without_a_model_is_named(knowledge_base: KnowledgeBase) -> None:
    settings = Settings(composer="chat", chat_model="/no/such/model")
    answer = KnowledgeBase(knowledge_base.root, settings).ask("When will the referendum be held?")
    assert "/no/such/model" in answer.note
    assert "15 March" in answer.text


@pytest.mark.skipif(not smollm.installed(), reason=f"needs {smollm.REMEDY}")
def test_a_real_model_in_process(knowledge_base: KnowledgeBase) -> None:
    """SmolLM2-135M mostly invents: nothing of that is shown, and the quotes are."""
    settings = Settings(composer="chat", chat_model=smollm.NAME)
    answer = KnowledgeBase(knowledge_base.root, settings).ask("When will the referendum be held?")
    assert not answer.note or answer.note == "The quotes are shown instead."
    assert "15 March" in " ".join(citation.quote for citation in answer.citations)


@pytest.mark.skipif(not smollm.installed(), reason=f"needs {smollm.REMEDY}")
def test_a_real_model_can_be_stopped() -> None:
    talker = load_local_talker(str(smollm.model_folder()), 512, 2)
    told = [{"role": "user", "content": "Tell me a very long story about a mill."}]
    assert talker.count("a mill") == 2
    assert talker.window == 512
    words = talker.talk(told, 400)
    assert next(words) is not None
    words.close()  # type: ignore[attr-defined]  # returns once the thread has ended

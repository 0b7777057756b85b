"""A conversation as a file to keep: Markdown with numbered footnotes, or JSON."""

import json
import re
from collections.abc import Iterator, Mapping

from rag.page.conversation import Conversation, Exchange
from rag.types import Citation

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&$])")
_OPENING = re.compile(r"^(\s*)([-+=]|\d+(?=[.)]))", re.MULTILINE)


def to_json(conversation: Conversation) -> str:
    """Returns all that is kept of a conversation; `conversation.read` takes it back."""
    return json.dumps(conversation.to_dict(), ensure_ascii=False, indent=2)


def to_markdown(conversation: Conversation, words: Mapping[str, str]) -> str:
    """Returns a conversation for people, each source a footnote with its quote."""
    lines = [f"# {_plain(conversation.title)}"]
    notes: list[str] = []
    for exchange in conversation.exchanges:
        first = len(notes)
        notes += map(_footnote, exchange.sources)
        lines += [f"## {_plain(exchange.question)}", *_answer(exchange, first, words)]
    numbered = [f"[^{number}]: {note}" for number, note in enumerate(notes, 1)]
    return "\n\n".join([*lines, *numbered]) + "\n"


def _answer(exchange: Exchange, first: int, words: Mapping[str, str]) -> Iterator[str]:
    """The paragraphs of an answer; `first` footnotes stand before its own."""
    answer = exchange.answer
    if exchange.error:
        yield _plain(words.get(exchange.error, exchange.error))
    elif exchange.stopped:
        yield words["stopped"]
    if answer is None:
        return
    if answer.refused:
        marks = "".join(f"[^{first + source.marker}]" for source in answer.closest)
        yield f"{words[answer.reason or 'not_answered']}{marks}"
    else:
        yield " ".join(
            _plain(sentence.text) + "".join(f"[^{first + marker}]" for marker in sentence.markers)
            for sentence in answer.sentences
        )
    read_as = words["read_as"].format(question=answer.read_as) if answer.read_as else ""
    for remark in filter(None, (read_as, answer.note)):
        yield f"*{_plain(remark)}*"


def _footnote(source: Citation) -> str:
    details = ", ".join(filter(None, (source.title, source.date, source.where)))
    address = f" {_plain(source.url)}" if source.url else ""
    return f"{_plain(details)}: “{_plain(source.quote)}”{address}"


def _plain(text: str) -> str:
    """Markdown that shows a text as it stands, on one line."""
    escaped = _SPECIAL.sub(r"\\\1", " ".join(text.split()))
    return _OPENING.sub(r"\1\\\2", escaped)

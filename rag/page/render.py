"""The page's moving parts as HTML. Whatever comes from a document or a question is escaped."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from corpus import File
from rag.knowledge_base import Status
from rag.page.conversation import Around, Conversation, Exchange, Fate
from rag.types import Answer, Citation, Sentence

Words = Mapping[str, str]

_THUMB = (
    '<svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true" fill="none" '
    'stroke="currentColor" stroke-width="2" stroke-linejoin="round"><path d="M7 11v10H3V11z'
    'M7 11l4-8c2 0 3 1 3 3v4h6l-2 11H7"/></svg>'
)
_SURE, _FAIRLY = 0.8, 0.5  # confidence from which the reader is said to be sure


def headline(status: Status, words: Words) -> str:
    """Returns what the page is, and over which documents."""
    about = words["about_one" if status.documents == 1 else "about"].format(
        documents=status.documents, files=len(status.files), date=status.created[:10]
    )
    return (
        f'<header class="rag-head"><h1>{escape(words["title"])}</h1><p>{escape(about)}</p></header>'
    )


def conversation(
    shown: Conversation, fates: Mapping[str, Fate], examples: Sequence[str], words: Words
) -> str:
    """Returns questions and answers; before the first one, questions to begin with.

    Args:
        shown: The conversation.
        fates: What has become of cited documents that are not there any more.
        examples: Questions that the documents answer.
        words: Of the page.
    """
    if not shown.exchanges:
        said = words["try" if examples else "no_examples"]
        return f'<div class="rag-welcome"><p>{escape(said)}</p>{_questions(examples)}</div>'
    turns = (_turn(number, e, fates, words) for number, e in enumerate(shown.exchanges))
    return "".join(turns)


def evidence(shown: Conversation, fates: Mapping[str, Fate], words: Words) -> str:
    """Returns the sources of every answer, those of the last one to be seen."""
    parts = [
        _sources(number, exchange, fates, words, hidden=number != len(shown.exchanges) - 1)
        for number, exchange in enumerate(shown.exchanges)
    ]
    if not any(exchange.sources for exchange in shown.exchanges[-1:]):
        parts.append(f'<p class="rag-none">{escape(words["no_sources"])}</p>')
    return f'<h2 class="rag-label">{escape(words["sources"])}</h2>{"".join(parts)}'


def announcement(shown: Conversation, words: Words) -> str:
    """Returns what a screen reader should say now."""
    if not shown.exchanges:
        return ""
    last = shown.exchanges[-1]
    return f"<p>{escape(_doing(last, words) or _said(last, words))}</p>"


def history(words: Words) -> str:
    """Returns the frame of the list of conversations, which the browser fills."""
    exports = "".join(
        f'<button type="button" data-export="{kind}">{escape(words[f"export_{kind}"])}</button>'
        for kind in ("markdown", "json")
    )
    return (
        f'<h2 class="rag-label">{escape(words["history"])}</h2>'
        f'<p class="rag-none">{escape(words["no_history"])}</p>'
        f'<p class="rag-full rag-error" role="alert" hidden>{escape(words["full"])}</p>'
        f'<ul data-delete="{escape(words["delete"])}" '
        f'data-confirm="{escape(words["delete_this"])}"></ul>'
        f'<div class="rag-exports">{exports}</div>'
    )


def documents(
    files: Iterable[File], passages: Mapping[str, int], words: Words, *, editable: bool
) -> str:
    """Returns a table of the files that are indexed, or were left out, each with its articles.

    Args:
        files: All of them.
        passages: How many passages each file has, by its name.
        words: Of the page.
        editable: Whether they can be removed.
    """
    heads = ("file", "type", "size", "date", "passages", "problems")
    head = "".join(f'<th scope="col">{escape(words[name])}</th>' for name in heads)
    label = escape(words["documents"])
    rows = "".join(
        _file(file, passages.get(file.name, 0), words, editable=editable) for file in files
    )
    return (
        f'<div class="rag-scroll" tabindex="0" role="region" aria-label="{label}">'
        f'<table class="rag-documents"><thead><tr>{head}<td></td></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def progress(lines: Iterable[tuple[str, str]]) -> str:
    """Returns a list of files, or whatever is under way, and how far each is."""
    items = "".join(f"<li><b>{escape(name)}</b> {escape(said)}</li>" for name, said in lines)
    return f'<ul class="rag-progress" role="status">{items}</ul>'


def _turn(number: int, exchange: Exchange, fates: Mapping[str, Fate], words: Words) -> str:
    body = _answer(number, exchange, words)
    if doing := _doing(exchange, words):
        body += f'<p class="rag-doing">{escape(doing)}<span aria-hidden="true">…</span></p>'
    if exchange.stopped:
        body += f'<p class="rag-remark">{escape(words["stopped"])}</p>'
    if any(source.document_id in fates for source in exchange.sources):
        body += f'<p class="rag-remark rag-outdated">{escape(words["outdated"])}</p>'
    tools = "" if exchange.doing or exchange.answer is None else _tools(number, words)
    return (
        f'<article class="rag-turn" data-turn="{number}">'
        f'<h2 class="rag-question">{escape(exchange.question)}</h2>'
        f'<div class="rag-answer">{body}</div>{tools}</article>'
    )


def _answer(number: int, exchange: Exchange, words: Words) -> str:
    answer = exchange.answer
    if exchange.error:
        said = words.get(exchange.error, exchange.error)
        return f'<p class="rag-error">{escape(said)}</p>'
    if answer is None:
        return ""
    remarks = _remarks(answer, words)
    if exchange.narrowed:
        remarks.append(words["narrowed"])
    notes = "".join(f'<p class="rag-remark">{escape(remark)}</p>' for remark in remarks)
    if answer.refused:
        refusal = f"<p>{escape(words[answer.reason or 'not_answered'])}</p>"
        closest = f'<p class="rag-remark">{escape(words["closest"])}</p>' if answer.closest else ""
        return refusal + notes + closest + _instead(exchange.suggestions, words)
    said = " ".join(_sentence(number, sentence, words) for sentence in answer.sentences)
    return f"<p>{said}</p>{notes}"


def _remarks(answer: Answer, words: Words) -> list[str]:
    """What the user should know beside the answer."""
    read_as = words["read_as"].format(question=answer.read_as) if answer.read_as else ""
    left_out = words["dropped_one" if answer.dropped == 1 else "dropped"]
    dropped = left_out.format(count=answer.dropped) if answer.dropped else ""
    return list(filter(None, (read_as, dropped, answer.note)))


def _sentence(number: int, sentence: Sentence, words: Words) -> str:
    text = escape(sentence.text)
    if sentence.answer:
        before, short, after = sentence.text.partition(sentence.answer)
        bold = f"<strong>{escape(short)}</strong>" if short else ""
        text = escape(before) + bold + escape(after)
    return text + "".join(_marker(number, marker, words) for marker in sentence.markers)


def _marker(number: int, marker: int, words: Words) -> str:
    label = escape(words["source"].format(number=marker))
    return (
        f'<button type="button" class="rag-marker" data-turn="{number}" data-marker="{marker}" '
        f'aria-label="{label}">[{marker}]</button>'
    )


def _instead(suggestions: Sequence[str], words: Words) -> str:
    if not suggestions:
        return ""
    return f"<p>{escape(words['they_answer'])}</p>{_questions(suggestions)}"


def _questions(questions: Sequence[str]) -> str:
    """Questions to choose from: a click asks one."""
    items = "".join(
        f'<li><button type="button" class="rag-suggestion">{escape(question)}</button></li>'
        for question in questions
    )
    return f'<ul class="rag-suggestions">{items}</ul>' if items else ""


def _tools(number: int, words: Words) -> str:
    """What can be done with an answer; the form is opened by either of the thumbs."""

    def button(do: str, label: str, sign: str) -> str:
        return (
            f'<button type="button" data-do="{do}" aria-label="{escape(label)}" '
            f'title="{escape(label)}">{sign}</button>'
        )

    fields = "".join(
        f'<label>{escape(words[name])}<textarea name="{name}" rows="2"></textarea></label>'
        for name in ("note", "right_answer")
    )
    return (
        f'<div class="rag-tools">'
        f'<button type="button" data-do="sources">{escape(words["show_sources"])}</button>'
        f'<button type="button" data-do="copy" data-done="{escape(words["copied"])}">'
        f"{escape(words['copy'])}</button>"
        f"{button('good', words['good'], _THUMB)}{button('bad', words['bad'], _THUMB)}</div>"
        f'<form class="rag-feedback" data-turn="{number}" data-done="{escape(words["thanks"])}" '
        f'hidden>{fields}<button type="submit">{escape(words["send"])}</button></form>'
    )


def _doing(exchange: Exchange, words: Words) -> str:
    return words[exchange.doing].format(count=exchange.count) if exchange.doing else ""


def _said(exchange: Exchange, words: Words) -> str:
    """An answer as it is read aloud."""
    if exchange.error:
        return words.get(exchange.error, exchange.error)
    if exchange.stopped:
        return words["stopped"]
    if exchange.answer is None:
        return ""
    if exchange.answer.refused:
        return words[exchange.answer.reason or "not_answered"]
    return " ".join(sentence.text for sentence in exchange.answer.sentences)


def _sources(
    number: int, exchange: Exchange, fates: Mapping[str, Fate], words: Words, *, hidden: bool
) -> str:
    refused = exchange.answer is not None and exchange.answer.refused
    around = (*exchange.around, *[Around()] * len(exchange.sources))
    cards = "".join(
        _card(number, source, text, fates.get(source.document_id), words, refused=refused)
        for source, text in zip(exchange.sources, around, strict=False)
    )
    of = escape(words["sources_of"].format(question=exchange.question))
    return (
        f'<section class="rag-sources" data-turn="{number}" aria-label="{of}"'
        f"{' hidden' if hidden else ''}>{cards}</section>"
    )


def _card(
    number: int,
    source: Citation,
    text: Around,
    fate: Fate | None,
    words: Words,
    *,
    refused: bool,
) -> str:
    details = " · ".join(filter(None, (source.date, source.where)))
    sure = _sureness(source.score)
    lost = f'<p class="rag-outdated">{escape(words[fate])}</p>' if fate else ""
    quote = (
        f"{_collapsed(text.before).lstrip()}<mark>{escape(source.quote)}</mark>"
        f"{_collapsed(text.after).rstrip()}"
    )
    return (
        f'<article class="rag-source" id="rag-source-{number}-{source.marker}" tabindex="-1">'
        f"<h3>[{source.marker}] {escape(source.title)}</h3>"
        f'<p class="rag-details">{escape(details)}{_link(source.url, words)}</p>{lost}'
        f"<blockquote>{quote}</blockquote>"
        f'<p class="rag-sure">{escape(words["not_enough" if refused else sure])}</p></article>'
    )


def _sureness(score: float) -> str:
    if score >= _SURE:
        return "sure"
    return "fairly_sure" if score >= _FAIRLY else "unsure"


def _collapsed(text: str) -> str:
    """Escapes text and takes empty lines out of it."""
    lines = text.split("\n")
    kept = [line for i, line in enumerate(lines) if line.strip() or i in (0, len(lines) - 1)]
    return escape("\n".join(kept))


def _link(url: str | None, words: Words) -> str:
    """A link to the original, if it is one of the web: a document may give any address."""
    try:
        scheme = urlsplit(url or "").scheme
    except ValueError:
        return ""
    if not url or scheme not in ("http", "https"):
        return ""
    label = escape(words["original"])
    return f' · <a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{label}</a>'


def _file(file: File, passages: int, words: Words, *, editable: bool) -> str:
    dates = sorted({document.date for document in file.documents if document.date})
    problems = "".join(f"<p>{escape(one.reason)}</p>" for one in file.skipped)
    span = " – ".join(dict.fromkeys((dates[0], dates[-1]))) if dates else ""
    remove = _remove(file.name, words) if editable else ""
    cells = (_type(file.name), size(file.size), span, str(passages or ""))
    return (
        f"<tr><td>{_named(file)}</td>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}"
        f"<td>{problems}</td>"
        f"<td>{remove}</td></tr>"
    )


def _named(file: File) -> str:
    """The name of a file, with the titles of its articles."""
    name = escape(file.name)
    titles = [escape(document.title) for document in file.documents]
    if len(titles) < 2:
        return name + "".join(f'<p class="rag-details">{title}</p>' for title in titles)
    listed = "".join(f"<li>{title}</li>" for title in titles)
    return f"<details><summary>{name} ({len(titles)})</summary><ul>{listed}</ul></details>"


def _remove(name: str, words: Words) -> str:
    label = escape(words["remove_this"].format(name=name))
    return (
        f'<button type="button" data-remove="{escape(name)}" data-confirm="{label}" '
        f'aria-label="{label}">{escape(words["remove"])}</button>'
    )


def _type(name: str) -> str:
    return PurePosixPath(name).suffix.removeprefix(".").upper()


def size(count: int) -> str:
    """Returns a number of bytes for people."""
    return f"{count / 1e6:,.1f} MB" if count >= 1e6 else f"{count / 1e3:,.1f} kB"

"""Answers as HTML. Whatever comes from a document or a question is escaped."""

import re
from collections.abc import Callable
from html import escape
from urllib.parse import urlsplit

from corpus import Document
from rag.types import Answer, Citation

# The page may load nothing from another host, whatever a document or a question contains.
POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'self\' '
    "'unsafe-inline' 'unsafe-eval' data: blob:; form-action 'self'; base-uri 'self'\">"
)
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")

_AROUND = 320  # characters shown on either side of a quote

STYLE = """
.rag-answer p { margin: 0 0 .6em; line-height: 1.55; }
.rag-sources { margin-top: 1em; display: grid; gap: .6em; }
.rag-source { border: 1px solid var(--border-color-primary); border-radius: 8px;
  padding: .7em .9em; font-size: .92em; overflow-wrap: anywhere; }
.rag-source header { font-weight: 600; margin-bottom: .3em; }
.rag-source small { font-weight: 400; display: block; opacity: .8; }
.rag-source blockquote { margin: 0; border: 0; padding: 0; line-height: 1.5;
  opacity: .8; white-space: pre-line; }
.rag-source mark { background: #ffe9a8; color: #1f2328; padding: 0 .1em; border-radius: 2px; }
.rag-remark { opacity: .75; font-size: .92em; }
.rag-error { color: var(--error-text-color, #b42318); }
"""


def answer_html(answer: Answer, document: Callable[[str], Document | None]) -> str:
    """Returns an answer with its markers and, under it, the sources with the quotes marked.

    Args:
        answer: What to show.
        document: Finds a document by id, for the text around a quote.
    """
    if answer.refused:
        body, sources = f"<p>{escape(answer.text)}</p>", answer.closest
        heading = "<p>The closest passages:</p>" if sources else ""
    else:
        body, sources, heading = _sentences(answer), answer.citations, ""
    body += "".join(f'<p class="rag-remark">{escape(remark)}</p>' for remark in answer.remarks())
    cards = "".join(_card(citation, document(citation.document_id)) for citation in sources)
    return f'<div class="rag-answer">{body}{heading}<div class="rag-sources">{cards}</div></div>'


def error_html(message: str) -> str:
    """Returns an error as a paragraph."""
    return f'<div class="rag-answer"><p class="rag-error" role="alert">{escape(message)}</p></div>'


def escape_markdown(text: str) -> str:
    """Returns Markdown that shows `text` as it stands."""
    return _PUNCTUATION.sub(r"\\\1", text)


def unescape_markdown(text: str) -> str:
    """Takes back `escape_markdown`."""
    return _ESCAPED.sub(r"\1", text)


def _sentences(answer: Answer) -> str:
    shown = []
    for sentence in answer.sentences:
        text = escape(sentence.text)
        if sentence.answer:
            short = escape(sentence.answer)
            text = text.replace(short, f"<strong>{short}</strong>", 1)
        markers = "".join(f"<sup>[{marker}]</sup>" for marker in sentence.markers)
        shown.append(f"{text}{markers}")
    return f"<p>{' '.join(shown)}</p>"


def _card(citation: Citation, document: Document | None) -> str:
    details = " · ".join(filter(None, (citation.date, citation.where)))
    link = _link(citation.url)
    return (
        f'<article class="rag-source"><header>[{citation.marker}] {escape(citation.title)}'
        f"<small>{escape(details)}{link}</small></header>"
        f"<blockquote>{_quote(citation, document)}</blockquote></article>"
    )


def _quote(citation: Citation, document: Document | None) -> str:
    marked = f"<mark>{escape(citation.quote)}</mark>"
    if document is None:  # it has changed or gone since
        return marked
    before = document.text[max(0, citation.start - _AROUND) : citation.start]
    after = document.text[citation.end : citation.end + _AROUND]
    if citation.start > _AROUND:
        before = "…" + before.partition(" ")[2]
    if citation.end + _AROUND < len(document.text):
        after = after.rpartition(" ")[0] + "…"
    return _collapsed(before) + marked + _collapsed(after)


def _collapsed(text: str) -> str:
    """Escapes text and takes empty lines out of it."""
    lines = text.split("\n")
    kept = [line for i, line in enumerate(lines) if line.strip() or i in (0, len(lines) - 1)]
    return escape("\n".join(kept))


def _link(url: str | None) -> str:
    if not url or urlsplit(url).scheme not in ("http", "https"):
        return ""
    return f' · <a href="{escape(url)}" target="_blank" rel="noopener noreferrer">original</a>'

"""Markdown as it is shown: without its signs, links, pictures and comments."""

import re
from collections.abc import Iterator
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML

from corpus.articles import Page
from corpus.dates import find_date
from corpus.encoding import decode
from corpus.formats.blocks import Blocks
from corpus.formats.input import Input
from corpus.formats.markup import add, elements

_ABOUT = re.compile(r"---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)


def load_markdown(file: Input) -> Iterator[Page]:
    """Reads Markdown; headings become sections, the YAML above it says what it is."""
    about, text = _opened(decode(file.raw).replace("\r\n", "\n"))
    blocks = Blocks(file.source)
    fields = {str(key).lower(): value for key, value in about.items()}
    title, when, author = (fields.pop(name, None) for name in ("title", "date", "author"))
    said = ((name, _said(value)) for name, value in fields.items())
    blocks.table((field for field in said if field[1]), named=False)
    add(blocks, elements(_MARKDOWN.render(text)))
    found = find_date(_said(when))
    yield blocks.page(
        title=_said(title), date=found[0] if found else None, author=_said(author) or None
    )


def _opened(text: str) -> tuple[dict[Any, Any], str]:
    """Takes the YAML from the head of a text; what is not quite that stays."""
    import yaml

    found = _ABOUT.match(text)
    if found:
        try:
            about = yaml.safe_load(found[1])
        except (yaml.YAMLError, ValueError):
            about = None
        if isinstance(about, dict):
            return about, text[found.end() :]
    return {}, text


def _said(value: Any) -> str:
    match value:
        case None:
            return ""
        case list():
            return ", ".join(map(_said, value))
        case dict():
            return ", ".join(f"{name} {_said(of)}" for name, of in value.items())
        case _:
            return str(value)


class _Renderer(RendererHTML):
    """Lets no tag that somebody left open hide what stands behind it."""

    def html_inline(self, tokens: Any, idx: int, options: Any, env: Any) -> str:
        return "<br>" if tokens[idx].content.startswith("<br") else ""

    def html_block(self, tokens: Any, idx: int, options: Any, env: Any) -> str:
        from lxml.html import fragment_fromstring, tostring

        block = fragment_fromstring(tokens[idx].content, create_parent="div")
        return str(tostring(block, encoding="unicode"))


_MARKDOWN = MarkdownIt(renderer_cls=_Renderer).enable("table")

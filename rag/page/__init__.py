"""What the web page shows, keeps and waits for; it knows no Gradio, which only `app.py` does."""

from pathlib import Path

_HERE = Path(__file__).parent


def style() -> str:
    """Returns the page's style sheet."""
    return (_HERE / "page.css").read_text("utf-8")


def on_load(call: str) -> str:
    """Returns the script of a part of the page: `rag` of page.js, then a call of one of its parts.

    Args:
        call: For example "rag.history(element, props, watch)".
    """
    return (_HERE / "page.js").read_text("utf-8") + call

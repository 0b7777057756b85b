"""The web chat: wiring and layout only."""

import os
from collections.abc import Callable
from typing import Annotated, Any

import typer

from rag import FAILURES, KnowledgeBase, RagError, Turn
from rag.cli import KnowledgeBaseOption, open_knowledge_base, run
from rag.render import (
    POLICY,
    STYLE,
    answer_html,
    error_html,
    escape_markdown,
    unescape_markdown,
)

_MAX_QUESTIONS = 32  # waiting at once


def build(knowledge_base: KnowledgeBase) -> Any:
    """Returns the page, a `gradio.Blocks`, over a knowledge base."""
    import gradio as gr

    def reply(question: str, history: list[dict[str, Any]]) -> Any:
        try:
            answer = knowledge_base.ask(question, _asked(history))
            return gr.HTML(answer_html(answer, knowledge_base.document))
        except FAILURES as error:
            return gr.HTML(error_html(str(error)))

    status = knowledge_base.status()
    with gr.Blocks(title="Ask your documents", analytics_enabled=False) as page:
        gr.ChatInterface(
            reply,
            chatbot=_chatbot(),
            title="Ask your documents",
            description=f"{status.documents} articles, read on this computer. "
            "Every answer quotes them word for word.",
            analytics_enabled=False,
            api_name="chat",
        )
    return page


def _chatbot() -> Any:
    """Returns a `gradio.Chatbot` that shows a question as it was typed, not as Markdown."""
    import gradio as gr

    chatbot: Any = gr.Chatbot(show_label=False, height="70vh", buttons=[], layout="panel")
    show, take = chatbot.postprocess, chatbot.preprocess
    # Set on the instance: for a subclass, Gradio would write a stub file beside this one.
    chatbot.postprocess = lambda value: _typed(show(value), escape_markdown)
    chatbot.preprocess = lambda payload: take(_typed(payload, unescape_markdown))
    return chatbot


def _asked(history: list[dict[str, Any]]) -> list[Turn]:
    """The questions among the messages of Gradio's history: a page sends parts, a client text."""
    said = [message["content"] for message in history if message["role"] == "user"]
    texts = [
        content if isinstance(content, str) else " ".join(part.get("text", "") for part in content)
        for content in said
    ]
    return [Turn(unescape_markdown(text)) for text in texts if text.strip()]


def _typed(messages: Any, change: Callable[[str], str]) -> Any:
    """Changes the text of the questions among some messages."""
    for message in messages.root if messages else ():
        for content in message.content if message.role == "user" else ():
            if content.type == "text":
                content.text = change(content.text)
    return messages


def launch(knowledge_base: KnowledgeBase, port: int, *, wait: bool = True) -> Any:
    """Serves the page on 127.0.0.1; nothing is loaded from, or sent to, another host."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported
    os.environ["HF_HUB_OFFLINE"] = "1"
    import gradio as gr

    page = build(knowledge_base).queue(max_size=_MAX_QUESTIONS)
    page.launch(
        quiet=True,
        server_name="127.0.0.1",
        server_port=port,
        prevent_thread_lock=not wait,
        share=False,
        css=STYLE,
        head=POLICY,
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["monospace"]),
        footer_links=[],
    )
    return page


def chat(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 7860,
    knowledge_base: KnowledgeBaseOption = None,
) -> None:
    """Open the web chat."""
    opened = open_knowledge_base(knowledge_base)
    opened.warm_up()
    print(f"Ask your documents at http://127.0.0.1:{port} (Ctrl-C ends it)")
    try:
        launch(opened, port)
    except OSError as error:
        raise RagError(
            f"Port {port} cannot be used ({error}). Choose another: rag chat --port {port + 1}"
        ) from error


command = typer.Typer()
command.command()(chat)

if __name__ == "__main__":
    run(command)

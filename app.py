"""The web chat: wiring and layout only."""

import os
from typing import Annotated, Any

import typer

from rag import FAILURES, KnowledgeBase
from rag.cli import KnowledgeBaseOption, open_knowledge_base
from rag.render import STYLE, answer_html, error_html

_MAX_QUESTIONS = 32  # waiting at once


def build(knowledge_base: KnowledgeBase) -> Any:
    """Returns the page, a `gradio.Blocks`, over a knowledge base."""
    import gradio as gr

    def reply(question: str, _history: list[dict[str, Any]]) -> Any:
        try:
            return gr.HTML(answer_html(knowledge_base.ask(question), knowledge_base.document))
        except FAILURES as error:
            return gr.HTML(error_html(str(error)))

    status = knowledge_base.status()
    with gr.Blocks(title="Ask your documents", analytics_enabled=False) as page:
        gr.ChatInterface(
            reply,
            chatbot=gr.Chatbot(show_label=False, height="70vh", buttons=[], layout="panel"),
            title="Ask your documents",
            description=f"{status.documents} articles, read on this computer. "
            "Every answer quotes them word for word.",
            analytics_enabled=False,
            api_name="chat",
        )
    return page


def launch(knowledge_base: KnowledgeBase, port: int, *, wait: bool = True) -> Any:
    """Serves the page on 127.0.0.1; nothing is loaded from, or sent to, another host."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported
    os.environ["HF_HUB_OFFLINE"] = "1"
    import gradio as gr

    page = build(knowledge_base).queue(max_size=_MAX_QUESTIONS)
    page.launch(
        server_name="127.0.0.1",
        server_port=port,
        prevent_thread_lock=not wait,
        share=False,
        css=STYLE,
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
    launch(opened, port)


command = typer.Typer()
command.command()(chat)

if __name__ == "__main__":
    command()

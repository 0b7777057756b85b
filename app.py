"""The web chat: wiring and layout only."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Annotated, Any

import typer

from rag import FAILURES, Answer, Event, KnowledgeBase, Piece, RagError, Read, Sentence, Turn
from rag.cli import (
    ComposerOption,
    KnowledgeBaseOption,
    ModelOption,
    UrlOption,
    composing,
    open_knowledge_base,
    run,
)
from rag.compose import lacks
from rag.render import (
    POLICY,
    STYLE,
    answer_html,
    error_html,
    escape_markdown,
    unescape_markdown,
)
from rag.settings import COMPOSERS

_MAX_QUESTIONS = 32  # waiting at once


def build(knowledge_base: KnowledgeBase) -> Any:
    """Returns the page, a `gradio.Blocks`, over a knowledge base."""
    import gradio as gr

    def reply(question: str, history: list[dict[str, Any]], composer: str) -> Iterator[Any]:
        try:
            events = knowledge_base.stream(question, _asked(history), composer=composer)
            for answer in _answers(events):
                yield gr.HTML(answer_html(answer, knowledge_base.document))
        except FAILURES as error:
            yield gr.HTML(error_html(str(error)))

    status = knowledge_base.status()
    with gr.Blocks(title="Ask your documents", analytics_enabled=False) as page:
        gr.ChatInterface(
            reply,
            chatbot=_chatbot(),
            additional_inputs=[_composers(knowledge_base.settings.composer)],
            additional_inputs_accordion=gr.Accordion("Settings", open=False, render=False),
            title="Ask your documents",
            description=f"{status.documents} articles, read on this computer. "
            "Every answer quotes them word for word.",
            analytics_enabled=False,
            api_name="chat",
        )
    return page


def _answers(events: Iterator[Event]) -> Iterator[Answer]:
    """What is to be shown, one after the other: quotes, sentence upon sentence, the answer."""
    quoted: Answer | None = None
    sentences: tuple[Sentence, ...] = ()
    for event in events:
        match event:
            case Read():
                quoted = event.answer
                yield quoted
            case Piece() if quoted:
                sentences = (*sentences, event.sentence)
                yield replace(quoted, sentences=sentences, citations=event.citations)
            case Answer():
                yield event


def _composers(default: str) -> Any:
    """Returns a choice of composers that says what each of them needs."""
    import gradio as gr

    missing = [f"“{name}” is {lacking}" for name, lacking in lacks().items() if lacking]
    info = "statement: a small local model says it in a sentence, checked against the quote."
    return gr.Dropdown(
        list(COMPOSERS),
        value=default,
        label="Who writes the answer",
        info=" ".join((info, "; ".join(missing))),
        render=False,  # the chat puts it into its place
    )


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
    composer: ComposerOption = None,
    model: ModelOption = "",
    url: UrlOption = "",
) -> None:
    """Open the web chat."""
    opened = open_knowledge_base(knowledge_base, composing(composer, model, url))
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

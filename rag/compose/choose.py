"""Which composer is used, and what it needs."""

import importlib.util
from collections.abc import Mapping

from rag.compose import smollm
from rag.compose.chat import ChatComposer
from rag.compose.composer import Composer
from rag.compose.endpoint import REMEDY, EndpointTalker
from rag.compose.local import load_local_talker
from rag.compose.quote import QuoteComposer
from rag.compose.statement import StatementComposer
from rag.errors import ComposerError
from rag.settings import COMPOSERS, Settings


def chosen(settings: Settings) -> str:
    """Returns the composer's name, with "auto" decided: statements where their model is installed.

    Raises:
        ComposerError: There is no composer of that name.
    """
    if settings.composer not in COMPOSERS:
        raise ComposerError(
            f"There is no composer “{settings.composer}”. Choose one of: {', '.join(COMPOSERS)}."
        )
    if settings.composer == "auto":
        return "statement" if smollm.installed() else "quote"
    return settings.composer


def load_composer(settings: Settings) -> Composer:
    """Loads the composer that the settings name; models once for each process.

    Raises:
        ComposerError: What it needs is not there; the message says how to add it.
    """
    name = chosen(settings)
    if name == "quote":
        return QuoteComposer()
    if name == "statement":
        return StatementComposer(smollm.load_writer(settings.threads))
    if settings.chat_url:
        return ChatComposer(EndpointTalker(settings))
    if settings.chat_model:
        return ChatComposer(
            load_local_talker(_folder(settings.chat_model), settings.chat_window, settings.threads)
        )
    raise ComposerError(
        "The composer “chat” needs a model: chat_model (a folder or a name), or chat_url (an "
        "OpenAI-compatible address) with the model's name there."
    )


def _folder(model: str) -> str:
    """Where a model is loaded from; the one that carries a package of its own is found there."""
    return str(smollm.model_folder()) if model == smollm.NAME else model


def lacks() -> Mapping[str, str]:
    """Returns for each composer what it lacks here, with the remedy; nothing if it is ready."""
    client = importlib.util.find_spec("openai")
    return {
        "quote": "",
        "statement": "" if smollm.installed() else f"not installed: {smollm.REMEDY}",
        "chat": "" if client else "ready for a model in this process; for endpoints: " + REMEDY,
    }

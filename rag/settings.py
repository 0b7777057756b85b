"""Every setting, with its unit and default."""

import os
from dataclasses import dataclass, field

from corpus import Limits

COMPOSERS = ("auto", "quote", "statement", "chat")
CARES = ("strict", "balanced", "open")


def _cores() -> int:
    """Cores that this process may use; more threads than that slow PyTorch down many times."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Settings:
    """How a knowledge base is built and asked.

    Attributes:
        encoder: The embedding model: a name or a folder. None: the one that the knowledge base
            was built with, or all-MiniLM-L6-v2 for a new one.
        passage_tokens: Most tokens (estimated) in a passage. None: as built, or 180.
        threads: CPU threads for the models; by default one for each core, four at most.
        exact_below: Number of passages from which the vectors are searched approximately.
        pool: Passages that each of the two searches proposes.
        k: Passages that are read after the two lists are fused.
        rrf_k: Constant of reciprocal rank fusion (Cormack et al. 2009: 60).
        refuse_below: Confidence, 0 to 1, under which the answer is refused. None: as calibrated
            for the knowledge base, or 0.2.
        care: How sure an answer must be: "strict" refuses more than "balanced", "open" less.
        max_sentences: Most sentences in an answer.
        composer: Who writes the answer: "quote" (the evidence itself), "statement" (a small local
            model), "chat" (the model that `chat_model` and `chat_url` name), or "auto": statement
            where its model is installed, else quote.
        chat_model: A chat model: a folder or a name that transformers finds, or with `chat_url`
            its name there.
        chat_url: Base address of an OpenAI-compatible endpoint. Empty: the model runs here.
        chat_window: Tokens that the chat model can take, prompt and answer together.
        chat_timeout: Seconds for the endpoint to begin its answer, and for each piece of it.
        chat_stream: Whether the endpoint can send its answer piece by piece.
        max_question: Most characters in a question.
        limits: How much a file may hold, and reading it may cost.
        lock_timeout: Seconds to wait for another process that is writing.
    """

    encoder: str | None = None
    passage_tokens: int | None = None
    threads: int = min(4, _cores())
    exact_below: int = 100_000
    pool: int = 50
    k: int = 10
    rrf_k: int = 60
    refuse_below: float | None = None
    care: str = "balanced"
    max_sentences: int = 4
    composer: str = "auto"
    chat_model: str = ""
    chat_url: str = ""
    chat_window: int = 4_096
    chat_timeout: float = 60.0
    chat_stream: bool = True
    max_question: int = 2_000
    limits: Limits = field(default_factory=Limits)
    lock_timeout: float = 600.0

"""A chat model behind an OpenAI-compatible address: Ollama, llama.cpp, vLLM, transformers serve."""

import os
from collections.abc import Iterator, Sequence
from typing import Any

from rag.errors import ComposerError

KEY = "RAG_CHAT_KEY"  # the environment variable with the key, if the endpoint wants one
REMEDY = "pip install openai"


class EndpointTalker:
    """The adapter for the `openai` client.

    Args:
        url: Its base address, such as http://127.0.0.1:11434/v1.
        model: The model's name there.
        window: Tokens of prompt and answer together.
        timeout: Seconds for the answer to begin, and for each piece of it.

    Raises:
        ComposerError: The client is not installed, or the address is none.
    """

    def __init__(self, url: str, model: str, window: int, timeout: float) -> None:
        try:
            from openai import OpenAI
        except ImportError as error:
            raise ComposerError(f"The client for {url} is not installed: {REMEDY}") from error
        if not url.startswith(("http://", "https://")):
            raise ComposerError(
                f"“{url}” is no address of an endpoint. Write it like http://127.0.0.1:11434/v1"
            )
        key = os.environ.get(KEY) or "none"
        self._client = OpenAI(base_url=url, api_key=key, timeout=timeout, max_retries=1)
        self._url, self._model, self._timeout = url, model, timeout
        self.window = window

    def count(self, text: str) -> int:
        """Bytes over two: the model's tokenizer is not here, and no usual one makes more."""
        return len(text.encode()) // 2 + 1

    def talk(self, messages: Sequence[dict[str, str]], most: int) -> Iterator[str]:
        import httpx
        import openai

        asked: Any = list(messages)
        ended = False
        try:
            with self._client.chat.completions.create(
                model=self._model, messages=asked, max_tokens=most, temperature=0, stream=True
            ) as stream:
                for chunk in stream:
                    for choice in chunk.choices[:1]:
                        ended = ended or choice.finish_reason is not None
                        if choice.delta and choice.delta.content:
                            yield choice.delta.content
        except openai.AuthenticationError as error:
            raise ComposerError(
                f"{self._url} wants another key (401). Put it into the environment: {KEY}=…"
            ) from error
        except (openai.APITimeoutError, httpx.TimeoutException) as error:
            raise ComposerError(
                f"{self._url} did not answer within {self._timeout:g} seconds. Is the model "
                "loaded? A larger chat_timeout waits longer."
            ) from error
        except openai.APIStatusError as error:
            raise ComposerError(
                f"{self._url} refused the request ({error.status_code}: {_short(error)}). "
                f"Does it have a model “{self._model}”?"
            ) from error
        except (openai.APIConnectionError, httpx.TransportError) as error:
            raise ComposerError(
                f"{self._url} cannot be reached, or broke off ({_short(error)}). Is it running?"
            ) from error
        except (openai.OpenAIError, ValueError, AttributeError, TypeError) as error:
            raise ComposerError(
                f"{self._url} answered something else than a chat model does ({_short(error)}). "
                "Is it an OpenAI-compatible address? It often ends in /v1."
            ) from error
        if not ended:
            raise ComposerError(f"{self._url} broke off in the middle of its answer. Ask again.")


def _short(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]

"""A chat model behind an OpenAI-compatible address: Ollama, llama.cpp, vLLM, transformers serve."""

import os
from collections.abc import Iterator, Sequence
from typing import Any

from rag.errors import ComposerError
from rag.settings import Settings

KEY = "RAG_CHAT_KEY"  # the environment variable with the key, if the endpoint wants one
REMEDY = "pip install openai"


class EndpointTalker:
    """The adapter for the `openai` client."""

    def __init__(self, settings: Settings) -> None:
        """Names the endpoint; nothing is sent yet.

        Args:
            settings: With `chat_url`, `chat_model` and what else begins with `chat_`.

        Raises:
            ComposerError: The client is not installed, or the address is none.
        """
        url = settings.chat_url
        try:
            from openai import OpenAI
        except ImportError as error:
            raise ComposerError(f"The client for {url} is not installed: {REMEDY}") from error
        if not url.startswith(("http://", "https://")):
            raise ComposerError(
                f"“{url}” is no address of an endpoint. Write it like http://127.0.0.1:11434/v1"
            )
        self._client = OpenAI(
            base_url=url,
            api_key=os.environ.get(KEY) or "none",
            timeout=settings.chat_timeout,
            max_retries=1,
        )
        self._url, self._model = url, settings.chat_model or "default"
        self._timeout, self._stream = settings.chat_timeout, settings.chat_stream
        self.window = settings.chat_window

    def count(self, text: str) -> int:
        """Bytes over two: the model's tokenizer is not here, and no usual one makes more."""
        return len(text.encode()) // 2 + 1

    def talk(self, messages: Sequence[dict[str, str]], most: int) -> Iterator[str]:
        import httpx
        import openai

        asked: Any = {
            "model": self._model,
            "messages": list(messages),
            "max_tokens": most,
            "temperature": 0,
        }
        try:
            if self._stream:
                yield from self._pieces(asked)
            else:
                said = self._client.chat.completions.create(**asked)
                yield said.choices[0].message.content or ""
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
                f"{self._url} refused the request ({error.status_code}: {_body(error)}). "
                f"Does it have a model “{self._model}”?"
            ) from error
        except (openai.APIConnectionError, httpx.TransportError) as error:
            raise ComposerError(
                f"{self._url} cannot be reached, or broke off ({_short(error)}). Is it running?"
            ) from error
        except (openai.OpenAIError, ValueError, AttributeError, TypeError, LookupError) as error:
            raise self._strange(_short(error)) from error

    def _pieces(self, asked: Any) -> Iterator[str]:
        ended = heard = False
        with self._client.chat.completions.create(**asked, stream=True) as stream:
            for chunk in stream:
                heard = True
                for choice in chunk.choices[:1]:
                    ended = ended or choice.finish_reason is not None
                    if choice.delta and choice.delta.content:
                        yield choice.delta.content
        if not heard:
            raise self._strange("no stream of an answer")
        if not ended:
            raise ComposerError(f"{self._url} broke off in the middle of its answer. Ask again.")

    def _strange(self, what: str) -> ComposerError:
        return ComposerError(
            f"{self._url} answered something else than a chat model does ({what}). "
            "Is it an OpenAI-compatible address? It often ends in /v1."
        )


def _short(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]


def _body(error: Any) -> str:
    """What an endpoint said when it refused."""
    return " ".join(error.response.text.split())[:120]

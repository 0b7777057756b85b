"""A chat model in this process, through transformers."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from queue import Empty
from threading import Event, Thread
from typing import Any

from rag.errors import ComposerError

_PATIENCE = 600.0  # seconds to wait for a piece: a large model may read for minutes


@lru_cache(maxsize=1)
def load_local_talker(name: str, window: int, threads: int) -> "LocalTalker":
    """Loads a chat model once for each process.

    Args:
        name: A folder, or a name that transformers finds in its cache or on its hub.
        window: Tokens of prompt and answer together.
        threads: CPU threads that PyTorch may use, for the whole process.

    Raises:
        ComposerError: It cannot be loaded, or is no chat model.
    """
    return LocalTalker(name, window, threads)


class LocalTalker:
    """The adapter for transformers: its own chat template, safetensors only, no remote code."""

    def __init__(self, name: str, window: int, threads: int) -> None:
        import torch
        from safetensors import SafetensorError
        from transformers import AutoModelForCausalLM, AutoTokenizer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # the bar for loading weights
        torch.set_num_threads(threads)
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(name)
            models: Any = AutoModelForCausalLM
            self._model = models.from_pretrained(
                name,
                use_safetensors=True,
                dtype="auto" if torch.cuda.is_available() else torch.float32,
            ).eval()
        except (OSError, ValueError, ImportError, SafetensorError) as error:
            raise ComposerError(
                f"The chat model {name} cannot be loaded ({str(error).splitlines()[0]}). "
                "Name a folder with a transformers model, its weights as safetensors."
            ) from error
        if self._tokenizer.chat_template is None:
            raise ComposerError(
                f"The model {name} has no chat template: it is no chat model. Name an instruct one."
            )
        if torch.cuda.is_available():
            self._model.to("cuda")
        self.window = min(window, getattr(self._model.config, "max_position_embeddings", window))

    def count(self, text: str) -> int:
        return len(self._tokenizer(text).input_ids)

    def talk(self, messages: Sequence[dict[str, str]], most: int) -> Iterator[str]:
        from transformers import StoppingCriteriaList, TextIteratorStreamer

        stop = Event()
        failed: list[Exception] = []
        streamer: Any = TextIteratorStreamer(
            self._tokenizer, skip_prompt=True, timeout=_PATIENCE, skip_special_tokens=True
        )
        inputs = self._tokenizer.apply_chat_template(
            list(messages), add_generation_prompt=True, return_dict=True, return_tensors="pt"
        ).to(self._model.device)

        def generate() -> None:
            try:
                self._model.generate(
                    **inputs,
                    streamer=streamer,
                    max_new_tokens=most,
                    do_sample=False,
                    stopping_criteria=StoppingCriteriaList([_Stop(stop)]),
                    pad_token_id=self._tokenizer.eos_token_id,
                )
            except Exception as error:  # said again in the thread that asked
                failed.append(error)
                streamer.end()

        thread = Thread(target=generate, daemon=True)
        thread.start()
        try:
            yield from streamer
        except Empty as error:
            raise ComposerError(
                f"The chat model wrote nothing for {_PATIENCE:g} seconds. Use a smaller one."
            ) from error
        finally:
            stop.set()
            thread.join()
        if failed:
            raise ComposerError(f"The chat model broke off ({failed[0]}).") from failed[0]


class _Stop:
    """Ends a generation when nobody listens any more."""

    def __init__(self, stop: Event) -> None:
        self._stop = stop

    def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        import torch

        return torch.full((input_ids.shape[0],), self._stop.is_set(), device=input_ids.device)

